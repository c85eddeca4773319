import { CID } from 'multiformats/cid'
import { PeerageError } from '../../base/index.ts'
import { decodeCid } from '../cid.ts'
import type { BlockReader } from '../verified-block.ts'
import { isDataCodec, readData } from './data-node.ts'
import { tooMuchDag } from './faults.ts'
import { type DagOptions, getBlock } from './get-block.ts'
import { HamtPath } from './hamt-path.ts'
import { type FolderLinks, folderLinks, type KnownFolders } from './known-folders.ts'
import { dagLimits } from './limits.ts'
import { checkName, noSubShard } from './list-directory.ts'

export interface ResolveOptions extends DagOptions {
  /** For many paths of one tree: what is on the way of several is looked at once. */
  readonly known?: KnownFolders | undefined
}

/** Where a path leads. */
export interface ResolvedPath {
  readonly cid: CID
  /** Names that are left when the path ends within the data of a DAG-CBOR or DAG-JSON block. */
  readonly rest: readonly string[]
  /**
   * The blocks on the way, nodes of HAMTs among them, without the last one: who has them can follow the path without trusting anybody. Only their
   * CIDs: there may be thousands, of megabytes each.
   */
  readonly way: readonly CID[]
}

/**
 * Follows a path through folders, HAMTs and data. Symbolic links are not followed.
 *
 * @throws PeerageError `content.no-such-file`, `dag.invalid`, `dag.limit`, and what `blocks` rejects with
 */
export async function resolvePath(
  blocks: BlockReader,
  root: CID,
  path: readonly string[],
  options: ResolveOptions = {},
): Promise<ResolvedPath> {
  if (path.length > dagLimits.pathNames) throw tooMuchDag(root, 'pathNames', 'the path is too long')
  const way: CID[] = []
  let cid = root
  let blocksSeen = 0
  for (let at = 0; at < path.length; ) {
    // Data may be nothing but a link, which takes no name off the path.
    if (++blocksSeen > dagLimits.depth) throw tooMuchDag(root, 'depth', 'its links lead too deep')
    const step = isDataCodec(cid.code)
      ? stepThroughData(readData(await getBlock(blocks, cid, options)), path.slice(at))
      : await stepThroughFolder(blocks, cid, path[at]!, options)
    if (step === undefined) throw noSuchFile(path.slice(0, at + 1))
    if (step.cid === undefined) return { cid, rest: path.slice(at), way }
    way.push(cid, ...(step.way ?? []))
    cid = step.cid
    at += step.names
  }
  return { cid, rest: [], way }
}

interface Step {
  /** Undefined: the path ends within data. */
  readonly cid: CID | undefined
  readonly names: number
  /** Blocks between. */
  readonly way?: readonly CID[]
}

async function stepThroughFolder(
  blocks: BlockReader,
  cid: CID,
  name: string,
  options: ResolveOptions,
): Promise<Step | undefined> {
  checkName(cid, name)
  const folder = await linksOf(blocks, cid, options)
  if (folder?.fanout !== undefined) return stepThroughShards(blocks, folder, folder.fanout, name, options)
  const found = folder?.find(name)
  return found && { cid: found.cid, names: 1 }
}

async function stepThroughShards(
  blocks: BlockReader,
  root: FolderLinks,
  fanout: number,
  name: string,
  options: ResolveOptions,
): Promise<Step | undefined> {
  const way: CID[] = []
  const path = new HamtPath(name, fanout)
  let shard = root
  for (let level = 0; ; level++) {
    const prefix = path.prefix(level)
    if (prefix === undefined) return undefined
    const link = shard.find(prefix)
    if (link?.name !== prefix)
      return link?.name === `${prefix}${name}` ? { cid: link.cid, names: 1, way } : undefined
    const below = await linksOf(blocks, link.cid, options)
    if (below?.fanout !== fanout || below.count === 0) throw noSubShard(link.cid)
    shard = below
    way.push(link.cid)
  }
}

function linksOf(blocks: BlockReader, cid: CID, options: ResolveOptions): Promise<FolderLinks | undefined> {
  return options.known?.links(blocks, cid, options) ?? folderLinks(blocks, cid, options)
}

/** How far names lead in data: to a CID after so many of them, to a value within, or nowhere. */
function stepThroughData(data: unknown, path: readonly string[]): Step | undefined {
  let value = data
  for (let names = 0; ; names++) {
    const cid = typeof value === 'object' && value !== null ? CID.asCID(value) : null
    if (cid !== null) return { cid: decodeCid(cid.bytes), names }
    const name = path[names]
    if (name === undefined) return { cid: undefined, names }
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined
    if (Array.isArray(value) && !/^(?:0|[1-9][0-9]{0,15})$/.test(name)) return undefined
    value = (value as Record<string, unknown>)[name]
  }
}

function noSuchFile(path: readonly string[]): PeerageError {
  return new PeerageError('content.no-such-file', `There is no ${path.join('/')} behind this CID.`, {
    details: { path: path.join('/') },
  })
}
