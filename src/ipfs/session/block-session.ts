import type { CID } from 'multiformats/cid'
import type { Timer } from '../../base/index.ts'
import { type VerifiedBlock, verifyBlock } from '../../content/index.ts'
import type { BlockSession, BlockSource, GetBlock, SourceStatus } from '../ports.ts'
import { Deliveries } from './deliveries.ts'
import { Finding } from './finding.ts'
import { nextAsk } from './next-ask.ts'
import type { SessionParts } from './session-parts.ts'
import { SessionSources } from './session-sources.ts'
import type { Waiting, WantedBlock } from './wanted-block.ts'
import { Wants } from './wants.ts'

const identity = 0
const tickMs = 250

/** Fetches blocks of one DAG from several sources at once. */
export class Session implements BlockSession {
  readonly #parts: SessionParts
  readonly #stop = new AbortController()
  readonly #wants = new Wants()
  readonly #sources: SessionSources
  readonly #deliveries: Deliveries
  readonly #finding: Finding
  #timer: Timer | undefined
  /** When a block came, or the first one began to be wanted. */
  #newsAt = Number.NEGATIVE_INFINITY
  #isSpreading = false

  constructor(root: CID, parts: SessionParts) {
    this.#parts = parts
    const wants = this.#wants
    this.#sources = new SessionSources(parts.world, parts.config)
    this.#deliveries = new Deliveries({
      ...parts,
      wants,
      onNews: () => {
        this.#newsAt = parts.world.now()
      },
      onTurn: () => this.#spread(),
    })
    this.#finding = new Finding({
      ...parts,
      root,
      wants,
      sources: this.#sources,
      signal: this.#stop.signal,
      onFound: source => this.add(source),
    })
  }

  async get(cid: CID, options: GetBlock = {}): Promise<VerifiedBlock> {
    const { sink, signal, order = 0, transient = false } = options
    signal?.throwIfAborted()
    this.#stop.signal.throwIfAborted()
    this.#parts.refuse?.(cid)
    const local = await this.#local(cid, signal)
    if (local !== undefined)
      return sink === undefined ? local : await sink(cid, local.bytes, this.#parts.isPublic?.(cid))
    this.#stop.signal.throwIfAborted()
    const answer = Promise.withResolvers<VerifiedBlock>()
    const waiting: Waiting = { sink, transient, ...answer }
    const wanted = this.#want(cid, order, waiting)
    const leave = (): void => this.#wants.leave(wanted, waiting, signal?.reason)
    signal?.addEventListener('abort', leave, { once: true })
    if (signal?.aborted) leave()
    try {
      return await answer.promise
    } finally {
      // A signal may be that of a fetch of a million blocks.
      signal?.removeEventListener('abort', leave)
    }
  }

  /** One more to ask: somebody who was named, or found elsewhere. */
  add(source: BlockSource): void {
    if (this.#stop.signal.aborted || !this.#sources.add(source)) return
    this.#finding.met(source.name)
    this.#spread()
  }

  sources(): readonly SourceStatus[] {
    return this.#sources.status()
  }

  get asked(): number {
    return this.#finding.asked
  }

  get quietMs(): number {
    if (this.#wants.size === 0) return 0
    return Math.max(0, this.#parts.world.now() - Math.max(this.#newsAt, this.#sources.heardAt))
  }

  close(): void {
    const reason = new Error('The session was closed.')
    this.#stop.abort(reason)
    this.#finding.stop()
    this.#timer?.cancel()
    this.#wants.rejectAll(reason)
    this.#parts.onClose?.()
  }

  async #local(cid: CID, signal: AbortSignal | undefined): Promise<VerifiedBlock | undefined> {
    // The block is its own name.
    if (cid.multihash.code === identity) return verifyBlock(cid, cid.multihash.digest)
    const { blocks, publicOnly = false } = this.#parts
    // It may be here for us alone, and only just.
    if (publicOnly && this.#parts.isPublic?.(cid) !== true) return undefined
    return await blocks.find(cid)?.get({ ...(signal && { signal }) })
  }

  #want(cid: CID, order: number, waiting: Waiting): WantedBlock {
    const { world } = this.#parts
    if (this.#wants.size === 0) this.#newsAt = world.now()
    const { wanted, isNew } = this.#wants.join(cid, order, waiting)
    if (!isNew) return wanted
    this.#timer ??= world.every(tickMs, () => this.#tick())
    if (this.#finding.isFresh) void this.#finding.find(cid)
    // What is wanted in one turn is asked for together.
    queueMicrotask(() => this.#spread())
    return wanted
  }

  /** Asks sources for what waits, as long as some have room. */
  #spread(): void {
    if (this.#isSpreading) return
    this.#isSpreading = true
    for (let next = this.#next(); next !== undefined; next = this.#next()) this.#deliveries.ask(...next)
    this.#isSpreading = false
  }

  #next(): ReturnType<typeof nextAsk> {
    const { world, config, publicOnly = false } = this.#parts
    return nextAsk({
      wants: this.#wants,
      sources: this.#sources,
      meanBytes: this.#deliveries.meanBytes,
      now: world.now(),
      publicOnly,
      maxAskers: config.maxAskers,
    })
  }

  #tick(): void {
    if (this.#wants.size === 0) {
      this.#timer?.cancel()
      this.#timer = undefined
      return
    }
    for (const source of this.#sources.stalled()) this.#deliveries.stalled(source)
    const [first] = this.#wants.queue
    const isStarving = first !== undefined && !this.#sources.mayHave(first)
    if (isStarving && this.#finding.isDue) void this.#finding.find(first.cid)
    this.#spread()
  }
}
