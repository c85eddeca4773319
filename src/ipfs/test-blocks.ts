import type { CID } from 'multiformats/cid'
import { sha256 } from '../base/index.ts'
import { cidOfSha256, codecs, type VerifiedBlock, verifyBlock } from '../content/index.ts'
import { blockKey } from './bitswap/index.ts'
import type { Blocks, FoundBlock } from './ports.ts'

/** Blocks in memory, for tests. */
export class TestBlocks implements Blocks {
  readonly #blocks = new Map<string, VerifiedBlock>()
  /** Keys of those that anybody may have. */
  readonly #public = new Set<string>()
  readonly #listeners = new Set<(hash: Uint8Array) => void>()
  /** Bytes that were read. */
  readBytes = 0

  has(cid: CID): boolean {
    return this.#blocks.has(blockKey(cid))
  }

  find(cid: CID): FoundBlock | undefined {
    const block = this.#blocks.get(blockKey(cid))
    if (block === undefined) return undefined
    return {
      size: block.bytes.length,
      contents: [],
      isPublic: this.isPublic(cid),
      get: () => this.get(cid),
      loan: async () => ({ block: (await this.get(cid))!, release: () => undefined }),
    }
  }

  async get(cid: CID): Promise<VerifiedBlock | undefined> {
    const block = this.#blocks.get(blockKey(cid))
    this.readBytes += block?.bytes.length ?? 0
    return block
  }

  isPublic(cid: CID): boolean {
    return this.#public.has(blockKey(cid))
  }

  async put(cid: CID, bytes: Uint8Array, { isPublic }: { isPublic?: boolean } = {}): Promise<VerifiedBlock> {
    const block = verifyBlock(cid, bytes)
    if (isPublic) this.#public.add(blockKey(cid))
    this.#blocks.set(blockKey(cid), block)
    for (const listener of this.#listeners) listener(cid.multihash.bytes)
    return block
  }

  async verify(cid: CID, bytes: Uint8Array): Promise<VerifiedBlock> {
    return verifyBlock(cid, bytes)
  }

  onArrival(listener: (hash: Uint8Array) => void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  /** Makes and keeps a block of so many bytes, different for each number. */
  async make(number: number, length: number): Promise<CID> {
    const bytes = testBytes(number, length)
    const cid = testCid(bytes)
    await this.put(cid, bytes)
    return cid
  }
}

export function testBytes(number: number, length: number): Uint8Array {
  return Uint8Array.from(
    { length },
    (_, at) => ((at < 4 ? number >> (8 * at) : at * 7 + (at >> 8)) + length) & 255,
  )
}

/** The raw block of these bytes. */
export function testCid(bytes: Uint8Array): CID {
  return cidOfSha256(sha256(bytes), codecs.raw, 1)
}
