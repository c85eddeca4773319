import { equalBytes, PeerageError } from '../base/index.ts'
import type { FileEntry } from '../content/index.ts'
import type { Completion } from './completion.ts'
import { IoFailure } from './disk-errors.ts'
import type { FileTable } from './file-table.ts'
import { type FileHashes, hashFile, rootOfPieces } from './hash-file.ts'
import type { StoreHost } from './host.ts'
import type { FileRef, Stamp, StatResult } from './io-jobs.ts'
import { PieceRecheck } from './piece-recheck.ts'
import type { SegmentMap } from './segment-map.ts'
import { type CheckRequest, type Found, settleFound } from './settle-found.ts'
import { sameStamp } from './stamps.ts'
import type { StoredParts } from './stored-parts.ts'

export interface VerifyOptions {
  readonly onProgress?: ((progress: { bytes: number; totalBytes: number }) => void) | undefined
  readonly signal?: AbortSignal | undefined
}

const lanes = 16
const statsAtOnce = 4096

/** Finds out by hashing what of a content is on disk. */
export class Recheck {
  /** Everything must be hashed (the index was lost) and has not been yet. */
  isPending = false
  /** Resolves when no piece layer is being computed. */
  making: Promise<unknown> = Promise.resolve()
  readonly #parts: StoredParts
  readonly #completion: Completion
  readonly #host: StoreHost
  readonly #files: FileTable
  readonly #bits: SegmentMap
  /** Piece hashes of files whose piece layer is not known yet. */
  readonly #candidates = new Map<number, { found: Found; pieces: Uint8Array; ours: boolean }>()
  readonly #stop = new AbortController()
  readonly #busy = new Set<number>()
  readonly #pieces: PieceRecheck | undefined

  constructor(parts: StoredParts, completion: Completion) {
    this.#parts = parts
    this.#completion = completion
    this.#host = parts.host
    this.#files = parts.files
    this.#bits = parts.bits
    if (parts.content.version === 'v1') this.#pieces = new PieceRecheck(parts, completion)
  }

  stop(): void {
    this.#stop.abort(new PeerageError('content.unknown', 'The store is closing.'))
  }

  /** Checks all files; returns the pieces that were believed and are wrong. */
  async all(options: VerifyOptions): Promise<number[]> {
    const { content } = this.#files
    const requests = content.files
      .filter(file => file.size > 0)
      .map(file => ({ file: file.index, ours: this.#files.isFinal(file.index), onlyMissing: false }))
    return await this.run(requests, options)
  }

  /** Checks some files, several at a time. */
  async run(requests: readonly CheckRequest[], options: VerifyOptions = {}): Promise<number[]> {
    const { content } = this.#files
    this.#host.db.begin()
    const totalBytes = requests.reduce((sum, { file }) => sum + content.files[file]!.size, 0)
    const signal =
      options.signal === undefined ? this.#stop.signal : AbortSignal.any([options.signal, this.#stop.signal])
    if (this.#pieces !== undefined)
      return await this.#runPieces(this.#pieces, requests, signal, totalBytes, options)
    const bad: number[] = []
    let bytes = 0
    let next = 0
    const lane = async (): Promise<void> => {
      for (let request = requests[next++]; request !== undefined; request = requests[next++]) {
        signal.throwIfAborted()
        bad.push(...(await this.#check(request, signal)))
        bytes += content.files[request.file]!.size
        options.onProgress?.({ bytes, totalBytes })
      }
    }
    await Promise.all(Array.from({ length: lanes }, lane))
    return bad.sort((a, b) => a - b)
  }

  /** v1 content: a piece may lie in several files, so all of them are looked over together. */
  async #runPieces(
    pieces: PieceRecheck,
    requests: readonly CheckRequest[],
    signal: AbortSignal,
    totalBytes: number,
    { onProgress }: VerifyOptions,
  ): Promise<number[]> {
    if (requests.length === 0) return []
    for (const { file } of requests) this.#busy.add(file)
    let bytes = 0
    const count = (more: number): void => {
      bytes = Math.min(bytes + more, totalBytes)
      onProgress?.({ bytes, totalBytes })
    }
    try {
      const found = await pieces.run(requests, file => this.#lose(file), signal, count)
      const told = new Set(found.gone.flatMap(file => piecesOf(this.#files.content.files[file]!)))
      this.#tellPieces(
        found.bad.filter(piece => !told.has(piece)),
        (file, some) => this.#tell(file, some),
      )
      this.#tellPieces(found.recovered, (file, some) =>
        this.#parts.events.emit('recovered', { file, pieces: some }),
      )
      return [...found.bad]
    } finally {
      for (const { file } of requests) this.#busy.delete(file)
    }
  }

  #tellPieces(pieces: readonly number[], tell: (file: number, pieces: readonly number[]) => void): void {
    const byFile = new Map<number, number[]>()
    for (const piece of pieces) {
      const { index } = this.#parts.map.pieceFile(piece)
      const some = byFile.get(index)
      if (some === undefined) byFile.set(index, [piece])
      else some.push(piece)
    }
    for (const [file, some] of byFile) tell(file, some)
  }

  /** A file under its final name does not have the bytes that it should. It is fetched anew; nobody looks at it again. */
  discard(file: number): void {
    this.#drop(file, this.#goneError(file))
  }

  /** The file is not what was verified: nothing of it is believed until it has been hashed, which starts now. */
  changed(file: number): PeerageError {
    const error = this.#goneError(file)
    // It was closed, and perhaps moved, while somebody read: what it thinks now is nobody's concern.
    if (this.#stop.signal.aborted) return error
    this.#drop(file, error)
    if (!this.#busy.has(file))
      this.run([{ file, ours: false, onlyMissing: false }]).catch(() => {
        // The pieces are gone from `have`, which has been told; `verify` looks again.
      })
    return error
  }

  layer(file: number): Uint8Array | undefined {
    return this.#host.db.layer(this.#parts.row.id, file)
  }

  /** Compares names, sizes and times; hashes what differs. For content that is asked for again. */
  async lookAgain(): Promise<void> {
    const requests: CheckRequest[] = []
    for (const file of await this.#differing()) {
      this.#drop(file, this.#goneError(file))
      requests.push({ file, ours: false, onlyMissing: false })
    }
    await this.run(requests)
  }

  /** The same; what differs is hashed in the background. */
  async notice(): Promise<void> {
    for (const file of await this.#differing()) this.changed(file)
  }

  /** Files under their final names that are not what they were, as far as name, size and time tell. */
  async #differing(): Promise<number[]> {
    const { content, base } = this.#files
    const finals = content.files.filter(file => file.size > 0 && this.#files.isFinal(file.index))
    const differing: number[] = []
    for (let from = 0; from < finals.length; from += statsAtOnce) {
      const some = finals.slice(from, from + statsAtOnce)
      const paths = some.map(file => this.#files.finalPath(file.index))
      const stats = await this.#host.pool.run({ op: 'stat', base, paths })
      some.forEach(({ index }, i) => {
        const stat = stats[i]!
        if (stat.kind !== 'file' || !sameStamp(this.#files.stamp(index), stat)) differing.push(index)
      })
    }
    return differing
  }

  /** Piece layers became known: what was hashed before can now be judged. */
  setLayers(layers: readonly (readonly [file: number, layer: Uint8Array])[]): void {
    this.#host.db.putLayers(this.#parts.row.id, layers)
    for (const [file, layer] of layers) this.#recognise(file, layer)
  }

  #recognise(file: number, layer: Uint8Array): void {
    const candidate = this.#candidates.get(file)
    if (candidate === undefined) return
    this.#candidates.delete(file)
    const { found, pieces, ours } = candidate
    const known = this.#knownPieces(file)
    this.#judge({ file, ours, onlyMissing: true }, found, pieces, layer, known).catch(error => {
      this.#parts.fail(error)
    })
  }

  /**
   * A file of a hybrid that was verified by the SHA-1 of its pieces: its piece layer is computed, so that the hash requests
   * of others can be answered (BEP 52).
   */
  makeLayer(file: number): void {
    const { files, pieceLength, version } = this.#files.content
    const { size, pieceCount, piecesRoot } = files[file]!
    const stamp = this.#files.stamp(file)
    if (version !== 'hybrid' || pieceCount < 2 || stamp === undefined || this.layer(file) !== undefined)
      return
    const { pool } = this.#host
    const { signal } = this.#stop
    const make = async (): Promise<void> => {
      const { pieces } = await hashFile(pool, {
        file: this.#files.finalRef(file),
        size,
        pieceLength,
        stamp,
        signal,
      })
      const root = await rootOfPieces(pool, pieces, pieceLength)
      if (!signal.aborted && equalBytes(root, piecesRoot!)) this.setLayers([[file, pieces]])
    }
    this.making = Promise.all([this.making, make().catch(() => undefined)])
  }

  async #check(request: CheckRequest, signal: AbortSignal, again = true): Promise<number[]> {
    const { file } = request
    const entry = this.#files.content.files[file]!
    const wasFinal = this.#files.isFinal(file)
    const known = this.#knownPieces(file)
    this.#busy.add(file)
    try {
      const found = await this.#find(entry)
      if (found === undefined) return this.#lose(file)
      const hashes = await this.#hash(request, entry, found, known, signal)
      return await this.#compare(request, entry, found, hashes, known)
    } catch (error) {
      if (!(error instanceof IoFailure)) throw error
      // Completed while it was hashed.
      if (again && !wasFinal && this.#files.isFinal(file)) return await this.#check(request, signal, false)
      return this.#lose(file)
    } finally {
      this.#busy.delete(file)
    }
  }

  async #find(entry: FileEntry): Promise<Found | undefined> {
    const files = this.#files
    const isDownload = this.#parts.row.origin === 'download'
    const paths = [files.finalPath(entry.index)]
    if (isDownload) paths.push(files.partPath(entry.index))
    const [final, part] = await this.#host.pool.run({ op: 'stat', base: files.base, paths })
    const fits = (stat: StatResult | undefined): stat is StatResult =>
      stat?.kind === 'file' && stat.size === entry.size
    const asFinal = fits(final) ? found('final', files.finalRef(entry.index), final) : undefined
    const asPart = fits(part) ? found('part', files.partRef(entry.index), part) : undefined
    return files.isFinal(entry.index) ? (asFinal ?? asPart) : (asPart ?? asFinal)
  }

  #hash(
    { onlyMissing }: CheckRequest,
    entry: FileEntry,
    { stage, ref, stamp }: Found,
    known: ReadonlySet<number>,
    signal: AbortSignal,
  ): Promise<FileHashes> {
    const judged = entry.pieceCount === 1 || this.layer(entry.index) !== undefined
    const isHybrid = this.#files.content.version === 'hybrid'
    return hashFile(this.#host.pool, {
      file: ref,
      size: entry.size,
      pieceLength: this.#files.content.pieceLength,
      stamp: stage === 'final' ? stamp : undefined,
      isGrowing: stage === 'part',
      sha1: isHybrid && !judged ? this.#sha1Mode(entry) : undefined,
      wanted: onlyMissing && (judged || isHybrid) ? piece => !known.has(entry.firstPiece + piece) : undefined,
      signal,
    })
  }

  async #compare(
    request: CheckRequest,
    entry: FileEntry,
    found: Found,
    { pieces, sha1 }: FileHashes,
    known: ReadonlySet<number>,
  ): Promise<number[]> {
    const { file } = request
    let expected = entry.pieceCount === 1 ? entry.piecesRoot! : this.layer(file)
    if (expected === undefined) {
      const root = await rootOfPieces(this.#host.pool, pieces, this.#files.content.pieceLength)
      if (!equalBytes(root, entry.piecesRoot!)) {
        if (sha1 !== undefined) return await this.#judge(request, found, sha1, this.#v1PiecesOf(entry), known)
        this.#candidates.set(file, { found, pieces, ours: request.ours })
        return []
      }
      expected = pieces
      this.setLayers([[file, pieces]])
    }
    return await this.#judge(request, found, pieces, expected, known)
  }

  /** Sets and clears bits; pieces that came in meanwhile through `accept` are left alone. */
  async #judge(
    request: CheckRequest,
    found: Found,
    pieces: Uint8Array,
    expected: Uint8Array,
    known: ReadonlySet<number>,
  ): Promise<number[]> {
    const { file } = request
    const { firstPiece, pieceCount } = this.#files.content.files[file]!
    const hashLength = pieces.length / pieceCount
    const bad: number[] = []
    const recovered: number[] = []
    for (let i = 0; i < pieceCount; i++) {
      const piece = firstPiece + i
      if (request.onlyMissing && known.has(piece)) continue
      const at = i * hashLength
      if (equalBytes(pieces.subarray(at, at + hashLength), expected.subarray(at, at + hashLength))) {
        if (this.#bits.have.has(piece)) continue
        this.#bits.setPiece(file, piece)
        recovered.push(piece)
      } else if (known.has(piece)) {
        this.#bits.clearPiece(file, piece)
        bad.push(piece)
      }
    }
    await settleFound(this.#parts, this.#completion, request, found)
    this.#completion.refresh(file)
    if (bad.length > 0) this.#tell(file, bad)
    if (recovered.length > 0) this.#parts.events.emit('recovered', { file, pieces: recovered })
    return bad
  }

  /** How the last piece of a file of a hybrid is padded (BEP 52, "upgrade path"). */
  #sha1Mode({ firstPiece, pieceCount }: FileEntry): 'padded' | 'plain' {
    const { map } = this.#parts
    const last = firstPiece + pieceCount - 1
    return map.v1PieceSize(last) > map.pieceSize(last) ? 'padded' : 'plain'
  }

  #v1PiecesOf({ firstPiece, pieceCount }: FileEntry): Uint8Array {
    return this.#files.content.v1Pieces!.subarray(firstPiece * 20, (firstPiece + pieceCount) * 20)
  }

  #knownPieces(file: number): ReadonlySet<number> {
    const { firstPiece, pieceCount } = this.#files.content.files[file]!
    const known = new Set<number>()
    for (let piece = firstPiece; piece < firstPiece + pieceCount; piece++)
      if (this.#bits.have.has(piece)) known.add(piece)
    return known
  }

  #lose(file: number): number[] {
    return this.#drop(file, this.#goneError(file))
  }

  #goneError(file: number): PeerageError {
    const path = `${this.#files.base}/${this.#files.ref(file).path}`
    return new PeerageError('store.source-changed', `${path} has changed or is gone.`, { details: { path } })
  }

  #drop(file: number, error: PeerageError): number[] {
    this.#host.pool.forget(this.#files.retire(file))
    const pieces = this.#bits.clearFile(file)
    this.#files.clear(file)
    this.#completion.refresh(file)
    for (const sharer of this.#bits.sharers(file)) this.#completion.refresh(sharer)
    if (pieces.length > 0) this.#parts.events.emit('changed', { file, pieces, error })
    return pieces
  }

  #tell(file: number, pieces: readonly number[]): void {
    const path = `${this.#files.base}/${this.#files.finalPath(file)}`
    const error = new PeerageError(
      'store.source-changed',
      `${path} is not what it was: ${pieces.length} pieces differ.`,
      {
        details: { path },
      },
    )
    this.#parts.events.emit('changed', { file, pieces, error })
  }
}

function piecesOf({ firstPiece, pieceCount }: FileEntry): number[] {
  return Array.from({ length: pieceCount }, (_, i) => firstPiece + i)
}

function found(stage: 'final' | 'part', ref: FileRef, { size, mtimeMs, ino }: Stamp): Found {
  return { stage, ref, stamp: { size, mtimeMs, ino } }
}
