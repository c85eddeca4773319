/**
 * Text that is safe to print: names and messages come from the network, so control characters (terminal escapes), bidi
 * overrides and invisible characters are shown as `?`.
 */
export function safeText(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu, '?')
}

/** At most `width` columns, with an ellipsis in the middle. */
export function shorten(text: string, width: number): string {
  const chars = [...text]
  if (chars.length <= width) return text
  if (width < 2) return chars.slice(0, width).join('')
  const head = Math.ceil((width - 1) / 2)
  return `${chars.slice(0, head).join('')}…${chars.slice(chars.length - (width - 1 - head)).join('')}`
}

const units = ['B', 'kB', 'MB', 'GB', 'TB', 'PB']

/** `1.2 GB`, three digits, decimal multiples. */
export function formatBytes(bytes: number): string {
  let value = bytes
  let unit = 0
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000
    unit++
  }
  const digits = unit === 0 || value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2
  return `${value.toFixed(digits)} ${units[unit]}`
}

/** `256 KiB`, for lengths that are powers of two. */
export function formatBinary(bytes: number): string {
  const power = Math.min(4, Math.floor(Math.log2(Math.max(1, bytes)) / 10))
  return `${Number((bytes / 2 ** (power * 10)).toFixed(1))} ${['B', 'KiB', 'MiB', 'GiB', 'TiB'][power]}`
}

export function formatSpeed(bytesPerSecond: number): string {
  return `${formatBytes(bytesPerSecond)}/s`
}

/** `3 s`, `2 min 05 s`, `1 h 12 min`, `3 d 4 h`. */
export function formatDuration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds))
  if (whole < 60) return `${whole} s`
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${String(whole % 60).padStart(2, '0')} s`
  if (whole < 86_400)
    return `${Math.floor(whole / 3600)} h ${String(Math.floor((whole % 3600) / 60)).padStart(2, '0')} min`
  return `${Math.floor(whole / 86_400)} d ${Math.floor((whole % 86_400) / 3600)} h`
}

/** `12D3KooW…x7Qp`: enough to tell peers apart. */
export function shortPeer(peer: string): string {
  const safe = safeText(peer)
  return safe.length <= 16 ? safe : `${safe.slice(0, 8)}…${safe.slice(-6)}`
}

/** `1 file`, `2 files`. */
export function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
}

/** Words in columns, so many a line, to be compared or copied by people. */
export function wordRows(words: readonly string[], columns: number): string[] {
  const width = Math.max(...words.map(word => word.length))
  const rows: string[] = []
  for (let at = 0; at < words.length; at += columns)
    rows.push(
      `  ${words
        .slice(at, at + columns)
        .map(word => word.padEnd(width))
        .join('  ')
        .trimEnd()}`,
    )
  return rows
}
