import type { CID } from 'multiformats/cid'
import { PeerageError } from '../../base/index.ts'
import type { VerifiedBlock } from '../../content/index.ts'
import type { SessionParts } from './session-parts.ts'
import type { SessionSource } from './session-source.ts'
import type { WantedBlock } from './wanted-block.ts'
import type { Wants } from './wants.ts'

/** What blocks are taken to be long until some have come. */
const usualBytes = 262_144
/** So many "do not have" in a row, and others are asked before a source for a while. */
const mostLacking = 32

export interface DeliveriesParts extends Pick<SessionParts, 'world' | 'config' | 'blocks' | 'onLiar'> {
  readonly wants: Wants
  /** A block has come. */
  onNews(): void
  /** Somebody can be asked for more, or something is to be asked of another. */
  onTurn(): void
}

/** Asks sources for blocks, gives what comes to all who wait for it, and holds against them what does not. */
export class Deliveries {
  readonly #parts: DeliveriesParts
  #meanBytes = usualBytes

  constructor(parts: DeliveriesParts) {
    this.#parts = parts
  }

  /** How long a block is taken to be. */
  get meanBytes(): number {
    return this.#meanBytes
  }

  ask(source: SessionSource, wanted: WantedBlock): void {
    const { wants, onTurn } = this.#parts
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
        onTurn()
      },
      error => {
        source.gaveUp(expected)
        wanted.asked.delete(source.source.name)
        if (!cancel.signal.aborted) this.#failed(source, wanted, error)
        wants.requeue(wanted)
        onTurn()
      },
    )
  }

  /** It said that it has something and sends nothing: others are asked for it. */
  stalled(source: SessionSource): void {
    const { world, config, wants } = this.#parts
    source.failures++
    source.message = 'It does not send what it was asked for.'
    source.restsUntil = world.now() + config.patienceMs * 2 ** source.failures
    if (source.failures >= config.maxFailures) source.isDropped = true
    source.depth.collapse()
    const reason = new Error(source.message)
    for (const wanted of wants.all()) {
      const ask = wanted.asked.get(source.source.name)
      if (ask === undefined) continue
      this.#hasNot(source, wanted)
      ask.cancel.abort(reason)
    }
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
    const { blocks, wants, onNews } = this.#parts
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
    wants.finish(wanted)
    onNews()
    if (kept !== undefined && isTransient) source.source.giveBack?.(bytes)
    return kept ?? (await blocks.verify(wanted.cid, bytes))
  }

  #lacks(source: SessionSource, wanted: WantedBlock): void {
    const { world, config, wants } = this.#parts
    if (!wants.isOpen(wanted)) return
    this.#hasNot(source, wanted)
    if (++source.lacking >= mostLacking) {
      source.lacking = 0
      source.lacksUntil = world.now() + config.patienceMs
    }
    wants.requeue(wanted)
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
}

function isMismatch(error: unknown): boolean {
  return error instanceof PeerageError && error.code === 'block.mismatch'
}
