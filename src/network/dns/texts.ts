import { PeerageError, type World } from '../../base/index.ts'
import type { DnsTexts, Egress } from '../egress/index.ts'
import { textsOverHttps } from './dns-over-https.ts'

export interface TextServers {
  readonly egress: Egress
  mayReach(ip: string): boolean
  readonly world: Pick<World, 'after'>
  /** For when no name server can be asked; undefined or without a URL: none. */
  readonly overHttps: { readonly url: string; readonly timeoutMs: number } | undefined
}

/** Texts under a DNS name, of name servers, else over HTTPS. Rejects with `network.unreachable` or the resolver's error. */
export async function textsUnder(
  host: string,
  { egress, mayReach, world, overHttps }: TextServers,
): Promise<DnsTexts> {
  if (egress.texts !== undefined) return await egress.texts(host)
  if (overHttps === undefined || overHttps.url === '')
    throw new PeerageError(
      'network.unreachable',
      'No name server can be asked here; name one over HTTPS (ipfsRouting.dnsOverHttps).',
    )
  const late = new AbortController()
  const { url, timeoutMs } = overHttps
  const timer = world.after(timeoutMs, () =>
    late.abort(
      new PeerageError('network.unreachable', `${url} does not say in time what stands under ${host}.`),
    ),
  )
  try {
    return await textsOverHttps(url, host, { egress, mayReach, signal: late.signal })
  } finally {
    timer.cancel()
  }
}
