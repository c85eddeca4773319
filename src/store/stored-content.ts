import { setImmediate } from 'node:timers/promises'
import { type Bitfield, PeerageError } from '../base/index.ts'
import {
  type Content,
  type LeafFrame,
  nameContent,
  PieceMap,
  parseContent,
  segmentLengthOf,
} from '../content/index.ts'
import { Checkpointer } from './checkpointer.ts'
import { Completion } from './completion.ts'
import { infoHashesOf } from './content-journal.ts'
import { readContent } from './content-reader.ts'
import { diskErrorOf } from './disk-errors.ts'
import { Emitter } from './emitter.ts'
import { FileTable, type Priority, prepareLayout, priorityNames } from './file-table.ts'
import type { StoreHost } from './host.ts'
import type { ContentRow } from './index-database.ts'
import { Intake, type Offer, type Verdict } from './intake.ts'
import type { Stamp } from './io-jobs.ts'
import { placeFolders } from './place-folders.ts'
import { Recheck, type VerifyOptions } from './recheck.ts'
import { filesToCheck } from './recover.ts'
import { renamedFiles, renamedKind } from './renamed-files.ts'
import type { FolderPath } from './scan-folder.ts'
import { SegmentMap } from './segment-map.ts'
import { Serving } from './serving.ts'
import type { CheckRequest } from './settle-found.ts'
import type { Lease } from './slab-pool.ts'
import type { StoredEvents, StoredParts } from './stored-parts.ts'
import { WantedBytes } from './wanted-bytes.ts'

interface Loaded extends StoredParts {
  readonly completion: Completion
  readonly recheck: Recheck
  readonly intake: Intake
  readonly serving: Serving
  readonly wanted: WantedBytes
}

/** What describes a content, and where its files are when that has been written down just now. */
export interface KnownContent {
  readonly content: Content
  readonly files?: FileTable
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
  #known: KnownContent | undefined
  #loaded: Loaded | undefined
  #loading: Promise<void> | undefined
  #partPaths: Set<string> | undefined
  #error: PeerageError | undefined
  #tries = 0
  #closed = false

  /** What is `known` already is not read. */
  constructor(host: StoreHost, row: ContentRow, known?: KnownContent) {
    this.#host = host
    this.#known = known
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
      save: () => this.#load().completion.save(),
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
    return this.#loaded?.completion.isComplete ?? (this.#row.done && !this.#row.recheck)
  }

  /** Resolves once all that is wanted is complete; never rejects: see the event `error`. */
  get completed(): Promise<void> {
    return this.#load().completion.done
  }

  on<Name extends keyof StoredEvents>(name: Name, listener: (event: StoredEvents[Name]) => void): () => void {
    return this.events.on(name, listener)
  }

  /** Bytes of all files that are not skipped, and how many of them are verified. */
  get wanted(): { readonly bytes: number; readonly verified: number } {
    return this.#load().wanted.sum
  }

  /** Bytes of a file that are verified. */
  fileProgress(file: number): number {
    return this.#load().bits.bytesOf(file)
  }

  /** Room in shared memory for `length` bytes: a segment or a piece; undefined when all of it is taken. */
  lease(length: number): Lease | undefined {
    return this.#host.pool.lease(length)
  }

  /**
   * Hashes the bytes in a worker; when their merkle root (or, of a v1 piece, SHA-1) is the expected one, writes them.
   * Resolves when they are written and, for the last ones of a file, when it has its final name.
   *
   * @throws PeerageError of kind `disk` or `conflict`; then nothing more is accepted until `resume`
   */
  accept(offer: Offer): Promise<Verdict> {
    try {
      return this.#load().intake.accept(offer, this.#refusal())
    } catch (error) {
      offer.lease.release()
      return Promise.reject(error)
    }
  }

  /**
   * Verified bytes, at most a piece; the caller owns them. Several small reads may share one ArrayBuffer.
   *
   * @throws PeerageError `store.source-changed` when the file is not what was verified, `store.io`
   */
  async read(piece: number, begin: number, length: number): Promise<Uint8Array> {
    return await this.#load().serving.read(piece, begin, length)
  }

  /** Whether bytes of a file are verified and can be read. */
  hasFile(file: number, offset: number, length: number): boolean {
    return this.#load().serving.hasFile(file, offset, length)
  }

  /** Verified bytes of one file, which may lie in several pieces: some MiB at most. Throws as `read`. */
  async readFile(file: number, offset: number, length: number): Promise<Uint8Array> {
    return await this.#load().serving.readFile(file, offset, length)
  }

  /** As `readFile`, in room that is given back, with what stands around it. Release it once. */
  async loanFile(file: number, offset: number, length: number, frame?: LeafFrame): Promise<Lease> {
    return await this.#load().serving.loanFile(file, offset, length, frame)
  }

  /** As `read`, in room that is given back: for bytes that are only passed on. Release it once. */
  async loan(piece: number, begin: number, length: number): Promise<Lease> {
    return await this.#load().serving.loan(piece, begin, length)
  }

  /** Hashes of the 16 KiB leaves of a stretch that starts and ends at leaves (or the file's end), from disk. */
  async leaves(piece: number, begin: number, length: number): Promise<Uint8Array> {
    return await this.#load().serving.leaves(piece, begin, length)
  }

  /** The piece layer of a file of more than one piece, 32 bytes a piece; undefined when it is not known yet. */
  pieceLayer(file: number): Uint8Array | undefined {
    return this.#host.db.layer(this.#row.id, file)
  }

  /** `layer` was verified against the file's root by the caller. What is on disk already may now be recognised. */
  setPieceLayer(file: number, layer: Uint8Array): void {
    this.setPieceLayers([[file, layer]])
  }

  /** The same for many files at once. */
  setPieceLayers(layers: readonly (readonly [file: number, layer: Uint8Array])[]): void {
    this.#load().recheck.setLayers(layers)
  }

  priority(file: number): Priority {
    return this.#load().files.priority(file)
  }

  /** Skipped files are never created; what is there of one stays. */
  select(file: number, priority: Priority): void {
    this.selectAll([[file, priority]])
  }

  selectAll(choices: Iterable<readonly [file: number, priority: Priority]>): void {
    const { files, completion, wanted } = this.#load()
    wanted.chosen()
    for (const [file, priority] of choices) {
      if (files.content.files[file] === undefined) throw new TypeError(`there is no file ${file}`)
      files.priorities[file] = priorityNames.indexOf(priority)
    }
    this.#host.db.savePriorities(this.#row.id, files.priorities)
    completion.reconsider()
  }

  /**
   * Hashes everything on disk again. `bad` are the pieces that were believed and are wrong; they leave `have`.
   * Good ones that were not known come in.
   *
   * @throws `signal.reason`
   */
  async verify(options: VerifyOptions = {}): Promise<{ bad: number[] }> {
    await this.settled()
    const bad = await this.#load().recheck.all(options)
    await this.checkpoint()
    return { bad }
  }

  /** Looks whether the files are still those that were verified, by name, size and time. Those that are not leave `have`. */
  async notice(): Promise<void> {
    await this.#load().recheck.notice()
  }

  /** Accepts again after the disk refused. */
  resume(): void {
    this.#error = undefined
    this.#tries++
    this.#loaded?.completion.tryToEnd()
  }

  /** Everything accepted so far is durable and in the index when it resolves. */
  checkpoint(): Promise<void> {
    return this.#checkpointer.now()
  }

  /** Resolves when nothing that was given to `accept` is under way any more. */
  async settled(): Promise<void> {
    await this.#loaded?.intake.settled()
    await this.#loaded?.completion.idle()
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

  /** For the store: asked for again. What is gone or changed meanwhile leaves `have`; errors are forgotten. */
  async reopen(options: {
    overwrite?: boolean | undefined
    select?: readonly number[] | undefined
  }): Promise<void> {
    const { files, recheck, completion } = this.#load()
    if (options.overwrite === true && !files.overwrite) {
      files.overwrite = true
      this.#host.db.allowOverwrite(this.#row.id)
    }
    await this.ready
    await recheck.lookAgain()
    if (options.select !== undefined) {
      const skipped = options.select.filter(file => files.isSkipped(file))
      this.selectAll(skipped.map(file => [file, 'normal'] as const))
    }
    this.#error = undefined
    completion.reconsider()
    await completion.idle()
  }

  /** For the store: where a whole file is below `base`. */
  diskPath(file: number): string {
    return this.#load().files.finalPath(file)
  }

  /** For the store: the folder that its paths begin in. */
  get base(): string {
    return this.#row.base
  }

  /** For the store: what a file is called below its base while it is not whole. */
  partPath(file: number): string {
    return this.#load().files.partPath(file)
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

  /** Makes folders that no file is in, named from the root down, where that can be. Throws `path.unsafe`, of kind `disk`. */
  async addFolders(folders: readonly FolderPath[]): Promise<void> {
    if (this.#closed || this.origin === 'share') return
    try {
      await placeFolders(this.#host, this.#load().files, folders)
    } catch (error) {
      throw diskErrorOf(error, 'writing', this.root)
    }
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
    this.#loaded?.recheck.stop()
    await this.ready.catch(() => undefined)
    await this.settled()
    // One that is under way has taken along what was dirty: who closes the index now would lose it.
    await this.#checkpointer.idle()
    if (save && this.#loaded?.completion.isDirty) await this.checkpoint().catch(() => undefined)
    this.#checkpointer.stop()
  }

  /** For the store, after `close`: no thread has a file of it open any more. */
  closeFiles(): void {
    const { files, content } = this.#load()
    this.#host.pool.forget(content.files.flatMap(file => files.retire(file.index)))
  }

  /**
   * For the parts of the store: an error of the disk stops accepting and is told once. What was begun before the last `resume`, in
   * the try `begun`, does not stop what goes on now.
   */
  fail(error: unknown, begun: number = this.#tries): PeerageError {
    const told = diskErrorOf(error, 'writing', this.root)
    if (this.#error === undefined && !this.#closed && begun === this.#tries) {
      this.#error = told
      this.events.emit('error', { error: told })
    }
    return told
  }

  /** Whether what describes it has been read: else whoever looks at `content`, or at what is verified, waits for that. */
  get isLoaded(): boolean {
    return this.#loaded !== undefined
  }

  /** Reads what describes it, without keeping others waiting. Throws `index.damaged`. */
  async load(): Promise<void> {
    if (this.#loaded !== undefined) return
    // After a restart hundreds may ask for parts of it at once.
    this.#loading ??= this.#prepare().finally(() => {
      this.#loading = undefined
    })
    await this.#loading
  }

  async #prepare(): Promise<void> {
    const known = this.#known ?? { content: await this.#read() }
    if (this.origin === 'download') await prepareLayout(known.content, this.#row.exact)
    if (this.#loaded === undefined) this.#known ??= known
    // What made it, and what is made of it now, take a tenth of a second each where it has 400,000 files.
    await setImmediate()
    this.#load()
  }

  /** For the store, once after opening: looks over what a stop or crash left. Resolves when doubts have left `have`. */
  async recover(wasClean: boolean): Promise<void> {
    await this.load()
    const { files, bits, recheck } = this.#load()
    const checks = await filesToCheck({ host: this.#host, row: this.#row, files, bits, wasClean })
    recheck.isPending = this.#row.recheck
    this.#lookOver(checks)
  }

  #lookOver(checks: readonly CheckRequest[]): void {
    const { recheck, completion } = this.#load()
    this.ready = recheck.run(checks).then(
      () => {
        recheck.isPending = false
        if (!this.#closed) completion.reconsider()
      },
      error => {
        if (!this.#closed) this.fail(error)
      },
    )
  }

  #refusal(): PeerageError | undefined {
    if (this.#closed)
      return new PeerageError(
        'content.unknown',
        'This content is not kept any more, or the store is closing.',
      )
    if (this.origin === 'share')
      return new PeerageError(
        'store.read-only',
        `${this.root} is shared from its place and is not written to.`,
      )
    return this.#error
  }

  #load(): Loaded {
    if (this.#loaded !== undefined) return this.#loaded
    const row = this.#row
    const { content, files = this.#tableOf(content) } = this.#known ?? { content: this.#parse() }
    this.#known = undefined
    const map = new PieceMap(content)
    const bits = new SegmentMap(map, row.segments)
    const parts: StoredParts = {
      host: this.#host,
      row,
      content,
      map,
      files,
      bits,
      events: this.events,
      tries: () => this.#tries,
      fail: (error, begun) => this.fail(error, begun),
    }
    this.#loaded = this.#assemble(parts)
    return this.#loaded
  }

  #tableOf(content: Content): FileTable {
    const { db } = this.#host
    return new FileTable({
      ...this.#row,
      content,
      segmentLength: segmentLengthOf(content),
      stamps: db.stamps(this.#row.id),
      renamed: renamedFiles(db.getState(renamedKind, this.hash)),
    })
  }

  #assemble(parts: StoredParts): Loaded {
    const completion = new Completion(parts, {
      checkpointer: this.#checkpointer,
      onPartLost: file => recheck.changed(file),
      isRecheckPending: () => recheck.isPending,
      onSettled: file => recheck.makeLayer(file),
    })
    const recheck = new Recheck(parts, completion)
    const intake = new Intake(parts, completion, file => recheck.discard(file))
    const wanted = new WantedBytes(parts.content, parts.files, parts.bits)
    return { ...parts, completion, recheck, intake, serving: new Serving(parts, recheck), wanted }
  }

  #parse(): Content {
    const { head, info } = this.#host.journal.read(this.hash)
    return parseContent(info, infoHashesOf(this.hash, head), { maxFiles: this.#maxFiles })
  }

  async #read(): Promise<Content> {
    const { head, info } = this.#host.journal.read(this.hash)
    const said = await readContent(this.#host.pool, info, this.#maxFiles)
    return nameContent(said, infoHashesOf(this.hash, head))
  }

  get #maxFiles(): number {
    return this.#host.config.maxFiles * 2 + 1
  }
}
