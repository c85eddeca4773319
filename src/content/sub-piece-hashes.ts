import type { FileHashes } from './file-hashes.ts'
import { hashLength } from './merkle.ts'
import type { ProvenNodes } from './proof.ts'

const maxSegmentRoots = 65_536
const maxLeafLists = 4_096

/**
 * Verified hashes below the piece layer, for pieces in progress: roots of segments (about 150 bytes each with their
 * place in the table), and leaves of segments under suspicion (2 KiB each). Bounded: the oldest make room, and can be
 * asked for again.
 */
export class SubPieceHashes {
  readonly #roots = new Map<number, Uint8Array>()
  readonly #leaves = new Map<number, Uint8Array>()

  /** Root of a segment; segments are counted from the start of the file. */
  segmentRoot(file: FileHashes, segment: number): Uint8Array | undefined {
    return this.#roots.get(keyOf(file, segment))
  }

  /** Hashes of the leaves of a segment, padding included. */
  leaves(file: FileHashes, segment: number): Uint8Array | undefined {
    return this.#leaves.get(keyOf(file, segment))
  }

  /** Keeps what a proof has shown of segment roots (when these stand below the pieces) and leaves. */
  keep(file: FileHashes, baseLayer: number, index: number, proven: ProvenNodes, segmentLevel: number): void {
    if (segmentLevel < file.pieceLevel) this.#keepRoots(file, baseLayer, index, proven, segmentLevel)
    // Segments of one leaf need no list: their root is the leaf.
    if (baseLayer === 0 && segmentLevel > 0) this.#keepLeaves(file, index, proven.layers[0]!, segmentLevel)
  }

  /** Drops `count` segments of a file from `first` on. */
  forget(file: FileHashes, first: number, count: number): void {
    for (let segment = first; segment < first + count; segment++) {
      this.#roots.delete(keyOf(file, segment))
      this.#leaves.delete(keyOf(file, segment))
    }
  }

  #keepRoots(file: FileHashes, base: number, index: number, proven: ProvenNodes, level: number): void {
    const roots = proven.layers[level - base]
    const first = index / 2 ** (level - base)
    for (let i = 0; roots !== undefined && i * hashLength < roots.length; i++)
      this.#keepRoot(file, first + i, level, roots.slice(i * hashLength, (i + 1) * hashLength))
    for (const node of proven.path)
      if (node.level === level) this.#keepRoot(file, node.index, level, node.hash.slice())
  }

  #keepRoot(file: FileHashes, segment: number, level: number, hash: Uint8Array): void {
    if (segment < file.width(level)) put(this.#roots, keyOf(file, segment), hash, maxSegmentRoots)
  }

  #keepLeaves(file: FileHashes, index: number, leaves: Uint8Array, segmentLevel: number): void {
    const count = 2 ** Math.min(segmentLevel, file.height)
    if (leaves.length < count * hashLength) return
    for (let at = 0; at * hashLength < leaves.length; at += count) {
      if (index + at >= file.width(0)) return
      const own = leaves.slice(at * hashLength, (at + count) * hashLength)
      put(this.#leaves, keyOf(file, (index + at) / count), own, maxLeafLists)
    }
  }
}

/** Files have fewer than 2^32 segments of 1 MiB below 2^53 bytes. */
function keyOf(file: FileHashes, segment: number): number {
  return file.id * 2 ** 32 + segment
}

function put(map: Map<number, Uint8Array>, key: number, value: Uint8Array, bound: number): void {
  map.delete(key)
  map.set(key, value)
  if (map.size <= bound) return
  for (const oldest of map.keys()) {
    map.delete(oldest)
    return
  }
}
