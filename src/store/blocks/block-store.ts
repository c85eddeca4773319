import { createHash } from 'node:crypto'
import fs from 'node:fs'
import type { CID } from 'multiformats/cid'
import { equalBytes, PeerageError } from '../../base/index.ts'
import { decodeCid, type FileEntry, unixFsProfiles, type VerifiedBlock } from '../../content/index.ts'
import { bySteps } from '../by-steps.ts'
import type { LeavesOf } from '../hashed-files.ts'
import type { StoreHost } from '../host.ts'
import { emptyFoldersIn, type FolderPath } from '../scan-folder.ts'
import type { KeyValue } from '../state-log.ts'
import type { StoredContent } from '../stored-content.ts'
import { BlockCache } from './block-cache.ts'
import type { BlockDatabase, DagRow } from './block-database.ts'
import { inlineBytes, verifyIn } from './block-hash.ts'
import { BlockLook, type FoundBlock, type LentBlock } from './block-look.ts'
import { BlockPlaces } from './block-places.ts'
import { type KeptDag, KeptDags } from './kept-dags.ts'
import { type AddDagOptions, hashStored, makeDag } from './make-dag.ts'
import { openBlocks } from './open-blocks.ts'
import { discardTree, openTree, type TreeHost, type TreeOptions, unfinishedTrees } from './open-tree.ts'
import { type Pin, type PinOptions, Pins } from './pins.ts'
import { TreeNamesFolder } from './tree-names.ts'
import type { TreeWriter } from './tree-writer.ts'
import { verified } from './verified.ts'
import { isWholeLeaf } from './whole-files.ts'

const filesPerStep = 256

/** The profile of a DAG that others have made. */
const fetched = 'fetched'

export interface BlockStoreOptions {
  readonly host: StoreHost
  readonly state: KeyValue
  /** Makes files that were fetched a content of the store. */
  readonly enterTree: TreeHost['enter']
  content(infoHashHex: string): StoredContent | undefined
}

/** A content as IPFS names it. */
export interface ContentDag {
  readonly root: CID
  /** How it was cut and linked: a profile of UnixFS, or `fetched` when others have made it. */
  readonly profile: string
}

export interface PutOptions {
  /** It came from the public network: anybody may have it from here, too. True unless said otherwise. */
  readonly isPublic?: boolean | undefined
}

/**
 * The blocks of this machine by their multihash. A leaf is a stretch of a file of a content, which is read through the content, so that a
 * changed file serves nothing; inner nodes lie in HOME/blocks.db; all else in the cache folder. Opened when first used.
 */
export class BlockStore {
  readonly #options: BlockStoreOptions
  readonly #kept: KeptDags
  readonly #listeners = new Set<(hash?: Uint8Array) => void>()
  #opened: Opened | undefined

  constructor(options: BlockStoreOptions) {
    this.#options = options
    this.#kept = new KeptDags(options.state)
  }

  /** What is known of a block at this moment; undefined: it is not here. Who asks whether somebody may have it asks and reads with one look. */
  find(cid: CID): FoundBlock | undefined {
    const look = new BlockLook(this.#open(), cid)
    return isFound(look) ? look : undefined
  }

  has(cid: CID): boolean {
    return this.find(cid) !== undefined
  }

  /** In bytes; undefined: it is not here. */
  sizeOf(cid: CID): number | undefined {
    return this.find(cid)?.size
  }

  /** Undefined: it is not here, or what it lies in has changed since. Rejects with `signal.reason`. */
  async get(cid: CID, options: { readonly signal?: AbortSignal } = {}): Promise<VerifiedBlock | undefined> {
    return await new BlockLook(this.#open(), cid).get(options)
  }

  /** As `get`, in room that is given back: for bytes that are only passed on. */
  async loan(cid: CID, options: { readonly signal?: AbortSignal } = {}): Promise<LentBlock | undefined> {
    return await new BlockLook(this.#open(), cid).loan(options)
  }

  /** Hashes a block, in a worker when it is long, and keeps nothing. Rejects with `block.mismatch`, `dag.unsupported`. */
  async verify(cid: CID, bytes: Uint8Array): Promise<VerifiedBlock> {
    return await verifyIn(this.#options.host.pool, cid, bytes)
  }

  /**
   * Keeps a block, in the cache when it is not here otherwise; its bytes are hashed in a worker.
   *
   * @throws PeerageError `block.mismatch`, `wire.limit`, `store.disk-full`, `store.io`
   */
  async put(cid: CID, bytes: Uint8Array, { isPublic = true }: PutOptions = {}): Promise<VerifiedBlock> {
    const limit = this.#options.host.config.maxBlockBytes
    if (bytes.length > limit)
      throw new PeerageError(
        'wire.limit',
        `A block of ${bytes.length} bytes is longer than any that is kept.`,
        {
          details: { limit: 'store.maxBlockBytes' },
        },
      )
    if (inlineBytes(cid) === undefined) {
      await this.#open().cache.put(cid, bytes, isPublic)
      this.#came(cid.multihash.bytes)
    }
    return verified(cid, bytes)
  }

  /** Calls `listener` with the multihash of each block that is put from now on; without one when those of a content are here. Returns what ends that. */
  onArrival(listener: (hash?: Uint8Array) => void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  #came(hash?: Uint8Array): void {
    for (const listener of [...this.#listeners]) listener(hash)
  }

  /** The DAGs of a content; none when it has not been hashed for IPFS. */
  dagsOf(infoHashHex: string): readonly ContentDag[] {
    return this.#dagsOf(infoHashHex).map(({ root, profile }) => ({ root: decodeCid(root), profile }))
  }

  /** The root of the first of them. */
  dagOf(infoHashHex: string): CID | undefined {
    return this.dagsOf(infoHashHex)[0]?.root
  }

  /**
   * Gives a content that is all here a DAG; the same again gives what is there, unless its empty folders are others now. Its files are read unless
   * the hashes of their leaves are known.
   *
   * @throws PeerageError `store.source-changed`, `store.source-unreadable`; `signal.reason`
   */
  async addDag(stored: StoredContent, options: AddDagOptions): Promise<CID> {
    const { db, dags } = this.#open()
    const { profile, signal } = options
    const known = this.#dagsOf(stored.hash).find(dag => dag.profile === profile)
    if (known !== undefined && this.#hasFolders(known, options.emptyFolders)) return decodeCid(known.root)
    const emptyFolders = options.emptyFolders ?? (await emptyFoldersOf(this.#options.host, stored, signal))
    const blocks =
      options.blocks ??
      (await this.#knownLeaves(stored, profile)) ??
      (await hashStored(this.#options.host.pool, stored, options))
    const row = await makeDag(db, { stored, profile, blocks, emptyFolders, signal })
    dags.set(row.id, row)
    this.#kept.add(stored.hash, row.root, row.profile, digestOf(emptyFolders))
    if (known !== undefined) this.#replaced(known)
    this.#came()
    return decodeCid(row.root)
  }

  #hasFolders({ content, root, profile }: DagRow, wanted: readonly FolderPath[] | undefined): boolean {
    if (wanted === undefined) return true
    const text = String(decodeCid(root))
    const kept = this.#kept.of(content).find(dag => dag.root === text && dag.profile === profile)
    return kept?.emptyFolders === digestOf(wanted)
  }

  #replaced({ id, content, root, profile }: DagRow): void {
    const { db, dags } = this.#open()
    dags.delete(id)
    db.removeDag(id)
    const isSame = this.#dagsOf(content).some(dag => dag.profile === profile && equalBytes(dag.root, root))
    if (!isSame) this.#kept.drop(content, root, profile)
  }

  /** From an earlier DAG of this profile, when that says all of them. */
  async #knownLeaves(stored: StoredContent, profile: string): Promise<LeavesOf | undefined> {
    const leavesOf = await this.leavesOf(stored.hash, profile)
    if (leavesOf === undefined) return undefined
    await stored.load()
    return (await bySteps(knowsAll(leavesOf, stored.content.files))) ? leavesOf : undefined
  }

  /** For the store: hashes of the leaves of each file, from when the content was hashed; undefined when it was not for this profile. */
  async leavesOf(infoHashHex: string, profile: string): Promise<LeavesOf | undefined> {
    const dag = this.#dagsOf(infoHashHex).find(row => row.profile === profile)
    if (dag === undefined) return undefined
    const { db } = this.#open()
    const content = this.#options.content(infoHashHex)
    await content?.load()
    const files = isRaw(profile) ? content?.content.files : undefined
    const single = await bySteps(db.singleLeaves(dag.id))
    return file => db.leaves(dag.id, file) ?? single.get(file) ?? wholeLeafOf(files?.[file])
  }

  /** Pins that are whole and have blocks in this content alone: they are not any more when it is removed. */
  pinsOn(infoHashHex: string): readonly Pin[] {
    if (this.#isUnused()) return []
    return this.pins().filter(({ isWhole, contents }) => isWhole && contents.includes(infoHashHex))
  }

  /** For the store: the content is gone. */
  forget(infoHashHex: string): void {
    this.#kept.remove(infoHashHex)
    if (this.#isUnused()) return
    const { db, dags, pins } = this.#open()
    pins.doubt(this.pinsOn(infoHashHex))
    for (const [id, { content }] of dags)
      if (content === infoHashHex) {
        db.removeDag(id)
        dags.delete(id)
      }
  }

  /** There is no database of blocks yet, and none need be made to know that nothing is there. */
  #isUnused(): boolean {
    return this.#opened === undefined && !fs.existsSync(`${this.#options.host.home}/blocks.db`)
  }

  /** Info hashes of the contents that a block is in; of a tree that is being fetched there is none yet. */
  contentsOf(cid: CID): readonly string[] {
    return new BlockLook(this.#open(), cid).contents
  }

  /** The block is in the cache, and came from the public network. */
  isPublic(cid: CID): boolean {
    return new BlockLook(this.#open(), cid).isPublic
  }

  /** Prepares the place of a DAG that is fetched to files; the same again goes on where it was. Throws as `openTree` of the store. */
  async openTree(options: TreeOptions): Promise<TreeWriter> {
    return await openTree(this.#treeHost(), options)
  }

  /** Deletes what was written of one that is not whole and that nobody writes. Rejects with what the disk says. */
  async discardTree(id: string): Promise<void> {
    await discardTree(this.#treeHost(), id)
  }

  #treeHost(): TreeHost {
    const { host, state, enterTree: enter } = this.#options
    const { db, dags, names } = this.#open()
    const begin = (profile: string): number => {
      const id = db.addDag('', new Uint8Array(0), profile, false)
      dags.set(id, { id, content: '', root: new Uint8Array(0), profile, whole: false })
      return id
    }
    const drop = (dag: number): void => {
      db.removeDag(dag)
      dags.delete(dag)
    }
    const named = (dag: number, { hash }: StoredContent, { bytes }: CID): void => {
      db.nameDag(dag, hash, bytes, fetched)
      this.#kept.add(hash, bytes, fetched)
      dags.set(dag, { id: dag, content: hash, root: bytes, profile: fetched, whole: true })
      this.#came()
    }
    return { host, state, db, names, enter, begin, drop, named }
  }

  /** Keeps a block, or all blocks below it, however full the cache is. Throws as `Pins.pin`. */
  async pin(root: CID, options: PinOptions = {}): Promise<Pin> {
    return await this.#open().pins.pin(root, options)
  }

  /** Nothing leaves the cache until what it returns is called, for blocks that come before they are pinned. */
  keepAll(): () => void {
    return this.#open().cache.keepAll()
  }

  /** False: it was not pinned. */
  async unpin(root: CID): Promise<boolean> {
    return await this.#open().pins.unpin(root)
  }

  /** Undefined: it is not pinned. */
  pinOf(root: CID): Pin | undefined {
    return this.#isUnused() ? undefined : this.#open().pins.get(root)
  }

  pins(): readonly Pin[] {
    return [...this.#open().pins.all()]
  }

  /** Whether anything of IPFS was kept here so far: to look for something there makes a database. */
  get isUsed(): boolean {
    return !this.#isUnused()
  }

  /** How much is in the cache, how much of that pins hold, and the limit; in bytes. */
  cache(): CacheReport {
    const { blocks, bytes, heldBytes } = this.#open().db.cacheTotals()
    return { blocks, bytes, heldBytes, limitBytes: this.#options.host.config.cacheBytes }
  }

  /**
   * Deletes what nothing needs: rows of DAGs that are gone, files without a row, and cached blocks beyond the limit (with `all`, those that no pin
   * holds). Answers what the cache has lost.
   */
  async collect({
    all = false,
    signal,
  }: {
    all?: boolean
    signal?: AbortSignal | undefined
  } = {}): Promise<{ bytes: number }> {
    const { db, cache, pins } = this.#open()
    await this.recovered
    const before = db.cacheTotals().bytes
    await cache.flush()
    await pins.releaseLost()
    await bySteps(db.sweep())
    signal?.throwIfAborted()
    const lost = await cache.sweep(signal)
    await cache.evict(all ? 0 : this.#options.host.config.cacheBytes)
    return { bytes: lost + Math.max(0, before - db.cacheTotals().bytes) }
  }

  /** Resolves when what a lost or damaged database said is known again, as far as files and `state` tell. */
  get recovered(): Promise<void> {
    return this.#open().recovered
  }

  async close(): Promise<void> {
    const opened = this.#opened
    if (opened === undefined) return
    opened.stop.abort(new TypeError('the store is closed'))
    opened.pins.stop()
    await opened.recovered
    await opened.cache.close()
    opened.db.close()
    this.#opened = undefined
  }

  #dagsOf(infoHashHex: string): DagRow[] {
    return [...this.#open().dags.values()].filter(dag => dag.content === infoHashHex && dag.whole)
  }

  #open(): Opened {
    if (this.#opened !== undefined) return this.#opened
    const { host, state } = this.#options
    const { db, isNew } = openBlocks(host.home, host.world)
    const dags = new Map(db.dags().map(dag => [dag.id, dag]))
    const begun = unfinishedTrees(state)
    for (const { id, whole } of dags.values()) if (!whole && !begun.has(id)) db.removeDag(id)
    const names = new TreeNamesFolder(host.home)
    names.removeOthers(begun)
    const cache = new BlockCache(host, db)
    const places = new BlockPlaces(db, dags, hash => this.#options.content(hash))
    const pins = new Pins({
      host,
      state,
      db,
      sizeOf: cid => this.sizeOf(cid),
      leansOn: cid => (cache.find(cid) === undefined ? this.contentsOf(cid) : []),
      get: (cid, options) => this.get(cid, options),
      flush: () => cache.flush(),
    })
    const opened = {
      db,
      dags,
      cache,
      places,
      pins,
      names,
      stop: new AbortController(),
      recovered: Promise.resolve(),
    }
    this.#opened = opened
    if (isNew) opened.recovered = this.#recover(opened)
    return opened
  }

  async #recover({ cache, pins, stop }: Opened): Promise<void> {
    const { signal } = stop
    cache.mayEvict = false
    // What is pinned from now on is not lost.
    const lost = [...pins.all()]
    try {
      await cache.rebuild(signal)
      for (const [infoHash, kept] of [...this.#kept.all()]) await this.#makeAgain(infoHash, kept, signal)
      for (const { root, recursive } of lost)
        if (!pins.isRunning(root)) await pins.pin(root, { recursive, signal }).catch(() => undefined)
      cache.mayEvict = true
    } catch {
      // The store closes, or the disk refuses: nothing is evicted, and the next start that finds no database tries again.
    }
  }

  /** A DAG that others have made is found again when it is what one of the profiles makes. */
  async #makeAgain(infoHash: string, kept: readonly KeptDag[], signal: AbortSignal): Promise<void> {
    const stored = this.#options.content(infoHash)
    if (stored?.isComplete !== true) return
    const isFetched = kept.some(({ profile }) => profile === fetched)
    for (const profile of profileNames) {
      signal.throwIfAborted()
      if (!isFetched && kept.every(dag => dag.profile !== profile)) continue
      // Empty folders that came later, and those that older versions left out, are not in it.
      for (const emptyFolders of [undefined, []]) {
        // What changed since has no blocks.
        await this.addDag(stored, { profile, signal, emptyFolders }).catch(() => undefined)
        const made = this.#dagsOf(infoHash)
        if (!kept.some(({ root }) => made.some(dag => sameRoot(dag, root)))) continue
        if (isFetched) return
        break
      }
    }
  }
}

/** What is in the cache, in bytes. */
export interface CacheReport {
  readonly blocks: number
  readonly bytes: number
  readonly heldBytes: number
  readonly limitBytes: number
}

interface Opened {
  readonly db: BlockDatabase
  readonly cache: BlockCache
  readonly places: BlockPlaces
  readonly pins: Pins
  readonly names: TreeNamesFolder
  readonly dags: Map<number, DagRow>
  readonly stop: AbortController
  recovered: Promise<void>
}

/** Of what is shared, and of what was fetched where it stands under its own names: others are in the way of none. */
async function emptyFoldersOf(
  { pool, config: { maxFiles } }: StoreHost,
  stored: StoredContent,
  signal: AbortSignal | undefined,
): Promise<readonly FolderPath[]> {
  await stored.load()
  const { content, base, root } = stored
  if (content.singleFile) return []
  const isNamedSo = content.files.every(
    ({ index, path }) => `${base}/${stored.diskPath(index)}` === `${root}/${path.join('/')}`,
  )
  return isNamedSo ? await emptyFoldersIn(pool, root, { maxFiles, signal }) : []
}

/** Undefined when there are none. */
function digestOf(emptyFolders: readonly FolderPath[]): string | undefined {
  if (emptyFolders.length === 0) return undefined
  const hash = createHash('sha256')
  for (const path of emptyFolders) hash.update(`${JSON.stringify(path)}\n`)
  return hash.digest('hex')
}

const profileNames = Object.values(unixFsProfiles).map(({ name }) => name)

function sameRoot({ root }: DagRow, text: string): boolean {
  return String(decodeCid(root)) === text
}

function isRaw(profile: string): boolean {
  return Object.values(unixFsProfiles).some(({ name, rawLeaves }) => name === profile && rawLeaves)
}

/** The leaf of a file that is one, as its pieces root says. */
function wholeLeafOf(file: FileEntry | undefined): Uint8Array | undefined {
  const root = file?.piecesRoot
  return file && root && isWholeLeaf(file, root) ? root : undefined
}

function isFound(look: BlockLook): look is BlockLook & FoundBlock {
  return look.size !== undefined
}

function* knowsAll(leavesOf: LeavesOf, files: readonly FileEntry[]): Generator<void, boolean> {
  for (const { index, size } of files) {
    if (size > 0 && leavesOf(index) === undefined) return false
    if (index % filesPerStep === filesPerStep - 1) yield
  }
  return true
}
