import { isIP } from 'node:net'
import type { Endpoint, Resolve } from '../network/index.ts'

/** A name with more addresses than this is not worth more dials. */
const maxAddresses = 4

/** The endpoints that `host:port` means; an IPv6 address stands in brackets. None when it is malformed. Rejects with the resolver's error. */
export async function endpointsOf(text: string, resolve: Resolve): Promise<Endpoint[]> {
  const match = /^\[?(.+?)\]?:(\d{1,5})$/.exec(text)
  if (match === null) return []
  const host = match[1]!
  const port = Number(match[2])
  if (isIP(host) !== 0) return [{ address: host, port }]
  const found = await resolve(host, 0)
  return found.slice(0, maxAddresses).map(({ address }) => ({ address, port }))
}
