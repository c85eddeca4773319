import { equalBytes } from '../../base/index.ts'
import { type FileEntry, hashLength } from '../../content/index.ts'

/** BEP 52: a file of at most one block has that block's SHA-256 as its pieces root. So has its only leaf of UnixFS, when that is raw. */
const oneBlockBytes = 16_384
const sha256Code = 0x12
/** Where 48 bits begin, so that SQLite needs no more than six bytes for them. */
const half = 2 ** 47
/** Files looked at before one counts as not there: more are chained only where somebody made it so. */
const mostTries = 64

/** The only leaf of the file has its pieces root as hash, so that nothing more has to be written down of it. */
export function isWholeLeaf({ size, piecesRoot }: FileEntry, digest: Uint8Array): boolean {
  return size > 0 && size <= oneBlockBytes && piecesRoot !== undefined && equalBytes(piecesRoot, digest)
}

/** The same where the file is not known to BEP 52 yet: by its length. */
export function willBeWholeLeaf(size: number, multihash: Uint8Array): boolean {
  return size > 0 && size <= oneBlockBytes && startOf(multihash) !== null
}

/** The first 48 bits of SHA-256, by which files are found; null for multihashes of other functions. */
export function startOf(multihash: Uint8Array): number | null {
  if (multihash[0] !== sha256Code || multihash.length !== 2 + hashLength) return null
  let start = 0
  for (let i = 2; i < 8; i++) start = start * 256 + multihash[i]!
  return start - half
}

/** Finds files by name and pieces root. */
export class FileFinder {
  readonly files: readonly FileEntry[]
  /** Place in `files`, from 1; a file stands at its key or behind. */
  readonly #slots: Uint32Array

  constructor(files: readonly FileEntry[]) {
    this.files = files
    this.#slots = new Uint32Array(2 ** Math.ceil(Math.log2(2 * files.length + 2)))
  }

  /** One of `files` that has a pieces root. Of those that are equal the first one counts. */
  add({ index, path, piecesRoot }: FileEntry): void {
    const { slot, file } = this.#look(path.at(-1)!, piecesRoot!)
    if (slot !== undefined && file === undefined) this.#slots[slot] = index + 1
  }

  /** Place in `files`. */
  find(name: string, digest: Uint8Array): number | undefined {
    return this.#look(name, digest).file
  }

  #look(name: string, digest: Uint8Array): { slot?: number; file?: number } {
    const mask = this.#slots.length - 1
    const key = keyOf(name, digest)
    for (let tries = 0; tries < mostTries; tries++) {
      const slot = (key + tries) & mask
      const file = this.#slots[slot]! - 1
      if (file < 0) return { slot }
      const { path, piecesRoot } = this.files[file]!
      if (path.at(-1) === name && equalBytes(piecesRoot!, digest)) return { slot, file }
    }
    return {}
  }
}

/** FNV-1a over the name, and bits of the hash. */
function keyOf(name: string, digest: Uint8Array): number {
  let key = 0x811c9dc5
  for (let i = 0; i < name.length; i++) key = Math.imul(key ^ name.charCodeAt(i), 0x01000193)
  return (key ^ (digest[8]! | (digest[9]! << 8) | (digest[10]! << 16) | (digest[11]! << 24))) >>> 0
}
