import type { CID } from 'multiformats/cid'
import { equalBytes, PeerageError } from '../../base/index.ts'
import type { VerifiedBlock } from '../../content/index.ts'
import type { BitswapBlock, BitswapMessage, BitswapPresence, BitswapWant } from '../../wire/index.ts'
import type { BlockSink } from '../ports.ts'
import { blockKey, cidOf, hashKindOf, hashKindOfPrefix } from './block-name.ts'

/** Bytes that somebody sends instead of saying that it has the block: so few. */
const mostInstead = 4096
const mostCredit = 4096
/** Hash functions that no library is needed for, tried one by one otherwise. */
const digests: ReadonlyMap<number, string> = new Map([
  [0x12, 'SHA-256'],
  [0x13, 'SHA-512'],
])
const mostGuesses = 8

interface Taker {
  readonly take: BlockSink
  readonly resolve: (block: VerifiedBlock | undefined) => void
  readonly reject: (error: unknown) => void
}

interface Want {
  readonly cid: CID
  readonly key: string
  readonly kind: string
  readonly takers: Taker[]
  /** A block is being looked at that may be this one. */
  isTaking: boolean
}

interface Question {
  readonly cid: CID
  readonly answer: PromiseWithResolvers<boolean>
  asking: number
}

export interface AskedParts {
  send(message: Partial<BitswapMessage>): void
  /** A block came that nobody asked for, or that is none. */
  onUnasked(): void
  /** Bytes are held until they are verified: so many more, or fewer. */
  onHeld(bytes: number): void
  readonly maxBlockBytes: number
  memory(length: number): Uint8Array
}

/**
 * What one peer was asked for. A block on the wire does not say which one it is: it is taken for the one that was asked for first, as nearly
 * all come in that order, and only when it is not that one it is hashed to find out.
 */
export class Asked {
  readonly #parts: AskedParts
  readonly #wants = new Map<string, Want>()
  readonly #questions = new Map<string, Question>()
  /** Blocks that may still come though nobody wants them any more. */
  #credit = 0
  /** Memory handed out for blocks that have not come whole. */
  #rooms = 0
  #pending = new Map<string, BitswapWant>()
  /** What is said next is all that is wanted, whatever the other side remembers: of another life of this peer, or of what was lost. */
  #isAnew = true
  #priority = 0x7fff_ffff

  constructor(parts: AskedParts) {
    this.#parts = parts
  }

  get size(): number {
    return this.#wants.size + this.#questions.size
  }

  want(cid: CID, take: BlockSink, signal: AbortSignal): Promise<VerifiedBlock | undefined> {
    if (signal.aborted) return Promise.reject(signal.reason)
    const key = blockKey(cid)
    const want = this.#wants.get(key) ?? { cid, key, kind: hashKindOf(cid), takers: [], isTaking: false }
    if (want.takers.length === 0) {
      this.#wants.set(key, want)
      this.#noteWant(key, cid)
    }
    return new Promise((resolve, reject) => {
      const taker: Taker = { take, resolve, reject }
      want.takers.push(taker)
      signal.addEventListener('abort', () => this.#giveUp(want, taker, signal.reason), { once: true })
    })
  }

  async has(cid: CID, signal: AbortSignal): Promise<boolean> {
    signal.throwIfAborted()
    const key = blockKey(cid)
    const question: Question = this.#questions.get(key) ?? { cid, answer: Promise.withResolvers(), asking: 0 }
    if (question.asking++ === 0) {
      question.answer.promise.catch(() => {})
      this.#questions.set(key, question)
      // It need not be asked whether it has what it was asked for.
      if (!this.#wants.has(key)) this.#noteQuestion(key, cid)
    }
    const aborted = Promise.withResolvers<never>()
    const abort = (): void => aborted.reject(signal.reason)
    signal.addEventListener('abort', abort, { once: true })
    try {
      return await Promise.race([question.answer.promise, aborted.promise])
    } finally {
      signal.removeEventListener('abort', abort)
      if (--question.asking === 0 && this.#questions.get(key) === question) {
        this.#questions.delete(key)
        if (!this.#wants.has(key)) this.#cancel(key, cid)
      }
    }
  }

  /** Memory for a block that is announced; none for what was not asked for. */
  room(length: number, prefix: Uint8Array): Uint8Array | undefined {
    if (length > this.#parts.maxBlockBytes || hashKindOfPrefix(prefix) === undefined) return undefined
    const isInstead = length <= mostInstead && this.#rooms < this.size
    if (this.#rooms >= this.#wants.size && !isInstead) return undefined
    this.#rooms++
    return this.#parts.memory(length)
  }

  refused(): void {
    this.#unasked()
  }

  presences(presences: readonly BitswapPresence[]): void {
    for (const { cid: bytes, has } of presences) {
      const cid = cidOf(bytes)
      if (cid === undefined) continue
      const key = blockKey(cid)
      this.#answer(key, has)
      const want = this.#wants.get(key)
      if (has || want === undefined || want.isTaking) continue
      this.#wants.delete(key)
      for (const { resolve } of want.takers) resolve(undefined)
    }
  }

  /** So many blocks that there was room for come no more. */
  cutShort(blocks: number): void {
    this.#rooms -= blocks
  }

  /** Finds out which block it is, and hands it to who asked for it. */
  async block({ prefix, data }: BitswapBlock): Promise<void> {
    this.#rooms--
    this.#parts.onHeld(data.length)
    try {
      const kind = hashKindOfPrefix(prefix)
      const guess = this.#wantsOf(kind).find(want => !want.isTaking)
      if (guess !== undefined && (await this.#give(guess, data))) return
      await this.#identify(kind, data, guess)
    } finally {
      this.#parts.onHeld(-data.length)
    }
  }

  /** Once more all that is still wanted: what was sent may be lost. */
  repeat(): void {
    this.#isAnew = true
    const again = (key: string, cid: CID, type: 'block' | 'have', priority: number): void =>
      this.#note(key, { cid: cid.bytes, priority, cancel: false, type, sendDontHave: true })
    for (const [key, { cid }] of this.#questions) again(key, cid, 'have', 1)
    for (const [key, { cid }] of this.#wants) again(key, cid, 'block', this.#priority--)
  }

  /** Nothing is wanted any more, as after a connection that was lost. The peer may still remember what it was told, and send it. */
  fail(error: unknown): void {
    for (let lost = 0; lost < this.#wants.size; lost++) this.#expectOneMore()
    this.#isAnew = true
    for (const { takers } of this.#wants.values()) for (const { reject } of takers) reject(error)
    for (const { answer } of this.#questions.values()) answer.reject(error)
    this.#wants.clear()
    this.#questions.clear()
    this.#pending.clear()
  }

  #wantsOf(kind: string | undefined): Want[] {
    return [...this.#wants.values()].filter(want => want.kind === kind)
  }

  /** Whether it was that block. */
  async #give(want: Want, data: Uint8Array): Promise<boolean> {
    want.isTaking = true
    const [first, ...others] = want.takers
    if (first === undefined) return false
    // The first may give its memory back.
    const copy = others.length > 0 ? data.slice() : data
    try {
      const block = await first.take(want.cid, data)
      this.#forget(want)
      this.#answer(want.key, true)
      first.resolve(block)
      const left = want.takers.splice(0).filter(taker => taker !== first)
      for (const taker of left)
        if (others.includes(taker)) taker.take(want.cid, copy).then(taker.resolve, taker.reject)
        else this.#wantOnceMore(want, taker)
      return true
    } catch (error) {
      want.isTaking = false
      if (error instanceof PeerageError && error.code === 'block.mismatch') return false
      // It was not the fault of the block: it could not be kept.
      this.#forget(want)
      for (const { reject } of want.takers) reject(error)
      return true
    }
  }

  /** Unless it is wanted anew by now. */
  #forget(want: Want): void {
    if (this.#wants.get(want.key) === want) this.#wants.delete(want.key)
  }

  /** For somebody who joined while the block was being taken, and whose bytes may be overwritten by now. */
  #wantOnceMore(want: Want, taker: Taker): void {
    if (want.takers.push(taker) > 1) return
    want.isTaking = false
    this.#wants.set(want.key, want)
    this.#noteWant(want.key, want.cid)
  }

  async #identify(kind: string | undefined, data: Uint8Array, tried: Want | undefined): Promise<void> {
    const name = digests.get(Number(kind?.split('/')[0]))
    const digest =
      name === undefined ? undefined : new Uint8Array(await crypto.subtle.digest(name, Uint8Array.from(data)))
    const mayBe = ({ cid }: { readonly cid: CID }): boolean =>
      digest === undefined || equalBytes(cid.multihash.digest, digest)
    const wants = this.#wantsOf(kind).filter(want => want !== tried && mayBe(want))
    for (const want of wants.slice(0, mostGuesses)) if (await this.#give(want, data)) return
    // Kubo sends a short block at once to who asks whether it has it.
    const isInstead = data.length <= mostInstead && this.#questions.size > 0
    if (!isInstead) return this.#unasked()
    if (digest === undefined) return
    for (const [key, question] of [...this.#questions])
      if (hashKindOf(question.cid) === kind && mayBe(question)) this.#answer(key, true)
  }

  #unasked(): void {
    if (this.#credit > 0) this.#credit--
    else this.#parts.onUnasked()
  }

  #giveUp(want: Want, taker: Taker, reason: unknown): void {
    const at = want.takers.indexOf(taker)
    taker.reject(reason)
    if (at < 0 || this.#wants.get(want.key) !== want) return
    want.takers.splice(at, 1)
    if (want.takers.length > 0) return
    this.#wants.delete(want.key)
    if (this.#questions.has(want.key)) {
      // Somebody still wants to know whether it has it, which the block would have told, and still may.
      this.#expectOneMore()
      this.#noteQuestion(want.key, want.cid)
    } else this.#cancel(want.key, want.cid)
  }

  #expectOneMore(): void {
    this.#credit = Math.min(this.#credit + 1, mostCredit)
  }

  #noteWant(key: string, cid: CID): void {
    const priority = this.#priority--
    this.#note(key, { cid: cid.bytes, priority, cancel: false, type: 'block', sendDontHave: true })
  }

  #noteQuestion(key: string, cid: CID): void {
    this.#note(key, { cid: cid.bytes, priority: 1, cancel: false, type: 'have', sendDontHave: true })
  }

  #cancel(key: string, cid: CID): void {
    // One that has not been sent need not be taken back.
    if (this.#pending.get(key)?.cancel === false && this.#pending.delete(key)) return
    this.#expectOneMore()
    this.#note(key, { cid: cid.bytes, priority: 0, cancel: true, type: 'block', sendDontHave: false })
  }

  #answer(key: string, has: boolean): void {
    this.#questions.get(key)?.answer.resolve(has)
    this.#questions.delete(key)
  }

  /** What is said in one turn goes in one message, in which the last word about a block holds. */
  #note(key: string, want: BitswapWant): void {
    if (this.#pending.size === 0) queueMicrotask(() => this.#flush())
    this.#pending.delete(key)
    this.#pending.set(key, want)
  }

  #flush(): void {
    if (this.#pending.size === 0) return
    const wants = [...this.#pending.values()]
    const full = this.#isAnew
    this.#pending.clear()
    this.#isAnew = false
    this.#parts.send({ full, wants })
  }
}
