import { Bitfield, concat, equalBytes, sha1, sha256 } from '../../src/base/index.ts'
import {
  buildInfo,
  type Content,
  HashTree,
  hashLength,
  inTreeOrder,
  layer,
  leafLength,
  levelOf,
  merkleRoot,
  PieceMap,
  paddingAfter,
  parseContent,
  rootOfSegment,
  type Segment,
  segmentLeaves,
} from '../../src/content/index.ts'
import type { ContentPort, Lease, Offer, Verdict } from '../../src/swarm/index.ts'
import { type Encodable, encode } from '../../src/wire/index.ts'

/** Real files in memory, cut and hashed as a share is. */
export interface MemoryShare {
  readonly content: Content
  /** Bytes by `FileEntry.index`. */
  readonly files: readonly Uint8Array[]
  /** Piece layers by file index. */
  readonly layers: ReadonlyMap<number, Uint8Array>
}

function leavesOf(bytes: Uint8Array): Uint8Array {
  const count = Math.ceil(bytes.length / leafLength)
  const out = new Uint8Array(count * hashLength)
  for (let i = 0; i < count; i++)
    out.set(sha256(bytes.subarray(i * leafLength, (i + 1) * leafLength)), i * hashLength)
  return out
}

/** Describes a v1 torrent: what stands in `pad` before a file is so many bytes of padding (BEP 47). */
export interface V1File {
  readonly name: string
  readonly bytes: Uint8Array
  readonly pad?: number
}

/** A pure v1 torrent, as only other programs make them. */
export function memoryV1Share(named: readonly V1File[], pieceLength: number): MemoryShare {
  const list: Map<string, Encodable>[] = []
  const parts: Uint8Array[] = []
  for (const { name, bytes, pad = 0 } of named) {
    if (pad > 0) {
      list.push(
        new Map<string, Encodable>([
          ['attr', 'p'],
          ['length', pad],
          ['path', ['.pad', String(pad)]],
        ]),
      )
      parts.push(new Uint8Array(pad))
    }
    list.push(
      new Map<string, Encodable>([
        ['length', bytes.length],
        ['path', name.split('/')],
      ]),
    )
    parts.push(bytes)
  }
  const all = concat(parts)
  const pieces: Uint8Array[] = []
  for (let at = 0; at < all.length; at += pieceLength) pieces.push(sha1(all.subarray(at, at + pieceLength)))
  const info = encode(
    new Map<string, Encodable>([
      ['files', list],
      ['name', 'share'],
      ['piece length', pieceLength],
      ['pieces', concat(pieces)],
    ]),
  )
  const content = parseContent(info, { infoHashV1: sha1(info) })
  return { content, files: named.map(({ bytes }) => bytes), layers: new Map() }
}

/** With `hybrid`: a v1 torrent too (BEP 52, "upgrade path"). */
export function memoryShare(
  named: Readonly<Record<string, Uint8Array>>,
  pieceLength: number,
  options: { readonly hybrid?: boolean } = {},
): MemoryShare {
  const files = Object.entries(named).map(([name, bytes]) => ({
    path: [name],
    size: bytes.length,
    ...(bytes.length > 0 && { piecesRoot: merkleRoot(leavesOf(bytes)) }),
  }))
  const hybrid = options.hybrid ? v1PiecesOf(files, named, pieceLength) : undefined
  const info = buildInfo({ name: 'share', pieceLength, files, singleFile: false, hybrid })
  const content = parseContent(info, { infoHash: sha256(info), infoHashV1: sha1(info) })
  const bytes = content.files.map(file => named[file.path[0]!]!)
  const layers = new Map<number, Uint8Array>()
  for (const file of content.files)
    if (file.pieceCount > 1) layers.set(file.index, layer(leavesOf(bytes[file.index]!), levelOf(pieceLength)))
  return { content, files: bytes, layers }
}

function v1PiecesOf(
  files: readonly { readonly path: readonly string[]; readonly size: number }[],
  named: Readonly<Record<string, Uint8Array>>,
  pieceLength: number,
): Uint8Array {
  const pieces: Uint8Array[] = []
  for (const { path, size } of inTreeOrder(files)) {
    const padded = concat([named[path[0]!]!, new Uint8Array(paddingAfter(size, files.length, pieceLength))])
    for (let at = 0; at < size; at += pieceLength) pieces.push(sha1(padded.subarray(at, at + pieceLength)))
  }
  return concat(pieces)
}

/** A content port that hashes and keeps real bytes. Answers with promises, as the store does. */
export class MemoryContent implements ContentPort {
  readonly content: Content
  readonly have: Bitfield
  readonly files: Uint8Array[]
  leased = 0
  refusals = 0
  /** Pieces that were verified by their SHA-1. */
  bySha1 = 0
  maxLeased: number = 64 * 1_048_576
  earlier: { piece: number; segments: number[] }[] = []
  readonly #map: PieceMap
  readonly #layers = new Map<number, Uint8Array>()
  readonly #done = new Map<number, number>()

  /** With `share`: complete. Without: empty, to be filled. */
  constructor(content: Content, share?: MemoryShare) {
    this.content = content
    this.#map = new PieceMap(content)
    this.have = share === undefined ? new Bitfield(content.pieceCount) : Bitfield.full(content.pieceCount)
    this.files = content.files.map((file, i) => share?.files[i] ?? new Uint8Array(file.size))
    for (const [file, known] of share?.layers ?? []) this.#layers.set(file, known)
  }

  verifiedSegments(): { piece: number; segments: number[] }[] {
    return this.earlier
  }

  lease(length: number): Lease | undefined {
    if (this.leased + length > this.maxLeased) return undefined
    this.leased += length
    let held = true
    return {
      bytes: new Uint8Array(new SharedArrayBuffer(length)),
      release: () => {
        if (!held) throw new Error('released twice')
        held = false
        this.leased -= length
      },
    }
  }

  async accept(offer: Offer): Promise<Verdict> {
    const { piece, begin, length, lease, expected, wantLeaves } = offer
    const bytes = lease.bytes.slice(0, length)
    await Promise.resolve()
    lease.release()
    const parts = this.#map.parts(piece, begin, length)
    this.#clearPadding(bytes, begin, parts)
    const leaves = leavesOf(bytes)
    if (!equalBytes(this.#hashOf(bytes, leaves, offer), expected)) {
      this.refusals++
      return { ok: false, leaves }
    }
    for (const part of parts) {
      const at = part.begin - begin
      this.files[part.fileIndex]!.set(bytes.subarray(at, at + part.length), part.fileOffset)
    }
    const done = (this.#done.get(piece) ?? 0) + length
    this.#done.set(piece, done)
    const pieceDone = done === this.#map.pieceSize(piece)
    if (pieceDone) this.have.set(piece)
    if (expected.length === 20) this.bySha1++
    const filesDone = pieceDone ? this.#map.filesOf(piece).filter(file => this.#isDone(file)) : []
    return { ok: true, pieceDone, filesDone, ...(wantLeaves && { leaves }) }
  }

  #isDone(file: number): boolean {
    const { first, count } = this.#map.piecesOf(file)
    for (let i = first; i < first + count; i++) if (!this.have.has(i)) return false
    return true
  }

  #clearPadding(bytes: Uint8Array, begin: number, parts: readonly Segment[]): void {
    const sent = bytes.slice()
    bytes.fill(0)
    for (const part of parts) {
      const at = part.begin - begin
      bytes.set(sent.subarray(at, at + part.length), at)
    }
  }

  #hashOf(bytes: Uint8Array, leaves: Uint8Array, { piece, expected, whole }: Offer): Uint8Array {
    if (expected.length === 20)
      return sha1(concat([bytes, new Uint8Array(this.#map.v1PieceSize(piece) - bytes.length)]))
    const length = whole ? this.content.pieceLength : this.#map.segmentLength
    return rootOfSegment(leaves, segmentLeaves(this.#map.pieceFile(piece).size, length))
  }

  async loan(piece: number, begin: number, length: number): Promise<Lease> {
    return { bytes: this.#bytes(piece, begin, length), release: () => undefined }
  }

  async leaves(piece: number, begin: number, length: number): Promise<Uint8Array> {
    return leavesOf(this.#bytes(piece, begin, length))
  }

  pieceLayer(file: number): Uint8Array | undefined {
    return this.#layers.get(file)
  }

  setPieceLayer(file: number, known: Uint8Array): void {
    const tree = new HashTree(this.content)
    if (!tree.setPieceLayer(file, known)) throw new Error('a false layer was kept')
    this.#layers.set(file, known)
  }

  #bytes(piece: number, begin: number, length: number): Uint8Array {
    const out = new Uint8Array(length)
    for (const part of this.#map.parts(piece, begin, length))
      out.set(
        this.files[part.fileIndex]!.subarray(part.fileOffset, part.fileOffset + part.length),
        part.begin - begin,
      )
    return out
  }
}
