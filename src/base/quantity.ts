const multiples: Readonly<Record<string, number>> = {
  '': 1,
  k: 1e3,
  m: 1e6,
  g: 1e9,
  t: 1e12,
  ki: 2 ** 10,
  mi: 2 ** 20,
  gi: 2 ** 30,
  ti: 2 ** 40,
}

/** A number with an optional multiple: `500`, `2.5M`, `16KiB`. NaN when it is none. */
export function parseQuantity(text: string): number {
  const match = /^(-?\d+(?:\.\d+)?)\s*(?:([kmgt]i?)b?|b)?$/i.exec(text.trim())
  return match === null ? Number.NaN : Number(match[1]) * multiples[(match[2] ?? '').toLowerCase()]!
}
