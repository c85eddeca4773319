import { PeerageError, type World } from '../base/index.ts'
import type { SwarmConfig } from './config.ts'
import { PeerState } from './peer-state.ts'
import type { PeerTraits, Pipe } from './ports.ts'
import type { TokenBucket } from './rate-limit.ts'
import { Session, type SessionHub } from './session.ts'

export interface MembersOptions {
  readonly world: World
  readonly config: SwarmConfig
  readonly self: string | undefined
  readonly upload: readonly TokenBucket[]
  readonly download: readonly TokenBucket[]
}

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

  /** Throws `peer.protocol` when this peer may not join. `close` parts with the session that gives way. */
  admit(hub: SessionHub, pipe: Pipe, traits: PeerTraits, close: (state: PeerState) => void): Session {
    const { config, world, upload, download } = this.#options
    if (this.#banned.has(traits.peer)) throw new PeerageError('peer.protocol', 'This peer lied before.')
    const twin = this.sessions.get(traits.peer)
    if (twin !== undefined) {
      if (!this.#yields(twin.state.traits, traits))
        throw new PeerageError('peer.protocol', 'This peer is connected already.')
      close(twin.state)
    } else if (this.sessions.size >= config.maxPeers)
      throw new PeerageError('peer.protocol', 'There are enough peers in this swarm.')
    const state = new PeerState(this.#nextId++, pipe, traits, config, world.now(), { upload, download })
    const session = new Session(hub, state)
    this.sessions.set(traits.peer, session)
    this.states = [...this.states, state]
    return session
  }

  /** False when it had left before. */
  remove(state: PeerState): boolean {
    if (this.sessions.get(state.peer)?.state !== state) return false
    this.states = this.states.filter(other => other !== state)
    return this.sessions.delete(state.peer)
  }

  ban(peer: string): void {
    this.#banned.add(peer)
    if (this.#banned.size <= this.#options.config.maxBanned) return
    for (const oldest of this.#banned) {
      this.#banned.delete(oldest)
      return
    }
  }

  isBanned(peer: string): boolean {
    return this.#banned.has(peer)
  }

  /**
   * Both sides may open a stream at once. Both keep the one that the smaller name opened; a second one from the same side
   * replaces a first that is likely dead.
   */
  #yields(old: PeerTraits, fresh: PeerTraits): boolean {
    if (old.initiator === fresh.initiator) return true
    const { self } = this.#options
    if (self === undefined || fresh.initiator === undefined) return false
    return fresh.initiator === self < fresh.peer
  }
}
