import { equalBytes, type HashFunction, sha256 } from '../base/index.ts'
import type { HashFields } from '../wire/index.ts'
import { hashLength, layer, padHash, pairHash, treeHeight } from './merkle.ts'

/** One node of a tree: `level` layers above the leaves, `index`-th of its layer. */
export interface TreeNode {
  readonly level: number
  readonly index: number
  readonly hash: Uint8Array
}

/** The two parts of the hashes in a `hashes` message. */
export interface HashesParts {
  /** `length` hashes of the base layer; places behind the end of the file hold padding. */
  readonly base: Uint8Array
  /** The sibling of each node on the way up, nearest first: "uncles". */
  readonly proof: Uint8Array
}

/** How many uncles a `hashes` message has: the first log2(length) - 1 proof layers need none (BEP 52, "peer messages"). */
export function uncleCount(length: number, proofLayers: number): number {
  return Math.max(0, proofLayers - Math.max(0, treeHeight(length) - 1))
}

/**
 * How many proof layers to ask for to get from the base layer to a known node `totalLayers` above the leaves. Uncles stand
 * in the layers below that node, the first in the layer above the base.
 */
export function proofLayersTo(totalLayers: number, baseLayer: number): number {
  return Math.max(0, totalLayers - baseLayer - 1)
}

/** The parts of a `hashes` message; undefined when it does not have as many hashes as its fields say. */
export function splitHashes(
  fields: Pick<HashFields, 'length' | 'proofLayers'>,
  hashes: Uint8Array,
): HashesParts | undefined {
  const split = fields.length * hashLength
  if (hashes.length !== split + uncleCount(fields.length, fields.proofLayers) * hashLength) return undefined
  return { base: hashes.subarray(0, split), proof: hashes.subarray(split) }
}

export interface HashesClaim {
  /** The known hash of the node `totalLayers` above the leaves: of the whole file, or of a part such as a piece. */
  readonly root: Uint8Array
  readonly totalLayers: number
  readonly baseLayer: number
  /** Place of the first hash in the base layer of the file. */
  readonly index: number
  /** Hashes of the base layer; when the layer ends early it may be fewer than a power of two. */
  readonly hashes: Uint8Array
  readonly proof: Uint8Array
}

/** Whether hashes with their proof lead to a known root. Never throws: whatever is out of shape is false. */
export function verifyHashes(claim: HashesClaim, hash: HashFunction = sha256): boolean {
  const known = (level: number): Uint8Array | undefined =>
    level === claim.totalLayers ? claim.root : undefined
  return provenNodes(claim, known, hash) !== undefined
}

/** What a proof has shown to be true: the layers above (and with) the base hashes, and the nodes on the way up. */
export interface ProvenNodes {
  /** From the base layer up to the one node above all of it. */
  readonly layers: readonly Uint8Array[]
  readonly path: readonly TreeNode[]
}

/**
 * Climbs from base hashes to the first node that `known` has and compares. Undefined when they differ or no known node is
 * reached; nothing of it may be believed then.
 */
export function provenNodes(
  claim: Pick<HashesClaim, 'baseLayer' | 'index' | 'hashes' | 'proof'>,
  known: (level: number, index: number) => Uint8Array | undefined,
  hash: HashFunction = sha256,
): ProvenNodes | undefined {
  const { hashes, proof, baseLayer } = claim
  if (hashes.length === 0 || hashes.length % hashLength !== 0 || proof.length % hashLength !== 0)
    return undefined
  const height = treeHeight(hashes.length / hashLength)
  if (claim.index % 2 ** height !== 0) return undefined
  const layers = [hashes]
  for (let up = 0; up < height; up++) layers.push(layer(layers[up]!, 1, hash, baseLayer + up))
  let level = baseLayer + height
  let index = claim.index / 2 ** height
  let node = layers[height]!
  const path: TreeNode[] = []
  for (let at = 0; ; at += hashLength) {
    const expected = known(level, index)
    if (expected !== undefined) return equalBytes(expected, node) ? { layers, path } : undefined
    if (at >= proof.length) return undefined
    const uncle = proof.subarray(at, at + hashLength)
    path.push({ level, index: siblingOf(index), hash: uncle })
    node = index % 2 === 1 ? pairHash(uncle, node, hash) : pairHash(node, uncle, hash)
    level++
    index = Math.floor(index / 2)
    path.push({ level, index, hash: node })
  }
}

/**
 * The hashes that answer a request (BEP 52): `length` of the base layer, padding included, then the uncles. Undefined when
 * `nodeAt` lacks one that is needed. `nodeAt` is asked for nodes that cover bytes of the file only; `width(level)` tells
 * how many of them a layer has.
 */
export function hashesFor(
  request: Omit<HashFields, 'root'>,
  width: (level: number) => number,
  nodeAt: (level: number, index: number) => Uint8Array | undefined,
): Uint8Array | undefined {
  const { baseLayer, index, length, proofLayers } = request
  const uncles = uncleCount(length, proofLayers)
  const out = new Uint8Array((length + uncles) * hashLength)
  const put = (place: number, level: number, node: number): boolean => {
    const hash = node < width(level) ? nodeAt(level, node) : padHash(level)
    if (hash !== undefined) out.set(hash, place * hashLength)
    return hash !== undefined
  }
  for (let i = 0; i < length; i++) if (!put(i, baseLayer, index + i)) return undefined
  const height = treeHeight(length)
  for (let i = 0; i < uncles; i++)
    if (!put(length + i, baseLayer + height + i, siblingOf(Math.floor(index / 2 ** (height + i)))))
      return undefined
  return out
}

/** Not `^ 1`: places in the leaf layer of a large file have more than 31 bits. */
function siblingOf(index: number): number {
  return index % 2 === 0 ? index + 1 : index - 1
}
