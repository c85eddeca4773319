/** An address in compact form (BEP 5, 23): an IP literal and a port. */
export interface CompactPeer {
  readonly address: string
  readonly port: number
}

/** 6 bytes an IPv4 peer, 18 an IPv6 peer (BEP 7). What is left over at the end, and port 0, is passed over; at most `most`. */
export function decodeCompactPeers(bytes: Uint8Array, family: 4 | 6, most: number): CompactPeer[] {
  const size = family === 4 ? 6 : 18
  const out: CompactPeer[] = []
  for (let at = 0; at + size <= bytes.length && out.length < most; at += size) {
    const port = bytes[at + size - 2]! * 256 + bytes[at + size - 1]!
    if (port > 0) out.push({ address: addressText(bytes.subarray(at, at + size - 2)), port })
  }
  return out
}

/** The bytes of all peers of one family, in order. */
export function encodeCompactPeers(peers: readonly CompactPeer[], family: 4 | 6): Uint8Array {
  const size = family === 4 ? 6 : 18
  const own = peers.filter(({ address }) => address.includes(':') === (family === 6))
  const out = new Uint8Array(own.length * size)
  own.forEach(({ address, port }, i) => {
    out.set(addressBytes(address), i * size)
    out[i * size + size - 2] = port >> 8
    out[i * size + size - 1] = port & 255
  })
  return out
}

/** 4 or 16 bytes as text; IPv6 in the short form of RFC 5952, IPv4-mapped addresses as IPv4. */
export function addressText(bytes: Uint8Array): string {
  if (bytes.length === 4) return bytes.join('.')
  const words = Array.from({ length: 8 }, (_, i) => bytes[2 * i]! * 256 + bytes[2 * i + 1]!)
  if (words.slice(0, 5).every(word => word === 0) && words[5] === 0xffff) return bytes.subarray(12).join('.')
  const [from, length] = longestZeros(words)
  const hex = words.map(word => word.toString(16))
  if (length < 2) return hex.join(':')
  return `${hex.slice(0, from).join(':')}::${hex.slice(from + length).join(':')}`
}

function longestZeros(words: readonly number[]): [from: number, length: number] {
  let best: [number, number] = [0, 0]
  for (let from = 0; from < words.length; from++) {
    let length = 0
    while (words[from + length] === 0) length++
    if (length > best[1]) best = [from, length]
  }
  return best
}

/** The bytes of an IP literal. Throws `TypeError` for anything else. */
export function addressBytes(address: string): Uint8Array {
  if (!address.includes(':')) {
    const parts = address.split('.').map(Number)
    if (parts.length !== 4 || parts.some(part => !(part >= 0 && part <= 255)))
      throw new TypeError(`${address} is no IP address`)
    return Uint8Array.from(parts)
  }
  const mapped = /^(.*:)(\d+\.\d+\.\d+\.\d+)$/.exec(address)
  if (mapped !== null) {
    const [a, b, c, d] = addressBytes(mapped[2]!)
    return addressBytes(`${mapped[1]}${(a! * 256 + b!).toString(16)}:${(c! * 256 + d!).toString(16)}`)
  }
  const [front = '', back, more] = address.split('::')
  const head = front === '' ? [] : front.split(':')
  const tail = back === undefined || back === '' ? [] : back.split(':')
  const zeros = back === undefined ? 0 : 8 - head.length - tail.length
  const words = [...head, ...Array.from({ length: Math.max(0, zeros) }, () => '0'), ...tail]
  if (words.length !== 8 || zeros < 0 || more !== undefined)
    throw new TypeError(`${address} is no IP address`)
  const out = new Uint8Array(16)
  words.forEach((word, i) => {
    const value = Number.parseInt(word, 16)
    if (!(value >= 0 && value <= 0xffff)) throw new TypeError(`${address} is no IP address`)
    out[2 * i] = value >> 8
    out[2 * i + 1] = value & 255
  })
  return out
}
