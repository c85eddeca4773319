import { maxSackBytes, type UtpPacket } from '../../wire/index.ts'
import type { Budget } from './budget.ts'
import { advance, distance } from './sequence.ts'

/** Packets ahead of the next one that are kept: what a selective acknowledgement can tell of. */
const mostAhead = maxSackBytes * 8

/** The receiving half: puts packets in order. */
export class Reassembly {
  readonly #budget: Budget
  readonly #early = new Map<number, Uint8Array>()
  #earlyBytes = 0
  /** How far ahead of `ack` the farthest early packet is. */
  #reach = 0
  #endsAt: number | undefined
  /** The latest packet that came in order. */
  ack: number

  constructor(ack: number, budget: Budget) {
    this.ack = ack
    this.#budget = budget
  }

  /** Bytes that wait for earlier ones. */
  get earlyBytes(): number {
    return this.#earlyBytes
  }

  get hasGaps(): boolean {
    return this.#early.size > 0
  }

  /** All has come that will ever come. */
  get ended(): boolean {
    return this.#endsAt === this.ack
  }

  /**
   * Takes a `data` or `fin` packet; what is next is delivered, valid only during the call. `room`: bytes that may be kept.
   * False: it is of no use, or came before.
   */
  take({ type, seq, payload }: UtpPacket, room: number, deliver: (payload: Uint8Array) => void): boolean {
    const ahead = distance(this.ack, seq)
    if (ahead <= 0 || ahead > mostAhead || this.#isBehindEnd(seq)) return false
    if (type === 'fin') {
      if (this.#endsAt !== undefined || ahead < this.#reach) return false
      this.#endsAt = seq
    }
    if (ahead === 1) {
      this.#next(payload, deliver)
      while (this.#early.size > 0) {
        const next = this.#early.get(advance(this.ack, 1))
        if (next === undefined) break
        this.#early.delete(advance(this.ack, 1))
        this.#forget(next.length)
        this.#next(next, deliver)
      }
      return true
    }
    if (this.#early.has(seq) || this.#earlyBytes + payload.length > room) return false
    this.#early.set(seq, payload.slice())
    this.#earlyBytes += payload.length
    this.#budget.use(payload.length)
    this.#reach = Math.max(this.#reach, ahead)
    return true
  }

  /** Which packets after the missing one are here (BEP 29, "selective ACK"); undefined when none is missing. */
  sack(): Uint8Array | undefined {
    if (this.#early.size === 0) return undefined
    const bits = this.#reach - 1
    const mask = new Uint8Array(Math.min(maxSackBytes, Math.ceil(bits / 32) * 4))
    for (let bit = 0; bit < bits; bit++)
      if (this.#early.has(advance(this.ack, bit + 2))) mask[bit >> 3]! |= 1 << (bit & 7)
    return mask
  }

  clear(): void {
    this.#early.clear()
    this.#forget(this.#earlyBytes)
    this.#reach = 0
  }

  #next(payload: Uint8Array, deliver: (payload: Uint8Array) => void): void {
    this.ack = advance(this.ack, 1)
    this.#reach = Math.max(0, this.#reach - 1)
    if (payload.length > 0) deliver(payload)
  }

  #forget(bytes: number): void {
    this.#earlyBytes -= bytes
    this.#budget.free(bytes)
  }

  #isBehindEnd(seq: number): boolean {
    return this.#endsAt !== undefined && distance(this.#endsAt, seq) > 0
  }
}
