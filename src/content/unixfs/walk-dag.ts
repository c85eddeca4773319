import type { CID } from 'multiformats/cid'
import { PeerageError } from '../../base/index.ts'
import { dagCborLinks, decodeDagPb } from '../../wire/index.ts'
import { codecs, decodeCid } from '../cid.ts'
import type { BlockReader, VerifiedBlock } from '../verified-block.ts'
import { cidsIn, isDataCodec, readData } from './data-node.ts'
import { inDagWords, tooMuchDag } from './faults.ts'
import { type DagOptions, getBlock } from './get-block.ts'
import { dagLimits } from './limits.ts'

/**
 * The CIDs that a block leads to, in their order, as often as they stand there: links of DAG-PB, DAG-CBOR and DAG-JSON; raw blocks, and plain JSON and
 * CBOR, know none. Of DAG-CBOR no values are made, so that it may have as many as fit into a block.
 *
 * @throws PeerageError `dag.invalid`, `dag.limit`, or `dag.unsupported` for another codec
 */
export function linksOf(block: VerifiedBlock): CID[] {
  const { cid, bytes } = block
  if (withoutLinks.has(cid.code)) return []
  if (cid.code === codecs.dagJson) return [...cidsIn(readData(block))]
  if (cid.code !== codecs.dagPb && cid.code !== codecs.dagCbor)
    throw new PeerageError('dag.unsupported', `The block ${cid} has a codec that is not read here.`, {
      details: { cid: cid.toString(), codec: cid.code },
    })
  try {
    if (cid.code === codecs.dagCbor) return dagCborLinks(bytes, dagLimits).map(decodeCid)
    return decodeDagPb(bytes).links.map(({ hash }) => decodeCid(hash))
  } catch (error) {
    throw inDagWords(cid, error)
  }
}

/** Nothing in their blocks is a CID. */
const withoutLinks: ReadonlySet<number> = new Set([codecs.raw, codecs.cbor, codecs.json])

/** As `linksOf`; a block of a codec that is not read here has none as far as we know. */
export function knownLinksOf(block: VerifiedBlock): CID[] {
  const { code } = block.cid
  return code === codecs.dagPb || isDataCodec(code) ? linksOf(block) : []
}

export interface WalkOptions extends DagOptions {
  /** Each block as often as something leads to it, and not only once. */
  readonly repeats?: boolean
  /** Where a block leads; `linksOf` when left out. */
  links?(block: VerifiedBlock): readonly CID[]
  /** Blocks that are asked for before it is their turn; none when left out. */
  readonly ahead?: number
  /** What was walked already, for DAGs that share blocks. */
  readonly seen?: Set<string>
  readonly limits?: Pick<typeof dagLimits, 'blocks' | 'depth' | 'pending'>
}

/**
 * All blocks of a DAG, each once unless `repeats`, a parent before its children and the first child's before the second's. Holds the hash of each block that
 * it gave, and no block longer than the caller takes, but for those that it asks for ahead.
 *
 * @throws PeerageError see `linksOf`, and what `blocks` rejects with
 */
export async function* walkDag(
  blocks: BlockReader,
  root: CID,
  options: WalkOptions = {},
): AsyncGenerator<VerifiedBlock> {
  const {
    seen = new Set<string>(),
    limits = dagLimits,
    ahead = 0,
    repeats = false,
    links = linksOf,
  } = options
  const stack: Pending[] = [{ cid: root, depth: 0 }]
  let blocksSeen = seen.size
  for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
    const { cid, depth } = next
    const key = blockKey(cid)
    if (seen.has(key)) continue
    if (blocksSeen++ >= limits.blocks) throw tooMuchDag(root, 'blocks', 'it has too many blocks')
    if (depth > limits.depth) throw tooMuchDag(root, 'depth', 'its links lead too deep')
    if (!repeats) seen.add(key)
    const block = await (next.block ?? getBlock(blocks, cid, options))
    yield block
    for (const link of links(block).toReversed())
      if (!seen.has(blockKey(link))) stack.push({ cid: link, depth: depth + 1 })
    if (stack.length > limits.pending) throw tooMuchDag(root, 'pending', 'it is too wide')
    for (const soon of stack.slice(-ahead || stack.length)) {
      if (soon.block !== undefined || seen.has(blockKey(soon.cid))) continue
      soon.block = getBlock(blocks, soon.cid, options)
      // Whoever waits for it hears of it; until then nobody does.
      soon.block.catch(() => undefined)
    }
  }
}

interface Pending {
  readonly cid: CID
  readonly depth: number
  /** Asked for already. */
  block?: Promise<VerifiedBlock>
}

/** The same bytes under another codec have other links. */
function blockKey({ code, multihash }: CID): string {
  return `${code} ${String.fromCharCode(...multihash.bytes)}`
}
