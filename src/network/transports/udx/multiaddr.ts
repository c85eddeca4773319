import { isIP } from 'node:net'
import { type Multiaddr, multiaddr, registry } from '@multiformats/multiaddr'
import type { Endpoint } from '../../datagrams.ts'

/** In the range that multicodec leaves to private use. Other programs skip addresses that they cannot read. */
const udxCode = 0x30_75_64

registry.addProtocol({ code: udxCode, name: 'udx', size: 0 })

/** IP address and port of /ip4|ip6/IP/udp/PORT/udx[/p2p/ID], nothing else. */
export function udxEndpointOf(address: Multiaddr): Endpoint | undefined {
  const parts = address.getComponents().filter(part => part.name !== 'p2p')
  const zone = parts[0]?.name === 'ip6zone' ? parts.shift()?.value : undefined
  const [ip, udp, udx] = parts
  if (parts.length !== 3 || udp?.name !== 'udp' || udx?.code !== udxCode) return undefined
  if (ip?.value === undefined || isIP(ip.value) === 0) return undefined
  return { address: zone === undefined ? ip.value : `${ip.value}%${zone}`, port: Number(udp.value) }
}

export function udxMultiaddr({ address, port }: Endpoint, peer?: string): Multiaddr {
  const [ip, zone] = address.split('%')
  const host = address.includes(':')
    ? `${zone === undefined ? '' : `/ip6zone/${zone}`}/ip6/${ip}`
    : `/ip4/${ip}`
  return multiaddr(`${host}/udp/${port}/udx${peer === undefined ? '' : `/p2p/${peer}`}`)
}
