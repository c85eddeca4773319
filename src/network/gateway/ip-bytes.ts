import { parseIp } from '../../base/index.ts'

const mappedPrefix = 0xffff

/** The 16 bytes of an address; IPv4 as an IPv4-mapped one (RFC 6887 section 5). Throws `TypeError` for what is none. */
export function toIp16(address: string): Uint8Array {
  const words = parseIp(address)
  if (words === undefined) throw new TypeError(`"${address}" is no IP address`)
  const bytes = new Uint8Array(16)
  const view = new DataView(bytes.buffer)
  if (words.length === 1) view.setUint32(8, mappedPrefix)
  for (const [i, word] of words.entries()) view.setUint32(16 - 4 * (words.length - i), word)
  return bytes
}

/** The address in 4 bytes, or in 16. */
export function ipOfBytes(bytes: Uint8Array): string {
  if (bytes.length === 4) return bytes.join('.')
  const view = new DataView(bytes.buffer, bytes.byteOffset, 16)
  const isMapped = view.getBigUint64(0) === 0n && view.getUint32(8) === mappedPrefix
  if (isMapped) return bytes.subarray(12).join('.')
  return Array.from({ length: 8 }, (_, i) => view.getUint16(2 * i).toString(16)).join(':')
}
