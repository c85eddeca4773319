import type { CID } from 'multiformats/cid'
import { PeerageError } from '../../base/index.ts'
import type { VerifiedBlock } from '../../content/index.ts'
import type { StoreHost } from '../host.ts'
import type { StoredContent } from '../stored-content.ts'
import { BlockCache } from './block-cache.ts'
import { type BlockDatabase, type DagRow, inNodes, type PlaceRow } from './block-database.ts'
import { inlineBytes, isBlockOf } from './block-hash.ts'
import { openBlocks } from './open-blocks.ts'

export interface BlockStoreOptions {
  readonly host: StoreHost
  content(infoHashHex: string): StoredContent | undefined
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
  #opened: Opened | undefined

  constructor(options: BlockStoreOptions) {
    this.#options = options
  }

  has(cid: CID): boolean {
    return this.sizeOf(cid) !== undefined
  }

  /** In bytes; undefined: it is not here. */
  sizeOf(cid: CID): number | undefined {
    const { db, cache } = this.#open()
    const inline = inlineBytes(cid)
    if (inline !== undefined) return inline.length
    for (const place of db.place(cid.multihash.bytes)) if (this.#isThere(place)) return blockLength(place)
    return cache.find(cid)?.size
  }

  /** Undefined: it is not here, or what it lies in has changed since. Rejects with `signal.reason`. */
  async get(
    cid: CID,
    { signal }: { readonly signal?: AbortSignal } = {},
  ): Promise<VerifiedBlock | undefined> {
    signal?.throwIfAborted()
    const bytes = inlineBytes(cid) ?? (await this.#inPlace(cid)) ?? (await this.#open().cache.get(cid))
    signal?.throwIfAborted()
    return bytes && verified(cid, bytes)
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
    if (inlineBytes(cid) === undefined) await this.#open().cache.put(cid, bytes, isPublic)
    return verified(cid, bytes)
  }

  /** Root CIDs of a content, in bytes; none when it has not been hashed for IPFS. */
  dagsOf(infoHashHex: string): readonly Uint8Array[] {
    return [...this.#open().dags.values()]
      .filter(dag => dag.content === infoHashHex && dag.whole)
      .map(dag => dag.root)
  }

  /** Info hashes of the contents that a block is in. */
  contentsOf(cid: CID): readonly string[] {
    const { db, dags } = this.#open()
    return [...new Set(db.place(cid.multihash.bytes).flatMap(({ dag }) => dags.get(dag)?.content ?? []))]
  }

  /** The block is in the cache, and came from the public network. */
  isPublic(cid: CID): boolean {
    return this.#open().cache.find(cid)?.isPublic === true
  }

  async close(): Promise<void> {
    await this.#opened?.cache.close()
    this.#opened?.db.close()
    this.#opened = undefined
  }

  async #inPlace(cid: CID): Promise<Uint8Array | undefined> {
    for (const place of this.#open().db.place(cid.multihash.bytes)) {
      const bytes = place.form === inNodes ? this.#node(cid) : await this.#leaf(place)
      if (bytes !== undefined) return bytes
    }
    return undefined
  }

  /** The database has no checksums of its own. */
  #node(cid: CID): Uint8Array | undefined {
    const bytes = this.#open().db.node(cid.multihash.bytes)
    return bytes !== undefined && isBlockOf(cid, bytes) ? bytes : undefined
  }

  async #leaf({ dag, file, at, length }: PlaceRow): Promise<Uint8Array | undefined> {
    const content = this.#contentOf(dag)
    if (content === undefined) return undefined
    try {
      await content.load()
      return await content.readFile(file, at, length)
    } catch {
      // Gone, changed or unreadable: the content has noticed, and says so.
      return undefined
    }
  }

  #isThere({ dag, form, file, at, length }: PlaceRow): boolean {
    if (form === inNodes) return this.#open().dags.has(dag)
    const content = this.#contentOf(dag)
    if (content === undefined) return false
    return content.isLoaded ? content.hasFile(file, at, length) : content.isComplete
  }

  #contentOf(dag: number): StoredContent | undefined {
    const row = this.#open().dags.get(dag)
    return row && this.#options.content(row.content)
  }

  #open(): Opened {
    if (this.#opened !== undefined) return this.#opened
    const { host } = this.#options
    const { db } = openBlocks(host.home, host.world)
    const dags = new Map(db.dags().map(dag => [dag.id, dag]))
    this.#opened = { db, dags, cache: new BlockCache(host, db) }
    return this.#opened
  }
}

interface Opened {
  readonly db: BlockDatabase
  readonly cache: BlockCache
  readonly dags: Map<number, DagRow>
}

function blockLength({ length }: PlaceRow): number {
  return length
}

/** For those who have hashed it, or have it from a file that is the one that was hashed. */
function verified(cid: CID, bytes: Uint8Array): VerifiedBlock {
  return { cid, bytes } as VerifiedBlock
}
