import { lstat, realpath } from 'node:fs/promises'
import { basename, dirname } from 'node:path'
import { PeerageError } from '../base/index.ts'
import type { Content } from '../content/index.ts'
import { targetFor } from './add-download.ts'
import { type FoundContentFile, filesOf, hasBytes, onDisk } from './content-files.ts'
import { diskErrorOf } from './disk-errors.ts'
import type { StoreHost } from './host.ts'
import type { ContentRow } from './index-database.ts'
import { journalHeadOf } from './journal-head.ts'
import {
  carryEmptyFolders,
  clearFolders,
  copyAll,
  dropCopies,
  dropTwins,
  isOneFileSystem,
  type MoveOptions,
  type MoveParts,
  type Place,
  refuseTaken,
  renameAll,
  tableAt,
} from './move-content.ts'
import type { MoveIntent, MoveIntents } from './move-intent.ts'
import { sameStamp } from './stamps.ts'
import type { StoredContent } from './stored-content.ts'

export interface MoverOptions {
  readonly host: StoreHost
  readonly intents: MoveIntents
  /** The content stands where the index says now: it is looked at anew. */
  readonly reenter: (row: ContentRow, content: Content) => StoredContent
}

/**
 * Takes downloads to another folder. An intent is durable before a file is touched, and names are before the index says the new
 * place, so that whatever happens the next start knows where the files are.
 */
export class Mover {
  readonly #host: StoreHost
  readonly #intents: MoveIntents
  readonly #reenter: MoverOptions['reenter']
  readonly #stop = new AbortController()

  constructor({ host, intents, reenter }: MoverOptions) {
    this.#host = host
    this.#intents = intents
    this.#reenter = reenter
  }

  /** What is being copied is left as it is, and goes on when it is asked for again. */
  stop(): void {
    this.#stop.abort(new PeerageError('content.unknown', 'The store is closing.'))
  }

  /** Answers what stands at the new place. When it throws, all is at the old one, and `Store.get` gives that. */
  async move(stored: StoredContent, into: string, options: MoveOptions): Promise<StoredContent> {
    const { content, hash } = stored
    const row = this.#host.db.content(hash)!
    const parts: MoveParts = { host: this.#host, row, content }
    const usual = await targetFor(this.#host, content, into)
    // A name that another program or person gave it stays, where it can.
    const to = usual.exact === row.exact ? { ...usual, target: row.target } : usual
    await this.#forgetOther(parts, to)
    if (to.base === row.base && to.target === row.target) return stored
    if (`${to.base}/`.startsWith(`${stored.root}/`))
      throw new PeerageError('usage.invalid', 'A folder cannot be moved into itself.')
    if (await isOneFileSystem(row.base, to.base)) return await this.#rename(stored, to, options)
    return await this.#copy(stored, to, options)
  }

  /** The user moved the files: they are looked for in a folder, or under a path of their own. */
  async repoint(stored: StoredContent, path: string, { beforeSwitch }: MoveOptions): Promise<StoredContent> {
    const row = this.#host.db.content(stored.hash)!
    const to = await this.#placeAt(stored, row, path)
    return await this.#letGo(stored, beforeSwitch, async parts => {
      await this.#switch(parts, to, undefined, tableAt(parts, to).takeDirtyStamps())
    })
  }

  /** Once after opening: what a crash broke off goes on. Throws when that cannot be done yet. */
  async recover(hash: string, intent: MoveIntent, stored: StoredContent): Promise<void> {
    const row = this.#host.db.content(hash)!
    const parts: MoveParts = { host: this.#host, row, content: stored.content }
    const other = placeOfIntent(intent)
    if (intent.phase === 'renaming') {
      const files = filesOf(tableAt(parts, row), tableAt(parts, other))
      await this.#renameAndSwitch(parts, other, files, {})
      this.#reenter(this.#host.db.content(hash)!, parts.content)
    } else if (intent.phase === 'deleting') await this.#deleteOld(parts, other)
  }

  async #rename(stored: StoredContent, to: Place, options: MoveOptions): Promise<StoredContent> {
    return await this.#letGo(stored, options.beforeSwitch, async parts => {
      const files = filesOf(tableAt(parts, parts.row), tableAt(parts, to))
      await refuseTaken(parts, to.base, files)
      await this.#intend(parts, { phase: 'renaming', ...to })
      await this.#renameAndSwitch(parts, to, files, options)
    })
  }

  async #renameAndSwitch(
    parts: MoveParts,
    to: Place,
    files: ReturnType<typeof filesOf>,
    options: MoveOptions,
  ): Promise<void> {
    try {
      await renameAll(parts, to, files, options)
    } catch (error) {
      // All have their old names back.
      this.#intents.clear(parts.row.hash)
      throw error
    }
    await this.#switch(parts, to, undefined, new Map())
    await carryEmptyFolders(parts, parts.row, to)
    await clearFolders(
      this.#host,
      parts.row,
      files.map(({ from }) => from),
    )
  }

  async #copy(stored: StoredContent, to: Place, options: MoveOptions): Promise<StoredContent> {
    const { content, hash } = stored
    if (this.#intents.get(hash) === undefined) {
      const parts: MoveParts = { host: this.#host, row: this.#host.db.content(hash)!, content }
      await refuseTaken(parts, to.base, filesOf(tableAt(parts, parts.row), tableAt(parts, to)))
      await this.#intend(parts, { phase: 'copying', ...to })
    }
    // What is complete is read from its old place while it is copied; what is being written cannot be.
    let before: readonly FoundContentFile[] = []
    if (stored.isComplete) {
      const parts: MoveParts = { host: this.#host, row: this.#host.db.content(hash)!, content }
      before = await this.#filesOf(parts, to)
      await this.#copyFiles(parts, to, before, options)
    }
    const moved = await this.#letGo(stored, options.beforeSwitch, async parts => {
      const files = await this.#filesOf(parts, to)
      await this.#refuseChanged(parts, to, before, files)
      const stamps = await this.#copyFiles(parts, to, files, options)
      await this.#switch(parts, to, { phase: 'deleting', ...placeOfRow(parts.row) }, stamps)
    })
    const row = this.#host.db.content(hash)!
    await this.#deleteOld({ host: this.#host, row, content }, placeOfIntent(this.#intents.get(hash)!))
    return moved
  }

  /** What is there at the old place, with the names that it will have. */
  #filesOf(parts: MoveParts, to: Place): Promise<FoundContentFile[]> {
    const files = filesOf(tableAt(parts, parts.row), tableAt(parts, to))
    return onDisk(this.#host.pool, parts.row.base, files)
  }

  /** When it ends early nothing has happened to the old place, and what was copied is deleted. */
  async #copyFiles(
    parts: MoveParts,
    to: Place,
    files: readonly FoundContentFile[],
    options: MoveOptions,
  ): Promise<ReadonlyMap<number, Uint8Array>> {
    try {
      const signals = [this.#stop.signal, ...(options.signal === undefined ? [] : [options.signal])]
      const signal = AbortSignal.any(signals)
      return (await copyAll(parts, to, files, { ...options, signal })).takeDirtyStamps()
    } catch (error) {
      if (this.#stop.signal.aborted) throw error
      await dropCopies(this.#host, to, files)
      this.#intents.clear(parts.row.hash)
      throw error
    }
  }

  /** Somebody worked on a file while it was copied. */
  async #refuseChanged(
    { row }: MoveParts,
    to: Place,
    before: readonly FoundContentFile[],
    now: readonly FoundContentFile[],
  ): Promise<void> {
    const stamps = new Map(before.map(({ from, stamp }) => [from, stamp]))
    const changed = now.find(one => {
      const stamp = hasBytes(one) ? stamps.get(one.from) : undefined
      return stamp !== undefined && !sameStamp(stamp, one.stamp)
    })
    if (changed === undefined) return
    await dropCopies(this.#host, to, before)
    this.#intents.clear(row.hash)
    const path = `${row.base}/${changed.from}`
    throw new PeerageError(
      'store.source-changed',
      `${path} changed while it was copied; nothing was moved.`,
      {
        details: { path },
      },
    )
  }

  async #deleteOld(parts: MoveParts, old: Place): Promise<void> {
    const table = tableAt(parts, parts.row)
    const twins = filesOf(table, tableAt(parts, old)).map(({ file, to, stage }) => ({
      path: to,
      stage,
      stamp: table.stamp(file),
    }))
    await carryEmptyFolders(parts, old, parts.row)
    await dropTwins(this.#host, old, twins)
    this.#intents.clear(parts.row.hash)
  }

  /** A move to elsewhere was broken off: what it copied is deleted. */
  async #forgetOther(parts: MoveParts, to: Place): Promise<void> {
    const intent = this.#intents.get(parts.row.hash)
    if (intent?.phase !== 'copying' || (intent.base === to.base && intent.target === to.target)) return
    const other = placeOfIntent(intent)
    await dropCopies(this.#host, other, await this.#filesOf(parts, other))
    this.#intents.clear(parts.row.hash)
  }

  /** Nobody reads or writes it while `work` runs; afterwards it is entered anew, from where the index says that it is. */
  async #letGo(
    stored: StoredContent,
    beforeSwitch: (() => Promise<void>) | undefined,
    work: (parts: MoveParts) => Promise<void>,
  ): Promise<StoredContent> {
    const { content, hash } = stored
    await beforeSwitch?.()
    await stored.close(true)
    stored.closeFiles()
    let moved = stored
    try {
      await work({ host: this.#host, row: this.#host.db.content(hash)!, content })
    } finally {
      moved = this.#reenter(this.#host.db.content(hash)!, content)
    }
    return moved
  }

  async #intend({ row }: MoveParts, intent: MoveIntent): Promise<void> {
    this.#intents.set(row.hash, intent)
    await this.#host.flushIndex()
  }

  /** The journal first, as it is only read when the index is lost; with an intent both places are looked at. */
  async #switch(
    { row, content }: MoveParts,
    to: Place,
    next: MoveIntent | undefined,
    stamps: ReadonlyMap<number, Uint8Array>,
  ): Promise<void> {
    const { db, journal } = this.#host
    const head = journalHeadOf({ ...row, ...to }, content)
    try {
      await journal.write(row.hash, { head, info: content.info })
    } catch (error) {
      throw diskErrorOf(error, 'writing', this.#host.home)
    }
    db.transaction(() => {
      db.moveContent(row.id, to, stamps)
      if (next === undefined) this.#intents.clear(row.hash)
      else this.#intents.set(row.hash, next)
    })
    await this.#host.flushIndex()
  }

  async #placeAt({ content }: StoredContent, row: ContentRow, path: string): Promise<Place> {
    for (const full of [`${path}/${row.target}`, path]) {
      const stat = await lstat(full).catch(() => undefined)
      const fits = content.singleFile ? stat?.isFile() : stat?.isDirectory()
      if (fits !== true) continue
      const real = await realpath(full)
      return { base: dirname(real), target: basename(real), exact: row.exact }
    }
    const what = content.singleFile ? 'file' : 'folder'
    throw new PeerageError(
      'store.source-unreadable',
      `Neither ${path}/${row.target} nor ${path} is the ${what} of this content.`,
      { details: { path } },
    )
  }
}

function placeOfIntent({ base, target, exact }: MoveIntent): Place {
  return { base, target, exact }
}

function placeOfRow({ base, target, exact }: ContentRow): Place {
  return { base, target, exact }
}
