import { PeerageError } from '../../base/index.ts'
import type { DnsTexts } from '../../network/index.ts'

const prefix = 'dnslink='
const maxPathLength = 2_048
/** Texts of one name that are looked at. */
const maxTexts = 64

/**
 * Where a domain points (DNSLink): the path in a text under `_dnslink.DOMAIN`, the first one in order of the alphabet when there are several.
 * Rejects with `name.unknown`, `network.unreachable`.
 */
export async function dnsLinkOf(
  domain: string,
  texts: (host: string) => Promise<DnsTexts>,
): Promise<{ readonly path: string; readonly ttlMs: number }> {
  const host = domain.startsWith('_dnslink.') ? domain : `_dnslink.${domain}`
  const found = await texts(host).catch((cause: unknown) => {
    if (cause instanceof PeerageError) throw cause
    throw new PeerageError('network.unreachable', `The name server does not say where ${domain} points.`, {
      cause,
    })
  })
  const [path] = found.texts
    .slice(0, maxTexts)
    .filter(text => text.startsWith(prefix))
    .map(text => text.slice(prefix.length).replace(/\/+$/, ''))
    .filter(text => text.length <= maxPathLength && /^\/ip[fn]s\/[^/\s]+/.test(text))
    .sort()
  if (path === undefined) throw new PeerageError('name.unknown', `${domain} points at nothing (DNSLink).`)
  return { path, ttlMs: found.ttlSeconds * 1_000 }
}
