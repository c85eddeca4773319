import type { CID } from 'multiformats/cid'
import {
  type BlockReader,
  dagLimits,
  fileLeaves,
  hashCodes,
  knownLinksOf,
  listDirectory,
  type NodeStat,
  type VerifiedBlock,
  walkDag,
} from '../../content/index.ts'
import { carSectionHead, encodeCarHeader } from '../../wire/index.ts'
import { GatewayFailure } from './failure.ts'
import type { CarParameters } from './format.ts'
import { type ByteSpan, spanOf } from './http-range.ts'

export interface CarRequest extends CarParameters {
  readonly blocks: BlockReader
  /** The blocks that lead to the root, those of HAMTs among them. */
  readonly way: readonly CID[]
  readonly root: CID
  readonly stat: NodeStat
  readonly maxBlocks: number
  readonly signal: AbortSignal
}

/**
 * A CAR of version 1 (CARv1 specification): the way, then what `scope` wants, depth first. Blocks that stand in their CID are left out. Ends with
 * a `GatewayFailure` when there are more blocks than `maxBlocks`: whoever reads it finds it incomplete.
 */
export async function* carOf(request: CarRequest): AsyncGenerator<Uint8Array> {
  yield encodeCarHeader([request.root])
  const seen = new Set<string>()
  let count = 0
  for await (const { cid, bytes } of blocksOf(request)) {
    if (cid.multihash.code === hashCodes.identity) continue
    const key = String.fromCharCode(...cid.bytes)
    if (!request.dups && seen.has(key)) continue
    seen.add(key)
    if (++count > request.maxBlocks)
      throw new GatewayFailure(500, `A CAR has ${request.maxBlocks} blocks at most here.`)
    yield carSectionHead(cid.bytes, bytes.length)
    yield bytes
  }
}

async function* blocksOf(request: CarRequest): AsyncGenerator<VerifiedBlock> {
  const { way, scope, stat, bytes, blocks, root, dups, maxBlocks, signal } = request
  for (const cid of way) yield await blocks.get(cid, { signal })
  if (scope === 'all') {
    const limits = { ...dagLimits, blocks: Math.max(dagLimits.blocks, maxBlocks) }
    return yield* walkDag(blocks, root, { signal, repeats: dups, links: knownLinksOf, limits })
  }
  const span = bytes && stat.kind === 'file' ? spanOf(bytes, stat.size) : undefined
  const isEmpty = bytes !== undefined && stat.kind === 'file' && span === undefined
  if (scope === 'block' || isEmpty || stat.kind === 'data' || stat.kind === 'symlink')
    return yield await blocks.get(root, { signal })
  yield* entityOf(request, span)
}

/** The blocks that a file or a part of it is read from, or all names of a folder. */
async function* entityOf(
  { blocks, root, stat, signal }: CarRequest,
  span: ByteSpan | undefined,
): AsyncGenerator<VerifiedBlock> {
  const read: VerifiedBlock[] = []
  const noted: BlockReader = {
    async get(cid, options) {
      const block = await blocks.get(cid, options)
      read.push(block)
      return block
    },
  }
  const range = span && { start: span.from, end: span.to + 1 }
  const steps =
    stat.kind === 'file' ? fileLeaves(noted, root, { range, signal }) : listDirectory(noted, root, { signal })
  for await (const step of steps) {
    yield* read.splice(0)
    // A leaf that is a raw block was not looked at to find out that it is one.
    if ('length' in step && step.bytes === undefined) yield await blocks.get(step.cid, { signal })
  }
  yield* read
}
