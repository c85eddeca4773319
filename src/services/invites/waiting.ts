import type { FrameChannel } from './frame-channel.ts'
import type { Giver, GiveUpdate } from './giver.ts'
import type { InvitesHost } from './host.ts'
import { waitAt } from './meeting-calls.ts'
import { inviteProtocol } from './protocols.ts'

/** Meeting points at which one invite waits. */
const maxPoints = 8
/** Timers cannot be set further ahead. */
const longestTimerMs = 2_000_000_000

/** Waits for whoever takes an invite at every meeting point that is known or becomes connected, until the signal ends it. */
export function waitEverywhere(
  host: InvitesHost,
  giver: Giver,
  meeting: Uint8Array,
  via: readonly string[],
  signal: AbortSignal,
): void {
  const { network, world } = host
  if (network === undefined) return
  const points = new Set<string>()
  const answer = (channel: FrameChannel): void => {
    const caller = { peer: channel.stream.peer, isPassedOn: true }
    giver.answer(channel, caller).catch((error: unknown) => channel.abort(String(error)))
  }
  const wait = (key: string, target: string | readonly string[]): void => {
    if (points.has(key) || points.size >= maxPoints) return
    points.add(key)
    void waitAt({ network, world }, target, meeting, answer, signal).finally(() => points.delete(key))
  }
  for (const point of [...via, ...host.config.meetingPoints]) wait(point, [point])
  const meet = (peer: string): void => {
    if (host.isKnown(peer)) wait(peer, peer)
  }
  for (const { peer } of network.connections()) meet(peer)
  const unlisten = network.on('peer-connected', ({ peer }) => meet(peer))
  signal.addEventListener('abort', unlisten, { once: true })
}

/**
 * Connects to whoever appears on the local networks while a code waits: it may have come to type it. That is sooner than to be found,
 * and helps where a firewall lets nobody in.
 */
export function greetNewcomers({ network }: InvitesHost, signal: AbortSignal): void {
  const unlisten = network?.on('peer-discovered', ({ peer }) => {
    network.open(peer, inviteProtocol, { signal }).then(
      stream => stream.close(),
      () => undefined,
    )
  })
  if (unlisten !== undefined) signal.addEventListener('abort', unlisten, { once: true })
}

export type Becomes =
  | GiveUpdate
  /** Time is over: for taking it or, when that was done, for receiving it. The latter is told again, a minute later. */
  | { readonly phase: 'expired' }
  | { readonly phase: 'overdue' }
  /** Whoever took it has all that is sent. */
  | { readonly phase: 'fetched' }

const overdueAgainMs = 60_000
const repeated: ReadonlySet<string> = new Set(['receiving', 'expired', 'overdue'])

/** What becomes of an invite from now on; `end` must be called. */
export interface Following {
  /** As it comes. Throws `signal.reason`. */
  readonly updates: AsyncGenerator<Becomes>
  end(): void
}

/** `contents`: info hashes in hex of what is sent by it. */
export function follow(
  { world, files }: Pick<InvitesHost, 'world' | 'files'>,
  giver: Giver,
  {
    id,
    expires,
    contents = [],
  }: { readonly id: string; readonly expires: number; readonly contents?: readonly string[] },
  signal: AbortSignal,
): Following {
  const waiting: Becomes[] = []
  const left = new Set(contents)
  const unlisten: (() => void)[] = []
  let wake: () => void = () => undefined
  let wasTaken = false
  const watch = (peer: string): void => {
    wasTaken = true
    for (const content of contents)
      unlisten.push(
        files.onFetched(content, peer, () => {
          if (left.delete(content) && left.size === 0) tell({ phase: 'fetched' })
        }),
      )
  }
  const tell = (update: Becomes): void => {
    // Only the latest progress counts; and time is over once, however seldom somebody reads.
    if (repeated.has(update.phase) && waiting.at(-1)?.phase === update.phase) waiting.pop()
    waiting.push(update)
    if (update.phase === 'taken') watch(update.peer)
    wake()
  }
  const unfollow = giver.follow(id, tell)
  const expire = (): void => {
    tell({ phase: wasTaken ? 'overdue' : 'expired' })
    expiry = world.after(overdueAgainMs, expire)
  }
  let expiry = world.after(Math.min(longestTimerMs, Math.max(0, expires - world.wallTime())), expire)
  const interrupted = (): void => wake()
  signal.addEventListener('abort', interrupted)
  async function* read(): AsyncGenerator<Becomes> {
    for (;;) {
      signal.throwIfAborted()
      const update = waiting.shift()
      if (update !== undefined) yield update
      else
        await new Promise<void>(resolve => {
          wake = resolve
        })
    }
  }
  return {
    updates: read(),
    end() {
      unfollow()
      for (const end of unlisten) end()
      expiry.cancel()
      signal.removeEventListener('abort', interrupted)
    },
  }
}
