import { isLanIp, isLoopbackIp, isPrivateIp } from '../../../network/index.ts'
import type { Facts } from './facts.ts'
import { type Finding, found } from './finding.ts'

/** Where this peer listens: nowhere, on this machine only, on networks. */
export function checkAddresses({ addresses, settings }: Facts): Finding {
  const listening = settings['network.hosts']
  // Elsewhere than on all addresses: that is a choice that can be taken back.
  const remedy = Array.isArray(listening) && !listening.includes('0.0.0.0') ? 'listen' : undefined
  const ips = ipsOf(addresses)
  if (ips.length === 0) return found('bad', 'addresses.nowhere', {}, remedy)
  const own = ips.filter(ip => !isLoopbackIp(ip))
  if (own.length === 0) return found('note', 'addresses.machine', {}, remedy)
  return found('good', 'addresses.networks', {
    addresses: own.map(ip => ({ ip, where: isLanIp(ip) ? 'lan' : 'internet' })),
  })
}

/** Whether IPv6, which needs no router's help, is there. */
export function checkIpv6({ addresses }: Facts): Finding | undefined {
  const own = ipsOf(addresses).filter(ip => !isLoopbackIp(ip))
  if (own.length === 0) return undefined
  return own.some(ip => ip.includes(':') && !isPrivateIp(ip))
    ? found('good', 'ipv6.there', {})
    : found('note', 'ipv6.missing', {})
}

function ipsOf(addresses: readonly string[]): string[] {
  const ips = addresses
    .filter(address => !address.includes('/p2p-circuit'))
    .flatMap(address => /^\/ip[46]\/([^/]+)\/(?:tcp|udp)\//.exec(address)?.[1] ?? [])
  return [...new Set(ips)]
}
