import { contentResource, type Decision } from '../../access/index.ts'
import { PeerageError, type Timer } from '../../base/index.ts'
import type { Link } from '../../content/index.ts'
import type { PeerStream } from '../../network/index.ts'
import { acceptPeer, greetPeer, type PeerTraits, Swarm, type SwarmEvent } from '../../swarm/index.ts'
import { Dialler, type Greeting } from './dialler.ts'
import type { FilesHost } from './host.ts'
import { byPeer } from './members.ts'

/** The libp2p protocol of private swarms: swarm hello, then peer wire messages. */
export const swarmProtocol = '/peerage/swarm/1'

/** How long a member may take to answer our hello. */
const answerTimeoutMs = 10_000
/** Timers cannot be set further ahead; permissions that last longer are looked at again then. */
const longestTimerMs = 2_000_000_000

export interface MembershipParts {
  readonly host: FilesHost
  readonly infoHash: Uint8Array
  /** Whether there is still something to fetch. */
  wants(): boolean
  onEvent(event: SwarmEvent): void
  /** Who is there, or who refused, changed. */
  onChange(): void
}

/** Our part in one swarm: who is in it, whom to ask, who refused, and for how long each may stay. */
export class Membership {
  readonly swarm: Swarm
  readonly #parts: MembershipParts
  readonly #dialler: Dialler | undefined
  readonly #streams = new Map<string, PeerStream>()
  /** Ends the stay of a member at the time when its permission ends. */
  readonly #stays = new Map<PeerStream, Timer>()
  /** Peers that a link named and that have not refused. */
  readonly #hoped = new Set<string>()
  readonly #stopListening: () => void
  #refusals = 0
  #closed = false

  constructor(parts: MembershipParts) {
    this.#parts = parts
    const { store, world, config, swarmConfig, limits, network, access } = parts.host
    const swarm = new Swarm({
      ports: { world, hash: (bytes, algorithm) => store.hash(bytes, algorithm) },
      config: swarmConfig,
      infoHash: parts.infoHash,
      sharedLimits: limits,
      ...(network && { self: network.peerId }),
    })
    this.swarm = swarm
    swarm.on(event => this.#onSwarm(event))
    // The hello of private swarms names content by its SHA-256, which v1 content has not.
    this.#dialler =
      network && parts.infoHash.length === 32
        ? new Dialler({
            world,
            network,
            config,
            protocol: swarmProtocol,
            wants: () => !this.#closed && parts.wants(),
            members: () => swarm.peerCount,
            greet: stream => this.#greet(stream),
            onResult: (peer, result) => this.#dialled(peer, result),
          })
        : undefined
    const resource = contentResource(parts.infoHash)
    this.#stopListening = access.onChanged(changed => {
      if (changed === resource) this.#dismissAll('Its permissions changed; it may ask again.')
    })
  }

  /** Every peer that the link named refused, and nobody else is there. */
  get isRefused(): boolean {
    return this.wasRefused && this.#hoped.size === 0
  }

  /** Somebody refused, and nobody accepted so far. */
  get wasRefused(): boolean {
    return this.#refusals > 0 && this.swarm.peerCount === 0
  }

  streamOf(peer: string): PeerStream | undefined {
    return this.#streams.get(peer)
  }

  /** Dials whoever may be dialled now. */
  run(): void {
    this.#dialler?.run()
  }

  /** Adds what a link says: peers to ask, at once. */
  learn(link: Link): void {
    this.#refusals = 0
    this.addPeers(link.peers)
    for (const peer of byPeer(link.peers).keys()) {
      this.#hoped.add(peer)
      this.#dialler?.candidates.hurry(peer)
    }
    this.run()
  }

  addPeers(addresses: readonly string[]): void {
    for (const [peer, known] of byPeer(addresses)) this.#dialler?.add(peer, known)
  }

  /** A peer opened a stream and proved that it may read this: `answer` says so. */
  welcome(stream: PeerStream, answer: Uint8Array, rest: Uint8Array, decision: Decision): void {
    const { swarm } = this
    const traits = this.#traits(stream.peer, false)
    if (this.#admit(stream, () => acceptPeer({ stream, swarm, traits, answer, rest })))
      this.#limitStay(stream, decision)
  }

  close(reason: string): void {
    if (this.#closed) return
    this.#closed = true
    this.#stopListening()
    this.#dialler?.stop()
    this.swarm.close()
    this.#dismissAll(reason)
  }

  /** False: it refused, or we do not trust it. Rejects when it could not be talked to. */
  async #greet(stream: PeerStream): Promise<boolean> {
    const { host, infoHash } = this.#parts
    const { swarm } = this
    const timer = host.world.after(answerTimeoutMs, () => stream.abort(new Error('no answer came')))
    const hello = host.gate.hello(infoHash, stream.peer)
    const { frame, rest } = await greetPeer({ stream, hello }).finally(() => timer.cancel())
    const verdict = host.gate.confirm(infoHash, frame, stream.peer)
    if (verdict.accepted && !this.#closed) {
      const traits = this.#traits(stream.peer, true)
      const joined = this.#admit(stream, () => acceptPeer({ stream, swarm, traits, rest }))
      if (joined) this.#limitStay(stream, verdict.decision)
      return joined
    }
    stream.abort(new Error('not accepted'))
    return false
  }

  /** False: the swarm does not want it now (full, banned), and no other stream to the same peer goes before. */
  #admit(stream: PeerStream, join: () => void): boolean {
    const before = this.#streams.get(stream.peer)
    this.#streams.set(stream.peer, stream)
    try {
      join()
      if (before !== undefined) this.#endStay(before)
      return true
    } catch (error) {
      if (!(error instanceof PeerageError)) throw error
      if (before === undefined) this.#streams.delete(stream.peer)
      else this.#streams.set(stream.peer, before)
      stream.abort(error)
      return before !== undefined
    }
  }

  #limitStay(stream: PeerStream, decision: Decision): void {
    if (decision.until === undefined || decision.until === Number.POSITIVE_INFINITY) return
    const { world, access } = this.#parts.host
    const end = (): void => {
      this.#stays.delete(stream)
      const leftMs = decision.until! - access.now()
      if (leftMs > 0) this.#stays.set(stream, world.after(Math.min(leftMs, longestTimerMs), end))
      else stream.abort(new Error('Its permission has ended.'))
    }
    end()
  }

  #dismissAll(reason: string): void {
    for (const stream of this.#streams.values()) stream.abort(new Error(reason))
    this.#streams.clear()
    for (const timer of this.#stays.values()) timer.cancel()
    this.#stays.clear()
  }

  #traits(peer: string, initiator: boolean): PeerTraits {
    const { network, swarmConfig } = this.#parts.host
    return {
      peer,
      initiator,
      maxRequestBytes: swarmConfig.maxRequestBytes,
      fast: true,
      extended: true,
      private: true,
      // Asked for when others are told: identify may still be on its way when the stream opens.
      get addresses(): readonly string[] {
        return network?.knownAddresses(peer) ?? []
      },
    }
  }

  #dialled(peer: string, result: Greeting): void {
    if (result === 'refused') {
      this.#refusals++
      this.#hoped.delete(peer)
    }
    this.#parts.onChange()
  }

  #onSwarm(event: SwarmEvent): void {
    if (event.type === 'peer-joined') {
      this.#refusals = 0
      // Peers of a public network come by streams of that network, and are dialled by it.
      if (this.#streams.has(event.peer)) this.#met(event.peer)
    } else if (event.type === 'peer-left' && !this.swarm.has(event.peer)) {
      // Where a newer stream to the same peer took the place of this one, that one stays known: it may have to be ended.
      const stream = this.#streams.get(event.peer)
      this.#streams.delete(event.peer)
      if (stream !== undefined) {
        this.#endStay(stream)
        this.#dialler?.candidates.lost(event.peer)
      }
    } else if (event.type === 'peers-learned') this.addPeers(event.added)
    if (!this.#closed) this.#parts.onEvent(event)
    if (event.type === 'peer-left' && !this.#closed) this.run()
  }

  #met(peer: string): void {
    const { host, infoHash } = this.#parts
    this.#dialler?.candidates.connected(peer)
    const owner = host.access.owner(contentResource(infoHash))
    if (owner !== undefined) host.met?.(peer, owner)
  }

  #endStay(stream: PeerStream): void {
    this.#stays.get(stream)?.cancel()
    this.#stays.delete(stream)
  }
}
