import { isIPv4, isIPv6 } from 'node:net'

/** How bytes reach a peer. `loopback` is this machine, `lan` a private or link-local address. */
export type Path = 'loopback' | 'lan' | 'direct' | 'relayed' | 'memory'

/** Whether that way stays on this machine and its networks. */
export function isLocalPath(path: Path): boolean {
  return path !== 'direct' && path !== 'relayed'
}

/** True for 127.0.0.0/8, ::1 and ::ffff:127.0.0.0/104. */
export function isLoopbackIp(ip: string): boolean {
  const plain = unmapped(ip)
  return (isIPv4(plain) && plain.startsWith('127.')) || plain === '::1'
}

/** True for RFC 1918, link-local (RFC 3927, RFC 4291), shared (RFC 6598) and unique local (RFC 4193) addresses. */
export function isLanIp(ip: string): boolean {
  const plain = unmapped(ip)
  if (isIPv4(plain)) {
    const [a = 0, b = 0] = plain.split('.').map(Number)
    return (
      a === 10 ||
      (a === 172 && b >= 16 && b <= 31) ||
      (a === 192 && b === 168) ||
      (a === 169 && b === 254) ||
      (a === 100 && b >= 64 && b <= 127)
    )
  }
  if (!isIPv6(plain)) return false
  const first = Number.parseInt(plain.split(':')[0] || '0', 16)
  return (first & 0xfe00) === 0xfc00 || (first & 0xffc0) === 0xfe80
}

/** The IPv4 address inside an IPv4-mapped IPv6 address (RFC 4291 section 2.5.5.2), else `ip`; no zone. */
export function unmapped(ip: string): string {
  const zoneless = ip.split('%')[0]!
  const match = /^::ffff:(?:(\d+\.\d+\.\d+\.\d+)|([0-9a-f]{1,4}):([0-9a-f]{1,4}))$/i.exec(zoneless)
  if (match === null) return zoneless
  const [, dotted, high, low] = match
  if (dotted !== undefined) return dotted
  // As the URL parser writes it.
  return [high!, low!]
    .map(word => Number.parseInt(word, 16))
    .flatMap(word => [word >> 8, word & 255])
    .join('.')
}

/** Whether what is sent there stays on this machine, on its networks or nowhere: not an address of the public internet. */
export function isPrivateIp(ip: string): boolean {
  const plain = unmapped(ip)
  const inner = tunnelled(plain)
  if (inner !== undefined) return isPrivateIp(inner)
  return (
    isLoopbackIp(plain) ||
    isLanIp(plain) ||
    /^(0\.|::$|22[4-9]\.|23\d\.|24\d\.|25\d\.|ff|64:ff9b::[^:]*$)/i.test(plain)
  )
}

/** The IPv4 address to which a translator (NAT64, RFC 6052) or a 6to4 router (RFC 3056) passes what is sent to an IPv6 one. */
function tunnelled(ip: string): string | undefined {
  const [, hex] =
    /^64:ff9b::([0-9a-f.:]+)$/i.exec(ip) ?? /^2002:([0-9a-f]{1,4}:[0-9a-f]{1,4})(?::|$)/i.exec(ip) ?? []
  const inner = hex === undefined ? ip : unmapped(`::ffff:${hex}`)
  return inner !== ip && isIPv4(inner) ? inner : undefined
}

/**
 * Classifies a multiaddr in text form. Names count as `direct`: what they resolve to is not known. `near` tells which other
 * addresses are on a network of this machine.
 */
export function pathOf(multiaddr: string, near: (ip: string) => boolean = () => false): Path {
  if (multiaddr.includes('/p2p-circuit')) return 'relayed'
  if (multiaddr.split('/')[1] === 'memory') return 'memory'
  const ip = ipOf(multiaddr)
  if (ip === '') return 'direct'
  if (isLoopbackIp(ip)) return 'loopback'
  return isLanIp(ip) || near(ip) ? 'lan' : 'direct'
}

/** The IP address that a multiaddr in text form begins with, behind its zone; empty where it begins with something else. */
export function ipOf(multiaddr: string): string {
  return /^(?:\/ip6zone\/[^/]+)?\/ip[46]\/([^/]+)/.exec(multiaddr)?.[1] ?? ''
}
