import type { Endpoint } from '../datagrams.ts'
import { type NatReport, udpEndpointOf } from '../nat/index.ts'
import { type Path, pathOf } from '../path.ts'
import type { Place } from './messages.ts'

/** Of each kind so many are told. */
const most = 4

/** Where this peer is: by what others see, and by the multiaddrs that it can be dialled at (without /p2p/). */
export function placeOf([four, six]: readonly [NatReport, NatReport], all: readonly string[]): Place {
  const paths = new Map<string, Path>(all.map(address => [address, pathOf(address)]))
  const addresses = all.filter(address => paths.get(address) !== 'relayed')
  // Only a peer that is nowhere else can mean its own machine.
  const isHere = addresses.length > 0 && addresses.every(address => paths.get(address) === 'loopback')
  const endpoints = (path: Path): Endpoint[] =>
    addresses
      .filter(address => address.includes('/udx') && paths.get(address) === path)
      .map(udpEndpointOf)
      .filter(endpoint => endpoint !== undefined)
  const seen = [four.endpoint, six.endpoint].filter(endpoint => endpoint !== undefined)
  const { step } = four
  return {
    side: {
      nat: four.kind,
      step,
      outside: distinct([...seen, ...endpoints('direct')]).slice(0, most),
      inside: distinct(endpoints(isHere ? 'loopback' : 'lan')).slice(0, most),
    },
    isHere,
    dialable: addresses
      .filter(address => address.includes('/tcp/') && (isHere || paths.get(address) !== 'loopback'))
      .slice(0, 2 * most),
  }
}

function distinct(endpoints: readonly Endpoint[]): Endpoint[] {
  return [...new Map(endpoints.map(endpoint => [`${endpoint.address} ${endpoint.port}`, endpoint])).values()]
}
