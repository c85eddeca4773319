import { Bitfield, equalBytes, sha1, sha256 } from '../../src/base/index.ts'
import {
  buildInfo,
  type Content,
  HashTree,
  hashLength,
  layer,
  leafLength,
  levelOf,
  merkleRoot,
  PieceMap,
  parseContent,
  rootOfSegment,
  segmentLeaves,
} from '../../src/content/index.ts'
import type { ContentPort, Lease, Offer, Verdict } from '../../src/swarm/index.ts'

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

export function memoryShare(named: Readonly<Record<string, Uint8Array>>, pieceLength: number): MemoryShare {
  const files = Object.entries(named).map(([name, bytes]) => ({
    path: [name],
    size: bytes.length,
    ...(bytes.length > 0 && { piecesRoot: merkleRoot(leavesOf(bytes)) }),
  }))
  const info = buildInfo({ name: 'share', pieceLength, files, singleFile: false })
  const content = parseContent(info, { infoHash: sha256(info), infoHashV1: sha1(info) })
  const bytes = content.files.map(file => named[file.path[0]!]!)
  const layers = new Map<number, Uint8Array>()
  for (const file of content.files)
    if (file.pieceCount > 1) layers.set(file.index, layer(leavesOf(bytes[file.index]!), levelOf(pieceLength)))
  return { content, files: bytes, layers }
}

/** A content port that hashes and keeps real bytes. Answers with promises, as the store does. */
export class MemoryContent implements ContentPort {
  readonly content: Content
  readonly have: Bitfield
  readonly files: Uint8Array[]
  leased = 0
  refusals = 0
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

  async accept({ piece, begin, length, lease, expected }: Offer): Promise<Verdict> {
    const bytes = lease.bytes.slice(0, length)
    await Promise.resolve()
    lease.release()
    const leaves = leavesOf(bytes)
    const file = this.#map.pieceFile(piece)
    const root = rootOfSegment(leaves, segmentLeaves(file.size, this.#map.segmentLength))
    if (!equalBytes(root, expected)) {
      this.refusals++
      return { ok: false, leaves }
    }
    this.files[file.index]!.set(bytes, (piece - file.firstPiece) * this.content.pieceLength + begin)
    const done = (this.#done.get(piece) ?? 0) + length
    this.#done.set(piece, done)
    const pieceDone = done === this.#map.pieceSize(piece)
    if (pieceDone) this.have.set(piece)
    const { first, count } = this.#map.piecesOf(file.index)
    let fileDone = pieceDone
    for (let i = first; fileDone && i < first + count; i++) fileDone = this.have.has(i)
    return { ok: true, pieceDone, fileDone }
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
    const file = this.#map.pieceFile(piece)
    const at = (piece - file.firstPiece) * this.content.pieceLength + begin
    return this.files[file.index]!.slice(at, at + length)
  }
}
