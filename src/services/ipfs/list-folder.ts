import type { CID } from 'multiformats/cid'
import { PeerageError } from '../../base/index.ts'
import {
  type BlockReader,
  codecs,
  type Link,
  listDirectory,
  looksLikeIpfs,
  parseCid,
  parseLink,
  resolvePath,
  statNode,
} from '../../content/index.ts'
import type { IpfsHost } from './host.ts'

/** One entry of a folder of IPFS, or the file that was named. */
export interface IpfsEntry {
  readonly name: string
  readonly cid: string
  /** Absent where it would have to be fetched to be known, and nobody asked for that. */
  readonly kind?: 'file' | 'directory' | 'symlink' | 'data'
  /** Bytes of the file; of a folder of all that is behind it, as whoever made it says. */
  readonly size?: number
}

/** Throws `usage.invalid` when IPFS is off, `link.invalid`, what names and DAGs throw, `signal.reason`. */
export async function listFolder(host: IpfsHost, text: string, signal: AbortSignal): Promise<IpfsEntry[]> {
  const { ipfs } = host
  if (ipfs === undefined) throw new PeerageError('usage.invalid', host.off ?? 'IPFS is off here.')
  if (!looksLikeIpfs(text))
    throw new PeerageError('link.invalid', 'This is no CID, and no link to something in IPFS.')
  const { cid, path } = await placeOf(ipfs.names, parseLink(text), signal)
  const session = ipfs.session(cid)
  try {
    const found = await resolvePath(session, cid, path, { signal })
    const stat = await statNode(session, found.cid, { signal })
    if (stat.kind === 'directory') return await entriesOf(session, found.cid, signal)
    const name = path.at(-1) ?? found.cid.toString()
    return [{ name, cid: found.cid.toString(), kind: stat.kind, size: stat.size }]
  } finally {
    session.close()
  }
}

async function placeOf(
  names: NonNullable<IpfsHost['ipfs']>['names'],
  { cid, ipnsName, path = [] }: Link,
  signal: AbortSignal,
): Promise<{ cid: CID; path: readonly string[] }> {
  if (cid !== undefined) return { cid: parseCid(cid), path }
  const target = (await names.resolve(ipnsName ?? '', signal)).path
  const link = target === undefined ? undefined : parseLink(target)
  if (link?.cid === undefined) throw new PeerageError('link.invalid', 'The name points at nothing on IPFS.')
  return { cid: parseCid(link.cid), path: [...(link.path ?? []), ...path] }
}

async function entriesOf(blocks: BlockReader, folder: CID, signal: AbortSignal): Promise<IpfsEntry[]> {
  const out: IpfsEntry[] = []
  for await (const { name, cid, dagSize } of listDirectory(blocks, folder, { signal }))
    out.push({
      name,
      cid: cid.toString(),
      ...(cid.code === codecs.raw && { kind: 'file' as const }),
      ...(dagSize !== undefined && { size: dagSize }),
    })
  return out
}
