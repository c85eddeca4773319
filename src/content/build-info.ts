import { utf8 } from '../base/index.ts'
import { type Encodable, encode, key } from '../wire/index.ts'
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

/**
 * The info dictionary for some files, canonical, so that the same files always get the same info hash; the bytes equal
 * libtorrent's `create_torrent` (without `mtime`). Throws `content.invalid` for names that cannot be shared and
 * `TypeError` for descriptions that contradict themselves.
 */
export function buildInfo(description: InfoDescription): Uint8Array {
  const { name, pieceLength, hybrid } = description
  if (pieceLength < leafLength || 2 ** Math.round(Math.log2(pieceLength)) !== pieceLength)
    throw new TypeError('the piece length must be a power of two from 16 KiB up')
  const files = inTreeOrder(description.files)
  for (const file of files) check(file)
  const only = files[0]!
  if (description.singleFile && (files.length !== 1 || only.path.length !== 1 || only.path[0] !== name))
    throw new TypeError('a single file must be called like the content')
  checkWellFormed(name)
  const info = new Map<string, Encodable>([
    ['name', name],
    ['piece length', pieceLength],
    ['meta version', 2],
    ['file tree', fileTree(files)],
  ])
  if (description.private) info.set('private', 1)
  if (description.source !== undefined) {
    checkWellFormed(description.source)
    info.set('source', description.source)
  }
  if (hybrid !== undefined) addV1(info, description, files)
  return encode(info)
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
): File[] {
  if (files.length === 0) throw new TypeError('there must be a file')
  const keyed = files.map(file => ({ file, keys: file.path.map(keyOf) }))
  keyed.sort((a, b) => compareKeys(a.keys, b.keys))
  return keyed.map(({ file }) => file)
}

/** The dictionary key of a name; most are ASCII, and then it is the name itself. */
function keyOf(name: string): string {
  for (let i = 0; i < name.length; i++) if (name.charCodeAt(i) > 0x7f) return key(name)
  return name
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

type Tree = Map<string, Encodable>

/** Nested dictionaries; `files` are in order, so each folder's keys come in order too. */
function fileTree(files: readonly InfoFile[]): Tree {
  const tree: Tree = new Map()
  for (const file of files) {
    let folder = tree
    for (const [depth, name] of file.path.entries()) {
      const at = keyOf(name)
      const known = folder.get(at) as Tree | undefined
      const last = depth === file.path.length - 1
      if (known !== undefined && (last || known.has('')))
        throw new TypeError(`two files are called ${file.path.join('/')}`)
      const node: Tree = known ?? new Map()
      if (known === undefined) folder.set(at, node)
      folder = node
    }
    folder.set('', properties(file))
  }
  return tree
}

function properties(file: InfoFile): Tree {
  const out: Tree = new Map()
  addMarkings(out, file)
  if (file.symlink !== undefined) return out
  out.set('length', file.size)
  if (file.size > 0) out.set('pieces root', file.piecesRoot!)
  return out
}

function addMarkings(target: Tree, file: InfoFile): void {
  const link = file.symlink !== undefined
  // libtorrent's order of letters; BEP 47 allows any.
  const attr = `${file.hidden ? 'h' : ''}${(file.executable ?? link) ? 'x' : ''}${link ? 'l' : ''}`
  if (attr !== '') target.set('attr', attr)
  if (link) target.set('symlink path', file.symlink)
}

/** The BEP 3 half of a hybrid (BEP 52, "upgrade path"). */
function addV1(info: Tree, description: InfoDescription, files: readonly InfoFile[]): void {
  const { pieceLength } = description
  const pieces = description.hybrid!
  const count = files.reduce((sum, file) => sum + Math.ceil(file.size / pieceLength), 0)
  if (pieces.length !== count * 20) throw new TypeError(`a hybrid needs the hashes of its ${count} pieces`)
  info.set('pieces', pieces)
  if (description.singleFile) {
    info.set('length', files[0]!.size)
    addMarkings(info, files[0]!)
    return
  }
  const list: Encodable[] = []
  for (const file of files) {
    const entry: Tree = new Map<string, Encodable>([
      ['length', file.size],
      ['path', file.path],
    ])
    addMarkings(entry, file)
    list.push(entry)
    const padding = paddingAfter(file.size, files.length, pieceLength)
    if (padding > 0) list.push(paddingFile(padding))
  }
  info.set('files', list)
}

function paddingFile(length: number): Tree {
  return new Map<string, Encodable>([
    ['attr', 'p'],
    ['length', length],
    ['path', ['.pad', utf8(String(length))]],
  ])
}
