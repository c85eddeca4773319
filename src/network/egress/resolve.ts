import { lookup } from 'node:dns/promises'
import { PeerageError } from '../../base/index.ts'

/** Addresses of a name, of one family or (0) of both. */
export type Resolve = (
  host: string,
  family: 0 | 4 | 6,
) => Promise<readonly { readonly address: string; readonly family: number }[]>

/** Asks the system. Rejects with its error. */
export const lookUp: Resolve = (host, family) => lookup(host, { all: true, family })

/**
 * Asks only for names that local networks give (RFC 6762, RFC 8375, RFC 6761): a question for any other would be passed on
 * beyond them. Rejects with `network.unreachable` for those.
 */
export const lookUpLocally: Resolve = async (host, family) => {
  if (!/^[^.]+\.?$|\.(?:local|lan|internal|home\.arpa|localhost)\.?$/i.test(host))
    throw new PeerageError('network.unreachable', `${host} is no name of a local network (network.lanOnly).`)
  return await lookUp(host, family)
}
