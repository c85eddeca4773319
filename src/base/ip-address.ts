/**
 * An IP address as numbers, most significant first: one word of 32 bits for IPv4, four for IPv6. An IPv4 address inside an
 * IPv6 one (RFC 4291 section 2.5.5.2) is the IPv4 address. Undefined: it is none. Octets are decimal, with leading zeros too.
 */
export function parseIp(text: string): readonly number[] | undefined {
  if (!text.includes(':')) {
    const word = parseIpv4(text)
    return word === undefined ? undefined : [word]
  }
  const words = parseIpv6(text.split('%', 1)[0]!)
  if (words === undefined) return undefined
  return words[0] === 0 && words[1] === 0 && words[2] === 0xffff ? [words[3]!] : words
}

/** As one unsigned number of 32 bits. */
function parseIpv4(text: string): number | undefined {
  let word = 0
  let octet = -1
  let octets = 0
  let digits = 0
  for (let i = 0; i <= text.length; i++) {
    const code = i === text.length ? 0x2e : text.charCodeAt(i)
    if (code === 0x2e) {
      if (octet < 0 || octet > 255 || ++octets > 4) return undefined
      word = word * 256 + octet
      octet = -1
      digits = 0
    } else if (code >= 0x30 && code <= 0x39 && ++digits <= 3) octet = Math.max(0, octet) * 10 + code - 0x30
    else return undefined
  }
  return octets === 4 ? word : undefined
}

function parseIpv6(text: string): number[] | undefined {
  const halves = text.split('::')
  if (halves.length > 2) return undefined
  const [front, back] = halves.map(parseGroups)
  if (front === undefined || (halves.length === 2 && back === undefined)) return undefined
  const zeros = 8 - front.length - (back?.length ?? 0)
  if (halves.length === 1 ? zeros !== 0 : zeros < 1) return undefined
  const groups = [...front, ...Array.from({ length: zeros }, () => 0), ...(back ?? [])]
  return [0, 2, 4, 6].map(i => groups[i]! * 65_536 + groups[i + 1]!)
}

/** Groups of 16 bits; the last two may be an IPv4 address. */
function parseGroups(text: string): number[] | undefined {
  if (text === '') return []
  const parts = text.split(':')
  const last = parts[parts.length - 1]!
  const tail = last.includes('.') ? parseIpv4(last) : undefined
  if (tail !== undefined) parts.pop()
  if (parts.length > 8 || parts.some(part => !/^[0-9a-f]{1,4}$/i.test(part))) return undefined
  const groups = parts.map(part => Number.parseInt(part, 16))
  return tail === undefined ? groups : [...groups, Math.floor(tail / 65_536), tail % 65_536]
}

/** First and last address of `ADDRESS` or `ADDRESS/BITS`; undefined: it is neither. */
export function parseCidr(
  text: string,
): { readonly first: readonly number[]; readonly last: readonly number[] } | undefined {
  const [address = '', prefix, more] = text.split('/')
  const words = parseIp(address)
  if (words === undefined || more !== undefined) return undefined
  if (prefix === undefined) return { first: words, last: words }
  if (!/^\d{1,3}$/.test(prefix)) return undefined
  const width = words.length * 32
  // `::ffff:192.0.2.0/120` is 24 bits of the IPv4 address.
  const bits = Number(prefix) - (width === 32 && address.includes(':') ? 96 : 0)
  if (bits < 0 || bits > width) return undefined
  const free = words.map((_, i) => Math.min(32, Math.max(0, (i + 1) * 32 - bits)))
  return {
    first: words.map((word, i) => word - (word % 2 ** free[i]!)),
    last: words.map((word, i) => word - (word % 2 ** free[i]!) + 2 ** free[i]! - 1),
  }
}
