import { equalBytes } from '../../base/index.ts'
import { type FileEntry, hashLength } from '../../content/index.ts'
import type { WholeFile } from './whole-file-row.ts'

/** BEP 52: a file of at most one block has that block's SHA-256 as its pieces root. So has its only leaf of UnixFS, when that is raw. */
export const oneBlockBytes = 16_384
const sha256Code = 0x12
/** How many starts there are: the first 48 bits of a hash. */
const starts = 2 ** 48
/** Files that are put in order and written at once. */
const filesAtOnce = 4096
/** Files looked at before one counts as not there: more are chained only where somebody made it so. */
const mostTries = 64

/** The only leaf of the file has its pieces root as hash, so that nothing more has to be written down of it. */
export function isWholeLeaf({ size, piecesRoot }: FileEntry, digest: Uint8Array): boolean {
  return size > 0 && size <= oneBlockBytes && piecesRoot !== undefined && equalBytes(piecesRoot, digest)
}

/** The same where the file is not known to BEP 52 yet: by its length. */
export function willBeWholeLeaf(size: number, multihash: Uint8Array): boolean {
  return size > 0 && size <= oneBlockBytes && startOf(multihash) !== undefined
}

/** The first 48 bits of SHA-256, by which files are found; undefined for multihashes of other functions. */
export function startOf(multihash: Uint8Array): number | undefined {
  const isSha256 = multihash[0] === sha256Code && multihash.length === 2 + hashLength
  return isSha256 ? numberAt(multihash, 2) : undefined
}

/** Six bytes. */
function numberAt(bytes: Uint8Array, at: number): number {
  let number = 0
  for (let i = at; i < at + 6; i++) number = number * 256 + bytes[i]!
  return number
}

/** Steps that write down all files of a content that are one leaf: in order, so that what lies together is written together. */
export function* putWholeFiles(
  dag: number,
  files: readonly FileEntry[],
  put: (files: readonly WholeFile[]) => void,
): Generator<void, void> {
  const parts = Array.from({ length: Math.ceil(files.length / filesAtOnce) }, (): WholeFile[] => [])
  for (const entry of files) {
    const { index: file, size: length, piecesRoot } = entry
    if (file % filesAtOnce === 0) yield
    if (piecesRoot === undefined || !isWholeLeaf(entry, piecesRoot)) continue
    const start = numberAt(piecesRoot, 0)
    parts[Math.floor((start / starts) * parts.length)]!.push({ start, dag, file, length })
  }
  for (const part of parts) {
    put(part.toSorted((a, b) => a.start - b.start))
    yield
  }
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
