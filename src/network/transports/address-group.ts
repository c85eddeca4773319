import { isIPv4 } from 'node:net'
import { isLoopbackIp, unmapped } from '../path.ts'

/** The first 48 and the next 8 bits of an IPv6 address, as four numbers. */
function words(ip: string): number[] {
  const [head = '', tail] = ip.toLowerCase().split('::')
  const front = head === '' ? [] : head.split(':')
  const back = tail === undefined || tail === '' ? [] : tail.split(':')
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - front.length - back.length)
  const groups = [...front, ...Array.from({ length: zeros }, () => '0'), ...back]
  return groups.slice(0, 4).map(group => Number.parseInt(group, 16) || 0)
}

const hex = (numbers: readonly number[]): string => numbers.map(number => number.toString(16)).join(':')

/**
 * Who counts as one for limits: an IPv4 address, or an IPv6 /56, which is what one customer gets (RFC 6177). Loopback is one.
 */
export function addressGroup(ip: string): string {
  const plain = unmapped(ip)
  if (isLoopbackIp(plain)) return 'loopback'
  if (isIPv4(plain)) return plain
  const [a = 0, b = 0, c = 0, d = 0] = words(plain)
  return hex([a, b, c, d & 0xff00])
}

/** Who may well be one: an IPv4 /24, or an IPv6 /48, which is what one site gets. Loopback is one. */
export function addressSubnet(ip: string): string {
  const plain = unmapped(ip)
  if (isLoopbackIp(plain)) return 'loopback'
  if (isIPv4(plain)) return `${plain.slice(0, plain.lastIndexOf('.'))}.0/24`
  const [a = 0, b = 0, c = 0] = words(plain)
  return `${hex([a, b, c])}::/48`
}
