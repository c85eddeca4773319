/** How fast this peer is: as usual, within the slow limits, or not at all. */
export type Mode = 'full' | 'slow' | 'off'
export const modes: readonly ['full', 'slow', 'off'] = ['full', 'slow', 'off']

/** A day as the configuration has it: a letter an hour. */
export const dayPattern: RegExp = /^[fso]{24}$/

const letters: Readonly<Record<string, Mode>> = { f: 'full', s: 'slow', o: 'off' }
const hourMs = 3_600_000
const hoursAWeek = 168
/** The Unix epoch began on a Thursday. */
const epochHour = 3 * 24

/** What a week says of local time: `days` are seven texts of 24 letters, Monday first, or none. */
export class Week {
  readonly #hours: readonly Mode[]

  constructor(days: readonly string[]) {
    this.#hours = [...days.join('')].map(letter => letters[letter] ?? 'full')
  }

  /** `at`: milliseconds since the Unix epoch. */
  modeAt(at: number, offsetAt: (at: number) => number): Mode {
    return this.#hours[hourOfWeek(at + offsetAt(at))] ?? 'full'
  }

  /** When another mode begins, in milliseconds since the Unix epoch; undefined when none does. */
  changesAt(now: number, offsetAt: (at: number) => number): number | undefined {
    const mode = this.modeAt(now, offsetAt)
    let at = now
    // Two hours more than a week has, for the clock may be put back on the way.
    for (let step = 0; step < hoursAWeek + 2; step++) {
      at = nextHour(at, offsetAt)
      if (this.modeAt(at, offsetAt) !== mode) return at
    }
    return undefined
  }
}

/** 0 is Monday from midnight to one. `local`: milliseconds since the Unix epoch by the clock on the wall. */
export function hourOfWeek(local: number): number {
  const hour = (Math.floor(local / hourMs) + epochHour) % hoursAWeek
  return hour < 0 ? hour + hoursAWeek : hour
}

/** When the clock on the wall next shows a full hour, or jumps. */
function nextHour(at: number, offsetAt: (at: number) => number): number {
  const offset = offsetAt(at)
  const next = at + hourMs - ((((at + offset) % hourMs) + hourMs) % hourMs)
  if (offsetAt(next) === offset) return next
  let [before, after] = [at, next]
  while (after - before > 1) {
    const middle = Math.floor((before + after) / 2)
    if (offsetAt(middle) === offset) before = middle
    else after = middle
  }
  return after
}
