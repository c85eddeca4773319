/** Bytes from `from` to `to`, both of them included. */
export interface ByteSpan {
  readonly from: number
  readonly to: number
}

/**
 * The first range of a `Range` header (RFC 9110, section 14.2); the others are not answered, as the path gateway specification
 * allows. Undefined: there is none, or none that is understood, so that all is answered. `beyond`: it lies behind the end.
 */
export function readRange(header: string | undefined, size: number): ByteSpan | 'beyond' | undefined {
  const match = /^bytes=\s*(\d{0,15})-(\d{0,15})\s*(?:,[\d\s,-]*)?$/.exec(header ?? '')
  if (match === null || (match[1] === '' && match[2] === '')) return undefined
  const last = size - 1
  if (match[1] === '') {
    const length = Number(match[2])
    return length === 0 || size === 0 ? 'beyond' : { from: Math.max(0, size - length), to: last }
  }
  const from = Number(match[1])
  const to = match[2] === '' ? last : Math.min(last, Number(match[2]))
  if (match[2] !== '' && Number(match[2]) < from) return undefined
  return from > last ? 'beyond' : { from, to }
}

/** A parameter `entity-bytes=FROM:TO` (IPIP-402): from the end where negative, `*` for the end. */
export interface EntityBytes {
  readonly from: number
  readonly to: number | '*'
}

/** Undefined for what is none. */
export function parseEntityBytes(text: string): EntityBytes | undefined {
  const match = /^(-?\d{1,15}):(\*|-?\d{1,15})$/.exec(text)
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
