import { atOnce, sortBySteps, utf8 } from '../base/index.ts'
import { BencodeWriter, type Encodable, key } from '../wire/index.ts'
import { leafLength } from './merkle.ts'
import { checkName, invalidContent, quoted } from './names.ts'

/** One file or link to describe. A `FileEntry` will do. */
export interface InfoFile {
  /** Names from the root folder down; of a single file just its name. */
  readonly path: readonly string[]
  /** In bytes; 0 for links. */
  readonly size: number
  /** Root of its hash tree, 32 bytes; needed unless it is empty or a link. */
  readonly piecesRoot?: Uint8Array | undefined
  /** Attribute `x`. Links have it unless it is false, for systems say so of every link and libtorrent writes it down. */
  readonly executable?: boolean | undefined
  /** Attribute `h`. */
  readonly hidden?: boolean | undefined
  /** Target of a link, names from the root folder down (BEP 47), not from the link's own folder. */
  readonly symlink?: readonly string[] | undefined
}

export interface InfoDescription {
  readonly name: string
  /** A power of two from 16 KiB up, in bytes. */
  readonly pieceLength: number
  /** In any order. Empty folders cannot be said in BEP 52: they are not listed, and so not shared. */
  readonly files: readonly InfoFile[]
  /** One file without a folder around it; then `files[0].path` is `[name]`. */
  readonly singleFile?: boolean | undefined
  /** SHA-1 of each v1 piece, 20 bytes each, over the files in `inTreeOrder` with zeros behind each as `paddingAfter` says. */
  readonly hybrid?: Uint8Array | undefined
  /** BEP 27. */
  readonly private?: boolean | undefined
  /** Where it comes from; makes another info hash for the same files, as private trackers want it. */
  readonly source?: string | undefined
}

/** Files that one step deals with. */
const filesPerStep = 512

/**
 * The info dictionary for some files, canonical, so that the same files always get the same info hash; the bytes equal
 * libtorrent's `create_torrent` (without `mtime`). Throws `content.invalid` for names that cannot be shared and
 * `TypeError` for descriptions that contradict themselves.
 */
export function buildInfo(description: InfoDescription): Uint8Array {
  return atOnce(buildInfoBySteps(description))
}

/** The same, some files a step: 390,000 of them take half a second. */
export function* buildInfoBySteps(description: InfoDescription): Generator<void, Uint8Array> {
  const { name, pieceLength, hybrid } = description
  if (pieceLength < leafLength || 2 ** Math.round(Math.log2(pieceLength)) !== pieceLength)
    throw new TypeError('the piece length must be a power of two from 16 KiB up')
  const files = yield* inTreeOrderBySteps(description.files)
  for (const [i, file] of files.entries()) {
    if (i % filesPerStep === filesPerStep - 1) yield
    check(file)
  }
  const only = files[0]!
  if (description.singleFile && (files.length !== 1 || only.path.length !== 1 || only.path[0] !== name))
    throw new TypeError('a single file must be called like the content')
  checkWellFormed(name)
  const info = new BencodeWriter()
  info.open('dictionary')
  // A hybrid of one file says of it above what the tree says of it below.
  const single = hybrid !== undefined && description.singleFile ? only : undefined
  if (single !== undefined) addAttributes(info, single)
  yield* addFileTree(info, files)
  if (hybrid !== undefined) yield* addV1Files(info, description, files)
  addEntry(info, 'meta version', 2)
  addEntry(info, 'name', name)
  addEntry(info, 'piece length', pieceLength)
  if (hybrid !== undefined) addEntry(info, 'pieces', hybrid)
  if (description.private) addEntry(info, 'private', 1)
  if (description.source !== undefined) {
    checkWellFormed(description.source)
    addEntry(info, 'source', description.source)
  }
  if (single?.symlink !== undefined) addEntry(info, 'symlink path', single.symlink)
  info.close()
  return info.finish()
}

/** Of a file in the tree, but for its name: `d0:d6:lengthi1e11:pieces root32:` and what follows, or less where there is no root. */
const [leastBytesOfFile, leastBytesOfEmpty] = [66, 17]

/** Bytes that the info dictionary of some files has at least, as far as can be told before they are hashed: folders and attributes come besides. */
export function leastInfoBytes(files: readonly Pick<InfoFile, 'path' | 'size'>[]): number {
  let bytes = 0
  for (const { path, size } of files)
    bytes += path.at(-1)!.length + 2 + (size > 0 ? leastBytesOfFile : leastBytesOfEmpty)
  return bytes
}

/**
 * `files` as a file tree has them: each name compared by its UTF-8 bytes, folder by folder. Pieces are numbered in this
 * order. Throws `TypeError` when there are none.
 */
export function inTreeOrder<File extends { readonly path: readonly string[] }>(
  files: readonly File[],
): readonly File[] {
  return atOnce(inTreeOrderBySteps(files))
}

/** The same by steps; the list itself when it is in order already. */
export function* inTreeOrderBySteps<File extends { readonly path: readonly string[] }>(
  files: readonly File[],
): Generator<void, readonly File[]> {
  if (files.length === 0) throw new TypeError('there must be a file')
  const keyed: { readonly file: File; readonly keys: readonly string[] }[] = []
  let isInOrder = true
  for (const file of files) {
    const keys = keysOf(file.path)
    const before = keyed.at(-1)
    isInOrder &&= before === undefined || compareKeys(before.keys, keys) <= 0
    if (keyed.push({ file, keys }) % filesPerStep === 0) yield
  }
  if (isInOrder) return files
  const sorted = yield* sortBySteps(keyed, (a, b) => compareKeys(a.keys, b.keys))
  return sorted.map(({ file }) => file)
}

/** The dictionary keys of names; most names are ASCII, and then they are the keys. */
function keysOf(path: readonly string[]): readonly string[] {
  return path.every(isAscii) ? path : path.map(keyOf)
}

function keyOf(name: string): string {
  return isAscii(name) ? name : key(name)
}

function isAscii(name: string): boolean {
  for (let i = 0; i < name.length; i++) if (name.charCodeAt(i) > 0x7f) return false
  return true
}

function compareKeys(a: readonly string[], b: readonly string[]): number {
  const length = Math.min(a.length, b.length)
  for (let i = 0; i < length; i++) if (a[i] !== b[i]) return a[i]! < b[i]! ? -1 : 1
  return a.length - b.length
}

/**
 * How many zero bytes v1 pieces of a hybrid have behind a file of `size` bytes (BEP 47): all up to the next piece, behind
 * the last file too, except that the only file of a content has none. `fileCount` counts links and empty files.
 */
export function paddingAfter(size: number, fileCount: number, pieceLength: number): number {
  return fileCount === 1 || size % pieceLength === 0 ? 0 : pieceLength - (size % pieceLength)
}

function check(file: InfoFile): void {
  if (file.path.length === 0) throw new TypeError('a file needs a path')
  for (const name of file.path) checkWellFormed(name)
  for (const name of file.symlink ?? []) checkWellFormed(name)
  if (!Number.isSafeInteger(file.size) || file.size < 0) throw new TypeError('not a file size')
  if (file.symlink === undefined ? false : file.symlink.length === 0 || file.size !== 0)
    throw new TypeError('a link needs a target and has no bytes of its own')
  if (file.size > 0 && file.piecesRoot?.length !== 32) throw new TypeError('a file needs its pieces root')
}

/** Half a surrogate pair has no UTF-8; it would come back as another name. */
function checkWellFormed(name: string): void {
  if (!name.isWellFormed()) throw invalidContent(`The name ${quoted(name)} is no Unicode text.`)
  checkName(name)
}

function addEntry(info: BencodeWriter, name: string, value: Encodable): void {
  info.key(name)
  info.value(value)
}

/** Nested dictionaries; `files` are in order, so each folder's keys come in order, and a folder is left for good. */
function* addFileTree(info: BencodeWriter, files: readonly InfoFile[]): Generator<void, void> {
  info.key('file tree')
  info.open('dictionary')
  let before: readonly string[] = []
  let folders = 0
  for (const [i, file] of files.entries()) {
    if (i % filesPerStep === filesPerStep - 1) yield
    const { path } = file
    const shared = sharedNames(before, path)
    // What is a file stands right before what has it as its folder.
    if (before.length > 0 && shared === before.length)
      throw new TypeError(`two files are called ${before.join('/')}`)
    for (; folders > shared; folders--) info.close()
    for (; folders < path.length - 1; folders++) {
      info.key(keyOf(path[folders]!))
      info.open('dictionary')
    }
    info.key(keyOf(path[folders]!))
    addFile(info, file)
    before = path
  }
  for (; folders >= 0; folders--) info.close()
}

/** How many names two paths have in common from the top down. */
function sharedNames(a: readonly string[], b: readonly string[]): number {
  let shared = 0
  while (shared < a.length && a[shared] === b[shared]) shared++
  return shared
}

function addFile(info: BencodeWriter, file: InfoFile): void {
  info.open('dictionary')
  info.key('')
  info.open('dictionary')
  addAttributes(info, file)
  if (file.symlink !== undefined) addEntry(info, 'symlink path', file.symlink)
  else {
    addEntry(info, 'length', file.size)
    if (file.size > 0) addEntry(info, 'pieces root', file.piecesRoot!)
  }
  info.close()
  info.close()
}

function addAttributes(info: BencodeWriter, { executable, hidden, symlink }: InfoFile): void {
  const link = symlink !== undefined
  // libtorrent's order of letters; BEP 47 allows any.
  const attr = `${hidden ? 'h' : ''}${(executable ?? link) ? 'x' : ''}${link ? 'l' : ''}`
  if (attr !== '') addEntry(info, 'attr', attr)
}

/** The files of the BEP 3 half of a hybrid (BEP 52, "upgrade path"). */
function* addV1Files(
  info: BencodeWriter,
  { hybrid, pieceLength, singleFile }: InfoDescription,
  files: readonly InfoFile[],
): Generator<void, void> {
  const count = files.reduce((sum, file) => sum + Math.ceil(file.size / pieceLength), 0)
  if (hybrid?.length !== count * 20) throw new TypeError(`a hybrid needs the hashes of its ${count} pieces`)
  if (singleFile) {
    addEntry(info, 'length', files[0]!.size)
    return
  }
  info.key('files')
  info.open('list')
  for (const [i, file] of files.entries()) {
    if (i % filesPerStep === filesPerStep - 1) yield
    info.open('dictionary')
    addAttributes(info, file)
    addEntry(info, 'length', file.size)
    addEntry(info, 'path', file.path)
    if (file.symlink !== undefined) addEntry(info, 'symlink path', file.symlink)
    info.close()
    const padding = paddingAfter(file.size, files.length, pieceLength)
    if (padding > 0) info.value(paddingFile(padding))
  }
  info.close()
}

function paddingFile(length: number): ReadonlyMap<string, Encodable> {
  return new Map<string, Encodable>([
    ['attr', 'p'],
    ['length', length],
    ['path', ['.pad', utf8(String(length))]],
  ])
}
