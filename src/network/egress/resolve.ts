import { lookup, resolveTxt } from 'node:dns/promises'
import { PeerageError } from '../../base/index.ts'
import type { DnsTexts } from './dns-question.ts'

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
  if (!isNameOfLocalNetwork(host))
    throw new PeerageError('network.unreachable', `${host} is no name of a local network (network.lanOnly).`)
  return await lookUp(host, family)
}

function isNameOfLocalNetwork(host: string): boolean {
  return /^[^.]+\.?$|\.(?:local|lan|internal|home\.arpa|localhost)\.?$/i.test(host)
}

/** Whether a name means something else to every network that it is looked up in; or is an address in an old way of writing (127.1). */
export function isLocalName(host: string): boolean {
  return isNameOfLocalNetwork(host) || /(?:^|\.)(?:\d+|0x[0-9a-f]*)\.?$/i.test(host)
}

/** The system does not tell for how long what it says holds. */
const systemTtlSeconds = 60
const nothing: DnsTexts = { texts: [], ttlSeconds: systemTtlSeconds }

/** Asks the system for the texts under a name; none when there is no such name. Rejects with its error. */
export async function lookUpTexts(host: string): Promise<DnsTexts> {
  try {
    const found = await resolveTxt(host)
    return { texts: found.map(pieces => pieces.join('')), ttlSeconds: systemTtlSeconds }
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    if (code === 'ENOTFOUND' || code === 'ENODATA') return nothing
    throw error
  }
}
