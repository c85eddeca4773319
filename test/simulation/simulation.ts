import { Bitfield, VirtualWorld } from '../../src/base/index.ts'
import type { Content } from '../../src/content/index.ts'
import {
  type PeerTraits,
  type Session,
  Swarm,
  type SwarmConfig,
  type SwarmEvent,
  swarmConfig,
} from '../../src/swarm/index.ts'
import {
  decodeExtensionHandshake,
  encodeExtensionHandshake,
  extensionHandshakeId,
  type Message,
} from '../../src/wire/index.ts'
import { answered, FakeStore, fakeContent } from './fake-content.ts'
import { type Arrival, Flow, Host } from './link.ts'

/** How a peer behaves. `rider` takes and gives nothing; `liar` sends false bytes; `silent` answers no request. */
export type Manner = 'honest' | 'rider' | 'liar' | 'silent'

export interface PeerPlan {
  readonly name: string
  /** Bytes per second; 0 is unlimited. */
  readonly up: number
  readonly down?: number
  /** Which pieces it starts with. */
  readonly has?: 'all' | 'none' | ((piece: number) => boolean)
  readonly joinAtMs?: number
  /** It leaves for good after it sent this many bytes of blocks, or at a time, or so long after it was complete. */
  readonly leaveAfterBytes?: number
  readonly leaveAtMs?: number
  readonly leaveWhenDoneMs?: number
  readonly manner?: Manner
  /** Another program of the public network: blocks of 16 KiB, no suggestions, no order of its own in what it seeds. */
  readonly plain?: boolean
  /** Of plain ones: whether it speaks BEP 6. */
  readonly fast?: boolean
  readonly config?: Partial<SwarmConfig>
  readonly superSeeding?: boolean
}

export interface Plan {
  readonly seed: number
  readonly size: number
  readonly pieceLength: number
  readonly rttMs: number
  readonly peers: readonly PeerPlan[]
  /** How many others each peer connects to; all, if absent. Seeds at the start are connected to everyone. */
  readonly degree?: number
  readonly untilMs: number
  readonly config?: Partial<SwarmConfig>
}

export interface PeerResult {
  readonly name: string
  readonly doneAtMs: number | undefined
  readonly sentBlocks: number
  readonly sentBytes: number
  readonly receivedBytes: number
  readonly wasted: number
  readonly refused: number
  readonly pieces: number
}

export interface Result {
  readonly peers: readonly PeerResult[]
  readonly events: readonly (SwarmEvent & { readonly at: number; readonly by: string })[]
  /** Depends on every message, its time, its sender and its receiver. */
  readonly trace: number
  readonly messages: number
  /** Bytes of leases that nobody gave back after everyone had left. */
  readonly leased: number
  readonly endedAtMs: number
}

interface Connection {
  readonly flow: Flow
  session: Session | undefined
}

const plainConfig: Partial<SwarmConfig> = { initialSeeding: false, allowedFastPieces: 0 }

/** A peer in the simulation: a line, a store without bytes, and the real exchange engine. */
export class SimPeer {
  readonly plan: PeerPlan
  readonly host: Host
  readonly store: FakeStore
  readonly swarm: Swarm
  readonly connections: Map<SimPeer, Connection> = new Map()
  doneAt: number | undefined
  sentBlocks = 0
  gone = false

  constructor(world: VirtualWorld, plan: PeerPlan, content: Content, config: Partial<SwarmConfig>) {
    this.plan = plan
    this.host = new Host(world, plan.name, { up: plan.up, down: plan.down ?? 0 })
    const has = plan.has ?? 'none'
    const have = has === 'all' ? Bitfield.full(content.pieceCount) : new Bitfield(content.pieceCount)
    if (typeof has === 'function')
      for (let piece = 0; piece < content.pieceCount; piece++) if (has(piece)) have.set(piece)
    this.store = new FakeStore(world, content, have)
    this.swarm = new Swarm({
      infoHash: content.infoHash,
      self: plan.name,
      config: swarmConfig.parse({ ...config, ...(plan.plain && plainConfig), ...plan.config }),
      ports: {
        world,
        hash: () => answered(world, 1, () => content.infoHash),
        defer: callback => void world.after(0, callback),
      },
    })
    this.swarm.setSuperSeeding(plan.superSeeding)
    this.swarm.attach(this.store)
    if (have.isFull) this.doneAt = 0
  }
}

/** Runs peers against each other in virtual time. The same plan gives the same trace, always. */
export class Simulation {
  readonly world: VirtualWorld
  readonly plan: Plan
  readonly content: Content
  readonly peers: SimPeer[]
  readonly #events: (SwarmEvent & { at: number; by: string })[] = []
  #trace = 0x811c9dc5
  #messages = 0

  constructor(plan: Plan) {
    this.plan = plan
    this.world = new VirtualWorld(plan.seed)
    this.content = fakeContent(plan.size, plan.pieceLength)
    this.peers = plan.peers.map(peer => new SimPeer(this.world, peer, this.content, plan.config ?? {}))
    for (const peer of this.peers) this.#watch(peer)
  }

  run(): Result {
    for (const [index, peer] of this.peers.entries())
      this.world.after(peer.plan.joinAtMs ?? 0, () => this.#arrive(peer, index))
    while (this.world.now() < this.plan.untilMs && !this.#finished()) if (!this.world.step()) break
    const result = this.#result()
    for (const peer of this.peers) this.#leave(peer)
    this.world.advance(1000)
    // Whatever is still leased now has been forgotten.
    return { ...result, leased: this.peers.reduce((sum, peer) => sum + peer.store.leased, 0) }
  }

  #finished(): boolean {
    return this.peers.every(peer => peer.gone || peer.doneAt !== undefined)
  }

  #watch(peer: SimPeer): void {
    peer.swarm.on(event => {
      if (event.type !== 'piece-verified')
        this.#events.push({ ...event, at: this.world.now(), by: peer.plan.name })
      if (event.type !== 'completed') return
      peer.doneAt = this.world.now()
      if (peer.plan.leaveWhenDoneMs !== undefined)
        this.world.after(peer.plan.leaveWhenDoneMs, () => this.#leave(peer))
    })
    if (peer.plan.leaveAtMs !== undefined) this.world.after(peer.plan.leaveAtMs, () => this.#leave(peer))
  }

  /** Connects to those that are there already. */
  #arrive(peer: SimPeer, index: number): void {
    const present = this.peers
      .slice(0, index)
      .filter(other => !other.gone && this.world.now() >= (other.plan.joinAtMs ?? 0))
    const late = this.peers
      .slice(index + 1)
      .filter(other => !other.gone && this.world.now() > (other.plan.joinAtMs ?? 0))
    let others = [...present, ...late]
    const { degree } = this.plan
    if (degree !== undefined) {
      const always = others.filter(other => other.plan.has === 'all')
      const rest = others.filter(other => other.plan.has !== 'all')
      while (rest.length > degree) rest.splice(this.world.random.below(rest.length), 1)
      others = [...always, ...rest]
    }
    for (const other of others) this.#connect(peer, other)
  }

  #connect(a: SimPeer, b: SimPeer): void {
    const latency = this.plan.rttMs / 2
    const ab: Connection = { flow: new Flow(a.host, b.host, latency), session: undefined }
    const ba: Connection = { flow: new Flow(b.host, a.host, latency), session: undefined }
    a.connections.set(b, ab)
    b.connections.set(a, ba)
    this.#wire(a, b, ab.flow, ba)
    this.#wire(b, a, ba.flow, ab)
    // TCP and the secure channel take two round trips.
    this.world.after(2 * this.plan.rttMs, () => {
      if (a.gone || b.gone) return
      this.#join(a, b, ab, true)
      this.#join(b, a, ba, false)
    })
  }

  #join(self: SimPeer, other: SimPeer, connection: Connection, initiator: boolean): void {
    const { flow } = connection
    try {
      connection.session = self.swarm.join(
        {
          name: other.plan.name,
          rttMs: this.plan.rttMs,
          send: message => this.#send(self, flow, message),
          get bufferedBytes() {
            return flow.bufferedBytes
          },
          onDrain: callback => {
            flow.onDrain = callback
          },
          close: () => flow.close(),
        },
        this.#traits(self, other, initiator),
      )
    } catch {
      flow.close()
    }
  }

  #traits(self: SimPeer, other: SimPeer, initiator: boolean): PeerTraits {
    if (!self.plan.plain && !other.plan.plain)
      return { peer: other.plan.name, maxRequestBytes: 1_048_576, initiator, private: true }
    const address = `10.0.0.${1 + this.peers.indexOf(other)}`
    return {
      peer: `${address} ${other.plan.name}`,
      banKey: address,
      self: self.plan.name,
      endpoint: { address, port: 6881 },
      initiator,
      fast: (self.plan.fast ?? true) && (other.plan.fast ?? true),
      extended: true,
      dht: true,
      v2: true,
    }
  }

  #send(self: SimPeer, flow: Flow, given: Message): void {
    const message = self.plan.plain ? plainly(given) : given
    const { manner, leaveAfterBytes } = self.plan
    if (manner === 'rider' && message.type === 'unchoke') return
    if (manner === 'silent' && message.type === 'piece') return
    flow.send(message)
    if (message.type !== 'piece') return
    self.sentBlocks += message.length
    if (leaveAfterBytes !== undefined && self.sentBlocks >= leaveAfterBytes && !self.gone) {
      // What it has accepted to send still goes out, then it is gone.
      const drain = (): void => {
        const waiting = [...self.connections.values()].some(c => c.flow.open && c.flow.queuedBytes > 0)
        if (waiting) this.world.after(5, drain)
        else this.#leave(self)
      }
      self.swarm.pause()
      self.plan satisfies PeerPlan
      drain()
    }
  }

  /** Data from `from` arrives at `to`, which speaks to `from` through `back`. */
  #wire(from: SimPeer, to: SimPeer, flow: Flow, back: Connection): void {
    flow.onArrival = (arrival: Arrival) => {
      const session = back.session
      if (session === undefined || to.gone) return
      const lies = from.plan.manner === 'liar'
      for (const message of arrival.started)
        if (message.type === 'piece') {
          if (session.place(message.piece, message.begin, message.length) === undefined) continue
          for (let at = message.begin; at < message.begin + message.length; at += 16_384) {
            if (lies) to.store.falseBlocks.add(`${message.piece}:${at}`)
            else to.store.falseBlocks.delete(`${message.piece}:${at}`)
          }
        }
      for (const message of arrival.finished) {
        this.#note(from, to, message)
        if (message.type === 'suggest' && to.plan.plain) continue
        if (message.type !== 'piece') session.receive(message)
        else {
          const { piece, begin, length } = message
          session.receive({ type: 'piece', piece, begin, length })
        }
      }
    }
    flow.onClose = () => back.session?.closed('The other side closed.')
  }

  #leave(peer: SimPeer): void {
    if (peer.gone) return
    peer.gone = true
    peer.swarm.close()
    for (const connection of peer.connections.values()) connection.flow.close()
  }

  #note(from: SimPeer, to: SimPeer, message: Message): void {
    this.#messages++
    const at = Math.round(this.world.now() * 1000)
    const text = `${at} ${from.plan.name} ${to.plan.name} ${message.type} ${'piece' in message ? message.piece : ''}`
    for (let i = 0; i < text.length; i++)
      this.#trace = Math.imul(this.#trace ^ text.charCodeAt(i), 0x01000193)
  }

  #result(): Omit<Result, 'leased'> {
    return {
      peers: this.peers.map(peer => ({
        name: peer.plan.name,
        doneAtMs: peer.doneAt,
        sentBlocks: peer.sentBlocks,
        sentBytes: peer.host.sentBytes,
        receivedBytes: peer.swarm.stats().downloaded,
        wasted: peer.swarm.stats().wasted,
        refused: peer.store.refused,
        pieces: peer.store.have.count,
      })),
      events: this.#events,
      trace: this.#trace >>> 0,
      messages: this.#messages,
      endedAtMs: this.world.now(),
    }
  }
}

/** Without what only Peerage peers say. */
function plainly(message: Message): Message {
  if (message.type !== 'extended' || message.id !== extensionHandshakeId) return message
  const { maxRequestBytes: _, ...rest } = decodeExtensionHandshake(message.payload)
  return { ...message, payload: encodeExtensionHandshake(rest) }
}

/** The least time in seconds in which fluid could fill all receivers: the bound that no schedule beats. */
export function fluidBoundSeconds(size: number, seedUp: number, receiverUps: readonly number[]): number {
  const total = seedUp + receiverUps.reduce((sum, up) => sum + up, 0)
  return Math.max(size / seedUp, (receiverUps.length * size) / total)
}
