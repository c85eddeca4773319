import { PeerageError } from '../base/index.ts'
import { type Dictionary, decode, isDictionary } from '../wire/index.ts'
import { type ContentConfig, defaultContentConfig } from './config.ts'
import type { Content, ContentInfo, FileEntry } from './content.ts'
import { filesOfTree } from './file-tree.ts'
import { leafLength } from './merkle.ts'
import { exactText, invalidContent, nameOfBytes, quoted } from './names.ts'
import { filesOfList, singleV1File, type V1Layout } from './v1-files.ts'

const maxSourceBytes = 1_024

/** Hashes of the info dictionary, made by a worker: SHA-256 (32 bytes) and SHA-1 (20 bytes). */
export interface InfoHashes {
  /** Needed for v2 and hybrid content. */
  readonly infoHash?: Uint8Array | undefined
  /** Needed for v1 content, and for hybrids that shall meet v1 peers. */
  readonly infoHashV1?: Uint8Array | undefined
}

/**
 * What the info dictionary `info` describes. `info` is kept, not copied; nobody may change it afterwards. That the hashes
 * are those of `info` is for the caller to see to. Throws `content.invalid`, `bencode.invalid`, `bencode.limit`, and
 * `TypeError` when a hash that is needed is missing.
 */
export function parseContent(
  info: Uint8Array,
  hashes: InfoHashes,
  limits: Partial<ContentConfig> = {},
): Content {
  return nameContent(parseInfo(info, limits), hashes)
}

/** What `parseInfo` found, with its name. Throws `TypeError` when a hash that is needed is missing. */
export function nameContent(parsed: ContentInfo, hashes: InfoHashes): Content {
  const { infoHashV1 } = hashes
  const infoHash = parsed.version === 'v1' ? infoHashV1 : hashes.infoHash
  if (infoHash?.length !== (parsed.version === 'v1' ? 20 : 32))
    throw new TypeError(`the info hash for ${parsed.version} content is missing or has the wrong length`)
  if (infoHashV1 !== undefined && infoHashV1.length !== 20) throw new TypeError('not a SHA-1 hash')
  return { ...parsed, infoHash, ...(infoHashV1 === undefined ? {} : { infoHashV1 }) }
}

/** Like `parseContent`, without hashes: for what needs to look inside before anything was hashed. */
export function parseInfo(info: Uint8Array, limits: Partial<ContentConfig> = {}): ContentInfo {
  const bounds = { ...defaultContentConfig, ...limits }
  const dictionary = decodeInfo(info, bounds)
  const version = versionOf(dictionary)
  const common = {
    info,
    name: nameOf(dictionary, version, bounds),
    pieceLength: pieceLengthOf(dictionary, version, bounds),
    isPrivate: isPrivate(dictionary),
    ...sourceOf(dictionary),
  }
  return version === 1 ? parseV1(dictionary, common, bounds) : parseV2(dictionary, common, bounds)
}

type Common = Pick<Content, 'info' | 'name' | 'pieceLength' | 'isPrivate' | 'source'>

function decodeInfo(info: Uint8Array, bounds: ContentConfig): Dictionary {
  const limits = {
    maxBytes: bounds.maxInfoBytes,
    // info, file tree, the properties of a file, a list inside them
    maxDepth: bounds.maxPathDepth + 4,
    maxItems: bounds.maxFiles * 8 + bounds.maxPathDepth,
  }
  try {
    return dictionaryOf(decode(info, limits))
  } catch (error) {
    if (!(error instanceof PeerageError) || error.code !== 'bencode.invalid') throw error
    // Some v1 torrents in the wild have unsorted keys. In a file tree the order of keys is the order of pieces, so
    // version 2 stays strict.
    const lenient = dictionaryOf(decode(info, { ...limits, lenient: true }))
    if (lenient.has('meta version') || lenient.has('file tree')) throw error
    return lenient
  }
}

function dictionaryOf(value: unknown): Dictionary {
  const dictionary = value as Dictionary
  if (!isDictionary(dictionary)) throw invalidContent('The info dictionary is no dictionary.')
  return dictionary
}

/** BEP 52: to be looked at before anything else, so that a newer format gets a message of its own. */
function versionOf(info: Dictionary): 1 | 2 {
  const version = info.get('meta version')
  if (version === undefined) {
    if (info.has('file tree')) throw invalidContent('It has a file tree but no meta version.')
    return 1
  }
  if (version !== 2)
    throw invalidContent('It is made for a newer version of BitTorrent than this program knows.')
  return 2
}

function nameOf(info: Dictionary, version: 1 | 2, bounds: ContentConfig): string {
  const name = (version === 1 ? info.get('name.utf-8') : undefined) ?? info.get('name')
  if (!(name instanceof Uint8Array)) throw invalidContent('It has no name.')
  return nameOfBytes(name, bounds.maxNameBytes)
}

function pieceLengthOf(info: Dictionary, version: 1 | 2, bounds: ContentConfig): number {
  const length = info.get('piece length')
  if (typeof length !== 'number' || length < 1) throw invalidContent('The piece length is missing.')
  if (length > bounds.maxPieceLength)
    throw invalidContent(`The piece length is over ${bounds.maxPieceLength} bytes.`)
  const powerOfTwo = 2 ** Math.round(Math.log2(length)) === length
  if (version === 2 && (length < leafLength || !powerOfTwo))
    throw invalidContent('The piece length is no power of two from 16 KiB up.')
  return length
}

function isPrivate(info: Dictionary): boolean {
  const flag = info.get('private')
  if (flag === undefined) return false
  if (typeof flag !== 'number') throw invalidContent('The private flag is no number.')
  return flag !== 0
}

/** Only said: what is no text, or very long, is passed over. */
function sourceOf(info: Dictionary): Pick<Content, 'source'> {
  const bytes = info.get('source')
  const source = bytes instanceof Uint8Array && bytes.length <= maxSourceBytes ? exactText(bytes) : undefined
  return source === undefined ? {} : { source }
}

function parseV1(info: Dictionary, common: Common, bounds: ContentConfig): ContentInfo {
  const { name, pieceLength } = common
  const layout = v1LayoutOf(info, name, pieceLength, bounds, true)
  const pieceCount = Math.ceil(layout.size / pieceLength)
  if (pieceCount > bounds.maxPieces) throw invalidContent(`It has more than ${bounds.maxPieces} pieces.`)
  const totalSize = totalOf(layout.files)
  if (totalSize === 0 && pieceCount > 0) throw invalidContent('It contains only padding.')
  return {
    ...common,
    version: 'v1',
    pieceCount,
    totalSize,
    files: filled(layout.files),
    singleFile: info.has('length'),
    v1Pieces: v1PiecesOf(info, pieceCount),
    v1Size: layout.size,
  }
}

function v1LayoutOf(
  info: Dictionary,
  name: string,
  pieceLength: number,
  bounds: ContentConfig,
  utf8Keys: boolean,
): V1Layout {
  if (info.has('length') === info.has('files'))
    throw invalidContent('It must have either a length or a list of files.')
  return info.has('length')
    ? singleV1File(info, name, pieceLength, bounds)
    : filesOfList(info.get('files'), pieceLength, bounds, utf8Keys)
}

function v1PiecesOf(info: Dictionary, pieceCount: number): Uint8Array {
  const pieces = info.get('pieces')
  if (!(pieces instanceof Uint8Array) || pieces.length !== pieceCount * 20)
    throw invalidContent(`It does not have the hashes of its ${pieceCount} pieces.`)
  return pieces
}

function parseV2(info: Dictionary, common: Common, bounds: ContentConfig): ContentInfo {
  const { name, pieceLength } = common
  const tree = info.get('file tree')
  if (!isDictionary(tree)) throw invalidContent('It has no file tree.')
  const files = filled(filesOfTree(tree, pieceLength, bounds))
  const last = files[files.length - 1]!
  const pieceCount = last.firstPiece + last.pieceCount
  const v2 = { ...common, pieceCount, totalSize: totalOf(files), files }
  const hybrid = info.has('pieces') || info.has('files') || info.has('length')
  if (!hybrid) return { ...v2, version: 'v2', singleFile: isNamedLikeContent(files, name) }
  const layout = v1LayoutOf(info, name, pieceLength, bounds, false)
  refuseDifferences(files, layout, pieceCount, pieceLength)
  return {
    ...v2,
    version: 'hybrid',
    singleFile: info.has('length'),
    v1Pieces: v1PiecesOf(info, pieceCount),
    v1Size: layout.size,
  }
}

/**
 * BEP 52 calls every tree of one file at the top a single file, and then a folder with one file could not be told from
 * it. All creators name a single file's content after the file, so another name means a folder.
 */
function isNamedLikeContent(files: readonly FileEntry[], name: string): boolean {
  return files.length === 1 && files[0]!.path.length === 1 && files[0]!.path[0] === name
}

function filled(files: readonly FileEntry[]): readonly FileEntry[] {
  if (files.length === 0) throw invalidContent('It contains no files.')
  return files
}

function totalOf(files: readonly FileEntry[]): number {
  let total = 0
  for (const file of files) total += file.size
  if (total > Number.MAX_SAFE_INTEGER) throw invalidContent('The files together are too large.')
  return total
}

/** BEP 52, "upgrade path": both halves of a hybrid must say the same of names, order and piece alignment. */
function refuseDifferences(
  files: readonly FileEntry[],
  v1: V1Layout,
  pieceCount: number,
  pieceLength: number,
): void {
  if (v1.files.length !== files.length || Math.ceil(v1.size / pieceLength) !== pieceCount)
    throw invalidContent('Its v1 and v2 halves list different files.')
  for (const [i, file] of files.entries()) {
    const other = v1.files[i]!
    const aligned = file.size === 0 || other.v1Offset === file.v1Offset
    if (
      !aligned ||
      other.size !== file.size ||
      !equalPaths(file.path, other.path) ||
      linksDiffer(file, other)
    )
      throw invalidContent(`Its v1 and v2 halves differ about ${quoted(file.path.join('/'))}.`)
  }
}

function linksDiffer(a: FileEntry, b: FileEntry): boolean {
  if (a.symlink === undefined || b.symlink === undefined) return a.symlink !== b.symlink
  return !equalPaths(a.symlink, b.symlink)
}

function equalPaths(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((name, i) => name === b[i])
}
