import type { CID } from 'multiformats/cid'
import { PeerageError } from '../../base/index.ts'
import { looksLikeIpfs, parseCid, parseLink } from '../../content/index.ts'
import type { IpfsHost } from './host.ts'

/** Something on IPFS as a user names it: a root, and names from there down. */
export interface Place {
  readonly cid: CID
  readonly path: readonly string[]
}

/**
 * Where a CID or a link leads; a name is looked up. Throws `usage.invalid` for a name while IPFS is off, `link.invalid`, `content.denied`, what names
 * throw, `signal.reason`.
 */
export async function placeOf(
  host: Pick<IpfsHost, 'ipfs' | 'off' | 'denylists'>,
  text: string,
  signal: AbortSignal,
): Promise<Place> {
  if (!looksLikeIpfs(text))
    throw new PeerageError('link.invalid', 'This is no CID, and no link to something in IPFS.')
  const asked = parseLink(text)
  const { cid, ipnsName, path = [] } = asked
  host.denylists.checkLink(asked)
  if (cid !== undefined) return { cid: parseCid(cid), path }
  const target = (await networkOf(host).names.resolve(ipnsName ?? '', signal)).path
  const link = target === undefined ? undefined : parseLink(target)
  if (link?.cid === undefined) throw new PeerageError('link.invalid', 'The name points at nothing on IPFS.')
  host.denylists.checkLink(link, path)
  return { cid: parseCid(link.cid), path: [...(link.path ?? []), ...path] }
}

/** Throws `usage.invalid` when it is off. */
export function networkOf({ ipfs, off }: Pick<IpfsHost, 'ipfs' | 'off'>): NonNullable<IpfsHost['ipfs']> {
  if (ipfs === undefined) throw new PeerageError('usage.invalid', off ?? 'IPFS is off here.')
  return ipfs
}
