import { bySteps } from './by-steps.ts'
import type { Checkpointer } from './checkpointer.ts'
import { diskError, diskErrorOf } from './disk-errors.ts'
import { FileSet } from './file-set.ts'
import type { FileTable } from './file-table.ts'
import { flushFiles } from './flush-files.ts'
import type { StoreHost } from './host.ts'
import type { Stamp } from './io-jobs.ts'
import type { SegmentMap } from './segment-map.ts'
import type { StoredParts } from './stored-parts.ts'

const filesPerStep = 1024

export interface CompletionOptions {
  readonly checkpointer: Checkpointer
  /** Somebody took a part file away. */
  readonly onPartLost: (file: number) => void
  /** The row must say that all has to be hashed. */
  readonly isRecheckPending: () => boolean
  /** A file is verified under its final name. */
  readonly onSettled: (file: number) => void
}

/**
 * From written to acknowledged. The order that a crash cannot break: bytes verified and written, file renamed, bytes
 * and names durable, then the index says so, then `completed` is told.
 */
export class Completion {
  readonly #parts: StoredParts
  readonly #options: CompletionOptions
  readonly #host: StoreHost
  readonly #files: FileTable
  readonly #bits: SegmentMap
  readonly #checkpointer: Checkpointer
  readonly #dirtyFiles = new Set<number>()
  #dirtyRow = false
  /** Wanted files, not empty, that are not whole under their final name. */
  #left: FileSet
  #placed: boolean
  #saved: boolean
  #ending: Promise<void> | undefined
  /** Files on their way to their final name. */
  readonly #renames = new Map<number, Promise<void>>()
  #done: { promise: Promise<void>; resolve: () => void } | undefined

  constructor(parts: StoredParts, options: CompletionOptions) {
    const { row, host, files, bits } = parts
    this.#parts = parts
    this.#options = options
    this.#host = host
    this.#files = files
    this.#bits = bits
    this.#checkpointer = options.checkpointer
    this.#saved = this.#placed = row.done && !row.recheck
    this.#left = this.#collect()
  }

  get isComplete(): boolean {
    return this.#saved && this.#left.size === 0
  }

  get isDirty(): boolean {
    return this.#dirtyRow || this.#dirtyFiles.size > 0
  }

  get done(): Promise<void> {
    if (this.isComplete) return Promise.resolve()
    this.#done ??= Promise.withResolvers<void>()
    return this.#done.promise
  }

  wrote(file: number, bytes: number): void {
    this.#dirtyFiles.add(file)
    this.#checkpointer.touch(bytes)
  }

  /** The index no longer says what is so (files found or lost). */
  touch(): void {
    this.#dirtyRow = true
    this.#checkpointer.touch(0)
  }

  /** All segments of the file are written; `stamp` when it already has its final name. */
  async fileDone(file: number, stamp: Stamp | undefined): Promise<void> {
    // Looking over what is there and `accept` may both find the last piece: the part is there only once.
    if (stamp === undefined && this.#files.isFinal(file)) return
    const under = stamp === undefined ? this.#renames.get(file) : undefined
    const renaming = under ?? this.#rename(file, stamp)
    this.#renames.set(file, renaming)
    try {
      await renaming
    } finally {
      if (this.#renames.get(file) === renaming) this.#renames.delete(file)
    }
  }

  async #rename(file: number, stamp: Stamp | undefined): Promise<void> {
    if (stamp === undefined) {
      const job = { op: 'finish', file: this.#files.partRef(file) } as const
      try {
        stamp = await this.#host.pool.run(job, 0, file)
      } catch (error) {
        const told = diskErrorOf(error, 'writing')
        // Somebody took the part file away: what was in it is gone.
        if (told.code === 'store.target-missing') this.#options.onPartLost(file)
        throw told
      }
    }
    this.#host.pool.forget(this.#files.retire(file))
    this.settleFile(file, stamp)
  }

  /** The file is whole and verified under its final name. */
  settleFile(file: number, stamp: Stamp): void {
    const wasFinal = this.#files.isFinal(file)
    this.#files.setFinal(file, stamp)
    this.touch()
    if (wasFinal) return
    this.#dirtyFiles.add(file)
    this.#left.delete(file)
    this.#parts.events.emit('file-completed', { file })
    this.#options.onSettled(file)
    this.tryToEnd()
  }

  /** A file was found or lost outside `accept`. */
  refresh(file: number): void {
    if (this.#isLeft(file)) this.#left.add(file)
    else this.#left.delete(file)
    this.#saved &&= this.#left.size === 0
    this.touch()
    this.tryToEnd()
  }

  /** What is wanted, or what is known to be on disk, changed as a whole. */
  reconsider(): void {
    this.#left = this.#collect()
    // Empty files and symlinks may be wanted now, or gone.
    this.#placed = this.#saved = false
    this.touch()
    this.#finishWhole()
    this.tryToEnd()
  }

  /** Of v1 content bytes of skipped files come along with their neighbours': one that is wanted now may be whole already. */
  #finishWhole(): void {
    if (this.#files.content.version !== 'v1') return
    for (const file of this.#left)
      if (this.#bits.missing(file) === 0 && !this.#files.isFinal(file))
        this.fileDone(file, undefined).catch(error => this.#parts.fail(error))
  }

  /** Ends the download when nothing is left: empty files and symlinks, then a checkpoint, then `completed`. */
  tryToEnd(): void {
    if (this.#left.size > 0 || this.isComplete || this.#ending !== undefined) return
    this.#ending = this.#end()
      .catch(error => {
        this.#parts.fail(error)
      })
      .finally(() => {
        this.#ending = undefined
      })
  }

  /** Resolves when no rename and no ending is under way. */
  async idle(): Promise<void> {
    while (this.#renames.size > 0 || this.#ending !== undefined)
      await Promise.allSettled([...this.#renames.values(), this.#ending])
  }

  async #end(): Promise<void> {
    if (!this.#placed) await this.#place()
    this.#placed = true
    this.#parts.events.emit('verified', {})
    this.#dirtyRow = true
    await this.#checkpointer.now()
    if (this.#left.size > 0) return
    await this.#host.flushIndex()
    this.#saved = true
    this.#done?.resolve()
    this.#done = undefined
    this.#parts.events.emit('completed', {})
  }

  async #place(): Promise<void> {
    const files = this.#files
    if (this.#parts.row.origin === 'share') return
    const wanted = files.content.files.filter(file => file.size === 0 && !files.isSkipped(file.index))
    if (wanted.length === 0) return
    const empty = wanted.filter(file => file.symlink === undefined)
    const links = wanted.filter(file => file.symlink !== undefined)
    const { failed } = await this.#host.pool.run({
      op: 'place',
      base: files.base,
      overwrite: files.overwrite,
      empty: empty.map(file => ({ path: files.finalPath(file.index), executable: file.executable === true })),
      links: links.map(file => ({ path: files.finalPath(file.index), target: files.linkTarget(file.index) })),
    })
    const first = failed[0]
    if (first !== undefined)
      throw diskError(
        { failed: first.code, message: first.code, path: `${files.base}/${first.path}` },
        'writing',
      )
  }

  /** One checkpoint: durable first, then the index. */
  async save(): Promise<void> {
    const dirty = [...this.#dirtyFiles]
    const segments = this.#bits.isFull ? undefined : this.#bits.segments.bytes.slice()
    const done = this.#left.size === 0 && this.#placed
    this.#dirtyFiles.clear()
    this.#dirtyRow = false
    try {
      await this.#flush(dirty)
      await this.#stampParts(dirty)
      this.#write(segments, done)
    } catch (error) {
      for (const file of dirty) this.#dirtyFiles.add(file)
      this.#dirtyRow = true
      throw error
    }
  }

  #write(segments: Uint8Array | undefined, done: boolean): void {
    const { db, world } = this.#host
    const stamps = this.#files.takeDirtyStamps()
    try {
      const recheck = this.#options.isRecheckPending()
      db.saveProgress(this.#parts.row.id, { segments, done, recheck, aliveAt: world.wallTime(), stamps })
    } catch (error) {
      this.#files.giveBackDirtyStamps(stamps.keys())
      throw error
    }
  }

  async #flush(dirty: readonly number[]): Promise<void> {
    if (dirty.length === 0) return
    const { base } = this.#files
    const { files, folders } = await bySteps(this.#pathsOf(dirty))
    await flushFiles({ base, files, folders: [...folders], oneByOne: this.#host.config.syncOneByOne })
    // Renamed since its path was made: once more under its final name.
    const renamed = await bySteps(this.#renamed(dirty, files))
    if (renamed.length > 0) await this.#flush(renamed)
  }

  /** Absolute, as they are called now: of 100,000 files that takes 50 ms, and a checkpoint comes in the middle of a transfer. */
  *#pathsOf(dirty: readonly number[]): Generator<void, { files: string[]; folders: Set<string> }> {
    const files: string[] = []
    const folders = new Set<string>()
    for (const file of dirty) {
      const path = `${this.#files.base}/${this.#files.path(file)}`
      folders.add(path.slice(0, path.lastIndexOf('/')))
      if (files.push(path) % filesPerStep === 0) yield
    }
    return { files, folders }
  }

  *#renamed(dirty: readonly number[], paths: readonly string[]): Generator<void, number[]> {
    const renamed: number[] = []
    for (const [i, file] of dirty.entries()) {
      if (`${this.#files.base}/${this.#files.path(file)}` !== paths[i]) renamed.push(file)
      if (i % filesPerStep === filesPerStep - 1) yield
    }
    return renamed
  }

  /** What part files look like, so that after a clean stop a changed one is noticed. */
  async #stampParts(dirty: readonly number[]): Promise<void> {
    const parts = dirty.filter(file => !this.#files.isFinal(file))
    if (parts.length === 0) return
    const paths = parts.map(file => this.#files.partPath(file))
    const stats = await this.#host.pool.run({ op: 'stat', base: this.#files.base, paths })
    stats.forEach((stat, i) => {
      if (stat.kind === 'file' && !this.#files.isFinal(parts[i]!)) this.#files.setPart(parts[i]!, stat)
    })
  }

  #collect(): FileSet {
    const left = new FileSet(this.#files.content.files.length)
    for (const { index } of this.#files.content.files) if (this.#isLeft(index)) left.add(index)
    return left
  }

  #isLeft(file: number): boolean {
    if (this.#files.isSkipped(file) || this.#files.content.files[file]!.size === 0) return false
    return !this.#files.isFinal(file) || this.#bits.missing(file) > 0
  }
}
