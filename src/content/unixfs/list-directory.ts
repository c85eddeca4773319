import type { CID } from 'multiformats/cid'
import { type PeerageError, toHex, utf8 } from '../../base/index.ts'
import type { BlockReader, VerifiedBlock } from '../verified-block.ts'
import { invalidDag, tooMuchDag } from './faults.ts'
import { type DagOptions, getBlock } from './get-block.ts'
import { digitsOf, HamtPath, maxLevels } from './hamt-path.ts'
import { dagLimits } from './limits.ts'
import { type NamedLink, readNode, type UnixFsNode } from './node.ts'

export interface ListOptions extends DagOptions {
  /** Of one folder. */
  readonly limits?: Pick<typeof dagLimits, 'entries' | 'shards'>
}

type Shard = UnixFsNode & { readonly kind: 'shard' }

/**
 * The entries of a folder: in the order of its node, or of the hashes of names in a HAMT, whose nodes are fetched one by one.
 * Names that no path can have (UnixFS, "Restricted Names") are refused, of two equal ones the first holds.
 *
 * @throws PeerageError `dag.invalid` (also for what is no folder), `dag.limit`, and what `blocks` rejects with
 */
export async function* listDirectory(
  blocks: BlockReader,
  root: CID,
  options: ListOptions = {},
): AsyncGenerator<NamedLink> {
  const node = readNode(await getBlock(blocks, root, options))
  if (node.kind === 'directory') yield* flatEntries(root, node.links)
  else if (node.kind === 'shard') yield* shardEntries(blocks, root, node, options)
  else throw invalidDag(root, `it is no folder, but a ${node.kind}`)
}

function* flatEntries(root: CID, links: readonly NamedLink[]): Generator<NamedLink> {
  const seen = new Set<string>()
  for (const link of links) {
    checkName(root, link.name)
    if (!seen.has(link.name)) yield link
    seen.add(link.name)
  }
}

interface PendingShard {
  readonly cid: CID
  /** Buckets that lead here, one a level. */
  readonly way: readonly string[]
}

/**
 * Each name must stand where its hash leads, and no node may be reached twice: in a real HAMT both are so, and in a made-up one this is what
 * keeps a few nodes that hold one another from taking for ever.
 */
async function* shardEntries(
  blocks: BlockReader,
  root: CID,
  rootShard: Shard,
  options: ListOptions,
): AsyncGenerator<NamedLink> {
  const { limits = dagLimits } = options
  const seen = new Set<string>()
  const stack: PendingShard[] = [{ cid: root, way: [] }]
  let entries = 0
  for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
    const key = toHex(next.cid.multihash.bytes)
    if (seen.has(key)) throw invalidDag(next.cid, 'two buckets of a HAMT have the same node')
    if (seen.size >= limits.shards) throw tooMuchDag(root, 'shards', 'a HAMT of too many nodes')
    seen.add(key)
    const isRoot = next.way.length === 0
    // Nothing can stand there, and each node deeper would take more memory than the last.
    if (next.way.length > maxLevels(rootShard.fanout))
      throw invalidDag(next.cid, 'a HAMT is deeper than a hash is long')
    const shard = isRoot ? rootShard : asSubShard(await getBlock(blocks, next.cid, options), rootShard)
    const below: PendingShard[] = []
    for (const link of orderedLinks(next.cid, shard)) {
      if (link.name === '') below.push({ cid: link.cid, way: [...next.way, link.prefix] })
      else {
        checkPlace(next.cid, link.name, [...next.way, link.prefix], shard.fanout)
        if (++entries > limits.entries) throw tooMuchDag(root, 'entries', 'a folder of too many entries')
        yield { name: link.name, cid: link.cid, ...(link.dagSize !== undefined && { dagSize: link.dagSize }) }
      }
    }
    stack.push(...below.toReversed())
  }
}

/** Throws `dag.invalid` for what is no inner node of that HAMT. */
function asSubShard(block: VerifiedBlock, { fanout }: Shard): Shard {
  const node = readNode(block)
  if (node.kind !== 'shard' || node.fanout !== fanout || node.links.length === 0) throw noSubShard(block.cid)
  return node
}

/** For what is no inner node of a HAMT where one should be: of another fanout, or empty. */
export function noSubShard(cid: CID): PeerageError {
  return invalidDag(cid, 'it is no node of the HAMT that it is in')
}

/** Links with their bucket apart from their name, which is empty when they lead to another node of the HAMT. */
function* orderedLinks(
  cid: CID,
  { fanout, links }: Shard,
): Generator<NamedLink & { readonly prefix: string }> {
  const digits = digitsOf(fanout)
  let last = ''
  for (const link of links) {
    const prefix = link.name.slice(0, digits)
    if (!isBucket(prefix, digits) || prefix <= last)
      throw invalidDag(cid, 'the buckets of a HAMT are not in order')
    last = prefix
    yield { ...link, name: link.name.slice(digits), prefix }
  }
}

function isBucket(prefix: string, digits: number): boolean {
  return prefix.length === digits && /^[0-9A-F]+$/.test(prefix)
}

function checkPlace(cid: CID, name: string, way: readonly string[], fanout: number): void {
  checkName(cid, name)
  const path = new HamtPath(name, fanout)
  if (way.some((prefix, level) => path.prefix(level) !== prefix))
    throw invalidDag(cid, 'a name stands in a bucket of a HAMT that is not its own')
}

/** Throws `dag.invalid` for what is no name, `dag.limit` for one that is too long. */
export function checkName(cid: CID, name: string): void {
  if (name === '' || name === '.' || name === '..' || name.includes('/') || name.includes('\0'))
    throw invalidDag(cid, 'a folder has an entry with a name that is none')
  if (name.length > dagLimits.nameBytes || utf8(name).length > dagLimits.nameBytes)
    throw tooMuchDag(cid, 'nameBytes', 'a name in a folder is too long')
}
