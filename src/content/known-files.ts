import type { Content, FileEntry } from './content.ts'
import { FileHashes } from './file-hashes.ts'
import { rootKey } from './root-key.ts'

/** Files of equal bytes and what is known of their hashes. */
export interface EqualFiles {
  readonly hashes: FileHashes
  /** Not all of them where there are very many. */
  readonly files: readonly FileEntry[]
}

// A hostile content may give one root to all its files; nobody shall make us try them all at each message.
const maxSizesPerRoot = 4
const maxEqualFiles = 64

/**
 * Hash trees of a content's files. Equal files share one: equal means the same root and the same size, for a root alone
 * may be that of a file of 64 bytes, namely two hashes, and of the larger file whose hashes these are.
 */
export class KnownFiles {
  readonly #byFile = new Map<number, FileHashes>()
  readonly #byContents = new Map<string, FileHashes>()
  #byRoot: Map<string, FileEntry[][]> | undefined

  of(file: FileEntry, content: Content): FileHashes {
    const known = this.#byFile.get(file.index)
    if (known !== undefined) return known
    const name = `${rootKey(file.piecesRoot!)}${file.size}`
    const hashes =
      this.#byContents.get(name) ??
      new FileHashes(this.#byContents.size, file.piecesRoot!, file.size, content.pieceLength)
    this.#byContents.set(name, hashes)
    this.#byFile.set(file.index, hashes)
    return hashes
  }

  /** The index of roots is made when somebody first asks: most content is never asked about. */
  withRoot(root: Uint8Array, content: Content): EqualFiles[] {
    this.#byRoot ??= indexOf(content)
    const groups = this.#byRoot.get(rootKey(root)) ?? []
    return groups.map(files => ({ hashes: this.of(files[0]!, content), files }))
  }
}

/** Groups of equal files, by root. */
function indexOf(content: Content): Map<string, FileEntry[][]> {
  const index = new Map<string, FileEntry[][]>()
  for (const file of content.files) {
    if (file.piecesRoot === undefined) continue
    const name = rootKey(file.piecesRoot)
    const groups = index.get(name)
    const group = groups?.find(equal => equal[0]!.size === file.size)
    if (groups === undefined) index.set(name, [[file]])
    else if (group === undefined && groups.length < maxSizesPerRoot) groups.push([file])
    else if (group !== undefined && group.length < maxEqualFiles) group.push(file)
  }
  return index
}
