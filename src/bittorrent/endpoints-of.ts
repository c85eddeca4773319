import { lookup } from 'node:dns/promises'
import { isIP } from 'node:net'
import type { Endpoint } from '../network/index.ts'

/** A name with more addresses than this is not worth more dials. */
const maxAddresses = 4

/** The endpoints that `host:port` means; an IPv6 address stands in brackets. None when it is malformed. Rejects with the resolver's error. */
export async function endpointsOf(text: string): Promise<Endpoint[]> {
  const match = /^\[?(.+?)\]?:(\d{1,5})$/.exec(text)
  if (match === null) return []
  const host = match[1]!
  const port = Number(match[2])
  if (isIP(host) !== 0) return [{ address: host, port }]
  const found = await lookup(host, { all: true })
  return found.slice(0, maxAddresses).map(({ address }) => ({ address, port }))
}
