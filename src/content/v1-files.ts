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

/** A list, unlike a tree, can name one path twice, or a file as the folder of another. */
function refuseClashes(files: readonly FileEntry[]): void {
  const folders = new Set<string>()
  const names = new Set<string>()
  for (const { path } of files) {
    const depth = path.length - 1
    const folder = depth === 0 ? '' : path.slice(0, depth).join('/')
    // What holds for a folder that was seen before holds for all above it.
    if (depth > 0 && !folders.has(folder)) enterFolders(path, folders, names)
    const full = depth === 0 ? path[0]! : `${folder}/${path[depth]!}`
    if (names.has(full) || folders.has(full)) throw clash(full)
    names.add(full)
  }
}

function enterFolders(path: readonly string[], folders: Set<string>, names: ReadonlySet<string>): void {
  for (let depth = 1; depth < path.length; depth++) {
    const folder = path.slice(0, depth).join('/')
    if (names.has(folder)) throw clash(folder)
    folders.add(folder)
  }
}

function clash(path: string): Error {
  return invalidContent(`The path ${quoted(path)} is listed twice.`)
}
