import { setImmediate } from 'node:timers/promises'
import type { StoredContent } from '../../store/index.ts'
import { contentOf } from './content-of.ts'
import type { FilesHost } from './host.ts'
import { placeAgain } from './place-again.ts'
import { placeContent } from './place-content.ts'
import { describeRecord, type TransferRecord } from './record.ts'
import { type StoredWatcher, watchStored } from './watch-stored.ts'

/** What describes content of more files is read by steps before a swarm is told of it. */
const manyFiles = 2000

export interface PlacementParts {
  readonly host: FilesHost
  readonly infoHash: Uint8Array
  readonly record: TransferRecord
  readonly watcher: StoredWatcher
  isStopped(): boolean
  save(): void
  /** What the store has may be believed from now on. */
  ready(stored: StoredContent): void
  /** What the store has turned out not to be complete any more. */
  incomplete(): void
  failed(error: unknown): void
  /** Work on the disk ended. */
  onChange(): void
  /** The metadata is that of hybrid content, whose name is this SHA-256. */
  succeed(infoHash: Uint8Array, info: Uint8Array): void
}

/** Where the bytes of one transfer are: finds a place for them, looks over what is there, and follows what becomes of it. */
export class Placement {
  readonly #parts: PlacementParts
  #stored: StoredContent | undefined
  #work: Promise<void> | undefined
  #watched = false
  /** What a crash left has been looked over. */
  #isReady = false

  constructor(parts: PlacementParts) {
    this.#parts = parts
  }

  get stored(): StoredContent | undefined {
    const { host, record } = this.#parts
    this.#stored ??= host.store.get(record.infoHash)
    return this.#stored
  }

  /** Something is done on the disk. */
  get isBusy(): boolean {
    return this.#work !== undefined
  }

  /** Whether what the store has may be believed, and be asked for without keeping everybody waiting. */
  get isReady(): boolean {
    if (this.#isReady) return true
    return this.stored?.isComplete === true && this.isAtHand
  }

  /** Whether what describes the content can be asked for without keeping everybody waiting. */
  get isAtHand(): boolean {
    return this.stored?.isLoaded !== false || this.#parts.record.fileCount <= manyFiles
  }

  /** Resolves when what is done on the disk now has ended. */
  async settled(): Promise<void> {
    await this.#work
  }

  /** The metadata is known: makes room on disk. Once at a time; errors end in `failed`. */
  place(info: Uint8Array, layers?: ReadonlyMap<string, Uint8Array>): Promise<void> {
    return this.#oneAtATime(() => this.#place(info, layers))
  }

  /** It is complete and asked for again: perhaps its files are gone or were changed meanwhile. */
  lookAgain(into: string | undefined): Promise<void> {
    return this.#oneAtATime(() => this.#lookAgain(into))
  }

  /** Nothing is fetched that is only being looked over. */
  whenReady(stored: StoredContent): Promise<void> {
    return this.#oneAtATime(() => this.#whenReady(stored))
  }

  /** Its files were moved: from now on `stored` has them. */
  moveTo(stored: StoredContent): void {
    this.#take(stored)
    this.#isReady = false
    if (stored.origin === 'download')
      this.#parts.record.into = stored.root.slice(0, stored.root.lastIndexOf('/'))
    this.#parts.save()
  }

  /** The record says what the store knows of it. */
  describe(stored: StoredContent): void {
    describeRecord(this.#parts.record, stored)
    this.#parts.save()
  }

  /** Listens to the store, once there is something to listen to. */
  watch(): void {
    const { stored } = this
    if (stored === undefined || this.#watched) return
    this.#watched = true
    watchStored(stored, this.#parts.watcher)
  }

  #oneAtATime(work: () => Promise<void>): Promise<void> {
    this.#work ??= work()
      .catch(error => this.#parts.failed(error))
      .finally(() => {
        this.#work = undefined
        this.#parts.onChange()
      })
    return this.#work
  }

  async #place(info: Uint8Array, layers?: ReadonlyMap<string, Uint8Array>): Promise<void> {
    const { host, infoHash, record, succeed, isStopped } = this.#parts
    const { content, becomes } = await contentOf(host.store, info, infoHash)
    if (content === undefined) {
      // What was removed meanwhile does not come back by another name.
      if (!isStopped()) succeed(becomes, info)
      return
    }
    // Known also after a restart when there turns out to be no place for it.
    if (content.isPrivate && record.public !== undefined) record.public.isPrivate = true
    this.#parts.save()
    const stored = await placeContent(host.store, content, record, layers)
    this.describe(stored)
    await this.#whenReady(stored)
  }

  async #lookAgain(into: string | undefined): Promise<void> {
    const { host, record, save, incomplete } = this.#parts
    const { stored } = this
    if (stored === undefined) return
    const found = await placeAgain(host.store, stored, into, record.overwrite ?? false)
    if (found !== stored) {
      this.#take(found)
      record.into = into
      save()
    }
    await this.#whenReady(found)
    if (!found.isComplete) incomplete()
  }

  async #whenReady(stored: StoredContent): Promise<void> {
    await stored.ready
    await stored.load()
    // What the swarm makes of many files takes as long as what the store did.
    if (this.#parts.record.fileCount > manyFiles) await setImmediate()
    this.#isReady = true
    if (this.#parts.isStopped()) return
    this.watch()
    this.#parts.ready(stored)
  }

  #take(stored: StoredContent): void {
    this.#stored = stored
    this.#watched = false
  }
}
