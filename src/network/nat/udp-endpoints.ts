import type { Endpoint } from '../datagrams.ts'

const pattern = /^\/ip[46]\/([^/]+)\/(tcp|udp)\/(\d+)(?:\/udx)?(?:\/p2p\/[^/]+)?$/

/** The UDP endpoint of a multiaddr for UDX, or of one for TCP: both have the same port (docs/decisions/005-one-port.md). */
export function udpEndpointOf(multiaddr: string): Endpoint | undefined {
  const [, address, protocol, port] = pattern.exec(multiaddr) ?? []
  if (address === undefined || (protocol === 'udp') !== multiaddr.includes('/udx')) return undefined
  return { address, port: Number(port) }
}

/**
 * Where a connected peer answers questions over UDP: only at the address that it is connected from, so that nobody can point us at
 * others; its port is one that it names, or the one we dialled.
 */
export function askableAt(
  remote: string,
  direction: 'inbound' | 'outbound',
  named: readonly string[],
): Endpoint | undefined {
  const connected = udpEndpointOf(remote)
  if (connected === undefined) return undefined
  if (remote.includes('/udx') || direction === 'outbound') return connected
  const same = named.map(udpEndpointOf).filter(endpoint => endpoint?.address === connected.address)
  return same[0]
}
