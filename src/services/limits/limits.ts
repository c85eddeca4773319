import { type Timer, TokenBucket, type World } from '../../base/index.ts'
import type { LimitsConfig } from './config.ts'
import { hourOfWeek, type Mode, Week } from './week.ts'

/** Upload and download in bytes per second; 0 is as fast as it goes. */
export interface Rates {
  readonly upload: number
  readonly download: number
}

export interface LimitsReport {
  /** What holds now. */
  readonly now: Mode
  /** In bytes per second; 0 is as fast as it goes, and nothing moves at all while it is `off`. */
  readonly rates: Rates
  /** Who says so: the hours of the week, or the switch. */
  readonly mode: LimitsConfig['mode']
  /** When the hours of the week change it, in milliseconds since 1970; absent when they do not. */
  readonly until?: number
  /** Those of full and of slow hours. */
  readonly full: Rates
  readonly slow: Rates
  /** Seven texts of 24 letters (`f`, `s`, `o`), Monday first; empty when there is no schedule. */
  readonly week: readonly string[]
  /** The hour of the week where this peer is, 0 is Monday from midnight to one. */
  readonly hour: number
}

/** What of the configuration is about limits. */
export interface LimitsSettings extends LimitsConfig {
  readonly uploadBytesPerSecond: number
  readonly downloadBytesPerSecond: number
}

export interface LimitsHost {
  readonly world: World
  settings(): LimitsSettings
  /** Changes `files.` or `limits.` keys of the configuration. Throws `config.invalid`. */
  set(key: string, value: unknown): Promise<void>
  /** Another mode holds from now on. */
  changed(now: Mode): void
}

/** The clock is looked at so often: machines sleep, and their clocks are set. */
const lookMs = 5_000

/** The limits of this whole peer, which every network takes from; they follow the configuration and the hours of the week. */
export class Limits {
  readonly upload: TokenBucket
  readonly download: TokenBucket
  readonly host: LimitsHost
  #timer: Timer | undefined
  #now: Mode = 'full'

  constructor(host: LimitsHost) {
    const { world } = host
    this.host = host
    this.upload = new TokenBucket(0, world.now())
    this.download = new TokenBucket(0, world.now())
  }

  start(): void {
    this.#now = this.#mode()
    this.apply()
    this.#timer = this.host.world.every(lookMs, () => this.apply())
  }

  stop(): void {
    this.#timer?.cancel()
  }

  /** Takes over what the configuration and the clock say. */
  apply(): void {
    const { world } = this.host
    const mode = this.#mode()
    const rates = this.#rates(mode)
    for (const which of ['upload', 'download'] as const) {
      const bucket = this[which]
      if (mode === 'off') bucket.close(world.now())
      else bucket.setLimit(rates[which], world.now())
    }
    if (mode === this.#now) return
    this.#now = mode
    this.host.changed(mode)
  }

  report(): LimitsReport {
    const { world, settings } = this.host
    const { mode, week } = settings()
    const [at, offsetAt] = [world.wallTime(), (time: number) => world.localOffset(time)]
    const until = mode === 'schedule' ? new Week(week).changesAt(at, offsetAt) : undefined
    const now = this.#mode()
    return {
      now,
      rates: this.#rates(now),
      mode,
      ...(until !== undefined && { until }),
      full: this.#rates('full'),
      slow: this.#rates('slow'),
      week,
      hour: hourOfWeek(at + offsetAt(at)),
    }
  }

  #mode(): Mode {
    const { world, settings } = this.host
    const { mode, week } = settings()
    if (mode !== 'schedule') return mode
    return new Week(week).modeAt(world.wallTime(), time => world.localOffset(time))
  }

  /** Slow is never faster than full. */
  #rates(mode: Mode): Rates {
    const { uploadBytesPerSecond, downloadBytesPerSecond, ...slow } = this.host.settings()
    const full = { upload: uploadBytesPerSecond, download: downloadBytesPerSecond }
    if (mode !== 'slow') return full
    return {
      upload: lower(full.upload, slow.slowUploadBytesPerSecond),
      download: lower(full.download, slow.slowDownloadBytesPerSecond),
    }
  }
}

/** 0 is no limit. */
function lower(full: number, slow: number): number {
  return full === 0 ? slow : Math.min(full, slow)
}
