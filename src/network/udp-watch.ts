import type { Timer, World } from '../base/index.ts'
import type { UdpSocket } from './udp-socket.ts'

const lookMs = 3_000
/** After a try that did not help the next waits twice as long, between these. */
const firstDelayMs = 3_000
const lastDelayMs = 60_000

/** How the UDP sockets of this peer are doing. */
export interface UdpState {
  readonly isUp: boolean
  readonly problem?: string
}

export interface UdpWatchParts {
  readonly world: World
  readonly socket: Pick<UdpSocket, 'look' | 'reopen'>
  /** Sockets died and are open again, or could not be opened. */
  onChange(state: UdpState): void
}

/** Opens UDP sockets anew that have died: nothing comes any more, look after look. */
export class UdpWatch {
  readonly #parts: UdpWatchParts
  readonly #timer: Timer
  #delayMs = firstDelayMs
  #nextAt = Number.NEGATIVE_INFINITY
  #isBusy = false

  constructor(parts: UdpWatchParts) {
    this.#parts = parts
    this.#timer = parts.world.every(lookMs, () => void this.#look())
  }

  /** On another network what failed here may succeed at once. */
  startOver(): void {
    this.#delayMs = firstDelayMs
    this.#nextAt = Number.NEGATIVE_INFINITY
  }

  stop(): void {
    this.#timer.cancel()
  }

  async #look(): Promise<void> {
    const { world, socket, onChange } = this.#parts
    const health = socket.look()
    if (health === 'well') this.#delayMs = firstDelayMs
    if (health !== 'dead' || this.#isBusy || world.now() < this.#nextAt) return
    this.#isBusy = true
    try {
      await socket.reopen()
      onChange({ isUp: true })
    } catch (error) {
      onChange({ isUp: false, problem: error instanceof Error ? error.message : String(error) })
    } finally {
      this.#isBusy = false
      this.#nextAt = world.now() + this.#delayMs
      this.#delayMs = Math.min(2 * this.#delayMs, lastDelayMs)
    }
  }
}
