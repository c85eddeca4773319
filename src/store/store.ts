import fs from 'node:fs'
import { open } from 'node:fs/promises'
import type { CID } from 'multiformats/cid'
import { PeerageError, toHex, type World } from '../base/index.ts'
import { type Content, type ContentInfo, segmentLengthOf } from '../content/index.ts'
import { type DownloadOptions, prepareDownload, targetFor } from './add-download.ts'
import { type AdoptOptions, adoptedRow } from './adopt.ts'
import { BlockStore } from './blocks/block-store.ts'
import { leafShapeOf, rootOfDag } from './blocks/make-dag.ts'
import { ownsTreePart, type TreeOptions } from './blocks/open-tree.ts'
import type { TreeWriter } from './blocks/tree-writer.ts'
import { bySteps } from './by-steps.ts'
import { type StoreConfig, storeConfig } from './config.ts'
import { ContentJournal } from './content-journal.ts'
import { type NamedTorrent, readContent, readTorrent } from './content-reader.ts'
import { type HashedShare, hashShare, pieceLengthFor, type ShareOptions } from './create-share.ts'
import { diskErrorOf } from './disk-errors.ts'
import { FileTable, prepareLayout } from './file-table.ts'
import type { LeavesOf } from './hashed-files.ts'
import type { StoreHost } from './host.ts'
import type { ContentRow, NewContent } from './index-database.ts'
import { IoPool } from './io-pool.ts'
import { journalHeadOf } from './journal-head.ts'
import { lookAhead, type TargetPlan } from './look-ahead.ts'
import type { MoveOptions } from './move-content.ts'
import { MoveIntents } from './move-intent.ts'
import { Mover } from './mover.ts'
import { openIndex } from './open-index.ts'
import { checkRenamed, renamedKind } from './renamed-files.ts'
import { type Scan, scanFolder } from './scan-folder.ts'
import { segmentCountOf } from './segment-map.ts'
import { type BlocksOf, isUnchanged, knownFiles, placeOf, type SharePlace } from './share-place.ts'
import { type KeyValue, StateLog } from './state-log.ts'
import { type KnownContent, StoredContent } from './stored-content.ts'

export interface StoreOptions {
  /** Folder of the index; created when missing, for its owner only. */
  readonly home: string
  readonly world: World
  readonly workers?: number | undefined
  readonly config?: Partial<StoreConfig> | undefined
  /** Does not wait for `Store.recovered`: the caller does, before it looks at any content. */
  readonly recoverLater?: boolean | undefined
}

/** What is in a file or folder. */
export interface DescribedContent {
  readonly content: Content
  readonly pieceLayers: ReadonlyMap<string, Uint8Array>
  /** On IPFS, cut and linked as `unixfs` says. */
  readonly root?: CID
}

/** Where bytes live on this machine: files in place plus one index. */
export interface Store {
  readonly state: KeyValue
  /** The same bytes, and others, as blocks of IPFS. */
  readonly blocks: BlockStore
  /** Resolves when what a stop or crash left has been looked over by name, size and time: what is in doubt left `have`. */
  readonly recovered: Promise<void>
  /** Things a person should be told after opening, such as `index.damaged`. */
  readonly notices: readonly PeerageError[]
  /** SHA-256 or SHA-1 in a worker. */
  hash(bytes: Uint8Array, algorithm?: 'sha256' | 'sha1'): Promise<Uint8Array>
  /** Reads a `.torrent` file in a worker; piece layers are views of `bytes`. Throws `content.invalid`, `bencode.*`. */
  readTorrent(bytes: Uint8Array): Promise<NamedTorrent>
  /** What an info dictionary says; a long one is read in a worker. Throws the same. */
  readContent(info: Uint8Array): Promise<ContentInfo>
  /**
   * Makes content of a file or folder in place. Files that did not change since it was last shared are not read again.
   *
   * @throws PeerageError `store.source-unreadable`, `store.source-changed`, `content.invalid`; `signal.reason`
   */
  createShare(path: string, options?: ShareOptions): Promise<StoredContent>
  /**
   * What `createShare` would make, without keeping anything; piece layers by the hexadecimal root of their file.
   *
   * @throws PeerageError as `createShare`
   */
  describe(path: string, options?: ShareOptions): Promise<DescribedContent>
  /**
   * Prepares a place for content that comes from elsewhere; the same again gives what is there. Writes no file yet.
   *
   * @throws PeerageError `store.exists`, `store.read-only`, `store.target-missing`, `path.unsafe`
   */
  addDownload(content: Content, options: DownloadOptions): Promise<StoredContent>
  /**
   * Where `addDownload` would put the files of a content, and what stands there; of as many of them as `limit` says. Changes nothing.
   *
   * @throws PeerageError `path.unsafe`, of kind `disk`
   */
  lookAhead(content: Content, into: string, limit: number): Promise<TargetPlan>
  /**
   * Takes over files where another program has put them. None is believed: all are hashed from now on, see `ready`.
   *
   * @throws PeerageError `path.unsafe`, `store.exists`, `store.read-only`
   */
  adopt(content: Content, options: AdoptOptions): Promise<StoredContent>
  /**
   * Prepares a place for a DAG of IPFS that is fetched to files, which become a content like all others when they are whole; the same again
   * goes on where it was.
   *
   * @throws PeerageError `content.invalid`, `path.unsafe`, `store.exists`, `store.read-only`, `store.target-missing`
   */
  openTree(options: TreeOptions): Promise<TreeWriter>
  /** Deletes what was written of such a tree that is not whole and that nobody writes now. Rejects with what the disk says. */
  discardTree(id: string): Promise<void>
  /** The sizes of files below a folder, in bytes; undefined where there is none. */
  sizes(folder: string, paths: readonly string[]): Promise<(number | undefined)[]>
  contents(): Iterable<StoredContent>
  get(infoHashHex: string): StoredContent | undefined
  /**
   * Takes a download, or what is there of it, to another folder: by new names on one file system, else by copies, during which
   * complete content can still be read. Ended early, by the signal or a full disk, it leaves all where it was. Answers what
   * stands for the content from now on; after a failure `get` gives that.
   *
   * @throws PeerageError `store.exists`, `store.disk-full`, `store.read-only`, `store.target-missing`; `signal.reason`
   */
  move(infoHashHex: string, into: string, options?: MoveOptions): Promise<StoredContent>
  /**
   * The user moved the files of a content: from now on they are at `path`, or below it. What looks unlike what was verified is
   * hashed.
   *
   * @throws PeerageError `store.source-unreadable`
   */
  repoint(infoHashHex: string, path: string, options?: MoveOptions): Promise<StoredContent>
  /** Moves by copy that a stop broke off: where to each goes on. */
  brokenMoves(): Iterable<readonly [infoHashHex: string, into: string]>
  /** Forgets content. `deleteFiles` deletes what was downloaded (never files that are shared from their place). */
  remove(infoHashHex: string, options: { deleteFiles: boolean }): Promise<void>
  /** Starts what the first reading or writing would have to wait for otherwise, 0.1 s. */
  warmUp(): void
  close(): Promise<void>
}

/** Opens the store of a home. Throws `daemon.running`, `store.read-only`. */
export async function openStore(options: StoreOptions): Promise<Store> {
  const given = options.workers === undefined ? {} : { workers: options.workers }
  const config = storeConfig.parse({ ...options.config, ...given })
  const { home, world } = options
  try {
    fs.mkdirSync(home, { recursive: true, mode: 0o700 })
  } catch (error) {
    throw diskErrorOf(error, 'writing', home)
  }
  const journal = new ContentJournal(home)
  const { db, notice } = await openIndex(home, journal, world)
  const pool = new IoPool({
    workers: config.workers,
    slabBytes: config.slabBytes,
    openFiles: config.openFilesPerWorker,
  })
  const flushIndex = (): Promise<void> => flushPath(`${home}/index.db-wal`)
  const host: StoreHost = { home, world, config, pool, db, journal, flushIndex }
  const store = new DiskStore(host, notice === undefined ? [] : [notice])
  if (options.recoverLater !== true) await store.recovered
  return store
}

/** SQLite keeps no lock on its WAL file, so opening and closing it here drops none. */
async function flushPath(path: string): Promise<void> {
  const file = await open(path, 'r+').catch(error => {
    // Nothing was committed since the file was last moved into the database.
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  })
  if (file === undefined) return
  try {
    await file.datasync()
  } finally {
    await file.close()
  }
}

class DiskStore implements Store {
  readonly state: StateLog
  readonly blocks: BlockStore
  readonly recovered: Promise<void>
  readonly notices: readonly PeerageError[]
  readonly #host: StoreHost
  readonly #contents = new Map<string, StoredContent>()
  readonly #rows = new Map<string, ContentRow>()
  readonly #adding = new Map<string, Promise<unknown>>()
  readonly #intents: MoveIntents
  readonly #mover: Mover
  #closed = false

  constructor(host: StoreHost, notices: readonly PeerageError[]) {
    this.#host = host
    this.notices = notices
    this.state = new StateLog(host.db, host.home, host.config.stateLogBytes)
    this.blocks = new BlockStore({
      host,
      state: this.state,
      content: hash => this.#contents.get(hash),
      enterTree: (table, content, layers) => this.#enterTree(table, content, layers),
    })
    this.#intents = new MoveIntents(this.state)
    this.#mover = new Mover({
      host,
      intents: this.#intents,
      reenter: (row, content) => this.#enter(row, { content }),
    })
    for (const row of host.db.contents()) this.#enter(row)
    this.recovered = this.#recover()
    this.recovered.catch(() => {
      // Whoever waits for it is told.
    })
  }

  async #recover(): Promise<void> {
    const astray = await this.#recoverMoves()
    const open = [...this.#rows.values()].filter(row => (!row.done || row.recheck) && !astray.has(row.hash))
    const { wasClean } = this.#host.db
    for (const row of open) {
      const stored = this.#contents.get(row.hash)!
      try {
        await stored.recover(wasClean)
      } catch (error) {
        stored.fail(error)
      }
    }
  }

  /** Answers the contents whose files are at two places still: nothing of them is looked at. */
  async #recoverMoves(): Promise<Set<string>> {
    const astray = new Set<string>()
    for (const [hash, intent] of [...this.#intents.all()]) {
      const stored = this.#contents.get(hash)
      if (stored === undefined) {
        this.#intents.clear(hash)
        continue
      }
      try {
        await this.#mover.recover(hash, intent, stored)
      } catch (error) {
        astray.add(hash)
        stored.fail(diskErrorOf(error, 'writing', intent.base))
      }
    }
    return astray
  }

  async hash(bytes: Uint8Array, algorithm: 'sha256' | 'sha1' = 'sha256'): Promise<Uint8Array> {
    try {
      return await this.#host.pool.run({ op: 'digest', bytes, algorithm }, bytes.length)
    } catch (error) {
      throw diskErrorOf(error, 'reading')
    }
  }

  async readTorrent(bytes: Uint8Array): Promise<NamedTorrent> {
    return await readTorrent(this.#host.pool, bytes)
  }

  async readContent(info: Uint8Array): Promise<ContentInfo> {
    return await readContent(this.#host.pool, info)
  }

  async createShare(path: string, options: ShareOptions = {}): Promise<StoredContent> {
    const place = await placeOf(path)
    return await this.#oneAtATime(`share ${place.base}/${place.target}`, () => this.#share(place, options))
  }

  async describe(path: string, options: ShareOptions = {}): Promise<DescribedContent> {
    const place = await placeOf(path)
    const { scan, pieceLength } = await this.#scan(place, options)
    const { content, hashes } = await this.#hash(place, options, scan, pieceLength)
    const pieceLayers = new Map<string, Uint8Array>()
    for (const [file, layer] of hashes.layers) pieceLayers.set(toHex(content.files[file]!.piecesRoot!), layer)
    const { unixfs: profile, signal } = options
    const root =
      profile &&
      (await rootOfDag({ content, profile, blocks: hashes.leaves, emptyFolders: scan.emptyFolders, signal }))
    return { content, pieceLayers, ...(root && { root }) }
  }

  async addDownload(content: Content, options: DownloadOptions): Promise<StoredContent> {
    const hash = toHex(content.infoHash)
    return await this.#oneAtATime(hash, () => this.#download(hash, content, options))
  }

  async lookAhead(content: Content, into: string, limit: number): Promise<TargetPlan> {
    return await lookAhead(this.#host, content, into, limit)
  }

  async adopt(content: Content, options: AdoptOptions): Promise<StoredContent> {
    const hash = toHex(content.infoHash)
    return await this.#oneAtATime(hash, () => this.#adopt(hash, content, options))
  }

  async openTree(options: TreeOptions): Promise<TreeWriter> {
    return await this.blocks.openTree(options)
  }

  async discardTree(id: string): Promise<void> {
    await this.blocks.discardTree(id)
  }

  async sizes(folder: string, paths: readonly string[]): Promise<(number | undefined)[]> {
    const stats = await this.#host.pool.run({ op: 'stat', base: folder, paths })
    return stats.map(({ kind, size }) => (kind === 'file' ? size : undefined))
  }

  contents(): Iterable<StoredContent> {
    return this.#contents.values()
  }

  get(infoHashHex: string): StoredContent | undefined {
    return this.#contents.get(infoHashHex)
  }

  async move(infoHashHex: string, into: string, options: MoveOptions = {}): Promise<StoredContent> {
    return await this.#oneAtATime(infoHashHex, () =>
      this.#mover.move(this.#known(infoHashHex), into, options),
    )
  }

  async repoint(infoHashHex: string, path: string, options: MoveOptions = {}): Promise<StoredContent> {
    return await this.#oneAtATime(infoHashHex, async () => {
      const stored = await this.#mover.repoint(this.#known(infoHashHex), path, options)
      await stored.reopen({})
      return stored
    })
  }

  *brokenMoves(): Iterable<readonly [infoHashHex: string, into: string]> {
    for (const [hash, { phase, base }] of this.#intents.all())
      if (phase === 'copying' && this.#contents.has(hash)) yield [hash, base]
  }

  async remove(infoHashHex: string, { deleteFiles }: { deleteFiles: boolean }): Promise<void> {
    await this.#remove(infoHashHex, deleteFiles)
    this.blocks.forget(infoHashHex)
  }

  /** Its DAGs stay: the same bytes come again. */
  async #remove(infoHashHex: string, deleteFiles: boolean): Promise<void> {
    const stored = this.#contents.get(infoHashHex)
    const row = this.#rows.get(infoHashHex)
    if (stored === undefined || row === undefined) throw new PeerageError('content.unknown')
    this.#contents.delete(infoHashHex)
    this.#rows.delete(infoHashHex)
    await stored.close(false)
    if (row.origin === 'download' && deleteFiles) await stored.deleteFiles()
    this.#host.db.removeContent(row.id)
    this.#intents.clear(infoHashHex)
    this.state.delete(renamedKind, infoHashHex)
    await this.#host.journal.remove(infoHashHex)
  }

  warmUp(): void {
    this.#host.pool.warmUp()
  }

  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    this.#mover.stop()
    await this.recovered.catch(() => undefined)
    await Promise.allSettled(this.#adding.values())
    await Promise.all([...this.#contents.values()].map(stored => stored.close(true)))
    await this.blocks.close()
    await this.#host.pool.close()
    this.state.close()
    this.#host.db.close()
  }

  async #share(place: SharePlace, options: ShareOptions): Promise<StoredContent> {
    const { scan, pieceLength } = await this.#scan(place, options)
    for (const stored of this.#sharesAt(place)) {
      await stored.load()
      if (await bySteps(isUnchanged(stored, scan, pieceLength, options)))
        return await this.#withDag(stored, options, scan)
    }
    const { content, hashes } = await this.#hash(place, options, scan, pieceLength)
    options.signal?.throwIfAborted()
    const stored = await this.#enterShare(place, scan, content, hashes.layers)
    return await this.#withDag(stored, options, scan, hashes.leaves)
  }

  async #withDag(
    stored: StoredContent,
    { unixfs: profile, signal, onProgress }: ShareOptions,
    { emptyFolders }: Scan,
    blocks?: LeavesOf,
  ): Promise<StoredContent> {
    if (profile !== undefined)
      await this.blocks.addDag(stored, { profile, blocks, emptyFolders, signal, onProgress })
    return stored
  }

  async #hash(
    place: SharePlace,
    options: ShareOptions,
    scan: Scan,
    pieceLength: number,
  ): Promise<HashedShare> {
    const { unixfs } = options
    const shares = this.#sharesAt(place)
    const leavesOf = new Map<string, LeavesOf | undefined>()
    if (unixfs !== undefined)
      for (const { hash } of shares) leavesOf.set(hash, await this.blocks.leavesOf(hash, unixfs))
    const blocksOf: BlocksOf = (hash, file) => leavesOf.get(hash)?.(file)
    for (const stored of shares) await stored.load()
    const known = await bySteps(knownFiles(shares, pieceLength, unixfs && blocksOf))
    const leaves = unixfs && leafShapeOf(unixfs)
    return await hashShare(this.#host.pool, { ...options, ...place, scan, pieceLength, known, leaves })
  }

  async #scan(place: SharePlace, options: ShareOptions): Promise<{ scan: Scan; pieceLength: number }> {
    const { pool, config } = this.#host
    const scan = await scanFolder(pool, {
      ...place,
      ...options,
      maxFiles: config.maxFiles,
      isPart: path => this.#isPart(path),
    })
    return { scan, pieceLength: pieceLengthFor(scan, options) }
  }

  async #enterShare(
    place: SharePlace,
    scan: Scan,
    content: Content,
    layers: Map<number, Uint8Array>,
  ): Promise<StoredContent> {
    const hash = toHex(content.infoHash)
    const old = this.#contents.get(hash)
    // The same bytes are here already, from a download or another folder: one place is enough, if it is still there.
    if (old?.isComplete && (old.origin === 'download' || old.root !== `${place.base}/${place.target}`)) {
      await old.reopen({})
      if (old.isComplete) return old
    }
    if (old !== undefined) await this.#remove(hash, false)
    const segmentLength = segmentLengthOf(content)
    const common = { content, origin: 'share', base: place.base, target: place.target, exact: true } as const
    const table = new FileTable({
      ...common,
      overwrite: false,
      segmentLength,
      stamps: new Map(),
      priorities: undefined,
    })
    await bySteps(setStamps(table, scan))
    const row: NewContent = { ...this.#wholeRow(content, table), origin: 'share', overwrite: false }
    return await this.#add({ content, files: table }, row, table.takeDirtyStamps(), layers)
  }

  /** The row of content that is all there. */
  #wholeRow(
    content: Content,
    { base, target, exact }: Pick<NewContent, 'base' | 'target' | 'exact'>,
  ): Omit<NewContent, 'origin' | 'overwrite'> {
    return {
      base,
      target,
      exact,
      hash: toHex(content.infoHash),
      name: content.name,
      totalSize: content.totalSize,
      pieceCount: content.pieceCount,
      addedAt: this.#host.world.wallTime(),
      segments: undefined,
      segmentCount: segmentCountOf(content, segmentLengthOf(content)),
      priorities: undefined,
      done: true,
      recheck: false,
      aliveAt: 0,
    }
  }

  /** Files that were fetched as blocks, all of them whole and under their final names. */
  async #enterTree(
    table: FileTable,
    content: Content,
    layers: Map<number, Uint8Array>,
  ): Promise<StoredContent> {
    const hash = toHex(content.infoHash)
    const old = this.#contents.get(hash)
    await old?.reopen({})
    if (old?.isComplete) return old
    if (old !== undefined) await this.#remove(hash, false)
    const { base, target, exact, overwrite } = table
    const row: NewContent = {
      ...this.#wholeRow(content, { base, target, exact }),
      origin: 'download',
      overwrite,
    }
    await prepareLayout(content, exact)
    return await this.#add({ content }, row, table.takeDirtyStamps(), layers)
  }

  async #download(hash: string, content: Content, options: DownloadOptions): Promise<StoredContent> {
    this.#refuseLongPieces(content)
    const place = await targetFor(this.#host, content, options.into)
    const old = this.#contents.get(hash)
    if (old?.root === `${place.base}/${place.target}`) {
      await old.reopen(options)
      if (old.origin === 'download' || old.isComplete) return old
    } else if (old !== undefined && fs.existsSync(old.root))
      throw new PeerageError('store.exists', `This content is kept at ${old.root} already.`, {
        details: { path: old.root },
      })
    if (old !== undefined) await this.#remove(hash, false)
    await prepareLayout(content, place.exact)
    const prepared = await prepareDownload(this.#host, content, place, options)
    options.signal?.throwIfAborted()
    const stored = await this.#add({ content }, prepared.row, prepared.stamps, prepared.layers)
    stored.begin(prepared.parts)
    return stored
  }

  async #adopt(hash: string, content: Content, options: AdoptOptions): Promise<StoredContent> {
    const known = this.#contents.get(hash)
    if (known !== undefined) return known
    const { renamed, parts, pieceLayers, into } = options
    this.#refuseLongPieces(content)
    if (renamed !== undefined) checkRenamed(renamed.values())
    const row = await adoptedRow(this.#host, content, options)
    if (renamed !== undefined && renamed.size > 0)
      this.state.put(renamedKind, hash, Object.fromEntries(renamed))
    const stored = await this.#add({ content }, row, new Map(), new Map(pieceLayers))
    try {
      if (parts !== undefined && parts.size > 0) await this.#takeParts(stored, into, parts)
    } catch (error) {
      await this.remove(hash, { deleteFiles: false })
      throw diskErrorOf(error, 'writing', into)
    }
    await stored.recover(true)
    return stored
  }

  async #takeParts(stored: StoredContent, base: string, parts: ReadonlyMap<number, string>): Promise<void> {
    checkRenamed(parts.values())
    const paths = [...parts].map(([file, from]) => ({
      from,
      to: stored.partPath(file),
      size: stored.content.files[file]!.size,
    }))
    await this.#host.pool.run({ op: 'take-parts', base, paths })
  }

  /** A v1 piece is verified as a whole, in memory. */
  #refuseLongPieces({ version, pieceLength, totalSize }: Content): void {
    const most = this.#host.pool.longestLease
    if (version === 'v1' && Math.min(pieceLength, totalSize) > most)
      throw new PeerageError(
        'content.invalid',
        `Its pieces of ${pieceLength} bytes do not fit the ${most} bytes of memory for blocks (store.slabBytes).`,
      )
  }

  /** The journal first: a row without its dictionary would be useless. */
  async #add(
    known: KnownContent,
    row: NewContent,
    stamps: Map<number, Uint8Array>,
    layers: Map<number, Uint8Array>,
  ): Promise<StoredContent> {
    const { journal, db } = this.#host
    const { content } = known
    try {
      await journal.write(row.hash, { head: journalHeadOf(row, content), info: content.info })
    } catch (error) {
      throw diskErrorOf(error, 'writing', this.#host.home)
    }
    const id = db.transaction(() => {
      const added = db.addContent(row, stamps)
      db.putLayers(added, layers)
      return added
    })
    return this.#enter({ ...row, id }, known)
  }

  #enter(row: ContentRow, known?: KnownContent): StoredContent {
    const stored = new StoredContent(this.#host, row, known)
    this.#contents.set(row.hash, stored)
    this.#rows.set(row.hash, row)
    return stored
  }

  #known(hash: string): StoredContent {
    const stored = this.#contents.get(hash)
    if (stored === undefined) throw new PeerageError('content.unknown')
    return stored
  }

  #sharesAt(place: SharePlace): StoredContent[] {
    const out: StoredContent[] = []
    for (const row of this.#rows.values())
      if (row.origin === 'share' && row.base === place.base && row.target === place.target)
        out.unshift(this.#contents.get(row.hash)!)
    return out
  }

  #isPart(path: string): boolean {
    for (const row of this.#rows.values())
      if (row.origin === 'download' && !row.done && this.#contents.get(row.hash)!.ownsPart(path)) return true
    return ownsTreePart(this.state, path)
  }

  /** Two calls for one thing at once would do it twice. */
  async #oneAtATime<T>(key: string, action: () => Promise<T>): Promise<T> {
    if (this.#closed) throw new TypeError('the store is closed')
    const before = this.#adding.get(key)
    const work = (before ?? Promise.resolve()).catch(() => undefined).then(action)
    this.#adding.set(key, work)
    try {
      return await work
    } finally {
      if (this.#adding.get(key) === work) this.#adding.delete(key)
    }
  }
}

const filesPerStep = 4096

function* setStamps(table: FileTable, { files }: Scan): Generator<void, void> {
  for (const [i, { size, stamp }] of files.entries()) {
    if (size > 0) table.setFinal(i, stamp)
    if (i % filesPerStep === filesPerStep - 1) yield
  }
}
