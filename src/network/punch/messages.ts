import { multiaddr } from '@multiformats/multiaddr'
import type { DcutrMessage } from '../../wire/index.ts'
import type { Endpoint } from '../datagrams.ts'
import { udpEndpointOf } from '../nat/index.ts'
import { pathOf } from '../path.ts'
import type { Side } from './punch-plan.ts'

/** Where this peer is. */
export interface Place {
  readonly side: Side
  /** Multiaddrs to connect to without more ado, for TCP. */
  readonly dialable: readonly string[]
  /** It is nowhere but on its own machine. */
  readonly isHere?: boolean
}

export function connectOf({ side, dialable }: Place, token?: Uint8Array): DcutrMessage {
  const udp = [...side.outside, ...side.inside].map(
    ({ address, port }) => `/ip${address.includes(':') ? 6 : 4}/${address}/udp/${port}/udx`,
  )
  return {
    type: 'connect',
    addresses: [...udp, ...dialable].map(text => multiaddr(text).bytes),
    nat: side.nat,
    ...(side.step !== undefined && { step: side.step }),
    ...(token !== undefined && { token }),
  }
}

/**
 * What the other side says, as far as it is of use: hearsay until a connection proves who answers. Addresses of our own machine mean
 * nothing unless that is where we are ourselves.
 */
export function sideOf({ addresses, nat = 'unknown', step }: DcutrMessage, isHere = false): Place {
  const texts = addresses
    .map(textOf)
    .filter(text => text !== undefined && (pathOf(text) === 'loopback') === isHere) as string[]
  const endpoints = texts
    .filter(text => text.includes('/udx'))
    .map(text => ({ endpoint: udpEndpointOf(text), isInside: pathOf(text) !== 'direct' }))
    .filter(({ endpoint }) => endpoint !== undefined && endpoint.port > 0)
  const of = (isInside: boolean): Endpoint[] =>
    endpoints.filter(one => one.isInside === isInside).map(({ endpoint }) => endpoint!)
  return {
    side: { nat, step, outside: of(false), inside: of(true) },
    dialable: texts.filter(text => /^\/ip[46]\/[^/]+\/tcp\/\d+$/.test(text)),
  }
}

function textOf(bytes: Uint8Array): string | undefined {
  try {
    return multiaddr(bytes).toString()
  } catch {
    return undefined
  }
}
