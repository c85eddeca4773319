import { toHex, type World } from '../../base/index.ts'
import type { PeerStream } from '../../network/index.ts'
import { decodeMeetRequest, encodeMeetAnswer, maxMeetBytes } from '../../wire/index.ts'
import type { InvitesConfig } from './config.ts'
import { FrameChannel } from './frame-channel.ts'

export interface MeetingPointParts {
  readonly world: World
  readonly config: Pick<
    InvitesConfig,
    'maxWaiting' | 'maxWaitingPerPeer' | 'maxMeetings' | 'meetingMinutes' | 'meetingBytes'
  >
  mayUse(peer: string): boolean
}

interface Waiter {
  readonly channel: FrameChannel
  readonly peer: string
}

/**
 * Brings others together: the giver of an invite waits here under its number, its taker asks for it, and what the two say from then on is
 * passed on as it is. What it means stays theirs.
 */
export class MeetingPoint {
  readonly #parts: MeetingPointParts
  readonly #waiting = new Map<string, Set<Waiter>>()
  #meetings = 0

  constructor(parts: MeetingPointParts) {
    this.#parts = parts
  }

  /** How many wait now. */
  get waiting(): number {
    let count = 0
    for (const waiters of this.#waiting.values()) count += waiters.size
    return count
  }

  async receive(stream: PeerStream): Promise<void> {
    const channel = new FrameChannel(this.#parts.world, stream)
    const { wants, meeting } = decodeMeetRequest(await channel.next(maxMeetBytes))
    const key = toHex(meeting)
    const done =
      this.#parts.mayUse(stream.peer) &&
      (wants === 'wait' ? this.#keep(key, channel) : this.#join(key, channel))
    if (done) return
    channel.send(encodeMeetAnswer(false))
    await channel.close()
  }

  #keep(key: string, channel: FrameChannel): boolean {
    const { maxWaiting, maxWaitingPerPeer } = this.#parts.config
    const { peer } = channel.stream
    if (this.waiting >= maxWaiting || this.#waitingOf(peer) >= maxWaitingPerPeer) return false
    const waiters = this.#waiting.get(key) ?? new Set()
    this.#waiting.set(key, waiters)
    const waiter = { channel, peer }
    waiters.add(waiter)
    channel.stream.onClose(() => this.#leave(key, waiter))
    channel.stream.onEnd(() => this.#leave(key, waiter))
    channel.send(encodeMeetAnswer(true))
    return true
  }

  #leave(key: string, waiter: Waiter): void {
    const waiters = this.#waiting.get(key)
    waiters?.delete(waiter)
    if (waiters?.size === 0) this.#waiting.delete(key)
  }

  #waitingOf(peer: string): number {
    let count = 0
    for (const waiters of this.#waiting.values())
      for (const waiter of waiters) if (waiter.peer === peer) count++
    return count
  }

  /** With whoever waits for longest; nobody meets itself. */
  #join(key: string, seeker: FrameChannel): boolean {
    if (this.#meetings >= this.#parts.config.maxMeetings) return false
    for (const waiter of this.#waiting.get(key) ?? []) {
      if (waiter.peer === seeker.stream.peer) continue
      this.#leave(key, waiter)
      seeker.send(encodeMeetAnswer(true))
      this.#passOn(seeker, waiter.channel)
      return true
    }
    return false
  }

  #passOn(seeker: FrameChannel, waiter: FrameChannel): void {
    const { world, config } = this.#parts
    const end = (why: string): void => {
      seeker.abort(why)
      waiter.abort(why)
    }
    this.#meetings++
    const timer = world.after(config.meetingMinutes * 60_000, () => end('The meeting took too long.'))
    let open = 2
    const closed = (): void => {
      if (--open > 0) return
      timer.cancel()
      this.#meetings--
    }
    for (const [from, to] of [
      [seeker, waiter],
      [waiter, seeker],
    ] as const) {
      from.stream.onClose(error => {
        closed()
        if (error === undefined) void to.close()
        else to.abort('The other side is gone.')
      })
      pipe(from, to, config.meetingBytes, () => end('The meeting said too much.'))
    }
  }
}

/** Hands on what comes, no faster than it can go. */
function pipe(from: FrameChannel, to: FrameChannel, maxBytes: number, onTooMuch: () => void): void {
  let room = maxBytes
  const pass = (chunk: Uint8Array): void => {
    room -= chunk.length
    if (room < 0) onTooMuch()
    if (room < 0 || chunk.length === 0 || to.stream.send(chunk)) return
    from.stream.pause()
    to.stream.drained().then(
      () => from.stream.resume(),
      () => undefined,
    )
  }
  pass(from.detach())
  from.stream.onEnd(() => void to.stream.closeWrite().catch(() => undefined))
  from.stream.onData(chunk => pass(chunk.slice()))
  from.stream.resume()
}
