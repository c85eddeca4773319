import type { CID } from 'multiformats/cid'
import { PeerageError } from '../../base/index.ts'
import {
  type BlockReader,
  cidText,
  codecs,
  listDirectory,
  resolvePath,
  statNode,
} from '../../content/index.ts'
import { type BlockSession, type Looking, withPatience } from '../../ipfs/index.ts'
import type { IpfsHost } from './host.ts'
import { networkOf, placeOf } from './place-of.ts'

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
  const { world, maxListedEntries } = host
  const name = text.trim()
  const ipfs = networkOf(host)
  const { cid, path } = await placeOf(host, name, signal)
  const session = ipfs.session(cid)
  const patience = { world, name, signal, session: () => session, timeoutMs: timeout * 1000 }
  try {
    yield* withPatience(patience, async function* (stop): AsyncGenerator<ListUpdate> {
      yield { phase: 'listed', entries: await entriesAt(session, cid, path, maxListedEntries, stop) }
    })
  } finally {
    session.close()
  }
}

async function entriesAt(
  session: BlockSession,
  cid: CID,
  path: readonly string[],
  most: number,
  signal: AbortSignal,
): Promise<IpfsEntry[]> {
  const found = await resolvePath(session, cid, path, { signal })
  const stat = await statNode(session, found.cid, { signal })
  if (stat.kind === 'directory') return await entriesOf(session, found.cid, most, signal)
  const name = path.at(-1) ?? found.cid.toString()
  return [{ name, cid: found.cid.toString(), kind: stat.kind, size: stat.size }]
}

async function entriesOf(
  blocks: BlockReader,
  folder: CID,
  most: number,
  signal: AbortSignal,
): Promise<IpfsEntry[]> {
  const listed: IpfsEntry[] = []
  const unknown: CID[] = []
  for await (const { name, cid, dagSize: size } of listDirectory(blocks, folder, { signal })) {
    if (listed.length >= most)
      throw new PeerageError(
        'dag.limit',
        `The folder has more than ${most} entries: \`peerage get\` fetches it without listing it first.`,
        { details: { limit: 'ipfs.maxListedEntries' } },
      )
    const isRaw = cid.code === codecs.raw
    if (!isRaw && unknown.length < maxLooks) unknown.push(cid)
    const entry = { name, cid: cidText(cid), ...(size !== undefined && { size }) }
    listed.push(isRaw ? { ...entry, kind: 'file' } : entry)
  }
  const kinds = await kindsOf(blocks, unknown, signal)
  return listed.map(entry => ({ ...entry, ...kinds.get(entry.cid) }))
}

/** What stands behind these, by CIDs: the first block of each is fetched, some at a time. Absent: nobody has it now, or it is damaged. */
async function kindsOf(
  blocks: BlockReader,
  cids: readonly CID[],
  signal: AbortSignal,
): Promise<Map<string, Pick<IpfsEntry, 'kind' | 'size'>>> {
  const kinds = new Map<string, Pick<IpfsEntry, 'kind' | 'size'>>()
  const patience = AbortSignal.any([signal, AbortSignal.timeout(looksMs)])
  let next = 0
  const lane = async (): Promise<void> => {
    for (let cid = cids[next++]; cid !== undefined; cid = cids[next++])
      try {
        const { kind, size } = await statNode(blocks, cid, { signal: patience })
        kinds.set(cid.toString(), kind === 'directory' ? { kind } : { kind, size })
      } catch (error) {
        signal.throwIfAborted()
        if (!patience.aborted && !(error instanceof PeerageError)) throw error
      }
  }
  await Promise.all(Array.from({ length: 16 }, lane))
  return kinds
}
