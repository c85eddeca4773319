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

/** The wants of one peer: those that are not answered yet, and those that stay open until the block is here. */
export class Ledger {
  readonly #maxWants: number
  readonly #wants = new Map<string, Wanted>()
  /** What we had not got, the longest ago first. */
  readonly #open = new Map<string, Wanted>()
  /** The keys of wants, the next one last; undefined when it is to be put in order again. */
  #order: string[] | undefined
  /** Payload that was sent to this peer, in bytes. */
  sentBytes = 0

  constructor(maxWants: number) {
    this.#maxWants = maxWants
  }

  /** How many are to be answered. */
  get size(): number {
    return this.#wants.size
  }

  /** How many wait for a block that is not here. */
  get openSize(): number {
    return this.#open.size
  }

  /** Takes up what a message says, in which the last word about a block holds. Returns the wants that there is no room for. */
  update({ full, wants }: BitswapNotes): readonly Wanted[] {
    if (full) this.clear()
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
    this.#open.delete(key)
    const known = this.#wants.get(key)
    // Who wants the block need not be told that it is here.
    const wanted: Wanted = { cid, priority, type: known?.type === 'block' ? 'block' : type, sendDontHave }
    if (cancel) this.#wants.delete(key)
    else if (known !== undefined || this.#wants.size < this.#maxWants) this.#wants.set(key, wanted)
    else over.push(wanted)
    this.#keepBound()
  }

  /** What is not here was told to be so; the want stays until it comes or is taken back. */
  leaveOpen(wanted: Wanted): void {
    this.#open.set(blockKey(wanted.cid), wanted)
    this.#keepBound()
  }

  #keepBound(): void {
    if (this.#wants.size + this.#open.size > this.#maxWants) this.forgetOldest()
  }

  /** The one that is open for longest is kept no more. */
  forgetOldest(): void {
    const [key] = this.#open.keys()
    if (key !== undefined) this.#open.delete(key)
  }

  /** A block is here: whether it is to be answered now. */
  arrived(key: string): boolean {
    const wanted = this.#open.get(key)
    if (wanted === undefined) return false
    this.#open.delete(key)
    // Nobody needs to be told twice that it is not here.
    this.#wants.set(key, { ...wanted, sendDontHave: false })
    this.#order = undefined
    return true
  }

  /** What is open, by its key. */
  open(): Iterable<readonly [string, Wanted]> {
    return this.#open
  }

  /** Wants that were answered, and the answer may be lost; as many as there is room for. */
  again(wants: readonly Wanted[]): void {
    for (const want of wants) {
      const key = blockKey(want.cid)
      if (!this.#wants.has(key) && this.#wants.size < this.#maxWants) this.#wants.set(key, want)
    }
    this.#order = undefined
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
    this.#open.clear()
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
