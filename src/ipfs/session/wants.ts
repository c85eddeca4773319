import type { CID } from 'multiformats/cid'
import { blockKey } from '../bitswap/index.ts'
import type { Waiting, WantedBlock } from './wanted-block.ts'

/** The blocks that a session is to fetch. */
export class Wants {
  readonly #open = new Map<string, WantedBlock>()
  /** Those that nobody is asked for now, by their order. */
  readonly #queue: WantedBlock[] = []

  get size(): number {
    return this.#open.size
  }

  /** Those that nobody is asked for now, the most urgent first. */
  get queue(): readonly WantedBlock[] {
    return this.#queue
  }

  all(): WantedBlock[] {
    return [...this.#open.values()]
  }

  get first(): WantedBlock | undefined {
    return this.#open.values().next().value
  }

  isOpen(wanted: WantedBlock): boolean {
    return this.#open.get(wanted.key) === wanted
  }

  /** One more who waits for a block; `isNew`: the first of those. */
  join(cid: CID, order: number, waiting: Waiting): { readonly wanted: WantedBlock; readonly isNew: boolean } {
    const key = blockKey(cid)
    const known = this.#open.get(key)
    if (known !== undefined) {
      known.waiting.push(waiting)
      return { wanted: known, isNew: false }
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
    this.#open.set(key, wanted)
    this.#enqueue(wanted)
    return { wanted, isNew: true }
  }

  /** Somebody is about to be asked for what stands there in the queue. */
  take(at: number): WantedBlock | undefined {
    return this.#queue.splice(at, 1)[0]
  }

  /** It waits again if nobody is asked for it any more. */
  requeue(wanted: WantedBlock): void {
    if (this.isOpen(wanted) && wanted.asked.size === 0 && !this.#queue.includes(wanted)) this.#enqueue(wanted)
  }

  /** Nobody waits for it any more; who was asked is told so. */
  finish(wanted: WantedBlock): void {
    this.#open.delete(wanted.key)
    const at = this.#queue.indexOf(wanted)
    if (at >= 0) this.#queue.splice(at, 1)
    for (const { cancel, isDelivering } of [...wanted.asked.values()])
      if (!isDelivering) cancel.abort(new Error('It is not wanted any more.'))
  }

  /** One of those who wait has given up. */
  leave(wanted: WantedBlock, waiting: Waiting, reason: unknown): void {
    const at = wanted.waiting.indexOf(waiting)
    if (at < 0) return
    wanted.waiting.splice(at, 1)
    waiting.reject(reason)
    if (wanted.waiting.length === 0 && wanted.keeping === undefined) this.finish(wanted)
  }

  rejectAll(reason: unknown): void {
    for (const wanted of this.all()) {
      for (const { reject } of wanted.waiting.splice(0)) reject(reason)
      this.finish(wanted)
    }
  }

  /** Behind those of the same order. */
  #enqueue(wanted: WantedBlock): void {
    const queue = this.#queue
    let at = queue.length
    while (at > 0 && queue[at - 1]!.order > wanted.order) at--
    queue.splice(at, 0, wanted)
  }
}
