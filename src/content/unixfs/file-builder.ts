import { concat, PeerageError, sha256 } from '../../base/index.ts'
import { encodeDagPb, encodeUnixFs, encodeVarint } from '../../wire/index.ts'
import { cidOfSha256, codecs } from '../cid.ts'
import { type BuildOptions, type DagChild, makeNode, type UnixFsMetadata } from './dag-child.ts'
import type { UnixFsProfile } from './profile.ts'

/** What stands before and after the bytes of a file in a leaf that is not raw: the block is `before`, bytes, `after`. */
export interface LeafFrame {
  readonly before: Uint8Array
  readonly after: Uint8Array
}

const nothing = new Uint8Array(0)
/** Field 1 of a dag-pb node, and field 2 of a UnixFS message: both "Data", of bytes. */
const dagPbDataTag = Uint8Array.of(0x0a)
const unixFsDataTag = Uint8Array.of(0x12)

/** The frame of a leaf with that many bytes of a file; empty for raw leaves. `metadata`: of a file that has no other leaf. */
export function leafFrame(
  { rawLeaves }: UnixFsProfile,
  length: number,
  metadata: UnixFsMetadata = {},
): LeafFrame {
  if (rawLeaves) return { before: nothing, after: nothing }
  const { mode, mtime } = metadata
  const data = encodeUnixFs({ type: 'file', fileSize: length, blockSizes: [], mode, mtime })
  if (length === 0) return { before: encodeDagPb({ links: [], data }), after: nothing }
  // Before the bytes stands the type, in two bytes; after them `filesize` and the metadata. Encoding all of it took several times its length of memory.
  const after = data.slice(2)
  const head = concat([data.subarray(0, 2), unixFsDataTag, encodeVarint(length)])
  const inner = encodeVarint(head.length + length + after.length)
  return { before: concat([dagPbDataTag, inner, head]), after }
}

/**
 * Makes the tree over the leaves of one file, from their hashes and lengths. It never holds more than one node of each level, so it does not
 * matter how long the file is.
 */
export class FileBuilder {
  readonly #options: BuildOptions
  readonly #codec: number
  /** Children that have no parent yet, by their distance to the leaves. A level that exists is never empty. */
  readonly #levels: DagChild[][] = []
  #frame: { readonly length: number; readonly bytes: number } = { length: -1, bytes: 0 }
  #isOver = false

  constructor(options: BuildOptions) {
    this.#options = options
    this.#codec = options.profile.rawLeaves ? codecs.raw : codecs.dagPb
  }

  /** The next leaf: the SHA-256 of its block (with its frame, see `leafFrame`) and how many bytes of the file are in it. */
  add(digest: Uint8Array, length: number): void {
    const { profile } = this.#options
    if (this.#isOver || length < 1 || length > profile.leafBytes)
      throw new TypeError('a leaf of another length, or after a short one')
    this.#isOver = length < profile.leafBytes
    const cid = cidOfSha256(digest, this.#codec, profile.rawLeaves ? 1 : profile.cidVersion)
    this.#push(0, { cid, fileSize: length, dagSize: length + this.#frameBytes(length) })
  }

  /**
   * The root. A file of one leaf is that leaf, unless that is raw and there is a mode or a time, for which it has no room. One that is not raw
   * must have been hashed with them, see `leafFrame`.
   *
   * @throws PeerageError `dag.limit` for a file of more bytes than numbers have
   */
  finish(metadata: UnixFsMetadata = {}): DagChild {
    this.#isOver = true
    if (this.#levels.length === 0) this.#levels.push([this.#emptyLeaf(metadata)])
    for (let level = 0; ; level++) {
      const children = this.#levels[level]!
      const isTop = level === this.#levels.length - 1
      if (isTop && level === 0 && children.length === 1 && this.#fits(metadata))
        return this.#onlyLeaf(children[0]!, metadata)
      if (isTop) return this.#parentOf(children, metadata)
      this.#push(level + 1, this.#parentOf(children))
    }
  }

  /** A full level gets its parent only when there is one child more: the top must not become a node of its own. */
  #push(level: number, child: DagChild): void {
    const children = this.#levels[level]
    if (children === undefined) this.#levels.push([child])
    else if (children.length < this.#options.profile.maxLinks) children.push(child)
    else {
      this.#levels[level] = [child]
      this.#push(level + 1, this.#parentOf(children))
    }
  }

  #parentOf(children: readonly DagChild[], { mode, mtime }: UnixFsMetadata = {}): DagChild {
    const blockSizes = children.map(child => child.fileSize)
    const fileSize = blockSizes.reduce((sum, size) => sum + size, 0)
    if (!Number.isSafeInteger(fileSize)) throw new PeerageError('dag.limit', 'The file is too long.')
    const links = children.map(({ cid, dagSize }) => ({ hash: cid.bytes, name: '', size: dagSize }))
    return makeNode(this.#options, { type: 'file', fileSize, blockSizes, mode, mtime }, links)
  }

  /** Whether a leaf has room for them. */
  #fits({ mode, mtime }: UnixFsMetadata): boolean {
    return !this.#options.profile.rawLeaves || (mode === undefined && mtime === undefined)
  }

  #onlyLeaf({ cid, fileSize }: DagChild, metadata: UnixFsMetadata): DagChild {
    const { before, after } = leafFrame(this.#options.profile, fileSize, metadata)
    return { cid, fileSize, dagSize: before.length + fileSize + after.length }
  }

  #emptyLeaf(metadata: UnixFsMetadata): DagChild {
    const { profile, hash = sha256, emit } = this.#options
    const bytes = concat([leafFrame(profile, 0, metadata).before])
    const cid = cidOfSha256(hash(bytes), this.#codec, profile.rawLeaves ? 1 : profile.cidVersion)
    emit(cid, bytes)
    return { cid, fileSize: 0, dagSize: bytes.length }
  }

  /** All but the last have the same. */
  #frameBytes(length: number): number {
    if (this.#frame.length !== length) {
      const { before, after } = leafFrame(this.#options.profile, length)
      this.#frame = { length, bytes: before.length + after.length }
    }
    return this.#frame.bytes
  }
}
