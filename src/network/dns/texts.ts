import { PeerageError } from '../../base/index.ts'
import type { DnsTexts, Egress } from '../egress/index.ts'
import { textsOverHttps } from './dns-over-https.ts'

const answerMs = 15_000

export interface TextServers {
  readonly egress: Egress
  mayReach(ip: string): boolean
  /** URL of a server of DNS over HTTPS, for when no name server can be asked; empty: none. */
  readonly overHttps: string
}

/** Texts under a DNS name, of name servers, else over HTTPS. Rejects with `network.unreachable` or the resolver's error. */
export async function textsUnder(
  host: string,
  { egress, mayReach, overHttps }: TextServers,
): Promise<DnsTexts> {
  if (egress.texts !== undefined) return await egress.texts(host)
  if (overHttps === '')
    throw new PeerageError(
      'network.unreachable',
      'No name server can be asked here; name one over HTTPS (ipfsRouting.dnsOverHttps).',
    )
  return await textsOverHttps(overHttps, host, { egress, mayReach, signal: AbortSignal.timeout(answerMs) })
}
