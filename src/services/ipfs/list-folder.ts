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
import { type BlockSession, type Looking, withPatience } from '../../ipfs/index.ts'
import type { IpfsHost } from './host.ts'

/** Of so many entries the kind is looked up, and no longer than that. */
const maxLooks = 1_024
const looksMs = 10_000

/** One entry of a folder of IPFS, or the file that was named. */
export interface IpfsEntry {
  readonly name: string
  readonly cid: string
  /** Absent where nobody gave the block that says it, or there are too many. */
  readonly kind?: 'file' | 'directory' | 'symlink' | 'data'
  /** Bytes of the file; of a folder of all that is behind it, as whoever made it says. */
  readonly size?: number
}

/** While it is looked for: how that goes. The last one says what is there. */
export type ListUpdate = Looking | { readonly phase: 'listed'; readonly entries: readonly IpfsEntry[] }

/**
 * Throws `usage.invalid` when IPFS is off, `link.invalid`, `network.no-peers` when nothing has come for `timeout` seconds, what names and
 * DAGs throw, `signal.reason`.
 */
export async function* listFolder(
  host: IpfsHost,
  { link: text, timeout }: { readonly link: string; readonly timeout: number },
  signal: AbortSignal,
): AsyncGenerator<ListUpdate> {
  const { ipfs, world } = host
  const name = text.trim()
  if (ipfs === undefined) throw new PeerageError('usage.invalid', host.off ?? 'IPFS is off here.')
  if (!looksLikeIpfs(name))
    throw new PeerageError('link.invalid', 'This is no CID, and no link to something in IPFS.')
  const { cid, path } = await placeOf(ipfs.names, parseLink(name), signal)
  const session = ipfs.session(cid)
  const patience = { world, name, signal, session: () => session, timeoutMs: timeout * 1000 }
  try {
    yield* withPatience(patience, async function* (stop): AsyncGenerator<ListUpdate> {
      yield { phase: 'listed', entries: await entriesAt(session, cid, path, stop) }
    })
  } finally {
    session.close()
  }
}

async function entriesAt(
  session: BlockSession,
  cid: CID,
  path: readonly string[],
  signal: AbortSignal,
): Promise<IpfsEntry[]> {
  const found = await resolvePath(session, cid, path, { signal })
  const stat = await statNode(session, found.cid, { signal })
  if (stat.kind === 'directory') return await entriesOf(session, found.cid, signal)
  const name = path.at(-1) ?? found.cid.toString()
  return [{ name, cid: found.cid.toString(), kind: stat.kind, size: stat.size }]
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
  const listed: { readonly name: string; readonly cid: CID; readonly dagSize?: number | undefined }[] = []
  for await (const { name, cid, dagSize } of listDirectory(blocks, folder, { signal }))
    listed.push({ name, cid, dagSize })
  const looked = listed.filter(({ cid }) => cid.code !== codecs.raw).slice(0, maxLooks)
  const kinds = await kindsOf(blocks, looked, signal)
  return listed.map(({ name, cid, dagSize }) => {
    const { kind = cid.code === codecs.raw ? ('file' as const) : undefined, size = dagSize } =
      kinds.get(cid.toString()) ?? {}
    return {
      name,
      cid: cid.toString(),
      ...(kind !== undefined && { kind }),
      ...(size !== undefined && { size }),
    }
  })
}

/** What stands behind these, by CIDs: the first block of each is fetched, some at a time. Absent: nobody has it now, or it is damaged. */
async function kindsOf(
  blocks: BlockReader,
  entries: readonly { readonly cid: CID }[],
  signal: AbortSignal,
): Promise<Map<string, Pick<IpfsEntry, 'kind' | 'size'>>> {
  const kinds = new Map<string, Pick<IpfsEntry, 'kind' | 'size'>>()
  const patience = AbortSignal.any([signal, AbortSignal.timeout(looksMs)])
  let next = 0
  const lane = async (): Promise<void> => {
    for (let entry = entries[next++]; entry !== undefined; entry = entries[next++])
      try {
        const { kind, size } = await statNode(blocks, entry.cid, { signal: patience })
        kinds.set(entry.cid.toString(), kind === 'directory' ? { kind } : { kind, size })
      } catch (error) {
        signal.throwIfAborted()
        if (!patience.aborted && !(error instanceof PeerageError)) throw error
      }
  }
  await Promise.all(Array.from({ length: 16 }, lane))
  return kinds
}
