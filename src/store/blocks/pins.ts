import { setImmediate } from 'node:timers/promises'
import { CID } from 'multiformats/cid'
import { PeerageError, z } from '../../base/index.ts'
import { codecs, dagLimits, linksOf, type VerifiedBlock } from '../../content/index.ts'
import { bySteps } from '../by-steps.ts'
import type { StoreHost } from '../host.ts'
import type { KeyValue } from '../state-log.ts'
import type { BlockDatabase } from './block-database.ts'
import { inlineBytes } from './block-hash.ts'

/** Something that is kept, and why. */
export interface Pin {
  readonly root: CID
  /** All below it is kept, too. */
  readonly recursive: boolean
  readonly name?: string | undefined
  /** Wall clock, milliseconds. */
  readonly addedAt: number
  /** All of it was here and held when it was last looked at. */
  readonly isWhole: boolean
  readonly blocks: number
  /** Bytes of all its blocks, each once. */
  readonly bytes: number
  /** Info hashes of contents whose files had blocks of it that were nowhere else. */
  readonly contents: readonly string[]
  /** Somebody waits for it: `blocks` and `bytes` are what was looked at or came so far. */
  readonly isRunning: boolean
}

export interface PinOptions {
  /** True unless said otherwise. */
  readonly recursive?: boolean | undefined
  readonly name?: string | undefined
  /** Throws `content.denied` for a block that is not to be kept: then the rest is not, either, unless it was pinned before. */
  refuse?(cid: CID): void
  /** Gets and keeps a block that is not here; without it such a block ends the pinning. */
  obtain?(cid: CID, signal: AbortSignal | undefined): Promise<unknown>
  readonly signal?: AbortSignal | undefined
}

export interface PinsHost {
  readonly host: StoreHost
  readonly state: KeyValue
  readonly db: BlockDatabase
  sizeOf(cid: CID): number | undefined
  /** Info hashes of the contents that a block is in, when it is not in the cache. */
  leansOn(cid: CID): readonly string[]
  get(cid: CID, options: { signal?: AbortSignal }): Promise<VerifiedBlock | undefined>
  flush(): Promise<void>
}

const kind = 'store.pin'
const rowsAtOnce = 1000
/** Blocks that are here are walked over without a pause: after so many others get a turn. */
const blocksPerTurn = 64

type Kept = Omit<Pin, 'root' | 'isRunning'>

/** One that somebody waits for, and how far it is. */
interface Running {
  readonly stop: AbortController
  blocks: number
  bytes: number
}

const schema: z.ZodType<Kept> = z.object({
  recursive: z.boolean(),
  name: z.string().max(1024).optional(),
  addedAt: z.number(),
  isWhole: z.boolean(),
  blocks: z.int().min(0),
  bytes: z.int().min(0),
  contents: z.array(z.string().length(64)).default([]),
})

/**
 * What is kept however full the cache is. Each pin holds its blocks by rows of its own, so that a block goes when the last pin that
 * holds it goes; a block is held before it is fetched, so that it is not evicted on its way.
 */
export class Pins {
  readonly #host: PinsHost
  readonly #running = new Map<string, Running>()

  constructor(host: PinsHost) {
    this.#host = host
  }

  *all(): Iterable<Pin> {
    for (const [key, value] of this.#host.state.entries(kind)) {
      const kept = schema.safeParse(value).data
      const root = parse(key)
      if (kept !== undefined && root !== undefined) yield this.#told(root, key, kept)
    }
  }

  get(root: CID): Pin | undefined {
    const key = keyOf(root)
    const kept = schema.safeParse(this.#host.state.get(kind, key)).data
    return kept && this.#told(root, key, kept)
  }

  /**
   * Resolves when all of it is here, held, and durable. What was held stays held when it ends early: the same again goes on.
   *
   * @throws PeerageError `block.missing`, `dag.invalid`, `dag.limit`, of kind `disk`, and what `obtain` rejects with; `signal.reason`
   */
  async pin(root: CID, options: PinOptions = {}): Promise<Pin> {
    const key = keyOf(root)
    const { recursive = true, name } = options
    const old = this.get(root)
    const begun: Kept = {
      recursive: recursive || old?.recursive === true,
      name: name ?? old?.name,
      addedAt: old?.addedAt ?? this.#host.host.world.wallTime(),
      isWhole: false,
      blocks: 0,
      bytes: 0,
      contents: [],
    }
    this.#running.get(key)?.stop.abort(new PeerageError('content.unknown', 'It is pinned anew.'))
    const stop = new AbortController()
    const running = { stop, blocks: 0, bytes: 0 }
    this.#running.set(key, running)
    const signal = options.signal === undefined ? stop.signal : AbortSignal.any([stop.signal, options.signal])
    this.#host.state.put(kind, key, begun)
    try {
      const held = await this.#hold(root, begun.recursive, { ...options, signal }, running)
      await this.#host.flush()
      signal.throwIfAborted()
      const done: Kept = { ...begun, ...held, isWhole: true }
      this.#host.state.put(kind, key, done)
      return { root, ...done, isRunning: false }
    } catch (error) {
      if (old === undefined && error instanceof PeerageError && error.code === 'content.denied')
        await this.unpin(root)
      throw error
    } finally {
      if (this.#running.get(key) === running) this.#running.delete(key)
    }
  }

  /** Somebody waits for it to be pinned. */
  isRunning(root: CID): boolean {
    return this.#running.has(keyOf(root))
  }

  #told(root: CID, key: string, kept: Kept): Pin {
    const running = this.#running.get(key)
    if (running === undefined) return { root, ...kept, isRunning: false }
    return { root, ...kept, blocks: running.blocks, bytes: running.bytes, isRunning: true }
  }

  /** False: it was not pinned. */
  async unpin(root: CID): Promise<boolean> {
    const key = keyOf(root)
    if (this.get(root) === undefined) return false
    this.#running
      .get(key)
      ?.stop.abort(new PeerageError('content.unknown', 'It is not to be pinned any more.'))
    this.#host.state.delete(kind, key)
    await this.release(pinBytes(root))
    return true
  }

  /** What files had of them is gone: they are not said to be whole any more until they are pinned again. */
  doubt(pins: readonly Pin[]): void {
    for (const { root, isRunning, ...kept } of pins)
      this.#host.state.put(kind, keyOf(root), { ...kept, isWhole: false })
  }

  /** Lets go of what nobody pins any more: a crash came between. */
  async releaseLost(): Promise<void> {
    const known = new Set([...this.all()].map(({ root }) => hex(pinBytes(root))))
    for (const pin of this.#host.db.pinsHeld()) if (!known.has(hex(pin))) await this.release(pin)
  }

  async release(pin: Uint8Array): Promise<void> {
    const { db } = this.#host
    await bySteps(
      (function* (): Generator<void, void> {
        while (db.release(pin, rowsAtOnce) > 0) yield
      })(),
    )
  }

  stop(): void {
    for (const { stop } of this.#running.values()) stop.abort(new TypeError('the store is closed'))
  }

  /** Walks the DAG; leaves are not read, only looked for. */
  async #hold(
    root: CID,
    recursive: boolean,
    { refuse, obtain, signal }: PinOptions,
    sum: { blocks: number; bytes: number },
  ): Promise<Pick<Kept, 'blocks' | 'bytes' | 'contents'>> {
    const pin = pinBytes(root)
    const contents = new Set<string>()
    const seen = new Set<string>()
    const stack: { readonly cid: CID; readonly depth: number }[] = [{ cid: root, depth: 0 }]
    this.#holdAll(pin, [root])
    for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
      const { cid, depth } = next
      const key = `${cid.code} ${hex(cid.multihash.bytes)}`
      if (seen.has(key)) continue
      seen.add(key)
      signal?.throwIfAborted()
      if (seen.size > dagLimits.blocks || depth > dagLimits.depth || stack.length > dagLimits.pending)
        throw tooLarge()
      refuse?.(cid)
      sum.bytes += await this.#present(cid, obtain, signal)
      sum.blocks++
      for (const content of this.#host.leansOn(cid)) contents.add(content)
      if (sum.blocks % blocksPerTurn === 0) await setImmediate()
      if (!recursive || cid.code === codecs.raw) continue
      const links = await this.#links(cid, signal)
      signal?.throwIfAborted()
      if (stack.length + links.length > dagLimits.pending) throw tooLarge()
      // All of one node together: each commit costs more than what it holds.
      this.#holdAll(pin, links)
      for (const link of links) stack.push({ cid: link, depth: depth + 1 })
    }
    return { blocks: sum.blocks, bytes: sum.bytes, contents: [...contents] }
  }

  /** What stands in the CID itself lies nowhere that it could go from. */
  #holdAll(pin: Uint8Array, cids: readonly CID[]): void {
    const held = cids.filter(cid => inlineBytes(cid) === undefined)
    this.#host.db.hold(
      pin,
      held.map(({ multihash }) => multihash.bytes),
    )
  }

  async #present(cid: CID, obtain: PinOptions['obtain'], signal: AbortSignal | undefined): Promise<number> {
    const size = this.#host.sizeOf(cid)
    if (size !== undefined) return size
    if (obtain === undefined) throw missing(cid)
    await obtain(cid, signal)
    const now = this.#host.sizeOf(cid)
    if (now === undefined) throw missing(cid)
    return now
  }

  async #links(cid: CID, signal: AbortSignal | undefined): Promise<CID[]> {
    const block = await this.#host.get(cid, signal === undefined ? {} : { signal })
    if (block === undefined) throw missing(cid)
    return linksOf(block).toReversed()
  }
}

function tooLarge(): PeerageError {
  return new PeerageError('dag.limit', 'It has more blocks, or is deeper, than can be pinned.')
}

function missing(cid: CID): PeerageError {
  return new PeerageError('block.missing', `The block ${cid} is not here.`, { details: { cid: String(cid) } })
}

function parse(text: string): CID | undefined {
  try {
    return CID.parse(text)
  } catch {
    return undefined
  }
}

/** One pin, however its CID is written. */
function keyOf(root: CID): string {
  return String(root.toV1())
}

function pinBytes(root: CID): Uint8Array {
  return root.toV1().bytes
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1')
}
