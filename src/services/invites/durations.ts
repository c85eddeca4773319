import { PeerageError } from '../../base/index.ts'

const unitMs: Readonly<Record<string, number>> = {
  s: 1_000,
  min: 60_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
}
const longestMs = 366 * 86_400_000

/** `1d`, `12 h`, `90min`: milliseconds, at most a year. Throws `usage.invalid`. */
export function parseDuration(text: string): number {
  const [, count = '', unit = ''] = /^(\d{1,6}(?:\.\d{1,3})?)\s*(s|m|min|h|d|w)$/i.exec(text.trim()) ?? []
  const ms = Number(count) * (unitMs[unit.toLowerCase()] ?? Number.NaN)
  if (Number.isFinite(ms) && ms > 0 && ms <= longestMs) return ms
  throw new PeerageError('usage.invalid', `"${text.slice(0, 40)}" is no time; write 1d, 12h or 30min.`)
}
