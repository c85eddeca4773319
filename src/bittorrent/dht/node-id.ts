import { crc32c, type Random } from '../../base/index.ts'
import { addressBytes } from '../../wire/index.ts'
import { isLocal } from './addresses.ts'

const mask4 = [0x03, 0x0f, 0x3f, 0xff]
const mask6 = [0x01, 0x03, 0x07, 0x0f, 0x1f, 0x3f, 0x7f, 0xff]

/** An id that a node with this address may have (BEP 42), 20 bytes. */
export function secureId(ip: string, random: Random): Uint8Array {
  const id = random.bytes(20)
  const [a, b, c] = prefixOf(ip, id[19]!)
  id[0] = a!
  id[1] = b!
  id[2] = (c! & 0xf8) | (id[2]! & 0x07)
  return id
}

/** Whether a node with this address may have this id (BEP 42). On local networks any id is good. */
export function isSecureId(ip: string, id: Uint8Array): boolean {
  if (isLocal(ip)) return true
  const [a, b, c] = prefixOf(ip, id[19]!)
  return id[0] === a && id[1] === b && ((id[2]! ^ c!) & 0xf8) === 0
}

function prefixOf(ip: string, salt: number): number[] {
  const bytes = addressBytes(ip)
  const mask = bytes.length === 4 ? mask4 : mask6
  const masked = Uint8Array.from(mask, (one, i) => bytes[i]! & one)
  masked[0]! |= (salt & 7) << 5
  const crc = crc32c(masked)
  return [crc >>> 24, (crc >>> 16) & 255, (crc >>> 8) & 255]
}

/** Negative when `a` is nearer to `target` than `b` in the metric of Kademlia (XOR). */
export function compareDistance(target: Uint8Array, a: Uint8Array, b: Uint8Array): number {
  for (let i = 0; i < 20; i++) {
    const difference = (a[i]! ^ target[i]!) - (b[i]! ^ target[i]!)
    if (difference !== 0) return difference
  }
  return 0
}

/** How many leading bits two ids share, 0 to 160. */
export function sharedBits(a: Uint8Array, b: Uint8Array): number {
  for (let i = 0; i < 20; i++) {
    const difference = a[i]! ^ b[i]!
    if (difference !== 0) return i * 8 + Math.clz32(difference) - 24
  }
  return 160
}
