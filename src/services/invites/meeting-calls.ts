import { PeerageError, type World } from '../../base/index.ts'
import type { Network } from '../../network/index.ts'
import { decodeMeetAnswer, encodeMeetRequest, type MeetRequest, maxMeetBytes } from '../../wire/index.ts'
import { FrameChannel } from './frame-channel.ts'
import { pause } from './pause.ts'
import { meetProtocol } from './protocols.ts'

export interface CallParts {
  readonly network: Network
  readonly world: World
}

type Target = string | readonly string[]

/** Asks a meeting point for whoever waits there. Undefined: nobody does, or not for us. Rejects as `Network.open`. */
export async function seekAt(
  parts: CallParts,
  target: Target,
  meeting: Uint8Array,
  signal: AbortSignal,
): Promise<FrameChannel | undefined> {
  return ask(parts, target, { wants: 'seek', meeting }, signal)
}

/** How long to stay away from a meeting point that refused or could not be reached. */
const againMs = 30_000

/**
 * Waits at a meeting point until the signal ends it: calls `onMet` with the channel of each that comes, and waits for the next one at
 * once. Resolves when the signal is aborted.
 */
export async function waitAt(
  parts: CallParts,
  target: Target,
  meeting: Uint8Array,
  onMet: (channel: FrameChannel) => void,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    const met = await waitOnce(parts, target, meeting, signal)
    if (met !== undefined) onMet(met)
    else await pause(parts.world, againMs, signal)
  }
}

async function waitOnce(
  parts: CallParts,
  target: Target,
  meeting: Uint8Array,
  signal: AbortSignal,
): Promise<FrameChannel | undefined> {
  try {
    const channel = await ask(parts, target, { wants: 'wait', meeting }, signal)
    if (channel === undefined) return undefined
    const stop = (): void => channel.abort('Nobody waits any more.')
    signal.addEventListener('abort', stop, { once: true })
    try {
      // The first thing that comes is from somebody who sought.
      return (await channel.hasMore()) ? channel : undefined
    } finally {
      signal.removeEventListener('abort', stop)
    }
  } catch (error) {
    if (error instanceof PeerageError || signal.aborted) return undefined
    throw error
  }
}

async function ask(
  { network, world }: CallParts,
  target: Target,
  request: MeetRequest,
  signal: AbortSignal,
): Promise<FrameChannel | undefined> {
  const channel = new FrameChannel(world, await network.open(target, meetProtocol, { signal }))
  channel.send(encodeMeetRequest(request))
  if (decodeMeetAnswer(await channel.next(maxMeetBytes))) return channel
  await channel.close()
  return undefined
}
