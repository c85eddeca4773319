import { equalBytes, type HashFunction } from '../base/index.ts'
import { hashLength, layer, leafCount, levelOf, padHash, pairHash, treeHeight } from './merkle.ts'
import type { ProvenNodes } from './proof.ts'

/** What is known of the hash tree of one file from its pieces upwards. All of it is verified. */
export class FileHashes {
  /** Tells it from the other files of its content. */
  readonly id: number
  readonly root: Uint8Array
  /** In bytes. */
  readonly size: number
  /** Layers above the leaves: the root stands in layer `height`. */
  readonly height: number
  /** The layer in which a hash covers a piece; that of the root for files of one piece, whose tree is lower (BEP 52). */
  readonly pieceLevel: number
  readonly pieceCount: number
  /** From the piece layer up to the one below the root; all zero stands for an unknown node. */
  readonly #layers: Uint8Array[] = []
  #knownPieces = 0

  constructor(id: number, root: Uint8Array, size: number, pieceLength: number) {
    this.id = id
    this.root = root
    this.size = size
    this.height = treeHeight(leafCount(size))
    this.pieceLevel = Math.min(this.height, levelOf(pieceLength))
    this.pieceCount = Math.ceil(size / pieceLength)
  }

  /** Whether all piece hashes are known. */
  get isComplete(): boolean {
    return this.pieceCount === 1 || this.#knownPieces === this.pieceCount
  }

  /** How many nodes of a layer cover bytes of the file; the others are padding. */
  width(level: number): number {
    return Math.ceil(leafCount(this.size) / 2 ** level)
  }

  /** The hash of a node in or above the piece layer, if known. */
  node(level: number, index: number): Uint8Array | undefined {
    if (level === this.height) return index === 0 ? this.root : undefined
    if (level < this.pieceLevel || level > this.height || index < 0) return undefined
    if (index >= this.width(level)) return padHash(level)
    const nodes = this.#layers[level - this.pieceLevel]
    if (nodes === undefined || isUnknown(nodes, index)) return undefined
    return nodes.subarray(index * hashLength, (index + 1) * hashLength)
  }

  pieceHash(piece: number): Uint8Array | undefined {
    return this.node(this.pieceLevel, piece)
  }

  /** The hashes of all pieces; undefined while some are unknown and for a file of one piece, which has no such layer. */
  pieceLayer(): Uint8Array | undefined {
    return this.pieceCount > 1 && this.isComplete ? this.#layers[0] : undefined
  }

  /** Takes a piece layer when it leads to the root; all layers above are kept. False when it does not. */
  setPieceLayer(hashes: Uint8Array, hash: HashFunction): boolean {
    if (this.pieceCount === 1 || hashes.length !== this.pieceCount * hashLength) return false
    const layers = [hashes]
    for (let level = this.pieceLevel; level < this.height; level++)
      layers.push(layer(layers[layers.length - 1]!, 1, hash, level))
    if (!equalBytes(layers.pop()!, this.root)) return false
    this.#replace(layers)
    return true
  }

  /** Takes a piece layer that somebody else verified; layers above are computed when they are asked for. */
  trustPieceLayer(hashes: Uint8Array): void {
    if (this.pieceCount === 1 || hashes.length !== this.pieceCount * hashLength)
      throw new TypeError('not the piece layer of this file')
    this.#replace([hashes])
  }

  /** Keeps what a proof has shown in and above the piece layer. `baseLayer` and `index` are those of the claim. */
  keep(baseLayer: number, index: number, proven: ProvenNodes): void {
    for (const [up, nodes] of proven.layers.entries())
      for (let i = 0; i * hashLength < nodes.length; i++)
        this.#put(baseLayer + up, index / 2 ** up + i, nodes.subarray(i * hashLength, (i + 1) * hashLength))
    for (const node of proven.path) this.#put(node.level, node.index, node.hash)
  }

  /**
   * Computes nodes above a complete piece layer that are unknown, at most `maxHashes` of them. True when none is left.
   * About 1.5 microseconds each: callers with a large file spread it over several turns.
   */
  fillAbove(maxHashes: number, hash: HashFunction): boolean {
    if (!this.isComplete) return false
    let left = maxHashes
    for (let level = this.pieceLevel + 1; level < this.height; level++) {
      const below = this.#layers[level - 1 - this.pieceLevel]!
      const nodes = this.#layer(level)
      const belowWidth = this.width(level - 1)
      for (let i = 0; i * hashLength < nodes.length; i++) {
        if (!isUnknown(nodes, i)) continue
        if (left-- <= 0) return false
        const first = below.subarray(2 * i * hashLength, (2 * i + 1) * hashLength)
        const second = below.subarray((2 * i + 1) * hashLength, (2 * i + 2) * hashLength)
        nodes.set(pairHash(first, 2 * i + 1 < belowWidth ? second : padHash(level - 1), hash), i * hashLength)
      }
    }
    return true
  }

  #replace(layers: readonly Uint8Array[]): void {
    this.#layers.splice(0, this.#layers.length, ...layers)
    this.#knownPieces = this.pieceCount
  }

  #put(level: number, index: number, hash: Uint8Array): void {
    if (level < this.pieceLevel || level >= this.height || index >= this.width(level)) return
    const nodes = this.#layer(level)
    if (!isUnknown(nodes, index)) return
    nodes.set(hash, index * hashLength)
    if (level === this.pieceLevel) this.#knownPieces++
  }

  #layer(level: number): Uint8Array {
    const at = level - this.pieceLevel
    for (let i = this.#layers.length; i <= at; i++)
      this.#layers.push(new Uint8Array(this.width(this.pieceLevel + i) * hashLength))
    return this.#layers[at]!
  }
}

/** No node is all zero: that would take a preimage of SHA-256. Leaves may be, but are not kept here unless of files. */
function isUnknown(nodes: Uint8Array, index: number): boolean {
  const end = (index + 1) * hashLength
  for (let at = index * hashLength; at < end; at++) if (nodes[at] !== 0) return false
  return true
}
