import { PeerageError } from '../../../base/index.ts'
import {
  formatLink,
  hashCodes,
  isEmptyBlock,
  parseCid,
  resolvePath,
  verifyBlock,
} from '../../../content/index.ts'
import type { BlockSession } from '../../../ipfs/index.ts'
import type { StoredContent, TreeWriter } from '../../../store/index.ts'
import { RateMeter } from '../../../swarm/index.ts'
import { matchFiles } from '../choice.ts'
import type { FilesHost } from '../host.ts'
import type { FileRow, TransferSnapshot, TransferState } from '../snapshot.ts'
import { type CidRecord, cidRecordId } from './cid-record.ts'
import { type CidTree, listTree } from './cid-tree.ts'
import { LeafWalk } from './leaf-walk.ts'
import { Window } from './window.ts'

export interface CidFetchParts {
  readonly host: FilesHost
  readonly record: CidRecord
  save(): void
  /** Throws `store.exists` when the content that it would become is here, or on its way, at another place. */
  checkPlace(root: string): void
  /** All that is wanted is here, as a content of the store; without a root when that is only some of what is behind the CID. */
  completed(stored: StoredContent, root: string | undefined): void
}

/** Records are written no more often than this while bytes come. */
const saveMs = 5_000

/** One CID on its way: names and sizes, then the leaves of all files to where they belong, then a content like all others. */
export class CidFetch {
  readonly record: CidRecord
  readonly id: string
  /** What it has become. */
  stored: StoredContent | undefined
  failure: PeerageError | undefined
  readonly #parts: CidFetchParts
  readonly #listeners = new Set<() => void>()
  readonly #meter: RateMeter
  #abort: AbortController | undefined
  #work: Promise<void> = Promise.resolve()
  #session: BlockSession | undefined
  #tree: CidTree | undefined
  #writer: TreeWriter | undefined
  #savedAt = 0
  /** When bytes of a file came, in the world's monotonic milliseconds. */
  #lastNews: number

  constructor(parts: CidFetchParts) {
    this.#parts = parts
    this.record = parts.record
    this.id = cidRecordId(parts.record)
    this.#lastNews = parts.host.world.now()
    this.#meter = new RateMeter(this.#lastNews)
  }

  get state(): TransferState {
    if (this.failure !== undefined) return 'failed'
    if (this.stored !== undefined) return 'complete'
    if (this.record.paused) return 'paused'
    return this.#writer === undefined ? 'finding' : 'fetching'
  }

  /** Milliseconds for which nothing has come, names and sizes included. */
  get quietMs(): number {
    const quietMs = this.#parts.host.world.now() - this.#lastNews
    return Math.min(quietMs, this.#session?.quietMs ?? quietMs)
  }

  /** Begins or goes on, unless it is paused or IPFS is off. */
  start(): void {
    const { host } = this.#parts
    if (this.record.paused || this.#abort !== undefined || host.ipfs === undefined) return
    this.failure = undefined
    const abort = new AbortController()
    this.#abort = abort
    const before = this.#work
    this.#work = before.then(() => this.#run(abort.signal))
  }

  pause(): void {
    this.record.paused = true
    this.#parts.save()
    this.#halt('paused')
    this.#changed()
  }

  resume(): void {
    this.record.paused = false
    this.failure = undefined
    this.#parts.save()
    this.start()
    this.#changed()
  }

  async stop(): Promise<void> {
    this.#halt('stopped')
    await this.#work
  }

  /** Goes for good; what was written, now or before a restart, is deleted, for it is part of nothing. Rejects with what the disk says. */
  async discard(): Promise<void> {
    this.#halt('removed')
    await this.#work
    if (this.stored === undefined) await this.#parts.host.store.discardTree(this.id)
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  snapshot(): TransferSnapshot {
    const { record } = this
    const now = this.#parts.host.world.now()
    const rate = this.#meter.rate(now)
    const { bytes } = this
    const left = (record.totalBytes ?? 0) - bytes
    return {
      infoHash: this.id,
      name: record.name,
      origin: 'download',
      state: this.state,
      path: `${record.into}/${record.name}`,
      bytes,
      totalBytes: record.totalBytes ?? 0,
      files: record.files ?? 0,
      downBytesPerSecond: rate,
      upBytesPerSecond: 0,
      downBytes: this.#meter.total,
      upBytes: 0,
      downBytesEver: bytes,
      upBytesEver: 0,
      ratio: 0,
      seedingMs: 0,
      networks: 'ipfs',
      peers: (this.#session?.sources() ?? []).map(({ name, bytesPerSecond }) => ({
        peer: name,
        path: 'direct',
        downBytesPerSecond: bytesPerSecond,
      })),
      ...(rate > 0 && left > 0 && { etaSeconds: Math.round(left / rate) }),
      ...(this.failure && { error: this.failure.toJSON() }),
      addedAt: record.addedAt,
    }
  }

  /** By which others fetch it. */
  get link(): string {
    const { cid, path } = this.record
    return formatLink({ kind: 'ipfs', cid, path, peers: [], trackers: [], webSeeds: [] })
  }

  get bytes(): number {
    return this.#writer?.bytes ?? this.record.bytes
  }

  /** Names and sizes, as soon as they are known. */
  files(): FileRow[] {
    const files = this.#writer?.files ?? this.#tree?.files ?? []
    return files.map(({ path, size }, index) => ({
      index,
      path: path.join('/'),
      size,
      bytes: this.#writer?.has(index, 0, size) ? size : 0,
      priority: 'normal',
    }))
  }

  #halt(reason: string): void {
    this.#abort?.abort(new Error(reason))
    this.#abort = undefined
  }

  async #run(signal: AbortSignal): Promise<void> {
    const { host, completed } = this.#parts
    const asked = parseCid(this.record.cid)
    const session = host.ipfs!.session(asked)
    this.#session = session
    try {
      // By a list that came later than the record.
      host.denylists.check({ root: asked, path: this.record.path })
      const { cid, rest } = await resolvePath(session, asked, this.record.path, { signal })
      if (rest.length > 0)
        throw new PeerageError(
          'dag.unsupported',
          `${this.record.path.join('/')} is neither a file nor a folder.`,
        )
      const stored = await this.#fetch(session, cid, signal)
      this.stored = stored
      completed(stored, this.record.choose === undefined ? cid.toString() : undefined)
    } catch (error) {
      if (!signal.aborted) this.#fail(error)
    } finally {
      session.close()
      await this.#writer?.close().catch(error => this.#fail(error))
      this.#session = undefined
      this.#writer = undefined
      this.#changed()
    }
  }

  async #fetch(
    session: BlockSession,
    root: ReturnType<typeof parseCid>,
    signal: AbortSignal,
  ): Promise<StoredContent> {
    const { host, save, checkPlace } = this.#parts
    const { record } = this
    checkPlace(root.toString())
    record.root = root.toString()
    const tree = chosenOf(
      await listTree(session, root, record.name, { signal, maxEntries: host.config.maxTreeEntries }),
      record,
    )
    this.#tree = tree
    record.files = tree.files.length
    record.totalBytes = tree.files.reduce((sum, { size }) => sum + size, 0)
    save()
    this.#changed()
    const { into: folder, name, overwrite } = record
    const isPart = record.choose !== undefined
    const writer = await host.store.openTree({ root, id: this.id, folder, name, overwrite, isPart, ...tree })
    this.#writer = writer
    this.#came(0)
    if (!isPart) await this.#nodes(session, writer, tree, signal)
    await this.#leaves(session, writer, tree, signal)
    signal.throwIfAborted()
    return await writer.finish()
  }

  /** What the tree was listed by is a part of it: in the cache it would not stay. */
  async #nodes(
    session: BlockSession,
    writer: TreeWriter,
    { nodes }: CidTree,
    signal: AbortSignal,
  ): Promise<void> {
    const { blocks } = this.#parts.host.store
    for (const text of nodes) {
      signal.throwIfAborted()
      const cid = parseCid(text)
      if (cid.multihash.code === hashCodes.identity) continue
      if (isEmptyBlock(cid)) {
        writer.node(verifyBlock(cid, new Uint8Array(0)))
        continue
      }
      const block = await session.get(cid, { signal })
      const isKnown = blocks.isPublic(cid) || blocks.contentsOf(cid).length > 0
      writer.node(block)
      if (!isKnown) this.#keepPrivate()
    }
  }

  async #leaves(
    session: BlockSession,
    writer: TreeWriter,
    tree: CidTree,
    signal: AbortSignal,
  ): Promise<void> {
    const { leavesInFlight, openFiles } = this.#parts.host.config
    const walk = new LeafWalk({
      session,
      writer,
      window: new Window(leavesInFlight),
      signal,
      onBytes: bytes => this.#came(bytes),
      onPrivate: () => this.#keepPrivate(),
    })
    const cids = new Map(tree.files.map(({ path, cid }) => [path.join('/'), cid]))
    const files = new Window(openFiles)
    const running = new Set<Promise<unknown>>()
    let failure: { readonly error: unknown } | undefined
    for (const [index, { path, size }] of writer.files.entries()) {
      if (size === 0 || writer.has(index, 0, size)) continue
      await files.enter()
      if (failure !== undefined || signal.aborted) break
      const task = walk
        .fetch(parseCid(cids.get(path.join('/'))!), { file: index, offset: 0, length: size })
        .catch(error => {
          failure ??= { error }
        })
        .finally(() => {
          running.delete(task)
          files.leave()
        })
      running.add(task)
    }
    await Promise.all(running)
    if (failure !== undefined) throw failure.error
  }

  #came(bytes: number): void {
    const { host, save } = this.#parts
    this.#lastNews = host.world.now()
    this.#meter.add(bytes, this.#lastNews)
    if (this.#lastNews - this.#savedAt < saveMs && bytes > 0) return
    this.#savedAt = this.#lastNews
    this.record.bytes = this.bytes
    save()
    this.#changed()
  }

  /** Durable before the leaf can be found again by the next run. */
  #keepPrivate(): void {
    if (this.record.isPrivate === true) return
    this.record.isPrivate = true
    this.#parts.save()
  }

  #fail(error: unknown): void {
    this.failure =
      error instanceof PeerageError
        ? error
        : new PeerageError('internal.bug', String(error), { cause: error })
    this.#abort = undefined
    const { code, message } = this.failure
    this.#parts.host.emit({ type: 'error.occurred', code, message, infoHash: this.id })
  }

  #changed(): void {
    for (const listener of [...this.#listeners]) listener()
  }
}

/** What of a tree is wanted. Throws `content.no-such-file` for a wish that names nothing. */
function chosenOf(tree: CidTree, { name, choose }: CidRecord): CidTree {
  if (choose === undefined) return tree
  const paths = [...tree.files.map(({ path }) => path), ...tree.emptyFolders]
  const chosen = matchFiles({ name, files: paths.map((path, index) => ({ path, index })) }, choose)
  return {
    ...tree,
    files: tree.files.filter((_, index) => chosen.has(index)),
    emptyFolders: tree.emptyFolders.filter((_, index) => chosen.has(tree.files.length + index)),
  }
}
