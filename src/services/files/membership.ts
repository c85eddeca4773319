import { type AuditRecord, contentResource, type Decision, type HelloVerdict } from '../../access/index.ts'
import { PeerageError } from '../../base/index.ts'
import type { Link } from '../../content/index.ts'
import { isLocalPath, type Path, type PeerStream } from '../../network/index.ts'
import { acceptPeer, greetPeer, type PeerTraits, Swarm, type SwarmEvent } from '../../swarm/index.ts'
import { Dialler, type Greeting } from './dialler.ts'
import type { FilesHost } from './host.ts'
import { byPeer } from './members.ts'
import { Seeker } from './seeker.ts'
import { Stays } from './stays.ts'
import { swarmTopic } from './swarm-topic.ts'

/** The libp2p protocol of private swarms: swarm hello, then peer wire messages. */
export const swarmProtocol = '/peerage/swarm/1'

/** How long a member may take to answer our hello. */
const answerTimeoutMs = 10_000

/** A peer that proved that it may take part, and what to answer to it. */
export type Welcome = Extract<HelloVerdict, { readonly accepted: true }>

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
  readonly #seeker: Seeker | undefined
  readonly #streams = new Map<string, PeerStream>()
  readonly #stays: Stays
  /** Peers that a link named and that have not refused. */
  readonly #hoped = new Set<string>()
  #isAnybodyNamed = false
  /** Opened by this side. */
  readonly #opened = new WeakSet<PeerStream>()
  readonly #stopWatching: readonly ((() => void) | undefined)[]
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
    this.#seeker =
      network &&
      new Seeker({
        world,
        network,
        topic: () => swarmTopic(access, parts.infoHash),
        begin: () => this.#askOwner(),
        wants: () => !this.#closed && parts.wants() && swarm.peerCount === 0,
        onFound: (peer, addresses) => this.#dialler?.add(peer, addresses),
      })
    this.#stopWatching = [
      network?.on('peer-connected', () => this.#askFellows()),
      network?.on('path-changed', ({ peer, path }) => void this.#move(peer, path)),
    ]
    this.#stays = new Stays({
      world,
      access,
      infoHash: parts.infoHash,
      again: admission => parts.host.gate.again(admission),
      onStay: (stream, { allowance }) => {
        if (this.#streams.get(stream.peer) === stream) swarm.setAllowance(stream.peer, allowance)
      },
      onEnd: (stream, reason) => {
        this.#record(stream.peer, { allowed: false, reason: `cut off: ${reason}` })
        // In the middle of a block, if need be.
        stream.abort(new Error('It may not take part any more.'))
      },
      onEndOfStrangers: () =>
        swarm.dismiss(({ endpoint }) => endpoint !== undefined, 'It is not for everyone any more.'),
    })
  }

  /** Every peer that the link named refused, and nobody else is there. */
  get isRefused(): boolean {
    return this.#isAnybodyNamed && this.wasRefused && this.#hoped.size === 0
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
    this.#askFellows()
    this.#dialler?.run()
    this.#seeker?.run((this.#dialler?.candidates.size ?? 0) > 0)
  }

  /** Adds what a link says: peers to ask, at once. */
  learn(link: Link): void {
    this.#refusals = 0
    this.addPeers(link.peers)
    for (const peer of byPeer(link.peers).keys()) {
      this.#isAnybodyNamed = true
      this.#hoped.add(peer)
      this.#dialler?.candidates.hurry(peer)
    }
    this.run()
  }

  addPeers(addresses: readonly string[]): void {
    for (const [peer, known] of byPeer(addresses)) this.#dialler?.add(peer, known)
  }

  /** A peer opened a stream and proved that it may read this. False: it may not after all, as it has done so often enough. */
  welcome(stream: PeerStream, { answer, admission, decision }: Welcome, rest: Uint8Array): boolean {
    if (!this.#isUsable(stream, decision)) return false
    const { swarm } = this
    const traits = this.#traits(stream.peer, false, decision)
    if (this.#admit(stream, () => acceptPeer({ stream, swarm, traits, answer, rest })))
      this.#stays.begin(stream, admission, decision)
    return true
  }

  close(reason: string): void {
    if (this.#closed) return
    this.#closed = true
    for (const stop of this.#stopWatching) stop?.()
    this.#stays.close()
    this.#dialler?.stop()
    this.#seeker?.stop()
    this.swarm.close()
    for (const stream of this.#streams.values()) stream.abort(new Error(reason))
    this.#streams.clear()
  }

  /** False: it refused, or we do not trust it. Rejects when it could not be talked to. */
  async #greet(stream: PeerStream): Promise<boolean> {
    const { host, infoHash } = this.#parts
    const { swarm } = this
    this.#opened.add(stream)
    const timer = host.world.after(answerTimeoutMs, () => stream.abort(new Error('no answer came')))
    const hello = host.gate.hello(infoHash, stream.peer)
    const { frame, rest } = await greetPeer({ stream, hello }).finally(() => timer.cancel())
    const verdict = host.gate.confirm(infoHash, frame, stream.peer, isLocalPath(stream.path))
    if (verdict.accepted && !this.#closed && this.#isUsable(stream, verdict.decision)) {
      const traits = this.#traits(stream.peer, true, verdict.decision)
      const joined = this.#admit(stream, () => acceptPeer({ stream, swarm, traits, rest }))
      if (joined) this.#stays.begin(stream, verdict.admission, verdict.decision)
      return joined
    }
    stream.abort(new Error('not accepted'))
    return false
  }

  /** There is a better way than through a relay: goes on over it, with a stream that takes the place of the one that we opened. */
  async #move(peer: string, path: Path): Promise<void> {
    const stream = this.#streams.get(peer)
    if (stream?.path !== 'relayed' || path === 'relayed' || !this.#opened.has(stream)) return
    try {
      const fresh = await this.#parts.host.network?.open(peer, swarmProtocol)
      if (fresh !== undefined) await this.#greet(fresh)
    } catch {
      // What was here before goes on.
    }
  }

  /** False: the swarm does not want it now (full, banned), and no other stream to the same peer goes before. */
  #admit(stream: PeerStream, join: () => void): boolean {
    const before = this.#streams.get(stream.peer)
    this.#streams.set(stream.peer, stream)
    try {
      join()
      if (before !== undefined) this.#stays.end(before)
      return true
    } catch (error) {
      if (!(error instanceof PeerageError)) throw error
      if (before === undefined) this.#streams.delete(stream.peer)
      else this.#streams.set(stream.peer, before)
      stream.abort(error)
      return before !== undefined
    }
  }

  /** Counts as a use, unless it is one more stream of somebody who is here. */
  #isUsable({ peer }: PeerStream, { allowance }: Decision): boolean {
    return this.#streams.has(peer) || allowance === undefined || allowance.use()
  }

  #traits(peer: string, initiator: boolean, { allowance }: Decision): PeerTraits {
    const { network, swarmConfig } = this.#parts.host
    return {
      peer,
      initiator,
      maxRequestBytes: swarmConfig.maxRequestBytes,
      fast: true,
      extended: true,
      private: true,
      allowance,
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

  #record(peer: string, what: Pick<AuditRecord, 'allowed' | 'reason' | 'bytes'>): void {
    const { host, infoHash } = this.#parts
    host.audit.record({ peer, action: 'read', resource: contentResource(infoHash), ...what })
  }

  #onSwarm(event: SwarmEvent): void {
    if (event.type === 'peer-left' && event.uploaded > 0 && this.#streams.has(event.peer))
      this.#record(event.peer, { allowed: true, reason: `left: ${event.reason}`, bytes: event.uploaded })
    if (event.type === 'peer-joined') {
      this.#refusals = 0
      // Peers of a public network come by streams of that network, and are dialled by it.
      if (this.#streams.has(event.peer)) this.#met(event.peer)
    } else if (event.type === 'peer-left' && !this.swarm.has(event.peer)) {
      // Where a newer stream to the same peer took the place of this one, that one stays known: it may have to be ended.
      const stream = this.#streams.get(event.peer)
      this.#streams.delete(event.peer)
      if (stream !== undefined) {
        this.#stays.end(stream)
        this.#dialler?.candidates.lost(event.peer)
      }
    } else if (event.type === 'peers-learned') this.addPeers(event.added)
    // What it was sent before still reaches it.
    else if (event.type === 'allowance-exhausted')
      this.swarm.dismiss(({ peer }) => peer === event.peer, 'It got all that it may.')
    if (!this.#closed) this.#parts.onEvent(event)
    if (event.type === 'peer-left' && !this.#closed) this.run()
  }

  /** Who is in a circle with the owner may have what it shared, and the owner may be away. */
  #askFellows(): void {
    const { host, infoHash, wants } = this.#parts
    const owner = host.access.owner(contentResource(infoHash))
    if (this.#closed || owner === undefined || owner === host.network?.peerId || !wants()) return
    for (const peer of host.fellowsOf?.(owner) ?? []) this.#dialler?.add(peer, [])
  }

  /** It has it, wherever it is. Not before those are asked whose addresses a link names: to look for it takes longer. */
  #askOwner(): void {
    const { host, infoHash } = this.#parts
    const owner = host.access.owner(contentResource(infoHash))
    if (owner !== undefined) this.#dialler?.add(owner, [])
  }

  #met(peer: string): void {
    const { host, infoHash } = this.#parts
    this.#dialler?.candidates.connected(peer)
    const owner = host.access.owner(contentResource(infoHash))
    if (owner !== undefined) host.met?.(peer, owner)
  }
}
