import type { World } from '../../base/index.ts'
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

export type Becomes = GiveUpdate | { readonly phase: 'expired' }

/** What becomes of an invite from now on; `end` must be called. */
export interface Following {
  /** As it comes. Throws `signal.reason`. */
  readonly updates: AsyncGenerator<Becomes>
  end(): void
}

export function follow(
  world: World,
  giver: Giver,
  { id, expires }: { readonly id: string; readonly expires: number },
  signal: AbortSignal,
): Following {
  const waiting: Becomes[] = []
  let wake: () => void = () => undefined
  let wasTaken = false
  const tell = (update: Becomes): void => {
    if (update.phase === 'taken') wasTaken = true
    // Only the latest progress counts.
    if (update.phase === 'receiving' && waiting.at(-1)?.phase === 'receiving') waiting.pop()
    waiting.push(update)
    wake()
  }
  const unfollow = giver.follow(id, tell)
  const lifeMs = Math.min(longestTimerMs, Math.max(0, expires - world.wallTime()))
  const expiry = world.after(lifeMs, () => {
    if (!wasTaken) tell({ phase: 'expired' })
  })
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
      expiry.cancel()
      signal.removeEventListener('abort', interrupted)
    },
  }
}
