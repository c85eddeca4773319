/** Bytes from `from` to `to`, both of them included. */
export interface ByteSpan {
  readonly from: number
  readonly to: number
}

/** Ranges of one request; with more, all is answered (RFC 9110, section 14.2: "many small ranges"). */
export const maxRanges = 16

/**
 * The ranges of a `Range` header (RFC 9110, section 14.2) in their order; those that overlap or touch one another are one. Undefined: there is none, or
 * none that is understood, so that all is answered. `beyond`: all of them lie behind the end. Of what is empty all is answered, whatever is asked for:
 * players ask for ranges of every file, and take an error for one that is lost.
 */
export function readRanges(
  header: string | undefined,
  size: number,
): readonly ByteSpan[] | 'beyond' | undefined {
  if (size === 0) return undefined
  const [, list] = /^bytes=([\d\s,-]+)$/i.exec(header ?? '') ?? []
  const texts = (list ?? '').split(',').filter(text => text.trim() !== '')
  if (texts.length === 0 || texts.length > maxRanges) return undefined
  const found = texts.map(text => readRange(text.trim(), size))
  if (found.includes(undefined)) return undefined
  const spans = found.filter(one => one !== 'beyond').filter(one => one !== undefined)
  return spans.length === 0 ? 'beyond' : joined(spans)
}

function readRange(text: string, size: number): ByteSpan | 'beyond' | undefined {
  // As long as they like: some ask for what lies before 2^63.
  const match = /^(\d*)-(\d*)$/.exec(text)
  if (match === null || (match[1] === '' && match[2] === '')) return undefined
  const last = size - 1
  if (match[1] === '') {
    const length = Number(match[2])
    return length === 0 ? 'beyond' : { from: Math.max(0, size - length), to: last }
  }
  const from = Number(match[1])
  const to = match[2] === '' ? last : Math.min(last, Number(match[2]))
  if (match[2] !== '' && Number(match[2]) < from) return undefined
  return from > last ? 'beyond' : { from, to }
}

/** Each byte once: what is asked for twice would be sent twice, and one may ask for a large file many times over. */
function joined(spans: readonly ByteSpan[]): ByteSpan[] {
  const apart: ByteSpan[] = []
  for (let { from, to } of spans) {
    let at = apart.length
    for (let i = apart.length - 1; i >= 0; i--) {
      const other = apart[i]!
      if (other.from > to + 1 || from > other.to + 1) continue
      from = Math.min(from, other.from)
      to = Math.max(to, other.to)
      apart.splice(i, 1)
      at = i
      i = apart.length
    }
    apart.splice(at, 0, { from, to })
  }
  return apart
}

/** A parameter `entity-bytes=FROM:TO` (IPIP-402): from the end where negative, `*` for the end. */
export interface EntityBytes {
  readonly from: number
  readonly to: number | '*'
}

/** Undefined for what is none. */
export function parseEntityBytes(text: string): EntityBytes | undefined {
  const match = /^(-?\d+):(\*|-?\d+)$/.exec(text)
  if (match === null) return undefined
  const [from, to] = [Number(match[1]), match[2] === '*' ? '*' : Number(match[2])] as const
  // Both from the same end: they can be compared without knowing the size.
  if (to !== '*' && from >= 0 === to >= 0 && to < from) return undefined
  return { from, to }
}

/** Undefined: no byte of the entity is in it, so its root block alone is answered. */
export function spanOf({ from, to }: EntityBytes, size: number): ByteSpan | undefined {
  const first = from < 0 ? Math.max(0, size + from) : from
  const last = to === '*' ? size - 1 : Math.min(size - 1, to < 0 ? size + to : to)
  return first > last ? undefined : { from: first, to: last }
}
