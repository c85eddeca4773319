import { type Bencoded, type Dictionary, isDictionary } from '../wire/index.ts'
import type { ContentConfig } from './config.ts'
import type { FileEntry } from './content.ts'
import { attributesOf, markings, namesOfList, sizeOf } from './file-tree.ts'
import { invalidContent, quoted } from './names.ts'

/** What the BEP 3 part of an info dictionary says: padding files are left out of `files` but counted in `size`. */
export interface V1Layout {
  readonly files: FileEntry[]
  /** Length of the string that the pieces are cut from, in bytes. */
  readonly size: number
}

/** The one file of a `length` torrent (BEP 3). Throws `content.invalid`. */
export function singleV1File(
  info: Dictionary,
  name: string,
  pieceLength: number,
  limits: ContentConfig,
): V1Layout {
  const layout = new V1Walk(pieceLength, limits)
  layout.file(info, [name])
  if (layout.files.length !== 1) throw invalidContent('The only file is padding.')
  return layout
}

/**
 * The files of a `files` list (BEP 3, BEP 47). `utf8Keys` prefers `path.utf-8`, which v1 torrents in other encodings have.
 * Throws `content.invalid`.
 */
export function filesOfList(
  list: Bencoded | undefined,
  pieceLength: number,
  limits: ContentConfig,
  utf8Keys: boolean,
): V1Layout {
  if (!Array.isArray(list)) throw invalidContent('The list of files is missing.')
  if (list.length > limits.maxFiles) throw invalidContent(`It has more than ${limits.maxFiles} files.`)
  const layout = new V1Walk(pieceLength, limits)
  for (const file of list) {
    if (!isDictionary(file)) throw invalidContent('The list of files has an entry that is no dictionary.')
    const path = (utf8Keys ? file.get('path.utf-8') : undefined) ?? file.get('path')
    // BEP 47: padding files may come without a path.
    const names = path === undefined && attributesOf(file).padding ? ['.pad'] : namesOfList(path, limits)
    layout.file(file, names)
  }
  refuseClashes(layout.files)
  return layout
}

class V1Walk implements V1Layout {
  readonly files: FileEntry[] = []
  size = 0
  readonly #pieceLength: number
  readonly #limits: ContentConfig

  constructor(pieceLength: number, limits: ContentConfig) {
    this.#pieceLength = pieceLength
    this.#limits = limits
  }

  file(file: Dictionary, path: readonly string[]): void {
    const name = path[path.length - 1]!
    const attributes = attributesOf(file)
    const symlink = attributes.link ? namesOfList(file.get('symlink path'), this.#limits) : undefined
    const size = attributes.link ? 0 : sizeOf(file.get('length'), name)
    const offset = this.size
    this.size += size
    if (this.size > Number.MAX_SAFE_INTEGER) throw invalidContent('The files together are too large.')
    // BitComet marked its padding by name, years before BEP 47.
    if (attributes.padding || name.startsWith('_____padding_file_')) return
    const first = Math.floor(offset / this.#pieceLength)
    this.files.push({
      index: this.files.length,
      path,
      size,
      ...markings(attributes, symlink),
      firstPiece: first,
      pieceCount: size === 0 ? 0 : Math.floor((offset + size - 1) / this.#pieceLength) - first + 1,
      v1Offset: offset,
    })
  }
}

/** What is in a folder: other folders, and files. */
type Folder = Map<string, Folder | 'file'>

/** A list, unlike a tree, can name one path twice, or a file as the folder of another. */
function refuseClashes(files: readonly FileEntry[]): void {
  const root: Folder = new Map()
  let folder = root
  let before: readonly string[] = []
  for (const { path } of files) {
    // Files of one folder mostly follow one another.
    if (!isBeside(path, before)) folder = enterFolders(root, path)
    before = path
    const name = path[path.length - 1]!
    if (folder.has(name)) throw clash(path.join('/'))
    folder.set(name, 'file')
  }
}

function isBeside(a: readonly string[], b: readonly string[]): boolean {
  if (a.length !== b.length) return false
  for (let depth = a.length - 2; depth >= 0; depth--) if (a[depth] !== b[depth]) return false
  return true
}

/** The folder that holds the last name of a path. */
function enterFolders(root: Folder, path: readonly string[]): Folder {
  let folder = root
  for (let depth = 0; depth < path.length - 1; depth++) {
    const known = folder.get(path[depth]!)
    if (known === 'file') throw clash(path.slice(0, depth + 1).join('/'))
    const next: Folder = known ?? new Map()
    if (known === undefined) folder.set(path[depth]!, next)
    folder = next
  }
  return folder
}

function clash(path: string): Error {
  return invalidContent(`The path ${quoted(path)} is listed twice.`)
}
