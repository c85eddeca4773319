import type { CID } from 'multiformats/cid'
import { PeerageError } from '../../../base/index.ts'
import {
  type BlockReader,
  codecs,
  dagLimits,
  listDirectory,
  type NodeStat,
  statNode,
} from '../../../content/index.ts'

/** One file or symbolic link of a DAG. */
export interface CidFile {
  /** Names from the root down; of a single file just the name that it gets. */
  readonly path: readonly string[]
  readonly cid: CID
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
}

interface Folder {
  readonly cid: CID
  readonly path: readonly string[]
}

/** Entries that are looked at, at the same time. */
const statsAtOnce = 32

/**
 * Names and sizes of all files behind a CID; folders without files are left out, and links that lead out of it.
 *
 * @throws PeerageError `dag.invalid`, `dag.limit`, `dag.unsupported` for what is neither a file nor a folder, and what `blocks` rejects with
 */
export async function listTree(
  blocks: BlockReader,
  root: CID,
  name: string,
  signal: AbortSignal,
): Promise<CidTree> {
  const stat = await statNode(blocks, root, { signal })
  if (stat.kind === 'file') return { singleFile: true, files: [{ path: [name], cid: root, ...fileOf(stat) }] }
  if (stat.kind !== 'directory')
    throw new PeerageError('dag.unsupported', `The CID ${root} is neither a file nor a folder.`)
  const files: CidFile[] = []
  let seen = 0
  const folders: Folder[] = [{ cid: root, path: [] }]
  for (let folder = folders.shift(); folder !== undefined; folder = folders.shift()) {
    const { cid, path } = folder
    if (path.length >= dagLimits.pathNames) throw tooMuch(root, 'folders are nested too deep')
    const batch: Promise<void>[] = []
    for await (const link of listDirectory(blocks, cid, { signal })) {
      if (++seen > dagLimits.entries) throw tooMuch(root, `it has more than ${dagLimits.entries} entries`)
      const entry = [...path, link.name]
      // The size of a raw block is that of the file; what is not so is noticed when it comes.
      if (link.cid.code === codecs.raw && link.dagSize !== undefined)
        files.push({ path: entry, cid: link.cid, size: link.dagSize })
      else {
        const looked = look(link.cid, entry)
        // It is heard of when all of the batch are waited for, or never, when the listing fails before.
        looked.catch(() => undefined)
        batch.push(looked)
      }
      if (batch.length >= statsAtOnce) await Promise.all(batch.splice(0))
    }
    await Promise.all(batch)
  }
  return { singleFile: false, files }

  async function look(cid: CID, path: readonly string[]): Promise<void> {
    const found = await statNode(blocks, cid, { signal })
    if (found.kind === 'directory') folders.push({ cid, path })
    else if (found.kind === 'file') files.push({ path, cid, ...fileOf(found) })
    else if (found.kind === 'symlink') {
      const symlink = within(path, found.target ?? '')
      if (symlink !== undefined) files.push({ path, cid, size: 0, symlink })
    } else throw new PeerageError('dag.unsupported', `${path.join('/')} is neither a file nor a folder.`)
  }
}

function fileOf({ size, mode = 0, mtime }: NodeStat): Omit<CidFile, 'path' | 'cid'> {
  return {
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

function tooMuch(root: CID, why: string): PeerageError {
  return new PeerageError('dag.limit', `What is behind ${root} is too much: ${why}.`)
}
