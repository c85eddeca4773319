import { compareBytes, concat, crc32c } from '../base/index.ts'
import { addressBytes } from '../wire/index.ts'

/** An IP literal and a port. */
interface Endpoint {
  readonly address: string
  readonly port: number
}

/**
 * BEP 40, "canonical peer priority": an unsigned 32-bit number that both sides of a connection find alike, higher going
 * first. `own` is how the peer sees us. Undefined when the two are of different families, or no IP addresses.
 */
export function peerPriority(own: Endpoint, peer: Endpoint): number | undefined {
  let a: Uint8Array
  let b: Uint8Array
  try {
    a = addressBytes(own.address)
    b = addressBytes(peer.address)
  } catch {
    return undefined
  }
  if (a.length !== b.length) return undefined
  const common = commonBytes(a, b)
  if (common === a.length) return crcOf(portBytes(own.port), portBytes(peer.port))
  // The network counts in full and what is behind it every second bit, so that one network cannot have all priorities.
  const network = a.length === 4 ? 2 : 6
  const whole = common < network ? network : common + 1
  return crcOf(masked(a, whole), masked(b, whole))
}

function commonBytes(a: Uint8Array, b: Uint8Array): number {
  let at = 0
  while (at < a.length && a[at] === b[at]) at++
  return at
}

function masked(address: Uint8Array, whole: number): Uint8Array {
  return address.map((byte, at) => (at < whole ? byte : byte & 0x55))
}

function portBytes(port: number): Uint8Array {
  return Uint8Array.of(port >> 8, port & 255)
}

function crcOf(a: Uint8Array, b: Uint8Array): number {
  return crc32c(compareBytes(a, b) <= 0 ? concat([a, b]) : concat([b, a]))
}
