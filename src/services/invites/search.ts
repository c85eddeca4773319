import type { InviteSecret } from '../../access/index.ts'
import { PeerageError, type Timer } from '../../base/index.ts'
import type { InviteIntroduction } from '../../wire/index.ts'
import { FrameChannel } from './frame-channel.ts'
import type { InvitesHost } from './host.ts'
import { seekAt } from './meeting-calls.ts'
import { inviteProtocol } from './protocols.ts'
import { type Given, type Tried, takeFrom } from './taker.ts'

export interface SearchOptions {
  readonly host: InvitesHost
  readonly secret: InviteSecret
  readonly introduction: InviteIntroduction
  /** Whom a link names, with its addresses; without, everybody on the local networks is asked. */
  readonly inviter?: { readonly peer: string; readonly addresses: readonly string[] } | undefined
  /** Addresses of peers that may pass messages on, beside those that are known. */
  readonly via: readonly string[]
  readonly timeoutMs: number
  readonly signal: AbortSignal
}

/** Peers that are asked at once, and in all. */
const askedAtOnce = 8
const maxAsked = 256
/** Whoever did not have it is asked again after this: the other side may only just have begun to wait. */
const againMs = 2_500
/** After a wrong try others may still be heard of. */
const graceMs = 1_500
/** Each proof lets a false giver try one guess. */
export const maxProofs = 3

interface Candidate {
  /** A PeerId, or multiaddrs of one peer. */
  readonly target: string | readonly string[]
  readonly isMeetingPoint: boolean
}

/**
 * Looks for whoever gave an invite out: on the local networks, at the addresses of a link, and through meeting points. Rejects with
 * `invite.refused`, `invite.not-found`, `invite.code-invalid` when it is good for something else, or `signal.reason`.
 */
export async function search(options: SearchOptions): Promise<Given> {
  const search = new Search(options)
  try {
    return await search.run()
  } finally {
    search.stop()
  }
}

class Search {
  readonly #options: SearchOptions
  readonly #abort = new AbortController()
  readonly #result = Promise.withResolvers<Given>()
  readonly #askedAt = new Map<string, number>()
  readonly #queue: Candidate[] = []
  readonly #timers: Timer[] = []
  readonly #unlisten: (() => void)[] = []
  #running = 0
  #proofs = 0
  #wasRefused = false
  #grace: Timer | undefined

  constructor(options: SearchOptions) {
    this.#options = options
  }

  run(): Promise<Given> {
    const { host, signal, timeoutMs, inviter } = this.#options
    const { network, world } = host
    if (network === undefined)
      return Promise.reject(new PeerageError('network.unreachable', 'This peer is offline.'))
    const interrupted = (): void => this.#result.reject(signal.reason)
    if (signal.aborted) interrupted()
    signal.addEventListener('abort', interrupted, { once: true })
    this.#unlisten.push(() => signal.removeEventListener('abort', interrupted))
    this.#timers.push(
      world.after(timeoutMs, () => this.#result.reject(this.#notFound())),
      world.every(againMs, () => this.#askAll()),
    )
    if (inviter === undefined)
      for (const name of ['peer-discovered', 'peer-connected'] as const)
        this.#unlisten.push(network.on(name, ({ peer }) => this.#add(peer, false)))
    this.#askAll()
    return this.#result.promise
  }

  stop(): void {
    this.#abort.abort(new Error('It was found elsewhere.'))
    for (const timer of this.#timers) timer.cancel()
    this.#grace?.cancel()
    for (const unlisten of this.#unlisten) unlisten()
  }

  /** Everybody who may have it, or know who has it. */
  #askAll(): void {
    const { host, inviter, via } = this.#options
    const network = host.network!
    const connected = network.connections().map(({ peer }) => peer)
    if (inviter === undefined) {
      network.lookAround()
      for (const peer of [...connected, ...network.discovered()]) this.#add(peer, false)
    } else {
      network.rememberAddresses(inviter.peer, inviter.addresses)
      this.#add(inviter.peer, false)
    }
    for (const point of [...via, ...host.config.meetingPoints]) this.#add([point], true)
    for (const peer of connected) if (host.isKnown(peer)) this.#add(peer, true)
  }

  #add(target: Candidate['target'], isMeetingPoint: boolean): void {
    const { world, self } = this.#options.host
    const key = `${isMeetingPoint} ${String(target)}`
    const askedAt = this.#askedAt.get(key)
    if (target === self || (askedAt !== undefined && world.now() - askedAt < againMs * 0.9)) return
    if (askedAt === undefined && this.#askedAt.size >= maxAsked) return
    this.#askedAt.set(key, Number.POSITIVE_INFINITY)
    this.#queue.push({ target, isMeetingPoint })
    this.#work()
  }

  #work(): void {
    while (this.#running < askedAtOnce && !this.#abort.signal.aborted) {
      const next = this.#queue.shift()
      if (next === undefined) return
      this.#running++
      void this.#ask(next)
    }
  }

  async #ask(candidate: Candidate): Promise<void> {
    const tried = await this.#try(candidate).catch((error: unknown) => {
      if (error instanceof Error) return undefined
      throw error
    })
    this.#running--
    const { target, isMeetingPoint } = candidate
    this.#askedAt.set(`${isMeetingPoint} ${String(target)}`, this.#options.host.world.now())
    if (tried?.outcome === 'given') this.#result.resolve(tried.given)
    else if (tried?.outcome === 'mixed-up') this.#result.reject(this.#mixedUp())
    else if (tried?.outcome === 'refused') this.#wasRefused = true
    else if (tried?.outcome === 'absent' && target === this.#options.inviter?.peer) this.#wasRefused = true
    this.#work()
    if (this.#wasRefused && this.#running === 0) this.#refuseSoon()
  }

  async #try({ target, isMeetingPoint }: Candidate): Promise<Tried | undefined> {
    const { host, secret, introduction, inviter } = this.#options
    const { world, self } = host
    const network = host.network!
    const { signal } = this.#abort
    const channel = isMeetingPoint
      ? await seekAt({ network, world }, target, secret.meeting, signal)
      : new FrameChannel(world, await network.open(target, inviteProtocol, { signal }))
    if (channel === undefined) return undefined
    const stop = (): void => channel.abort('It was found elsewhere.')
    signal.addEventListener('abort', stop, { once: true })
    try {
      const tried = await takeFrom(channel, {
        world,
        self,
        secret,
        introduction,
        isPassedOn: isMeetingPoint,
        expected: isMeetingPoint ? inviter?.peer : channel.stream.peer,
        mayProve: () => this.#proofs++ < maxProofs,
      })
      if (tried.outcome !== 'given') await channel.close()
      return tried
    } finally {
      signal.removeEventListener('abort', stop)
    }
  }

  /** For a link there is nobody else to be heard of. */
  #refuseSoon(): void {
    const refuse = (): void => this.#result.reject(new PeerageError('invite.refused'))
    if (this.#options.inviter !== undefined) refuse()
    else this.#grace ??= this.#options.host.world.after(graceMs, refuse)
  }

  #notFound(): PeerageError {
    const { inviter } = this.#options
    if (inviter === undefined) return new PeerageError('invite.not-found')
    return new PeerageError('network.unreachable', 'Whoever made this invite could not be reached.')
  }

  #mixedUp(): PeerageError {
    const wanted = this.#options.introduction.wants
    return new PeerageError(
      'invite.code-invalid',
      wanted === 'files'
        ? 'This invite offers no files: `peerage accept` takes it. It can still be used.'
        : 'This invite offers files: `peerage receive` takes it. It can still be used.',
    )
  }
}
