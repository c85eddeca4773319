import { PeerageError, type TokenBucket, type World } from '../base/index.ts'
import type { SwarmConfig } from './config.ts'
import { peerPriority } from './peer-priority.ts'
import { PeerState } from './peer-state.ts'
import type { PeerTraits, Pipe } from './ports.ts'
import { Session, type SessionHub } from './session.ts'

export interface MembersOptions {
  readonly world: World
  readonly config: SwarmConfig
  readonly self: string | undefined
  readonly upload: readonly TokenBucket[]
  readonly download: readonly TokenBucket[]
  /** Where public peers of that IP family see us, if known. */
  ownEndpoint(family: 4 | 6): { readonly address: string; readonly port: number } | undefined
}

type Part = (state: PeerState, reason: string) => void

/** A member of a full swarm that moved blocks in so many milliseconds does not give way while another one did not. */
const activeMs = 60_000

/** Who is in the swarm and who may not be: at most one session a peer, a bounded number of them, no proven liars. */
export class Members {
  readonly sessions: Map<string, Session> = new Map()
  /** Replaced, not changed, when somebody joins or leaves: safe to walk meanwhile. */
  states: readonly PeerState[] = []
  readonly #options: MembersOptions
  readonly #banned = new Set<string>()
  #nextId = 1

  constructor(options: MembersOptions) {
    this.#options = options
  }

  get size(): number {
    return this.sessions.size
  }

  /** Throws `peer.protocol` when this peer may not join. `part` ends the session that gives way. */
  admit(hub: SessionHub, pipe: Pipe, traits: PeerTraits, part: Part): Session {
    const { config, world, upload, download } = this.#options
    if (this.#banned.has(traits.banKey ?? traits.peer) || this.#banned.has(traits.peer))
      throw new PeerageError('peer.protocol', 'This peer lied before.')
    const twin = this.sessions.get(traits.peer)
    if (twin !== undefined) {
      if (!this.#yields(twin.state.traits, traits))
        throw new PeerageError('peer.protocol', 'This peer is connected already.')
    } else this.#makeRoom(traits, part)
    const state = new PeerState(this.#nextId++, pipe, traits, config, world.now(), { upload, download })
    const session = new Session(hub, state)
    this.sessions.set(traits.peer, session)
    this.states = [...this.states.filter(other => other !== twin?.state), state]
    // Only now: the swarm must not look empty in between, for then it may be closed.
    if (twin !== undefined) part(twin.state, 'Another stream to the same peer took its place.')
    return session
  }

  /** False when it had left before. */
  remove(state: PeerState): boolean {
    if (this.sessions.get(state.peer)?.state !== state) return false
    this.states = this.states.filter(other => other !== state)
    return this.sessions.delete(state.peer)
  }

  /** Bans a peer, or all that share a `banKey`; gives those of them that are here. */
  ban(key: string): PeerState[] {
    this.#banned.add(key)
    if (this.#banned.size > this.#options.config.maxBanned)
      for (const oldest of this.#banned) {
        this.#banned.delete(oldest)
        break
      }
    return this.states.filter(state => state.peer === key || state.traits.banKey === key)
  }

  unban(key: string): void {
    this.#banned.delete(key)
  }

  get bans(): readonly string[] {
    return [...this.#banned]
  }

  /** `name`: a peer or a `banKey`. */
  isBanned(name: string): boolean {
    return this.#banned.has(name) || this.#banned.has(this.banKeyOf(name))
  }

  /** What to ban for what `peer` did, which may have left: of public peers, `IP PEERID`, the IP address. */
  banKeyOf(peer: string): string {
    const space = peer.indexOf(' ')
    return this.sessions.get(peer)?.state.traits.banKey ?? (space < 0 ? peer : peer.slice(0, space))
  }

  /** BEP 40: in a full swarm the public peer of the lowest priority gives way to one of a higher priority. */
  #makeRoom(traits: PeerTraits, part: Part): void {
    const { config } = this.#options
    const { endpoint } = traits
    if (endpoint !== undefined) {
      const same = this.states.filter(state => state.traits.endpoint?.address === endpoint.address)
      if (same.length >= config.maxPeersPerAddress)
        throw new PeerageError('peer.protocol', 'There are enough peers with this address in this swarm.')
    }
    if (this.sessions.size < config.maxPeers) return
    const lowest = this.#lowest()
    const priority = this.#priority(traits)
    if (lowest === undefined || priority === undefined || priority <= lowest.priority)
      throw new PeerageError('peer.protocol', 'There are enough peers in this swarm.')
    part(lowest.state, 'A peer of a higher priority took its place.')
  }

  #lowest(): { state: PeerState; priority: number } | undefined {
    const since = this.#options.world.now() - activeMs
    let lowest: { state: PeerState; priority: number; rank: number } | undefined
    for (const state of this.states) {
      const priority = this.#priority(state.traits)
      if (priority === undefined) continue
      const active = state.lastUploadAt > since || (state.down.total > 0 && state.lastBlockAt > since)
      const rank = priority + (active ? 2 ** 32 : 0)
      if (lowest === undefined || rank < lowest.rank) lowest = { state, priority, rank }
    }
    return lowest
  }

  #priority({ endpoint }: PeerTraits): number | undefined {
    if (endpoint === undefined) return undefined
    const own = this.#options.ownEndpoint(endpoint.address.includes(':') ? 6 : 4)
    return own && peerPriority(own, endpoint)
  }

  /**
   * Both sides may open a stream at once. Both keep the one that the smaller name opened; a second one from the same side
   * replaces a first that is likely dead.
   */
  #yields(old: PeerTraits, fresh: PeerTraits): boolean {
    if (old.initiator === fresh.initiator) return true
    const self = fresh.self ?? this.#options.self
    if (self === undefined || fresh.initiator === undefined) return false
    // Public peers are named by what we see of them, their address, and what both see, their id.
    const name = fresh.self === undefined ? fresh.peer : fresh.peer.slice(fresh.peer.indexOf(' ') + 1)
    return fresh.initiator === self < name
  }
}
