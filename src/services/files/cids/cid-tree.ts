import type { CID } from 'multiformats/cid'
import { PeerageError } from '../../../base/index.ts'
import {
  type BlockReader,
  cidText,
  type NodeStat,
  statNode,
  type TreeEntry,
  walkTree,
} from '../../../content/index.ts'

/** One file or symbolic link of a DAG. */
export interface CidFile {
  /** Names from the root down; of a single file just the name that it gets. */
  readonly path: readonly string[]
  /** As text: a tree may have a million files, and a `CID` takes ten times as much. */
  readonly cid: string
  /** In bytes; as the folder says, where that need not be fetched to be known. */
  readonly size: number
  readonly executable?: boolean
  readonly symlink?: readonly string[]
  readonly mtimeMs?: number
}

/** What is behind a CID, as files. */
export interface CidTree {
  readonly singleFile: boolean
  readonly files: readonly CidFile[]
  /** Names from the root down to folders with nothing in them. */
  readonly emptyFolders: readonly (readonly string[])[]
  /** CIDs of its blocks that are no bytes of files: folders, links, and the blocks of empty files. */
  readonly nodes: ReadonlySet<string>
}

/**
 * Names and sizes of all files behind a CID, and its empty folders; links that lead out of it are left out.
 *
 * @throws PeerageError `dag.invalid`, `dag.limit`, `dag.unsupported` for what is neither a file nor a folder, and what `blocks` rejects with
 */
export async function listTree(
  blocks: BlockReader,
  root: CID,
  name: string,
  { signal, maxEntries }: { readonly signal: AbortSignal; readonly maxEntries?: number },
): Promise<CidTree> {
  const stat = await statNode(blocks, root, { signal })
  const nodes = new Set<string>()
  if (stat.kind === 'file') {
    if (stat.size === 0) nodes.add(cidText(root))
    return { singleFile: true, files: [{ path: [name], ...fileOf(root, stat) }], emptyFolders: [], nodes }
  }
  if (stat.kind !== 'directory')
    throw new PeerageError('dag.unsupported', `The CID ${root} is neither a file nor a folder.`)
  const files: CidFile[] = []
  const emptyFolders: (readonly string[])[] = []
  const folders: BlockReader = {
    get(cid, options) {
      nodes.add(cidText(cid))
      return blocks.get(cid, options)
    },
  }
  const look = (cid: CID): Promise<NodeStat> => statNode(blocks, cid, { signal })
  for await (const entry of walkTree(folders, root, { signal, maxEntries, look })) {
    if (entry.stat?.kind === 'directory') {
      emptyFolders.push(entry.path)
      continue
    }
    const file = entryOf(entry)
    // Links that lead out are left out of the files alone.
    if (file === undefined || file.size === 0) nodes.add(cidText(entry.cid))
    if (file !== undefined) files.push(file)
  }
  return { singleFile: false, files, emptyFolders, nodes }
}

/** Undefined for a link that leads out. */
function entryOf({ path, cid, stat, dagSize = 0 }: TreeEntry): CidFile | undefined {
  if (stat === undefined) return { path, cid: cidText(cid), size: dagSize }
  if (stat.kind === 'file') return { path, ...fileOf(cid, stat) }
  if (stat.kind !== 'symlink')
    throw new PeerageError('dag.unsupported', `${path.join('/')} is neither a file nor a folder.`)
  const symlink = within(path, stat.target ?? '')
  return symlink && { path, cid: cidText(cid), size: 0, symlink }
}

function fileOf(cid: CID, { size, mode = 0, mtime }: NodeStat): Omit<CidFile, 'path'> {
  return {
    cid: cidText(cid),
    size,
    ...((mode & 0o100) !== 0 && { executable: true }),
    ...(mtime && { mtimeMs: mtime.seconds * 1000 + Math.floor(mtime.nanoseconds / 1e6) }),
  }
}

/** Where a link leads, from the root down; undefined: out of it, or to itself. */
function within(path: readonly string[], target: string): readonly string[] | undefined {
  if (target.startsWith('/')) return undefined
  const out = path.slice(0, -1)
  for (const name of target.split('/')) {
    if (name === '' || name === '.') continue
    if (name !== '..') out.push(name)
    else if (out.pop() === undefined) return undefined
  }
  return out.length === 0 ? undefined : out
}
