import { parseHours } from './limits.ts'

/** A part of every day by local time, in milliseconds. */
export interface CompiledHours {
  readonly from: number
  readonly length: number
}

const day = 86_400_000

/** `hours` is of the form that `parseHours` reads. */
export function compileHours(hours: string): CompiledHours {
  const { from, minutes } = parseHours(hours)!
  return { from: from * 60_000, length: minutes * 60_000 }
}

/**
 * When the period that now is in ends, in milliseconds since the Unix epoch; undefined when now is in none. Where local time
 * jumps before that (daylight saving), what the clock on the wall will say decides. An end that the clock skips comes at the
 * jump, also where the next period begins at once.
 */
export function openUntil(
  hours: CompiledHours,
  now: number,
  offsetAt: (at: number) => number,
): number | undefined {
  const offset = offsetAt(now)
  const left = leftOf(hours, now + offset)
  if (left === undefined) return undefined
  const end = now + left
  if (offsetAt(end) === offset) return end
  const jump = firstChange(now, end, offsetAt)
  const skipped = offsetAt(jump) - offset
  if (end - jump <= skipped) return jump
  return openUntil(hours, jump, offsetAt) ?? jump
}

/** How long the period lasts from `local` on, by a clock that does not jump. */
function leftOf({ from, length }: CompiledHours, local: number): number | undefined {
  const into = (((local - from) % day) + day) % day
  return into < length ? length - into : undefined
}

/** The first millisecond after `low` with the offset that holds at `high`. */
function firstChange(low: number, high: number, offsetAt: (at: number) => number): number {
  const before = offsetAt(low)
  let [known, changed] = [low, high]
  while (changed - known > 1) {
    const middle = Math.floor((known + changed) / 2)
    if (offsetAt(middle) === before) known = middle
    else changed = middle
  }
  return changed
}
