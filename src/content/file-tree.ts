import { type Bencoded, type Dictionary, isDictionary } from '../wire/index.ts'
import type { ContentConfig } from './config.ts'
import type { FileEntry } from './content.ts'
import { invalidContent, nameOfBytes, nameOfKey, quoted } from './names.ts'

/** Attributes of BEP 47 that matter here; unknown ones are ignored as it asks. */
export interface Attributes {
  readonly link: boolean
  readonly executable: boolean
  readonly hidden: boolean
  readonly padding: boolean
}

const noAttributes: Attributes = { link: false, executable: false, hidden: false, padding: false }

export function attributesOf(file: Dictionary): Attributes {
  const attr = file.get('attr')
  if (attr === undefined) return noAttributes
  if (!(attr instanceof Uint8Array)) throw invalidContent('The attributes of a file are not text.')
  const has = (letter: string): boolean => attr.includes(letter.charCodeAt(0))
  return { link: has('l'), executable: has('x'), hidden: has('h'), padding: has('p') }
}

/** The size of a file. Throws `content.invalid` unless it is an integer from 0 to 2^53 - 1. */
export function sizeOf(length: Bencoded | undefined, name: string): number {
  if (typeof length !== 'number' || length < 0)
    throw invalidContent(`The size of ${quoted(name)} is missing or out of range.`)
  return length
}

/** The names of a `path` or `symlink path` list. Throws `content.invalid`. */
export function namesOfList(list: Bencoded | undefined, limits: ContentConfig): string[] {
  if (!Array.isArray(list) || list.length === 0) throw invalidContent('A path is missing or empty.')
  if (list.length > limits.maxPathDepth) throw tooDeep(limits)
  return list.map(part => {
    if (!(part instanceof Uint8Array)) throw invalidContent('A path has a part that is no name.')
    return nameOfBytes(part, limits.maxNameBytes)
  })
}

function tooDeep(limits: ContentConfig): Error {
  return invalidContent(`A path has more than ${limits.maxPathDepth} names.`)
}

/** Optional members of an entry, those that apply only. */
export function markings(
  attributes: Attributes,
  symlink: readonly string[] | undefined,
): Pick<FileEntry, 'executable' | 'hidden' | 'symlink'> {
  if (attributes === noAttributes) return {}
  const { executable, hidden } = attributes
  return {
    ...(executable || symlink !== undefined ? { executable } : {}),
    ...(hidden ? { hidden } : {}),
    ...(symlink === undefined ? {} : { symlink }),
  }
}

/**
 * The files of a BEP 52 `file tree` in its order, with their places in the piece space. Folders without files say
 * nothing about bytes and are passed over. Throws `content.invalid`.
 */
export function filesOfTree(tree: Dictionary, pieceLength: number, limits: ContentConfig): FileEntry[] {
  const walk = new TreeWalk(pieceLength, limits)
  walk.folder(tree, [])
  return walk.files
}

class TreeWalk {
  readonly files: FileEntry[] = []
  readonly #pieceLength: number
  readonly #limits: ContentConfig
  #piece = 0

  constructor(pieceLength: number, limits: ContentConfig) {
    this.#pieceLength = pieceLength
    this.#limits = limits
  }

  folder(folder: Dictionary, path: readonly string[]): void {
    if (path.length >= this.#limits.maxPathDepth && folder.size > 0) throw tooDeep(this.#limits)
    for (const [key, node] of folder) {
      if (!isDictionary(node)) throw invalidContent('The file tree has an entry that is no dictionary.')
      if (key === '') {
        // BEP 52 lets properties stand on folders too, but a file has no siblings and the root is none.
        if (isFile(node)) throw invalidContent('The file tree has something that is both file and folder.')
        continue
      }
      const here = [...path, nameOfKey(key, this.#limits.maxNameBytes)]
      const properties = node.get('')
      if (node.size === 1 && isDictionary(properties) && isFile(properties)) this.#file(properties, here)
      else this.folder(node, here)
    }
  }

  #file(file: Dictionary, path: readonly string[]): void {
    const { files } = this
    if (files.length >= this.#limits.maxFiles)
      throw invalidContent(`It has more than ${this.#limits.maxFiles} files.`)
    const name = path[path.length - 1]!
    const attributes = attributesOf(file)
    if (attributes.padding) throw invalidContent('The file tree contains a padding file.')
    const symlink = attributes.link ? namesOfList(file.get('symlink path'), this.#limits) : undefined
    const size = attributes.link ? 0 : sizeOf(file.get('length'), name)
    const root = attributes.link ? undefined : piecesRootOf(file, size, name)
    const pieceCount = Math.ceil(size / this.#pieceLength)
    if (this.#piece + pieceCount > this.#limits.maxPieces)
      throw invalidContent(`It has more than ${this.#limits.maxPieces} pieces.`)
    const index = files.length
    const firstPiece = this.#piece
    const v1Offset = firstPiece * this.#pieceLength
    // Spreading costs as much as all the rest; most files have a root and no attributes.
    if (root !== undefined && attributes === noAttributes)
      files.push({ index, path, size, piecesRoot: root, firstPiece, pieceCount, v1Offset })
    else
      files.push({
        index,
        path,
        size,
        ...(root === undefined ? {} : { piecesRoot: root }),
        ...markings(attributes, symlink),
        firstPiece,
        pieceCount,
        v1Offset,
      })
    this.#piece += pieceCount
  }
}

function isFile(properties: Dictionary): boolean {
  return properties.has('length') || attributesOf(properties).link
}

function piecesRootOf(file: Dictionary, size: number, name: string): Uint8Array | undefined {
  const root = file.get('pieces root')
  if (size === 0) {
    if (root !== undefined) throw invalidContent(`The empty file ${quoted(name)} has a pieces root.`)
    return undefined
  }
  if (!(root instanceof Uint8Array) || root.length !== 32)
    throw invalidContent(`The pieces root of ${quoted(name)} is missing or not 32 bytes long.`)
  if (root.every(byte => byte === 0)) throw invalidContent(`The pieces root of ${quoted(name)} is all zero.`)
  return root
}
