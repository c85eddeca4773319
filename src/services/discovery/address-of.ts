import type { DiscoveryNetwork } from './host.ts'

/** The IP address that a connected peer has from here; empty when it has none, as over a relay. */
export function addressOf(network: Pick<DiscoveryNetwork, 'connections'>, peer: string): string {
  const address = network.connections().find(one => one.peer === peer)?.address ?? ''
  const [, protocol, ip = ''] = address.split('/')
  return protocol === 'ip4' || protocol === 'ip6' ? ip : ''
}
