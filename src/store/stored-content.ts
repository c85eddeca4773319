import { type Bitfield, fromHex, PeerageError } from '../base/index.ts'
import { type Content, PieceMap, parseContent } from '../content/index.ts'
import { Checkpointer } from './checkpointer.ts'
import { Completion } from './completion.ts'
import { diskErrorOf, IoFailure } from './disk-errors.ts'
import { Emitter } from './emitter.ts'
import { FileTable, type Priority, priorityNames } from './file-table.ts'
import type { StoreHost } from './host.ts'
import type { ContentRow } from './index-database.ts'
import type { Stamp } from './io-jobs.ts'
import { type CheckRequest, Recheck, type VerifyOptions } from './recheck.ts'
import { filesToCheck } from './recover.ts'
import { SegmentMap } from './segment-map.ts'
import type { Lease } from './slab-pool.ts'

export interface Offer {
  readonly piece: number
  /** Start of a segment in the piece. */
  readonly begin: number
  readonly length: number
  /** Room of this store that holds the bytes from its beginning on; `accept` releases it in any case. */
  readonly lease: Lease
  /** Merkle root of the segment, 32 bytes, believed by the caller. */
  readonly expected: Uint8Array
}

export type Verdict =
  | { readonly ok: true; readonly pieceDone: boolean; readonly fileDone: boolean }
  /** The bytes are not what was expected: the SHA-256 of each 16 KiB of them shows which. */
  | { readonly ok: false; readonly leaves: Uint8Array }

export interface StoredEvents {
  /** A file is verified under its final name (durable at the next checkpoint). */
  'file-completed': { readonly file: number }
  /** All that is wanted is verified under its final name. */
  verified: Record<never, never>
  /** The same, durable, and the index says so. */
  completed: Record<never, never>
  /** A file is not what was verified any more; its pieces left `have`. */
  changed: { readonly file: number; readonly pieces: readonly number[]; readonly error: PeerageError }
  /** Pieces were found on disk and verified outside `accept`. */
  recovered: { readonly file: number; readonly pieces: readonly number[] }
  /** The disk refused: `accept` refuses too until `resume`. */
  error: { readonly error: PeerageError }
}

interface Loaded {
  readonly content: Content
  readonly map: PieceMap
  readonly files: FileTable
  readonly bits: SegmentMap
}

/** One content on this machine: its bytes, what of it is verified, where it goes. Loaded when first looked at. */
export class StoredContent {
  /** Info hash, lower-case hexadecimal. */
  readonly hash: string
  readonly origin: 'share' | 'download'
  readonly name: string
  /** In bytes. */
  readonly totalSize: number
  readonly pieceCount: number
  readonly addedAt: number
  readonly events: Emitter<StoredEvents> = new Emitter()
  /** Resolves when what a crash or a lost index left on disk has been looked over; until then `have` may grow. */
  ready: Promise<void> = Promise.resolve()
  readonly #host: StoreHost
  readonly #row: ContentRow
  readonly #checkpointer: Checkpointer
  readonly #inFlight = new Map<number, Promise<Verdict>>()
  #known: Content | undefined
  #loaded: Loaded | undefined
  #completion: Completion | undefined
  #recheck: Recheck | undefined
  #partPaths: Set<string> | undefined
  #error: PeerageError | undefined
  #closed = false

  /** `content`, when it is known already, saves reading it. */
  constructor(host: StoreHost, row: ContentRow, content?: Content) {
    this.#host = host
    this.#known = content
    this.#row = row
    this.hash = row.hash
    this.origin = row.origin
    this.name = row.name
    this.totalSize = row.totalSize
    this.pieceCount = row.pieceCount
    this.addedAt = row.addedAt
    this.#checkpointer = new Checkpointer({
      world: host.world,
      intervalMs: host.config.checkpointMs,
      bytes: host.config.checkpointBytes,
      save: () => this.completion.save(),
      onError: error => this.fail(error),
    })
  }

  /** Absolute path of the file or folder. */
  get root(): string {
    return `${this.#row.base}/${this.#row.target}`
  }

  /** @throws PeerageError `index.damaged`, when what describes it is gone. */
  get content(): Content {
    return this.#load().content
  }

  get pieces(): PieceMap {
    return this.#load().map
  }

  /** Pieces that are verified and can be read. Kept up to date; do not change it. */
  get have(): Bitfield {
    return this.#load().bits.have
  }

  /** Verified segments (see `SegmentMap`): the same as `have` unless pieces are longer than 1 MiB. */
  get segments(): Bitfield {
    return this.#load().bits.segments
  }

  /** Why nothing is accepted at present. */
  get error(): PeerageError | undefined {
    return this.#error
  }

  /** All that is wanted is verified, durable and under its final name. Cheap: loads nothing. */
  get isComplete(): boolean {
    return this.#completion?.isComplete ?? (this.#row.done && !this.#row.recheck)
  }

  /** Resolves once all that is wanted is complete; never rejects: see the event `error`. */
  get completed(): Promise<void> {
    return this.completion.done
  }

  on<Name extends keyof StoredEvents>(name: Name, listener: (event: StoredEvents[Name]) => void): () => void {
    return this.events.on(name, listener)
  }

  /** Bytes of a file that are verified. */
  fileProgress(file: number): number {
    return this.#load().bits.bytesOf(file)
  }

  /** Room in shared memory for `length` bytes (at most 1 MiB); undefined when all of it is taken. */
  lease(length: number): Lease | undefined {
    return this.#host.pool.lease(length)
  }

  /**
   * Hashes the bytes in a worker; when their merkle root is the expected one, writes them. Resolves when they are
   * written and, for the last ones of a file, when it has its final name.
   *
   * @throws PeerageError of kind `disk` or `conflict`; then nothing more is accepted until `resume`
   */
  accept(offer: Offer): Promise<Verdict> {
    const { bits, map } = this.#load()
    const file = map.pieceFile(offer.piece).index
    const segment = bits.number(offer.piece, offer.begin)
    this.#checkOffer(offer)
    const done = this.#stopped() ?? this.#duplicate(segment, offer)
    if (done !== undefined) return done
    const verdict = this.#write(offer, file, segment).finally(() => this.#inFlight.delete(segment))
    this.#inFlight.set(segment, verdict)
    return verdict
  }

  /**
   * Verified bytes, at most a piece; the caller owns them. Several small reads may share one ArrayBuffer.
   *
   * @throws PeerageError `store.source-changed` when the file is not what was verified, `store.io`
   */
  async read(piece: number, begin: number, length: number): Promise<Uint8Array> {
    const at = this.#locate(piece, begin, length)
    return await this.#fromDisk(at.file, () => {
      const { files } = this.#load()
      const stamp = files.isFinal(at.file) ? files.stamp(at.file) : undefined
      const job = { op: 'read', file: files.ref(at.file), stamp, offset: at.offset, length } as const
      return this.#host.pool.run(job, length, at.file)
    })
  }

  /** Hashes of the 16 KiB leaves of a stretch that starts and ends at leaves (or the file's end), from disk. */
  async leaves(piece: number, begin: number, length: number): Promise<Uint8Array> {
    const at = this.#locate(piece, begin, length)
    const result = await this.#fromDisk(at.file, () => {
      const { files, content } = this.#load()
      const stamp = files.isFinal(at.file) ? files.stamp(at.file) : undefined
      return this.#host.pool.run(
        {
          op: 'hash',
          file: files.ref(at.file),
          offset: at.offset,
          length,
          fileSize: content.files[at.file]!.size,
          pieceLength: content.pieceLength,
          height: 0,
          layer: 'leaves',
          stamp,
        },
        length,
        at.file,
      )
    })
    return result.hashes
  }

  /** The piece layer of a file of more than one piece, 32 bytes a piece; undefined when it is not known yet. */
  pieceLayer(file: number): Uint8Array | undefined {
    return this.#host.db.layer(this.#row.id, file)
  }

  /** `layer` was verified against the file's root by the caller. What is on disk already may now be recognised. */
  setPieceLayer(file: number, layer: Uint8Array): void {
    this.#host.db.putLayers(this.#row.id, [[file, layer]])
    this.recheck.layerArrived(file, layer)
  }

  priority(file: number): Priority {
    return this.#load().files.priority(file)
  }

  /** Skipped files are never created; what is there of one stays. */
  select(file: number, priority: Priority): void {
    this.selectAll([[file, priority]])
  }

  selectAll(choices: Iterable<readonly [file: number, priority: Priority]>): void {
    const { files } = this.#load()
    for (const [file, priority] of choices) {
      if (files.content.files[file] === undefined) throw new TypeError(`there is no file ${file}`)
      files.priorities[file] = priorityNames.indexOf(priority)
    }
    this.#host.db.savePriorities(this.#row.id, files.priorities)
    this.completion.selectionChanged()
  }

  /**
   * Hashes everything on disk again. `bad` are the pieces that were believed and are wrong; they leave `have`.
   * Good ones that were not known come in.
   *
   * @throws `signal.reason`
   */
  async verify(options: VerifyOptions = {}): Promise<{ bad: number[] }> {
    await this.settled()
    const bad = await this.recheck.all(options)
    await this.checkpoint()
    return { bad }
  }

  /** Accepts again after the disk refused. */
  resume(): void {
    this.#error = undefined
    this.completion.tryToEnd()
  }

  /** Everything accepted so far is durable and in the index when it resolves. */
  checkpoint(): Promise<void> {
    return this.#checkpointer.now()
  }

  /** Resolves when nothing that was given to `accept` is under way any more. */
  async settled(): Promise<void> {
    while (this.#inFlight.size > 0) await Promise.allSettled(this.#inFlight.values())
    await this.#completion?.idle()
  }

  /** For the store: the stamp that a file was verified with. */
  stamp(file: number): Stamp | undefined {
    return this.#load().files.stamp(file)
  }

  /** All of a file is verified and under its final name. */
  isWhole(file: number): boolean {
    const { files, bits } = this.#load()
    return files.isFinal(file) && bits.missing(file) === 0
  }

  /** For the store: the absolute path is that of one of its part files. */
  ownsPart(path: string): boolean {
    if (!path.startsWith(this.root)) return false
    const { files } = this.#load()
    this.#partPaths ??= new Set(
      files.content.files.map(file => `${files.base}/${files.partPath(file.index)}`),
    )
    return this.#partPaths.has(path)
  }

  /** For the store: starts a new download, with parts that lie there from an earlier time. */
  begin(parts: readonly number[]): void {
    this.#lookOver(parts.map(file => ({ file, ours: false, onlyMissing: false })))
  }

  /** For the store, after `close`: deletes what was downloaded, and the folders that are empty then. */
  async deleteFiles(): Promise<void> {
    const { files, content } = this.#load()
    const paths: string[] = []
    for (const { index, size, symlink } of content.files) {
      if (size > 0 && !files.isFinal(index)) paths.push(files.partPath(index))
      else if (files.isFinal(index) || symlink !== undefined || this.isComplete)
        paths.push(files.finalPath(index))
    }
    this.#host.pool.forget(content.files.flatMap(file => files.retire(file.index)))
    const folder = content.singleFile ? undefined : files.target
    try {
      for (let from = 0; from < paths.length; from += 1000) {
        const some = paths.slice(from, from + 1000)
        await this.#host.pool.run({ op: 'delete', base: files.base, paths: some, folder })
      }
    } catch (error) {
      throw diskErrorOf(error, 'writing', this.root)
    }
  }

  /** For the store alone: saves (unless the content is going away) and accepts nothing more. */
  async close(save: boolean): Promise<void> {
    this.#closed = true
    this.#recheck?.stop()
    await this.ready.catch(() => undefined)
    await this.settled()
    if (save && this.#completion?.isDirty) await this.checkpoint().catch(() => undefined)
    this.#checkpointer.stop()
  }

  /** For the parts of the store: an error of the disk stops accepting and is told once. */
  fail(error: unknown): PeerageError {
    const told = diskErrorOf(error, 'writing', this.root)
    if (this.#error === undefined && !this.#closed) {
      this.#error = told
      this.events.emit('error', { error: told })
    }
    return told
  }

  /** For the store, once after opening: looks over what a stop or crash left. Resolves when doubts have left `have`. */
  async recover(wasClean: boolean): Promise<void> {
    const { files, bits } = this.#load()
    const request = { host: this.#host, row: this.#row, files, bits, wasClean }
    const checks = await filesToCheck(request)
    this.recheck.isPending = this.#row.recheck
    this.#lookOver(checks)
  }

  #lookOver(checks: readonly CheckRequest[]): void {
    this.ready = this.recheck.run(checks).then(
      () => {
        this.recheck.isPending = false
        if (!this.#closed) this.completion.lookedOver()
      },
      error => {
        if (!this.#closed) this.fail(error)
      },
    )
  }

  get completion(): Completion {
    if (this.#completion === undefined) {
      const { files, bits } = this.#load()
      this.#completion = new Completion(this.#host, this.#row, this, this.#checkpointer, files, bits)
    }
    return this.#completion
  }

  get recheck(): Recheck {
    if (this.#recheck === undefined) {
      const { files, bits } = this.#load()
      this.#recheck = new Recheck(this.#host, this, files, bits)
    }
    return this.#recheck
  }

  async #write(offer: Offer, file: number, segment: number): Promise<Verdict> {
    const { files, bits, content } = this.#load()
    const { piece, begin, length, lease } = offer
    const offset = (piece - content.files[file]!.firstPiece) * content.pieceLength + begin
    // A copy: a view would take all bytes behind it along to the worker.
    const expected = Uint8Array.from(offer.expected)
    const place = this.#host.pool.locate(lease)
    this.#host.db.begin()
    try {
      const job = { op: 'accept', file: files.partRef(file), ...place, length, offset, expected } as const
      const result = await this.#host.pool.run(job, length, laneOf(file))
      lease.release()
      if (!result.ok) return result
      bits.set(file, segment)
      const fileDone = bits.missing(file) === 0
      this.completion.wrote(file, length)
      if (fileDone) await this.completion.fileDone(file, result.stamp)
      return { ok: true, pieceDone: bits.have.has(piece), fileDone }
    } catch (error) {
      throw this.fail(error)
    } finally {
      lease.release()
    }
  }

  #duplicate(segment: number, offer: Offer): Promise<Verdict> | undefined {
    const { bits } = this.#load()
    if (bits.segments.has(segment)) {
      offer.lease.release()
      return Promise.resolve({ ok: true, pieceDone: bits.have.has(offer.piece), fileDone: false })
    }
    const other = this.#inFlight.get(segment)
    if (other === undefined) return undefined
    return other.then(
      verdict => {
        if (!verdict.ok) return this.accept(offer)
        offer.lease.release()
        return { ...verdict, fileDone: false }
      },
      error => {
        offer.lease.release()
        throw error
      },
    )
  }

  #stopped(): Promise<never> | undefined {
    if (this.#closed) return Promise.reject(new PeerageError('content.unknown', 'This content is closed.'))
    return this.#error === undefined ? undefined : Promise.reject(this.#error)
  }

  #checkOffer({ piece, begin, length, lease }: Offer): void {
    const { map } = this.#load()
    const whole = Math.min(map.segmentLength, map.pieceSize(piece) - begin)
    if (begin % map.segmentLength !== 0 || length !== whole || lease.bytes.length < length)
      throw new TypeError('an offer is one whole segment')
  }

  #locate(piece: number, begin: number, length: number): { file: number; offset: number } {
    const { map, bits, content } = this.#load()
    if (begin < 0 || length <= 0 || begin + length > map.pieceSize(piece))
      throw new TypeError('outside of the piece')
    const entry = map.pieceFile(piece)
    if (!bits.hasStretch(piece, begin, length))
      throw new PeerageError('store.source-changed', `This part of ${entry.path.join('/')} is not here.`, {
        details: { piece },
      })
    return { file: entry.index, offset: (piece - entry.firstPiece) * content.pieceLength + begin }
  }

  /** Runs a reading job; when the file got its final name meanwhile, once more. */
  async #fromDisk<T>(file: number, job: () => Promise<T>): Promise<T> {
    const { files } = this.#load()
    const wasFinal = files.isFinal(file)
    try {
      return await job()
    } catch (error) {
      if (!wasFinal && files.isFinal(file)) return await this.#fromDisk(file, job)
      const told = diskErrorOf(error, 'reading', this.root)
      if (told.code === 'store.io' || !(error instanceof IoFailure)) throw told
      throw this.recheck.changed(file)
    }
  }

  #load(): Loaded {
    if (this.#loaded !== undefined) return this.#loaded
    const row = this.#row
    const content = this.#known ?? this.#parse()
    this.#known = undefined
    const map = new PieceMap(content)
    const { segmentLength } = map
    const files = new FileTable({
      ...row,
      content,
      segmentLength,
      stamps: this.#host.db.stamps(row.id),
    })
    this.#loaded = { content, map, files, bits: new SegmentMap(map, row.segments) }
    return this.#loaded
  }

  #parse(): Content {
    const { head, info } = this.#host.journal.read(this.hash)
    const infoHashV1 = head.infoHashV1 === undefined ? undefined : fromHex(head.infoHashV1)
    const { maxFiles } = this.#host.config
    return parseContent(info, { infoHash: fromHex(this.hash), infoHashV1 }, { maxFiles: maxFiles * 2 + 1 })
  }
}

/** Neighbours in the tree stay with one thread: two that create files in one folder wait for its lock. */
function laneOf(file: number): number {
  return file >> 6
}
