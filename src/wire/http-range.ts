/** Which bytes of a file an answer holds (RFC 9110, "Content-Range"); `size` of the whole file, where it is told. */
export interface ContentRange {
  readonly first: number
  readonly last: number
  readonly size: number | undefined
}

const contentRange = /^bytes (\d{1,15})-(\d{1,15})\/(\d{1,15}|\*)$/i
const longestWaitMs = 86_400_000

/** Undefined for what is no range of bytes. */
export function parseContentRange(text: string): ContentRange | undefined {
  const match = contentRange.exec(text.trim())
  if (match === null) return undefined
  const [first, last] = [Number(match[1]), Number(match[2])]
  const size = match[3] === '*' ? undefined : Number(match[3])
  if (first > last || (size !== undefined && last >= size)) return undefined
  return { first, last, size }
}

/** Milliseconds to wait, of a `Retry-After` header in seconds or as a date; a day at most. Undefined for anything else. */
export function parseRetryAfter(text: string, wallTime: number): number | undefined {
  const said = text.trim()
  if (said.length > 64) return undefined
  const isDate = /^(Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*,? /.test(said)
  const ms = /^\d{1,9}$/.test(said) ? Number(said) * 1000 : isDate ? Date.parse(said) - wallTime : Number.NaN
  return Number.isFinite(ms) ? Math.min(Math.max(ms, 0), longestWaitMs) : undefined
}
