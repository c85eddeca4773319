import type { CID } from 'multiformats/cid'
import { PeerageError, type Timer, type World } from '../../base/index.ts'
import { type VerifiedBlock, verifyBlock } from '../../content/index.ts'
import { blockKey } from '../bitswap/index.ts'
import type {
  BlockSession,
  BlockSource,
  Blocks,
  ContentRouting,
  GetBlock,
  Provider,
  SourceStatus,
} from '../ports.ts'
import type { SessionConfig } from './config.ts'
import { SessionSource } from './session-source.ts'
import type { Waiting, WantedBlock } from './wanted-block.ts'

const identity = 0
/** What blocks are taken to be long until some have come. */
const usualBytes = 262_144
const tickMs = 250
/** Another source is asked for the same block when it would have it in a third of the time. */
const worthIt = 3
/** So many "do not have" in a row, and a source is left alone for a while. */
const mostLacking = 32

export interface SessionParts {
  readonly world: World
  readonly config: SessionConfig
  readonly blocks: Pick<Blocks, 'has' | 'get' | 'put'>
  /** Whether anybody may have a block that is here; none when left out. */
  isPublic?(cid: CID): boolean
  /** Only those are asked who give to anybody: whoever this is for may have no more. */
  readonly publicOnly?: boolean
  readonly routing?: Pick<ContentRouting, 'findProviders'>
  /** Whom we are connected to: they are asked first whether they have it. */
  connected(): readonly BlockSource[]
  /** Calls `listener` with each further one that could be asked; returns what ends that. */
  onMet?(listener: (source: BlockSource) => void): () => void
  /** A provider that routing found as a source; undefined: it cannot be used. */
  sourceOf(provider: Provider): BlockSource | undefined
  /** It sent something else than it was asked for. */
  onLiar?(source: BlockSource): void
  onClose?(): void
}

/** Fetches blocks of one DAG from several sources at once. */
export class Session implements BlockSession {
  readonly #parts: SessionParts
  readonly #root: CID
  readonly #stop = new AbortController()
  readonly #sources = new Map<string, SessionSource>()
  /** Names of all who were asked for something so far. */
  readonly #met = new Set<string>()
  readonly #wanted = new Map<string, WantedBlock>()
  /** Those that nobody is asked for now, by their order. */
  #queue: WantedBlock[] = []
  #meanBytes = usualBytes
  #timer: Timer | undefined
  #foundAt = Number.NEGATIVE_INFINITY
  /** When a block came, or the first one began to be wanted. */
  #newsAt = Number.NEGATIVE_INFINITY
  /** Names of those that are being asked whether they have it. */
  readonly #probed = new Set<string>()
  readonly #unsubscribe: (() => void) | undefined
  #isFinding = false
  #isSpreading = false

  constructor(root: CID, parts: SessionParts) {
    this.#root = root
    this.#parts = parts
    this.#unsubscribe = parts.onMet?.(source => {
      const [first] = this.#wanted.values()
      if (first !== undefined) this.#probe(first.cid, [source])
    })
  }

  async get(cid: CID, options: GetBlock = {}): Promise<VerifiedBlock> {
    const { sink, signal, order = 0, transient = false } = options
    signal?.throwIfAborted()
    this.#stop.signal.throwIfAborted()
    const local = await this.#local(cid, signal)
    if (local !== undefined)
      return sink === undefined ? local : await sink(cid, local.bytes, this.#parts.isPublic?.(cid))
    this.#stop.signal.throwIfAborted()
    const answer = Promise.withResolvers<VerifiedBlock>()
    const waiting: Waiting = { sink, transient, ...answer }
    const wanted = this.#want(cid, order, waiting)
    const leave = (): void => this.#leave(wanted, waiting, signal?.reason)
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
    const { world, config } = this.#parts
    if (this.#stop.signal.aborted) return
    const known = this.#sources.get(source.name)
    if (known !== undefined) {
      known.isPublic ||= source.isPublic === true
      this.#spread()
      return
    }
    if (this.#sources.size >= config.maxSources && !this.#makeRoom()) return
    this.#met.add(source.name)
    this.#sources.set(source.name, new SessionSource(world, config, source))
    this.#spread()
  }

  sources(): readonly SourceStatus[] {
    return [...this.#sources.values()].map(({ status }) => status)
  }

  get asked(): number {
    return this.#met.size
  }

  get quietMs(): number {
    if (this.#wanted.size === 0) return 0
    const heard = [...this.#sources.values()].map(({ asked, source }) => (asked > 0 && source.heardAt) || 0)
    return Math.max(0, this.#parts.world.now() - Math.max(this.#newsAt, ...heard))
  }

  close(): void {
    const reason = new Error('The session was closed.')
    this.#stop.abort(reason)
    this.#unsubscribe?.()
    this.#timer?.cancel()
    for (const wanted of [...this.#wanted.values()]) this.#reject(wanted, reason)
    this.#parts.onClose?.()
  }

  async #local(cid: CID, signal: AbortSignal | undefined): Promise<VerifiedBlock | undefined> {
    // The block is its own name.
    if (cid.multihash.code === identity) return verifyBlock(cid, cid.multihash.digest)
    const { blocks } = this.#parts
    return blocks.has(cid) ? await blocks.get(cid, { ...(signal && { signal }) }) : undefined
  }

  #want(cid: CID, order: number, waiting: Waiting): WantedBlock {
    const key = blockKey(cid)
    const known = this.#wanted.get(key)
    if (known !== undefined) {
      known.waiting.push(waiting)
      return known
    }
    const wanted: WantedBlock = {
      key,
      cid,
      order,
      waiting: [waiting],
      asked: new Map(),
      without: new Map(),
      keeping: undefined,
    }
    if (this.#wanted.size === 0) this.#newsAt = this.#parts.world.now()
    this.#wanted.set(key, wanted)
    this.#enqueue(wanted)
    this.#timer ??= this.#parts.world.every(tickMs, () => this.#tick())
    if (this.#isFresh) void this.#find(cid)
    // What is wanted in one turn is asked for together.
    queueMicrotask(() => this.#spread())
    return wanted
  }

  get #isFresh(): boolean {
    return this.#foundAt === Number.NEGATIVE_INFINITY
  }

  /** Behind those of the same order. */
  #enqueue(wanted: WantedBlock): void {
    const queue = this.#queue
    let at = queue.length
    while (at > 0 && queue[at - 1]!.order > wanted.order) at--
    queue.splice(at, 0, wanted)
  }

  /** Asks sources for what waits, the most urgent of the one that will have it first. */
  #spread(): void {
    if (this.#isSpreading) return
    this.#isSpreading = true
    for (let source = this.#next(); source !== undefined; source = this.#next()) this.#ask(...source)
    this.#isSpreading = false
  }

  #next(): [SessionSource, WantedBlock] | undefined {
    if (this.#queue.length === 0) return this.#again()
    const bytes = this.#meanBytes
    const now = this.#parts.world.now()
    const free = [...this.#sources.values()].filter(source => this.#mayAsk(source, bytes))
    // Those of unknown speed first: they are given little, and then known.
    const eta = ({ depth }: SessionSource): number => (depth.bytesPerSecond === 0 ? 0 : depth.etaMs(bytes))
    free.sort((a, b) => eta(a) - eta(b))
    for (const source of free) {
      const at = this.#queue.findIndex(wanted => isFor(source, wanted, now))
      if (at < 0) continue
      const [wanted] = this.#queue.splice(at, 1)
      return [source, wanted!]
    }
    return undefined
  }

  #mayAsk(source: SessionSource, bytes: number): boolean {
    return source.hasRoom(bytes) && (source.isPublic || this.#parts.publicOnly !== true)
  }

  /** Nothing waits: a block that a slow source owes is asked of a much faster one, too. */
  #again(): [SessionSource, WantedBlock] | undefined {
    if (this.#wanted.size === 0 || this.#sources.size < 2) return undefined
    const bytes = this.#meanBytes
    const candidates = [...this.#wanted.values()].filter(
      ({ asked, keeping }) => asked.size > 0 && asked.size < this.#parts.config.maxAskers && !keeping,
    )
    candidates.sort((a, b) => a.order - b.order)
    for (const source of this.#sources.values()) {
      if (!this.#mayAsk(source, bytes) || source.depth.bytesPerSecond === 0) continue
      const eta = source.depth.etaMs(bytes)
      const wanted = candidates.find(
        each =>
          isFor(source, each, this.#parts.world.now()) &&
          this.#remainingMs(each) > Math.max(worthIt * eta, 1),
      )
      if (wanted !== undefined) return [source, wanted]
    }
    return undefined
  }

  /** Until somebody who was asked for it will have sent it, as it looks. */
  #remainingMs({ asked }: WantedBlock): number {
    const now = this.#parts.world.now()
    const times = [...asked].map(([name, { at }]) => {
      const depth = this.#sources.get(name)?.depth
      if (depth === undefined) return Number.POSITIVE_INFINITY
      const usual = depth.bytesPerSecond === 0 ? Number.POSITIVE_INFINITY : depth.etaMs(0)
      // Who is late will be later.
      return Math.max(usual, now - at - usual)
    })
    return Math.min(...times)
  }

  #ask(source: SessionSource, wanted: WantedBlock): void {
    const cancel = new AbortController()
    const expected = this.#meanBytes
    const mark = source.sent(expected)
    const ask = { cancel, at: mark.sentAt, isDelivering: false }
    wanted.asked.set(source.source.name, ask)
    let taken: number | undefined
    const take = (_: CID, bytes: Uint8Array): Promise<VerifiedBlock> => {
      taken = bytes.length
      ask.isDelivering = true
      return this.#keep(wanted, bytes, source)
    }
    source.source.want(wanted.cid, take, cancel.signal).then(
      block => {
        wanted.asked.delete(source.source.name)
        if (taken === undefined || block === undefined) {
          source.gaveUp(expected)
          this.#lacks(source, wanted)
        } else {
          source.received(taken, expected, mark)
          this.#meanBytes += Math.round((taken - this.#meanBytes) / 8)
        }
        this.#spread()
      },
      error => {
        source.gaveUp(expected)
        wanted.asked.delete(source.source.name)
        if (!cancel.signal.aborted) this.#failed(source, wanted, error)
        this.#requeue(wanted)
        this.#spread()
      },
    )
  }

  /** Verifies a block and gives it to all who wait for it. */
  async #keep(wanted: WantedBlock, bytes: Uint8Array, source: SessionSource): Promise<VerifiedBlock> {
    // Two sources sent it at the same time: what one of them sent will do, if it is right.
    const before = await wanted.keeping?.catch(() => undefined)
    if (before !== undefined) return before
    wanted.keeping = this.#sinkAll(wanted, bytes, source)
    try {
      return await wanted.keeping
    } finally {
      wanted.keeping = undefined
    }
  }

  async #sinkAll(wanted: WantedBlock, bytes: Uint8Array, source: SessionSource): Promise<VerifiedBlock> {
    const { blocks } = this.#parts
    const { isPublic } = source
    let kept: VerifiedBlock | undefined
    let isTransient = true
    // Others may join while it is being kept.
    for (let first = wanted.waiting[0]; first !== undefined; first = wanted.waiting[0]) {
      const sink = first.sink ?? ((cid, data) => blocks.put(cid, data, { isPublic }))
      try {
        kept = await sink(wanted.cid, bytes, isPublic)
        first.resolve(kept)
      } catch (error) {
        if (isMismatch(error)) throw error
        // It could not be kept, whoever sent it.
        first.reject(error)
      }
      isTransient &&= first.transient
      const at = wanted.waiting.indexOf(first)
      if (at >= 0) wanted.waiting.splice(at, 1)
    }
    this.#finish(wanted)
    this.#newsAt = this.#parts.world.now()
    if (kept !== undefined && isTransient) source.source.giveBack?.(bytes)
    return kept ?? verifyBlock(wanted.cid, bytes)
  }

  /** Nobody waits for it any more; who was asked is told so. */
  #finish(wanted: WantedBlock): void {
    this.#wanted.delete(wanted.key)
    const at = this.#queue.indexOf(wanted)
    if (at >= 0) this.#queue.splice(at, 1)
    for (const { cancel, isDelivering } of [...wanted.asked.values()])
      if (!isDelivering) cancel.abort(new Error('It is not wanted any more.'))
  }

  #lacks(source: SessionSource, wanted: WantedBlock): void {
    const { world, config } = this.#parts
    if (this.#wanted.get(wanted.key) !== wanted) return
    this.#hasNot(source, wanted)
    if (++source.lacking >= mostLacking) {
      source.lacking = 0
      source.restsUntil = world.now() + config.patienceMs
    }
    this.#requeue(wanted)
  }

  /** Asked again later, each time after twice as long. */
  #hasNot({ source: { name } }: SessionSource, { without }: WantedBlock): void {
    const { world, config } = this.#parts
    const times = (without.get(name)?.times ?? 0) + 1
    const waitMs = Math.min(config.askAgainMs * 2 ** (times - 1), config.findAgainMs)
    without.set(name, { times, until: world.now() + waitMs })
  }

  #failed(source: SessionSource, wanted: WantedBlock, error: unknown): void {
    const { world, config, onLiar } = this.#parts
    source.message = error instanceof Error ? error.message : String(error)
    this.#hasNot(source, wanted)
    if (isMismatch(error)) {
      source.isDropped = true
      onLiar?.(source.source)
    }
    // One failure takes everything with it that was asked together.
    if (source.restsUntil > world.now()) return
    source.failures++
    source.depth.collapse()
    if (source.failures >= config.maxFailures) source.isDropped = true
    source.restsUntil = world.now() + 1000 * 2 ** source.failures
  }

  #requeue(wanted: WantedBlock): void {
    const isOpen = this.#wanted.get(wanted.key) === wanted && wanted.asked.size === 0
    if (isOpen && !this.#queue.includes(wanted)) this.#enqueue(wanted)
  }

  #leave(wanted: WantedBlock, waiting: Waiting, reason: unknown): void {
    const at = wanted.waiting.indexOf(waiting)
    if (at < 0) return
    wanted.waiting.splice(at, 1)
    waiting.reject(reason)
    if (wanted.waiting.length === 0 && wanted.keeping === undefined) this.#finish(wanted)
  }

  #reject(wanted: WantedBlock, reason: unknown): void {
    for (const { reject } of wanted.waiting.splice(0)) reject(reason)
    this.#finish(wanted)
  }

  #tick(): void {
    const { world, config } = this.#parts
    if (this.#wanted.size === 0) {
      this.#timer?.cancel()
      this.#timer = undefined
      return
    }
    for (const source of this.#sources.values())
      if (source.asked > 0 && source.silentMs > source.patienceMs(config)) this.#stalled(source)
    const [first] = this.#queue
    const isStarving = first !== undefined && !this.#hasHope(first)
    if (isStarving && world.now() - this.#foundAt >= config.findAgainMs) void this.#find(first.cid)
    this.#spread()
  }

  #hasHope(wanted: WantedBlock): boolean {
    return [...this.#sources.values()].some(
      source => !source.isDropped && !wanted.without.has(source.source.name),
    )
  }

  /** It said that it has something and sends nothing: others are asked for it. */
  #stalled(source: SessionSource): void {
    const { world, config } = this.#parts
    source.failures++
    source.message = 'It does not send what it was asked for.'
    source.restsUntil = world.now() + config.patienceMs * 2 ** source.failures
    if (source.failures >= config.maxFailures) source.isDropped = true
    source.depth.collapse()
    const reason = new Error(source.message)
    for (const wanted of this.#wanted.values()) {
      const ask = wanted.asked.get(source.source.name)
      if (ask === undefined) continue
      this.#hasNot(source, wanted)
      ask.cancel.abort(reason)
    }
  }

  /** Asks those we are connected to whether they have it, and routing who has. */
  async #find(cid: CID): Promise<void> {
    const { world, config, routing } = this.#parts
    if (this.#isFinding) return
    this.#isFinding = true
    this.#foundAt = world.now()
    // Whoever had it not may have it by now.
    for (const { without } of this.#wanted.values()) without.clear()
    this.#probe(cid, this.#parts.connected())
    try {
      for await (const provider of routing?.findProviders(this.#root, this.#stop.signal) ?? []) {
        const source = this.#parts.sourceOf(provider)
        if (source !== undefined) this.add(source)
        if (this.#sources.size >= config.maxSources) break
      }
    } catch {
      // The session is closed, or there is no way to look: those who are connected remain.
    }
    this.#isFinding = false
  }

  #probe(cid: CID, sources: readonly BlockSource[]): void {
    const { config } = this.#parts
    const unknown = sources.filter(({ name }) => !this.#sources.has(name) && !this.#probed.has(name))
    for (const source of unknown.slice(0, config.maxProbed)) {
      this.#met.add(source.name)
      this.#probed.add(source.name)
      const signal = AbortSignal.any([this.#stop.signal, this.#timeOut()])
      const asked = source.has?.(cid, signal) ?? Promise.resolve(true)
      asked.then(
        has => {
          this.#probed.delete(source.name)
          if (has) this.add(source)
        },
        () => this.#probed.delete(source.name),
      )
    }
  }

  #timeOut(): AbortSignal {
    const { world, config } = this.#parts
    const controller = new AbortController()
    world.after(config.patienceMs, () => controller.abort(new Error('It does not answer.')))
    return controller.signal
  }

  /** Room for somebody new, in the place of one that was dropped. */
  #makeRoom(): boolean {
    for (const [name, { isDropped, asked }] of this.#sources)
      if (isDropped && asked === 0) return this.#sources.delete(name)
    return false
  }
}

function isFor({ source: { name } }: SessionSource, { asked, without }: WantedBlock, now: number): boolean {
  return !asked.has(name) && (without.get(name)?.until ?? 0) <= now
}

function isMismatch(error: unknown): boolean {
  return error instanceof PeerageError && error.code === 'block.mismatch'
}
