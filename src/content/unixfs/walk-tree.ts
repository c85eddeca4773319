import type { CID } from 'multiformats/cid'
import { cidText, codecs, parseCid } from '../cid.ts'
import type { BlockReader } from '../verified-block.ts'
import { tooMuchDag } from './faults.ts'
import type { DagOptions } from './get-block.ts'
import { dagLimits } from './limits.ts'
import { listDirectory } from './list-directory.ts'
import type { NamedLink } from './node.ts'
import { type NodeStat, statNode } from './stat-node.ts'

/** Something in a tree: a file, a link, or a folder with nothing in it. */
export interface TreeEntry {
  /** Names from the root down. */
  readonly path: readonly string[]
  readonly cid: CID
  /** Undefined: a raw block, which is not looked at where the folder says how long it is; or `look` does not know. */
  readonly stat: NodeStat | undefined
  /** Bytes of all blocks behind it, as whoever made the folder says. */
  readonly dagSize?: number | undefined
}

export interface TreeOptions extends DagOptions {
  /** What a CID is; `statNode` when left out. */
  look?(cid: CID): Promise<NodeStat | undefined>
  /** Whether an entry is passed over, unseen. */
  passes?(path: readonly string[]): boolean
  /** Whether what cannot be listed of a folder is passed over. */
  skips?(error: unknown): boolean
  /** Of the whole tree, folders included. */
  readonly maxEntries?: number | undefined
}

/** Entries that are looked at, at the same time. */
const atOnce = 32
const emptyBlock = 'bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku'
/** CIDs of which it is remembered what they are. */
const mostKnown = 4_096

interface Folder {
  /** As text: there may be a million of them, and a `CID` takes ten times as much. */
  readonly cid: string
  readonly path: readonly string[]
}

/**
 * All that is in a folder and those in it, links not followed. A folder that has many names is listed under each, so that a few blocks can be
 * a tree without end: it is counted as it comes, and no more of it than is counted is in memory.
 *
 * @throws PeerageError `dag.invalid`, `dag.limit` (entries, folders in one another), and what `blocks` rejects with
 */
export async function* walkTree(
  blocks: BlockReader,
  root: CID,
  options: TreeOptions = {},
): AsyncGenerator<TreeEntry> {
  const { maxEntries = dagLimits.entries, skips, signal } = options
  const look = remembering(options.look ?? (cid => statNode(blocks, cid, { signal })))
  const folders: Folder[] = [{ cid: root.toString(), path: [] }]
  let [entries, names] = [0, 0]
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    const { path } = folder
    if (path.length >= dagLimits.pathNames) throw tooMuchDag(root, 'pathNames', 'folders are nested too deep')
    const below: Folder[] = []
    let looked: Looked[] = []
    const take = async function* (): AsyncGenerator<TreeEntry> {
      const some = looked
      looked = []
      for (const { link, coming } of some) {
        const stat = await coming
        const entry = { path: [...path, link.name], cid: link.cid, dagSize: link.dagSize }
        if (stat?.kind === 'directory') below.push({ cid: cidText(link.cid), path: entry.path })
        else yield { ...entry, stat }
      }
    }
    let isEmpty = path.length > 0
    try {
      for await (const link of listDirectory(blocks, parseCid(folder.cid), options)) {
        isEmpty = false
        names += path.length + 1
        if (names > dagLimits.treeNames)
          throw tooMuchDag(root, 'treeNames', 'it has too many entries for how deep it is')
        if (++entries > maxEntries)
          throw tooMuchDag(root, 'entries', `it has more than ${maxEntries} entries`)
        if (options.passes?.([...path, link.name]) === true) continue
        looked.push({ link, coming: isPlain(link) ? undefined : look(link.cid) })
        if (looked.length >= atOnce) yield* take()
      }
    } catch (error) {
      if (skips?.(error) !== true) throw error
      isEmpty = false
    }
    if (isEmpty) yield { path, cid: parseCid(folder.cid), stat: { kind: 'directory', size: 0 } }
    yield* take()
    for (const one of below.toReversed()) folders.push(one)
  }
}

interface Looked {
  readonly link: NamedLink
  readonly coming: Promise<NodeStat | undefined> | undefined
}

/** The size of a raw block is that of the file; what is not so is noticed when it comes. */
function isPlain({ cid, dagSize }: NamedLink): boolean {
  // Some programs write 0 where they do not know.
  return cid.code === codecs.raw && dagSize !== undefined && (dagSize > 0 || isEmptyBlock(cid))
}

/** The raw block without bytes, as nearly everybody hashes it: it need not be fetched. */
export function isEmptyBlock(cid: CID): boolean {
  return cid.toString() === emptyBlock
}

type Look = (cid: CID) => Promise<NodeStat | undefined>

function remembering(look: Look): Look {
  const known = new Map<string, Promise<NodeStat | undefined>>()
  return cid => {
    const key = cid.toString()
    const found = known.get(key) ?? look(cid)
    // It is heard of when it is waited for, or never, when the listing fails before.
    found.catch(() => undefined)
    if (known.size >= mostKnown) known.clear()
    known.set(key, found)
    return found
  }
}
