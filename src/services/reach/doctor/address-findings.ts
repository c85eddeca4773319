import { isLanIp, isLoopbackIp, isPrivateIp } from '../../../network/index.ts'
import type { Facts } from './facts.ts'
import { bad, type Finding, good, note } from './finding.ts'

const topic = 'Addresses'

/** Where this peer listens: nowhere, on this machine only, on networks. */
export function checkAddresses({ addresses, settings }: Facts): Finding {
  const listening = settings['network.hosts']
  // Elsewhere than on all addresses: that is a choice that can be taken back.
  const remedy = Array.isArray(listening) && !listening.includes('0.0.0.0') ? 'listen' : undefined
  const ips = ipsOf(addresses)
  if (ips.length === 0)
    return bad(
      topic,
      'This peer listens nowhere, so nobody can reach it; it can still fetch from others.',
      'See `peerage config get network.hosts`.',
      remedy,
    )
  const own = ips.filter(ip => !isLoopbackIp(ip))
  if (own.length > 0) return good(topic, own.map(described).join(', '))
  return note(
    topic,
    'Only programs on this machine can reach this peer: it has no address on a network.',
    'Connect to a network; see also `peerage config get network.hosts`.',
    remedy,
  )
}

/** Whether IPv6, which needs no router's help, is there. */
export function checkIpv6({ addresses }: Facts): Finding | undefined {
  const own = ipsOf(addresses).filter(ip => !isLoopbackIp(ip))
  if (own.length === 0) return undefined
  if (own.some(ip => ip.includes(':') && !isPrivateIp(ip)))
    return good(
      'IPv6',
      'There is an address of the internet; peers that have one too need no opened port for it.',
    )
  return note(
    'IPv6',
    'This machine has no IPv6 address of the internet.',
    'Nothing need be done. IPv6, where the provider has it, makes peers reachable without an opened port.',
  )
}

function ipsOf(addresses: readonly string[]): string[] {
  const ips = addresses
    .filter(address => !address.includes('/p2p-circuit'))
    .flatMap(address => /^\/ip[46]\/([^/]+)\/(?:tcp|udp)\//.exec(address)?.[1] ?? [])
  return [...new Set(ips)]
}

function described(ip: string): string {
  return isLanIp(ip) ? `${ip} (local network)` : `${ip} (internet)`
}
