import { z } from '../base/index.ts'
import { type Bencoded, type Encodable, integerAt, isDictionary, textAt } from '../wire/index.ts'

/**
 * What a permission is bounded by, beside its times; all of them hold at once. Each peer counts for itself what it serves: offline
 * there is no total over several.
 */
export interface Limits {
  /** Times of the day where the deciding peer is, as `08:00-18:30`; `22:00-06:00` goes over midnight. */
  readonly hours?: string | undefined
  /** Bytes in total. */
  readonly bytes?: number | undefined
  readonly bytesPerDay?: number | undefined
  /** For all streams of the person together. */
  readonly bytesPerSecond?: number | undefined
  /** How many times it may be used: streams opened, calls made. */
  readonly uses?: number | undefined
  /** Only over a connection within the local network. */
  readonly lanOnly?: boolean | undefined
}

const dayMinutes = 1440
const hoursPattern = /^([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]|24(?=:00)):([0-5]\d)$/

/** The minutes of the day at which `hours` begin and how many they are; undefined when the text is not of that form. */
export function parseHours(text: string): { readonly from: number; readonly minutes: number } | undefined {
  const match = hoursPattern.exec(text)
  if (match === null) return undefined
  const [from = 0, fromMinute = 0, to = 0, toMinute = 0] = match.slice(1).map(Number)
  const start = from * 60 + fromMinute
  const minutes = (to * 60 + toMinute - start + dayMinutes) % dayMinutes || dayMinutes
  return { from: start, minutes }
}

const count = z.int().min(0)

/** The fields of limits as they come from the API or the disk, for the schemas of what has limits. */
export const limitFields: Readonly<{ [name in keyof Limits]-?: z.ZodType<Limits[name]> }> = {
  hours: z
    .string()
    .refine(text => parseHours(text) !== undefined, 'Hours look like 08:00-18:30.')
    .optional(),
  bytes: count.optional(),
  bytesPerDay: count.optional(),
  bytesPerSecond: z.int().min(1).optional(),
  uses: count.optional(),
  lanOnly: z.boolean().optional(),
}

export const limitsSchema: z.ZodType<Limits> = z.strictObject(limitFields)

const numbers = ['bytes', 'bytesPerDay', 'bytesPerSecond', 'uses'] as const
export const limitNames: readonly (keyof Limits)[] = [...numbers, 'hours', 'lanOnly']
const names: ReadonlySet<string> = new Set(limitNames)

/** Whether nothing that `inner` allows is more than `outer` does. */
export function isWithin(inner: Limits, outer: Limits): boolean {
  if (outer.lanOnly === true && inner.lanOnly !== true) return false
  if (
    numbers.some(
      name => (inner[name] ?? Number.POSITIVE_INFINITY) > (outer[name] ?? Number.POSITIVE_INFINITY),
    )
  )
    return false
  return outer.hours === undefined || (inner.hours !== undefined && hoursWithin(inner.hours, outer.hours))
}

function hoursWithin(inner: string, outer: string): boolean {
  const [a, b] = [parseHours(inner), parseHours(outer)]
  if (a === undefined || b === undefined) return false
  const after = (a.from - b.from + dayMinutes) % dayMinutes
  return b.minutes === dayMinutes || after + a.minutes <= b.minutes
}

/** As a part of a signed statement. */
export function encodeLimits(limits: Limits): ReadonlyMap<string, Encodable> {
  const out = new Map<string, Encodable>()
  for (const name of numbers) if (limits[name] !== undefined) out.set(name, limits[name])
  if (limits.hours !== undefined) out.set('hours', limits.hours)
  if (limits.lanOnly === true) out.set('lanOnly', 1)
  return out
}

/** Undefined when it is malformed or says something that is not understood, which may be a restriction. */
export function decodeLimits(value: Bencoded | undefined): Limits | undefined {
  if (!isDictionary(value) || value.size === 0) return undefined
  for (const name of value.keys()) if (!names.has(name)) return undefined
  const lan = integerAt(value, 'lanOnly', 1, 1)
  const read = {
    ...Object.fromEntries(numbers.map(name => [name, integerAt(value, name)])),
    hours: textAt(value, 'hours'),
    lanOnly: lan === undefined ? undefined : true,
  }
  const given = Object.fromEntries(Object.entries(read).filter(([, one]) => one !== undefined))
  const parsed = limitsSchema.safeParse(given)
  // What was there and is not in the result had another type.
  return parsed.success && Object.keys(given).length === value.size ? parsed.data : undefined
}
