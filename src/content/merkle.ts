import { type HashFunction, sha256 } from '../base/index.ts'

/** Bytes of a file that one leaf of its hash tree covers (BEP 52); the last leaf of a file may cover fewer. */
export const leafLength = 16_384

/** Bytes of one hash. Lists of hashes are flat: `hashLength` bytes each, one after another. */
export const hashLength = 32

/** How many leaves a file of `size` bytes has. */
export function leafCount(size: number): number {
  return Math.ceil(size / leafLength)
}

/** How many layers stand above `count` nodes in a balanced tree: the least h with 2^h >= count. */
export function treeHeight(count: number): number {
  let height = 0
  for (let width = 1; width < count; width *= 2) height++
  return height
}

/** The layer above the leaves in which one hash covers `length` bytes, a power of two. */
export function levelOf(length: number): number {
  return treeHeight(length / leafLength)
}

const pads: Uint8Array[] = [new Uint8Array(hashLength)]

/**
 * The hash of a subtree `level` layers high that lies wholly behind the end of a file: its leaves are zero (BEP 52,
 * "pieces root"). The result is shared: do not change it.
 */
export function padHash(level: number): Uint8Array {
  while (pads.length <= level) pads.push(pairHash(pads[pads.length - 1]!, pads[pads.length - 1]!, sha256))
  return pads[level]!
}

/** The hash above two nodes. */
export function pairHash(left: Uint8Array, right: Uint8Array, hash: HashFunction = sha256): Uint8Array {
  const pair = new Uint8Array(2 * hashLength)
  pair.set(left)
  pair.set(right, hashLength)
  return hash(pair)
}

/**
 * The layer `levels` above `hashes`, which stand `level` layers above the leaves and reach the end of the file (or of an
 * aligned part of it). Hashes that cover nothing but padding are left out, as in `piece layers`: there are
 * ceil(count / 2^levels).
 */
export function layer(
  hashes: Uint8Array,
  levels: number,
  hash: HashFunction = sha256,
  level = 0,
): Uint8Array {
  if (hashes.length === 0 || hashes.length % hashLength !== 0) throw new TypeError('not a list of hashes')
  let current = hashes
  for (let above = 0; above < levels; above++) current = parents(current, level + above, hash)
  return current
}

function parents(hashes: Uint8Array, level: number, hash: HashFunction): Uint8Array {
  const pairs = Math.floor(hashes.length / (2 * hashLength))
  const odd = hashes.length % (2 * hashLength) !== 0
  const out = new Uint8Array((pairs + (odd ? 1 : 0)) * hashLength)
  for (let i = 0; i < pairs; i++)
    out.set(hash(hashes.subarray(i * 2 * hashLength, (i + 1) * 2 * hashLength)), i * hashLength)
  if (odd) out.set(pairHash(hashes.subarray(-hashLength), padHash(level), hash), pairs * hashLength)
  return out
}

/**
 * The root of a tree over `hashes`, which stand `level` layers above the leaves, filled up with padding to 2^`height` of
 * them. Without `height` the smallest tree that holds them, as for a whole file.
 */
export function merkleRoot(
  hashes: Uint8Array,
  height: number = treeHeight(hashes.length / hashLength),
  hash: HashFunction = sha256,
  level = 0,
): Uint8Array {
  if (hashes.length > 2 ** height * hashLength) throw new TypeError('more hashes than the tree has leaves')
  return layer(hashes, height, hash, level)
}

/**
 * How many leaves, padding counted, the subtree of each segment (or piece) of `length` bytes has in a file of `fileSize`
 * bytes: those of the file's whole tree when the file is shorter, for then its root takes the place of the segment's.
 */
export function segmentLeaves(fileSize: number, length: number): number {
  return Math.min(2 ** levelOf(length), 2 ** treeHeight(leafCount(fileSize)))
}

/**
 * The root of one segment (or piece) from the hashes of its leaves; `leaves` (see `segmentLeaves`) says how many there
 * are with padding, so that the short last one of a file comes out right.
 */
export function rootOfSegment(
  leafHashes: Uint8Array,
  leaves: number,
  hash: HashFunction = sha256,
): Uint8Array {
  return merkleRoot(leafHashes, treeHeight(leaves), hash)
}

/** Which of two equally long lists of hashes' places differ: the leaves that lied. */
export function differingHashes(a: Uint8Array, b: Uint8Array): number[] {
  const out: number[] = []
  const count = Math.max(a.length, b.length) / hashLength
  for (let i = 0; i < count; i++) if (!equalHashAt(a, b, i * hashLength)) out.push(i)
  return out
}

function equalHashAt(a: Uint8Array, b: Uint8Array, at: number): boolean {
  for (let i = at; i < at + hashLength; i++) if (a[i] !== b[i]) return false
  return true
}
