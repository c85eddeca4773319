import type { CID } from 'multiformats/cid'
import { codecs } from '../cid.ts'
import type { BlockReader } from '../verified-block.ts'
import { invalidDag, tooMuchDag } from './faults.ts'
import { type DagOptions, getBlock } from './get-block.ts'
import { dagLimits } from './limits.ts'
import { readNode, type UnixFsNode } from './node.ts'

/** Bytes of a file from `start` up to, and not including, `end`. */
export interface ByteRange {
  readonly start: number
  readonly end: number
}

/** A stretch of a file that one block has. */
export interface FileLeaf {
  readonly cid: CID
  /** Where it stands in the file, and how many bytes it has. */
  readonly offset: number
  readonly length: number
  /** The bytes, where the block had to be fetched to know that it is a leaf. The others are raw blocks: all of their bytes. */
  readonly bytes?: Uint8Array
}

interface Pending {
  readonly cid: CID
  readonly offset: number
  /** What its parent says; undefined for the root. */
  readonly size: number | undefined
  readonly depth: number
}

/**
 * The leaves of a file that have bytes of a range (all when left out), in their order. Only inner nodes are fetched, and leaves that are no raw
 * blocks. A part without bytes is not looked at, so that a file costs no more than it has bytes.
 *
 * @throws PeerageError `dag.invalid` (also for sizes that lie, and what is no file), `dag.limit`, and what `blocks` rejects with
 */
export async function* fileLeaves(
  blocks: BlockReader,
  root: CID,
  { range, ...options }: DagOptions & { readonly range?: ByteRange | undefined } = {},
): AsyncGenerator<FileLeaf> {
  const isWanted = (offset: number, length: number): boolean =>
    length > 0 && (range === undefined || (offset < range.end && offset + length > range.start))
  const stack: Pending[] = [{ cid: root, offset: 0, size: undefined, depth: 0 }]
  for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
    const { cid, offset, size, depth } = next
    if (cid.code === codecs.raw && size !== undefined) {
      yield { cid, offset, length: size }
      continue
    }
    if (depth >= dagLimits.fileDepth) throw tooMuchDag(root, 'fileDepth', 'the tree of a file is too deep')
    const node = readFile(cid, readNode(await getBlock(blocks, cid, options)), size)
    if (isWanted(offset, node.bytes.length))
      yield { cid, offset, length: node.bytes.length, bytes: node.bytes }
    for (const part of node.parts.toReversed()) {
      const at = offset + part.start
      if (isWanted(at, part.size))
        stack.push({ cid: part.cid, offset: at, size: part.size, depth: depth + 1 })
    }
    if (stack.length > dagLimits.fileLinks)
      throw tooMuchDag(root, 'fileLinks', 'the tree of a file is deep and wide')
  }
}

function readFile(
  cid: CID,
  node: UnixFsNode,
  size: number | undefined,
): UnixFsNode & { readonly kind: 'file' } {
  if (node.kind !== 'file') throw invalidDag(cid, `it is no file, but a ${node.kind}`)
  if (size !== undefined && node.size !== size)
    throw invalidDag(cid, `it has ${node.size} bytes of the file where ${size} should be`)
  return node
}

/**
 * The bytes of a range of a file (all when left out), in their order. Up to `ahead` blocks are asked for before they are needed; what is
 * broken off asks for no more.
 *
 * @throws PeerageError see `fileLeaves`
 */
export async function* readFileBytes(
  blocks: BlockReader,
  root: CID,
  options: DagOptions & { readonly range?: ByteRange | undefined; readonly ahead?: number } = {},
): AsyncGenerator<Uint8Array> {
  const { range, ahead = 0 } = options
  const under: Promise<Uint8Array>[] = []
  for await (const leaf of fileLeaves(blocks, root, options)) {
    const bytes = leafBytes(blocks, leaf, options)
    // Whoever waits for it hears of it; until then nobody does.
    bytes.catch(() => undefined)
    under.push(bytes.then(all => clip(all, leaf.offset, range)))
    under.at(-1)!.catch(() => undefined)
    if (under.length > ahead) yield await under.shift()!
  }
  for (const bytes of under) yield await bytes
}

async function leafBytes(blocks: BlockReader, leaf: FileLeaf, options: DagOptions): Promise<Uint8Array> {
  const bytes = leaf.bytes ?? (await getBlock(blocks, leaf.cid, options)).bytes
  if (bytes.length !== leaf.length)
    throw invalidDag(leaf.cid, `it has ${bytes.length} bytes where ${leaf.length} should be`)
  return bytes
}

function clip(bytes: Uint8Array, offset: number, range: ByteRange | undefined): Uint8Array {
  if (range === undefined) return bytes
  return bytes.subarray(Math.max(0, range.start - offset), Math.max(0, range.end - offset))
}
