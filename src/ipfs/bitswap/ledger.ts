import type { CID } from 'multiformats/cid'
import type { BitswapNotes, BitswapWant } from '../../wire/index.ts'
import { blockKey, cidOf } from './block-name.ts'

const identity = 0

/** What a peer wants of us. */
export interface Wanted {
  readonly cid: CID
  readonly priority: number
  readonly type: 'block' | 'have'
  readonly sendDontHave: boolean
}

/** The wants of one peer that are not answered yet. */
export class Ledger {
  readonly #maxWants: number
  readonly #wants = new Map<string, Wanted>()
  /** The keys of wants, the next one last; undefined when it is to be put in order again. */
  #order: string[] | undefined
  /** Payload that was sent to this peer, in bytes. */
  sentBytes = 0

  constructor(maxWants: number) {
    this.#maxWants = maxWants
  }

  get size(): number {
    return this.#wants.size
  }

  /** Takes up what a message says, in which the last word about a block holds. Returns the wants that there is no room for. */
  update({ full, wants }: BitswapNotes): readonly Wanted[] {
    if (full) this.#wants.clear()
    const over: Wanted[] = []
    for (const want of wants) this.#note(want, over)
    if (full || wants.length > 0) this.#order = undefined
    return over
  }

  #note({ cid: bytes, cancel, priority, type, sendDontHave }: BitswapWant, over: Wanted[]): void {
    const cid = cidOf(bytes)
    // A block that is in its own name needs nobody to send it.
    if (cid === undefined || cid.multihash.code === identity) return
    const key = blockKey(cid)
    const wanted: Wanted = { cid, priority, type, sendDontHave }
    if (cancel) this.#wants.delete(key)
    else if (this.#wants.has(key) || this.#wants.size < this.#maxWants) this.#wants.set(key, wanted)
    else over.push(wanted)
  }

  /** Looks at the most urgent want. */
  peek(): Wanted | undefined {
    return this.#wants.get(this.#keys().at(-1) ?? '')
  }

  /** Takes the most urgent want off the list. */
  take(): Wanted | undefined {
    const key = this.#keys().pop()
    if (key === undefined) return undefined
    const wanted = this.#wants.get(key)
    this.#wants.delete(key)
    return wanted
  }

  clear(): void {
    this.#wants.clear()
    this.#order = undefined
  }

  #keys(): string[] {
    this.#order ??= Array.from(this.#wants)
      .reverse()
      .sort(([, a], [, b]) => a.priority - b.priority)
      .map(([key]) => key)
    return this.#order
  }
}
