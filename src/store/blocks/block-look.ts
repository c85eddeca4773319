import type { CID } from 'multiformats/cid'
import type { VerifiedBlock } from '../../content/index.ts'
import type { BlockCache } from './block-cache.ts'
import type { CachedRow, Place } from './block-database.ts'
import { inlineBytes } from './block-hash.ts'
import type { BlockPlaces } from './block-places.ts'
import { smallBlockBytes } from './small-blocks.ts'
import { verified } from './verified.ts'

/** A block, in memory that is used again after its release. */
export interface LentBlock {
  readonly block: VerifiedBlock
  release(): void
}

interface Cancel {
  readonly signal?: AbortSignal
}

/**
 * A block as it was found. It is asked about and begun to be read in the same turn, in which nothing of it can change: later it may be gone, or others
 * may have it, and it is to be found anew.
 */
export interface FoundBlock {
  /** In bytes. */
  readonly size: number
  /** Info hashes of the contents that it is in; of a tree that is being fetched there is none yet. */
  readonly contents: readonly string[]
  /** It is in the cache, and came from the public network. */
  readonly isPublic: boolean
  /** Undefined: what it lies in is not what it was. Rejects with `signal.reason`. */
  get(options?: Cancel): Promise<VerifiedBlock | undefined>
  /** As `get`, in room that is given back: for bytes that are only passed on. */
  loan(options?: Cancel): Promise<LentBlock | undefined>
}

export interface LookParts {
  readonly places: BlockPlaces
  readonly cache: BlockCache
}

/** Looks for one block: whatever is asked of it, each table of the index is asked once, and only those that are needed. */
export class BlockLook {
  readonly #parts: LookParts
  readonly #cid: CID
  #places: readonly Place[] | undefined
  #isSure = true
  #cached: CachedRow | undefined
  #isCacheKnown = false

  constructor(parts: LookParts, cid: CID) {
    this.#parts = parts
    this.#cid = cid
  }

  /** Undefined: it is not here. */
  get size(): number | undefined {
    return inlineBytes(this.#cid)?.length ?? this.#row()?.size ?? this.#parts.places.sizeIn(this.#where())
  }

  get contents(): readonly string[] {
    return this.#parts.places.contentsOf(this.#where())
  }

  get isPublic(): boolean {
    return this.#row()?.isPublic === true
  }

  async get({ signal }: Cancel = {}): Promise<VerifiedBlock | undefined> {
    signal?.throwIfAborted()
    const bytes = inlineBytes(this.#cid) ?? ((await this.#isRight()) ? await this.#read() : undefined)
    signal?.throwIfAborted()
    return bytes && verified(this.#cid, bytes)
  }

  async loan(options: Cancel = {}): Promise<LentBlock | undefined> {
    options.signal?.throwIfAborted()
    const cid = this.#cid
    const { places, cache } = this.#parts
    if (inlineBytes(cid) === undefined && !this.#isSmall()) {
      if (!(await this.#isRight())) return undefined
      const lease = (await places.loan(cid, this.#where())) ?? (await cache.loan(cid, this.#row()))
      if (lease !== undefined) return { block: verified(cid, lease.bytes), release: () => lease.release() }
    }
    const block = await this.get(options)
    return block && { block, release: () => undefined }
  }

  /** A short block of the cache is at hand; of all others a file is read, and that of a content need not be hashed. */
  async #read(): Promise<Uint8Array | undefined> {
    const cid = this.#cid
    const { places, cache } = this.#parts
    const isSmall = this.#isSmall()
    const atHand = isSmall ? await cache.get(cid, this.#row()) : undefined
    if (atHand !== undefined) return atHand
    const where = this.#where()
    const found = await places.read(cid, where)
    if (found !== undefined) return found
    // What was here is not any more, and while that was noticed it may have come again.
    return await cache.get(cid, isSmall || where.length > 0 ? cache.find(cid) : this.#row())
  }

  /**
   * Somebody may be allowed to have it for the sake of a content that it was said to be in. Where that was said by the start of its hash alone and
   * is not so, the block of another content, or of the cache, is not given.
   */
  async #isRight(): Promise<boolean> {
    const { places } = this.#parts
    this.#isSure ||= await places.areRight(this.#cid, this.#where())
    return this.#isSure
  }

  #isSmall(): boolean {
    return (this.#row()?.size ?? Number.POSITIVE_INFINITY) <= smallBlockBytes
  }

  #where(): readonly Place[] {
    if (this.#places === undefined) {
      this.#places = this.#parts.places.of(this.#cid)
      this.#isSure = this.#parts.places.areSure(this.#places)
    }
    return this.#places
  }

  #row(): CachedRow | undefined {
    if (this.#isCacheKnown) return this.#cached
    this.#isCacheKnown = true
    this.#cached = this.#parts.cache.find(this.#cid)
    return this.#cached
  }
}
