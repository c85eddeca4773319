import { type Endpoint, isLanIp, isLoopbackIp, unmapped } from '../../network/index.ts'

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
  return isLoopbackIp(address) || isLanIp(address)
}

/**
 * What counts as one node (BEP 45): an address. On this machine several programs may have one each, told apart by port.
 */
export function slotOf({ address, port }: Endpoint): string {
  return isLoopbackIp(address) ? `${address} ${port}` : address
}

/**
 * Whether a node at `teller` may tell us of this endpoint: nodes out there must not send us to our own machine, to our local
 * network, or to what is nobody's address.
 */
export function isPlausible({ address, port }: Endpoint, teller: string): boolean {
  if (port < 1 || port > 65_535 || isNobody(address)) return false
  if (isLoopbackIp(address)) return isLoopbackIp(teller)
  return !isLanIp(address) || isLocal(teller)
}

/** Unspecified, multicast, broadcast and "this network" (RFC 6890), and IPv4 inside IPv6. */
function isNobody(address: string): boolean {
  if (address !== unmapped(address)) return true
  if (address.includes(':')) return address === '::' || /^ff/i.test(address)
  const first = Number.parseInt(address, 10)
  return first === 0 || first >= 224
}
