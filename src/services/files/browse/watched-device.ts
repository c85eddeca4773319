import type { Timer } from '../../../base/index.ts'
import type { ListedShare } from '../../../wire/index.ts'
import type { FilesHost } from '../host.ts'
import type { AskedShares } from './asked-shares.ts'
import { openDevice } from './browse.ts'
import type { Device } from './person.ts'

/** First pause before a device that could not be reached is tried again; doubles up to `files.wishMs`. */
const firstPauseMs = 5_000
/** News of a device within that time are asked for together. */
const settleMs = 1_000

export interface WatchedDeviceParts {
  readonly host: FilesHost
  readonly device: Device
  onShares(peer: string, shares: readonly ListedShare[]): void
}

/**
 * Keeps knowing what one device shares with us: asks when it can be reached, again when it says that something changed, and
 * from time to time, since a permission that ends or begins by itself is not told. Who is away is waited for.
 */
export class WatchedDevice {
  readonly #parts: WatchedDeviceParts
  readonly #abort = new AbortController()
  #asked: AskedShares | undefined
  #timer: Timer | undefined
  #failures = 0
  #isBusy = false
  /** It changed while it was being asked. */
  #isStale = false

  constructor(parts: WatchedDeviceParts) {
    this.#parts = parts
    this.look()
  }

  /** Whether it tells us what it shares now. */
  get isReached(): boolean {
    return this.#asked !== undefined
  }

  /** Asks it now, also when it has told what it shares before. */
  again(): void {
    if (this.#asked === undefined) this.look()
    else this.#changed(0)
  }

  /** It may be there now: asks it, unless it is being asked. */
  look(): void {
    if (this.#asked !== undefined || this.#isBusy || this.#abort.signal.aborted) return
    this.#timer?.cancel()
    this.#isBusy = true
    void this.#open()
  }

  stop(): void {
    this.#abort.abort(new Error('this peer stops'))
    this.#timer?.cancel()
    this.#asked?.close()
  }

  async #open(): Promise<void> {
    const { host, device } = this.#parts
    // It may be gone before we know that it was there; then asking tells.
    let asked: AskedShares | undefined
    try {
      asked = await openDevice(host.network!, host, device, this.#abort.signal, {
        onChanged: () => this.#changed(settleMs),
        onClosed: () => this.#lost(asked),
      })
      this.#asked = asked
      this.#isBusy = false
      await this.#ask()
    } catch {
      this.#isBusy = false
      this.#retryLater()
    }
  }

  async #ask(): Promise<void> {
    const asked = this.#asked
    if (asked === undefined || this.#isBusy) return
    this.#isBusy = true
    this.#isStale = false
    try {
      const shares = await asked.ask()
      this.#failures = 0
      this.#parts.onShares(this.#parts.device.peer, shares)
      this.#askAfter(this.#isStale ? settleMs : this.#parts.host.config.wishMs)
    } catch {
      asked.close()
      this.#lost(asked)
    } finally {
      this.#isBusy = false
    }
  }

  #changed(delayMs: number): void {
    this.#isStale = true
    if (!this.#isBusy) this.#askAfter(delayMs)
  }

  #askAfter(delayMs: number): void {
    this.#timer?.cancel()
    if (!this.#abort.signal.aborted)
      this.#timer = this.#parts.host.world.after(delayMs, () => void this.#ask())
  }

  #lost(asked: AskedShares | undefined): void {
    if (asked === undefined || this.#asked !== asked) return
    this.#asked = undefined
    this.#retryLater()
  }

  #retryLater(): void {
    if (this.#abort.signal.aborted) return
    const { world, config } = this.#parts.host
    const pause = Math.min(config.wishMs, firstPauseMs * 2 ** Math.min(20, this.#failures++))
    this.#timer?.cancel()
    this.#timer = world.after(pause * (0.75 + world.random.fraction() / 2), () => this.look())
  }
}
