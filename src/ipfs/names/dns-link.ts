import { PeerageError } from '../../base/index.ts'
import { isNamePath } from '../../content/index.ts'
import type { DnsTexts } from '../../network/index.ts'

const prefix = 'dnslink='
const under = '_dnslink.'
/** Texts of one name that are looked at. */
export const maxTexts = 64

/**
 * Where a domain points (DNSLink): the path in a text under `_dnslink.DOMAIN`, the first one in order of the alphabet when there are several;
 * when there is none, in a text of the domain itself, as older ones have it.
 * Rejects with `name.no-link`, `network.unreachable`.
 */
export async function dnsLinkOf(
  domain: string,
  texts: (host: string) => Promise<DnsTexts>,
): Promise<{ readonly path: string; readonly ttlMs: number }> {
  const hosts = domain.startsWith(under) ? [domain] : [`${under}${domain}`, domain]
  for (const host of hosts) {
    const found = await texts(host).catch((cause: unknown) => {
      if (cause instanceof PeerageError) throw cause
      throw new PeerageError('network.unreachable', `The name server does not say where ${domain} points.`, {
        cause,
      })
    })
    const path = linkIn(found.texts)
    if (path !== undefined) return { path, ttlMs: found.ttlSeconds * 1_000 }
  }
  throw new PeerageError('name.no-link', `${domain} points at nothing on IPFS: it has no DNSLink.`)
}

function linkIn(texts: readonly string[]): string | undefined {
  const [path] = texts
    .slice(0, maxTexts)
    .filter(text => text.startsWith(prefix))
    .map(text => text.slice(prefix.length).replace(/\/+$/, ''))
    .filter(isNamePath)
    .sort()
  return path
}
