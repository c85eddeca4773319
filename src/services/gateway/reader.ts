import type { CID } from 'multiformats/cid'
import type { World } from '../../base/index.ts'
import { type BlockReader, hashCodes, type VerifiedBlock, verifyBlock } from '../../content/index.ts'
import type { FoundBlock, Refusals } from '../../ipfs/index.ts'
import { GatewayFailure } from './failure.ts'
import type { GatewayBlocks, GatewaySession } from './host.ts'

export interface ReaderOptions {
  readonly world: World
  readonly blocks: GatewayBlocks
  readonly denylists: Pick<Refusals, 'check'>
  /** The root whose content the asker may read though it is private: it has the key to it. */
  readonly keyFor: CID | undefined
  /** How to fetch what is not here; undefined: it is not fetched. */
  readonly session: (() => GatewaySession | undefined) | undefined
  readonly fetchTimeoutMs: number
}

/**
 * Gives the blocks that a request may see: what a denylist names is refused, and what is private is as if it were not here, to the time that it takes
 * to be told so. A public DAG that links to a private block opens nothing: each block is judged by itself.
 */
export class GatewayReader implements BlockReader {
  readonly #options: ReaderOptions
  /** Blocks that were not shown because they are private, or not here. */
  missing = false

  constructor(options: ReaderOptions) {
    this.#options = options
  }

  async get(cid: CID, { signal }: { readonly signal?: AbortSignal } = {}): Promise<VerifiedBlock> {
    const { blocks, denylists } = this.#options
    denylists.check({ root: cid, path: [] })
    // Who asks for it has its bytes already.
    if (cid.multihash.code === hashCodes.identity) return verifyBlock(cid, cid.multihash.digest)
    const found = blocks.find(cid)
    const isHidden = found !== undefined && !this.#mayShow(found)
    const block = isHidden ? undefined : await found?.get(signal ? { signal } : {})
    return block ?? (await this.#fetch(cid, isHidden, signal))
  }

  #mayShow(block: FoundBlock): boolean {
    const { blocks, keyFor } = this.#options
    return blocks.isPublic(block) || (keyFor !== undefined && blocks.isOf(block, keyFor))
  }

  async #fetch(cid: CID, isHidden: boolean, signal: AbortSignal | undefined): Promise<VerifiedBlock> {
    const { world, session: open, fetchTimeoutMs } = this.#options
    const session = open?.()
    this.missing = true
    if (session === undefined) throw new GatewayFailure(404, `The block ${cid} is not here.`)
    const abort = new AbortController()
    const late = new GatewayFailure(504, `Nobody gave the block ${cid} in time.`, { retryAfter: 60 })
    const timer = world.after(fetchTimeoutMs, () => abort.abort(late))
    const either = signal === undefined ? abort.signal : AbortSignal.any([signal, abort.signal])
    try {
      return isHidden ? await never(either) : await session.get(cid, { signal: either })
    } finally {
      timer.cancel()
    }
  }
}

/** Rejects with the reason of a signal, once it has one. */
function never(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason)
    else signal.addEventListener('abort', () => reject(signal.reason), { once: true })
  })
}
