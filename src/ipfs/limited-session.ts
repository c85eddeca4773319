import type { CID } from 'multiformats/cid'
import type { TokenBucket, World } from '../base/index.ts'
import type { VerifiedBlock } from '../content/index.ts'
import { orAborted } from '../network/index.ts'
import type { BlockSession, Blocks, GetBlock, SourceStatus } from './ports.ts'

/** What a block is taken to be long until it has come. */
const usualBytes = 262_144

export interface LimitedSessionParts {
  readonly world: World
  readonly blocks: Pick<Blocks, 'has'>
  /** All that this peer fetches takes from it. */
  readonly download: TokenBucket
}

/** Asks for a block only when the limit of this whole peer has something left; what is on this machine is free. */
export class LimitedSession implements BlockSession {
  readonly #inner: BlockSession
  readonly #parts: LimitedSessionParts
  readonly #stop = new AbortController()

  constructor(inner: BlockSession, parts: LimitedSessionParts) {
    this.#inner = inner
    this.#parts = parts
  }

  async get(cid: CID, options: GetBlock = {}): Promise<VerifiedBlock> {
    const { download, blocks } = this.#parts
    if (!download.limited || blocks.has(cid)) return this.#inner.get(cid, options)
    await this.#turn(options.signal)
    let bytes = 0
    try {
      const block = await this.#inner.get(cid, options)
      bytes = block.bytes.length
      return block
    } finally {
      if (bytes < usualBytes) download.refund(usualBytes - bytes)
      else download.spend(bytes - usualBytes)
    }
  }

  sources(): readonly SourceStatus[] {
    return this.#inner.sources()
  }

  get asked(): number {
    return this.#inner.asked
  }

  get quietMs(): number {
    return this.#inner.quietMs
  }

  close(): void {
    this.#stop.abort(new Error('The session was closed.'))
    this.#inner.close()
  }

  /** Waits until something may pass, and takes it at once, before others see it. Rejects with `signal.reason`. */
  async #turn(signal: AbortSignal | undefined): Promise<void> {
    const { world, download } = this.#parts
    for (let wait = download.waitMs(world.now()); wait > 0; wait = download.waitMs(world.now()))
      await this.#pause(wait, signal)
    signal?.throwIfAborted()
    download.spend(usualBytes)
  }

  /** With a low limit and much that waits it may be minutes. */
  async #pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
    const over = Promise.withResolvers<void>()
    const timer = this.#parts.world.after(ms, () => over.resolve())
    try {
      await orAborted(over.promise, AbortSignal.any([this.#stop.signal, ...(signal ? [signal] : [])]))
    } finally {
      timer.cancel()
    }
  }
}
