import { PeerageError, parseQuantity, type World } from '../base/index.ts'
import { parseHours } from './limits.ts'
import type { Bounds } from './policy.ts'

/** Bounds of a permission as a person writes them; each may be missing. */
export interface BoundsText {
  /** A day (`2026-12-24`), a time of one (`2026-12-24 18:30`), where this machine is, or a time from now (`2h`, `3d`). */
  readonly from?: string | undefined
  /** The same; a day counts as a whole. */
  readonly until?: string | undefined
  /** `08:00-18:00`. */
  readonly hours?: string | undefined
  /** `10GB`, `700 MiB`, `5000`. */
  readonly bytes?: string | undefined
  readonly bytesADay?: string | undefined
  /** `1MB/s`. */
  readonly rate?: string | undefined
  readonly uses?: number | undefined
  readonly lanOnly?: boolean | undefined
}

type Clock = Pick<World, 'wallTime' | 'localOffset'>

/** What a person wrote, as policies keep it. Throws `usage.invalid` that names what cannot be read. */
export function parseBounds(text: BoundsText, clock: Clock): Bounds {
  const { from, until, hours, bytes, bytesADay, rate, uses, lanOnly } = text
  const bounds: Bounds = {
    ...(from !== undefined && { from: parseTime('from', from, clock) }),
    ...(until !== undefined && { expires: parseTime('until', until, clock, 'end') }),
    ...(hours !== undefined && { hours: hoursOf(hours) }),
    ...(bytes !== undefined && { bytes: bytesOf('bytes', bytes) }),
    ...(bytesADay !== undefined && { bytesPerDay: bytesOf('bytes-a-day', bytesADay) }),
    ...(rate !== undefined && { bytesPerSecond: bytesOf('rate', rate.replace(/\s*\/\s*s(ec)?$/i, ''), 1) }),
    ...(uses !== undefined && { uses }),
    ...(lanOnly === true && { lanOnly }),
  }
  if (bounds.from !== undefined && bounds.expires !== undefined && bounds.from >= bounds.expires)
    throw new PeerageError('usage.invalid', `--from ${from} is not before --until ${until}.`)
  if (bounds.expires !== undefined && bounds.expires <= clock.wallTime())
    throw new PeerageError('usage.invalid', `--until ${until} is over already.`)
  return bounds
}

/** Bounds in words, one part each: `until 2026-12-25 00:00`, `1 GB a day`. */
export function describeBounds(bounds: Bounds, localOffset: World['localOffset']): string[] {
  const { from, expires, hours, bytes, bytesPerDay, bytesPerSecond, uses, lanOnly } = bounds
  const time = (at: number): string =>
    new Date(at + localOffset(at)).toISOString().slice(0, 16).replace('T', ' ')
  return [
    from !== undefined && `from ${time(from)}`,
    expires !== undefined && `until ${time(expires)}`,
    hours !== undefined && `at ${hours}`,
    bytes !== undefined && `${amount(bytes)} in all`,
    bytesPerDay !== undefined && `${amount(bytesPerDay)} a day`,
    bytesPerSecond !== undefined && `${amount(bytesPerSecond)}/s`,
    uses !== undefined && (uses === 1 ? 'once' : `${uses} times`),
    lanOnly === true && 'on the local network only',
  ].filter(one => one !== false)
}

const units: Readonly<Record<string, number>> = { s: 1, min: 60, h: 3600, d: 86_400, w: 604_800 }

/**
 * A time as a person writes it, in milliseconds since the Unix epoch. As an `end` a day counts as a whole; `3d` is in three days, or
 * three days `ago`. `2026-12-24T17:30:05.000Z` is exactly that. Throws `usage.invalid`.
 */
export function parseTime(
  option: string,
  text: string,
  { wallTime, localOffset }: Clock,
  sense: 'begin' | 'end' | 'ago' = 'begin',
): number {
  const span = /^\s*(\d{1,6})\s*(s|min|h|d|w)\s*$/.exec(text)
  const way = sense === 'ago' ? -1000 : 1000
  if (span !== null) return Math.floor(wallTime()) + Number(span[1]) * units[span[2]!]! * way
  const exact = instantOf(text)
  if (exact !== undefined) return exact
  const match = /^\s*(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d))?\s*$/.exec(text)
  const utc = Date.parse(`${match?.[1]}T${match?.[2] ?? '00:00'}:00Z`)
  const isRight = match !== null && !Number.isNaN(utc) && new Date(utc).toISOString().startsWith(match[1]!)
  if (!isRight)
    throw new PeerageError(
      'usage.invalid',
      `--${option} ${text} is no time: write 2026-12-24, "2026-12-24 18:30", or 3d, 12h, 30min from now.`,
    )
  const wholeDay = sense === 'end' && match[2] === undefined ? 86_400_000 : 0
  return atLocal(utc + wholeDay, localOffset)
}

/** As programs write it, of UTC: what a rule had is given back as it was. */
function instantOf(text: string): number | undefined {
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/.test(text)) return undefined
  const at = Date.parse(text)
  return !Number.isNaN(at) && new Date(at).toISOString() === text ? at : undefined
}

/** When clocks here show what UTC shows at `utc`. Near a change of daylight saving the offset there counts. */
function atLocal(utc: number, localOffset: World['localOffset']): number {
  const guess = utc - localOffset(utc)
  return utc - localOffset(guess)
}

function hoursOf(text: string): string {
  const hours = text.replace(/\s/g, '')
  if (parseHours(hours) !== undefined) return hours
  throw new PeerageError('usage.invalid', `--hours ${text} are no hours: write 08:00-18:30.`)
}

function bytesOf(option: string, text: string, min = 0): number {
  const bytes = Math.round(parseQuantity(text))
  if (bytes >= min && Number.isSafeInteger(bytes)) return bytes
  throw new PeerageError('usage.invalid', `--${option} ${text} is no size: write 10GB, 700MiB or 5000.`)
}

/** As it was written, when it was: without what three digits would lose. */
function amount(bytes: number): string {
  const names = ['B', 'kB', 'MB', 'GB', 'TB']
  let value = bytes
  let unit = 0
  for (; value >= 1000 && unit < names.length - 1; unit++) value /= 1000
  return `${Number(value.toFixed(3))} ${names[unit]}`
}
