import { PeerageError } from '../../../base/index.ts'
import { type Link, looksLikeIpfs, parseLink } from '../../../content/index.ts'
import type { FilesHost } from '../host.ts'

/** Names that lead to names; no more than this one behind the other is taken care of by who resolves them. */
const mostNames = 4

/** The CID and path that a text names, by itself or by a name that is resolved; undefined: it is something else. Throws `content.denied`, what names throw. */
export async function placeInIpfs(
  host: FilesHost,
  { link: text, from }: { readonly link: string; readonly from?: string | undefined },
  signal: AbortSignal,
): Promise<Link | undefined> {
  const trimmed = text.trim()
  if (from !== undefined || !(looksLikeIpfs(trimmed) || /^magnet:/i.test(trimmed))) return undefined
  let link = parseLink(trimmed)
  host.denylists.checkLink(link)
  // A magnet link with an info hash is one of BitTorrent, whatever else it says.
  if (link.kind === 'magnet')
    return link.infoHash === undefined && link.infoHashV1 === undefined ? link : undefined
  for (let names = 0; link.kind === 'ipns'; names++) {
    if (host.ipfs === undefined || names >= mostNames)
      throw new PeerageError(
        'link.invalid',
        'The name cannot be resolved: IPFS is off here, or it leads in circles.',
      )
    link = await resolved(host.ipfs.names, link, signal)
    host.denylists.checkLink(link)
  }
  return link
}

async function resolved(
  names: NonNullable<FilesHost['ipfs']>['names'],
  { ipnsName = '', path = [] }: Link,
  signal: AbortSignal,
): Promise<Link> {
  const { path: target } = await names.resolve(ipnsName, signal)
  if (target === undefined) throw new PeerageError('link.invalid', 'The name points at nothing on IPFS.')
  const link = parseLink(target)
  return { ...link, path: [...(link.path ?? []), ...path] }
}
