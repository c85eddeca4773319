/** A pending timer. */
export interface Timer {
  cancel(): void
}

/** Source of randomness. Deterministic in simulations, the operating system's otherwise. */
export interface Random {
  /** Uniform in [0, 1). */
  fraction(): number
  /** Uniform integer in [0, bound). */
  below(bound: number): number
  /** `length` random bytes. From the operating system's generator in the system world, fit for keys. */
  bytes(length: number): Uint8Array
}

/**
 * Everything that decides gets time and randomness from here and from nowhere else, so that a simulation can replay it.
 */
export interface World {
  /** Monotonic milliseconds since some fixed point; never jumps. For durations, rates and time-outs. */
  now(): number
  /** Milliseconds since the Unix epoch, as the machine's clock says; may jump. For what people and signatures see. */
  wallTime(): number
  /** How far the local time of this machine is ahead of UTC at a wall time, in milliseconds. Changes with daylight saving. */
  localOffset(wallTime: number): number
  readonly random: Random
  /** Runs `callback` once after `delayMs`. */
  after(delayMs: number, callback: () => void): Timer
  /** Runs `callback` every `intervalMs` until cancelled. Does not keep the process alive by itself. */
  every(intervalMs: number, callback: () => void): Timer
}

const systemRandom: Random = {
  fraction: () => Math.random(),
  below: bound => Math.floor(Math.random() * bound),
  bytes: length => {
    const bytes = new Uint8Array(length)
    for (let at = 0; at < length; at += 65536) {
      crypto.getRandomValues(bytes.subarray(at, Math.min(length, at + 65536)))
    }
    return bytes
  },
}

/** The real world. */
export const systemWorld: World = {
  now: () => performance.now(),
  wallTime: () => Date.now(),
  localOffset: wallTime => -new Date(wallTime).getTimezoneOffset() * 60_000,
  random: systemRandom,
  after: (delayMs, callback) => {
    const handle = setTimeout(callback, delayMs)
    return { cancel: () => clearTimeout(handle) }
  },
  every: (intervalMs, callback) => {
    const handle: unknown = setInterval(callback, intervalMs)
    if (
      typeof handle === 'object' &&
      handle !== null &&
      'unref' in handle &&
      typeof handle.unref === 'function'
    )
      handle.unref()
    return { cancel: () => clearInterval(handle as Parameters<typeof clearInterval>[0]) }
  },
}
