import { type Endpoint, isLanIp, isLoopbackIp } from '../../network/index.ts'

/** What one machine or one local network may hold only so much of: an IPv4 /24 or an IPv6 /64. */
export function networkOf(address: string): string {
  if (!address.includes(':')) return address.slice(0, address.lastIndexOf('.'))
  const [front = '', back = ''] = address.split('::')
  const head = front === '' ? [] : front.split(':')
  const tail = back === '' ? [] : back.split(':')
  const zeros = Math.max(0, 8 - head.length - tail.length)
  const words = address.includes('::') ? [...head, ...Array<string>(zeros).fill('0'), ...tail] : head
  return words
    .slice(0, 4)
    .map(word => Number.parseInt(word, 16).toString(16))
    .join(':')
}

/** Addresses of this machine and of local networks, where BEP 42 does not hold and many nodes are one owner's anyway. */
export function isLocal(address: string): boolean {
  // Asked for every node that anybody tells: most are spared the parsing.
  if (!mayBeLocal.test(address)) return false
  return isLoopbackIp(address) || isLanIp(address)
}

const mayBeLocal = /^(10|100|127|169|172|192)\.|^f|^::/i

/**
 * What counts as one node (BEP 45): an address. On this machine several programs may have one each, told apart by port.
 */
export function slotOf({ address, port }: Endpoint): string {
  return address === '::1' || address.startsWith('127.') ? `${address} ${port}` : address
}

/**
 * Whether a node at `teller` may tell us of this endpoint: nodes out there must not send us to our own machine, to our local
 * network, or to what is nobody's address.
 */
export function isPlausible({ address, port }: Endpoint, teller: string): boolean {
  if (port < 1 || port > 65_535 || isNobody(address)) return false
  if (!isLocal(address)) return true
  return isLoopbackIp(address) ? isLoopbackIp(teller) : isLocal(teller)
}

/** Unspecified, multicast, broadcast and "this network" (RFC 6890), and IPv4 inside IPv6. */
function isNobody(address: string): boolean {
  if (address.includes(':')) return address === '::' || /^ff|^::ffff:/i.test(address)
  const first = Number.parseInt(address, 10)
  return first === 0 || first >= 224
}
