import { equalBytes } from '../base/index.ts'
import { hashLength } from '../content/index.ts'

/** SHA-256 of the leaves of a file, 32 bytes each, where they are known. */
export type LeavesOf = (file: number) => Uint8Array | undefined

/** What hashing has found of one file. */
export interface FileHash {
  readonly root: Uint8Array
  /** Of a file of more than one piece. */
  readonly layer?: Uint8Array | undefined
  /** Of each v1 piece. */
  readonly sha1?: Uint8Array | undefined
  /** Of each leaf. */
  readonly blocks?: Uint8Array | undefined
}

/** Hashes of the files of a share, side by side: of 390,000 files they are 12 MB, and 200 MB where each has objects of its own. */
export class HashedFiles {
  readonly layers: Map<number, Uint8Array> = new Map()
  readonly sha1s: Map<number, Uint8Array> = new Map()
  readonly #roots: Uint8Array
  /** 1: its only leaf has its root as hash, as small files have. */
  readonly #isLeaf: Uint8Array
  readonly #blocks = new Map<number, Uint8Array>()

  constructor(files: number) {
    this.#roots = new Uint8Array(files * hashLength)
    this.#isLeaf = new Uint8Array(files)
  }

  set(file: number, { root, layer, sha1, blocks }: FileHash): void {
    this.#roots.set(root, file * hashLength)
    if (layer !== undefined) this.layers.set(file, layer)
    if (sha1 !== undefined) this.sha1s.set(file, sha1)
    if (blocks === undefined) return
    if (equalBytes(blocks, root)) this.#isLeaf[file] = 1
    else this.#blocks.set(file, blocks)
  }

  /** Of a file that was hashed. */
  root(file: number): Uint8Array {
    return this.#roots.subarray(file * hashLength, (file + 1) * hashLength)
  }

  /** Undefined for files that were not hashed for leaves, such as empty ones. */
  readonly leaves: LeavesOf = file => (this.#isLeaf[file] === 1 ? this.root(file) : this.#blocks.get(file))
}
