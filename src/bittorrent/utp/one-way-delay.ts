import type { UtpPacket } from '../../wire/index.ts'
import { BaseDelay } from './base-delay.ts'
import { microseconds } from './sequence.ts'

/** Clocks of two machines do not drift faster between two packets, in microseconds: the path has changed. */
const mostDrift = 10_000
/** Some say the largest number of 31 bits when they do not know. */
const unknown = 0x7fffffff

/** What packets take in either direction, as timestamps tell it (BEP 29). */
export class OneWayDelay {
  readonly #ours = new BaseDelay()
  readonly #theirs = new BaseDelay()
  /** What the latest packet took to get here, for the other side; 0 before there was one. */
  echo = 0

  /** Answers how many microseconds above the least our packets take, if the other side tells. */
  measure({ timestamp, delay }: UtpPacket, now: number): number | undefined {
    if (timestamp !== 0) {
      const before = this.#theirs.base
      this.echo = (microseconds(now) - timestamp) >>> 0
      this.#theirs.add(this.echo, now)
      const fell = before === undefined ? 0 : (before - this.#theirs.base!) | 0
      // One clock runs faster: what falls in one direction rises in the other.
      if (fell > 0 && fell < mostDrift) this.#ours.shift(fell)
    }
    return delay === 0 || delay === unknown ? undefined : this.#ours.add(delay, now)
  }
}
