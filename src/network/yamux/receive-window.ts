import { initialWindow } from './frame.ts'
import type { WindowBudget } from './window-budget.ts'

export interface WindowPorts {
  readonly budget: WindowBudget
  readonly maxWindow: number
  /** Milliseconds. */
  now(): number
  /** Round trip in ms, or undefined until measured. */
  rttMs(): number | undefined
}

/** A local round trip measures as almost nothing; windows that last less than this are worth growing anyway. */
const floorMs = 4

/**
 * How much the other side may still send on one stream. The window doubles while half of it is used up within a few round
 * trips, that is while it and not the sender or reader limits throughput; it never shrinks.
 */
export class ReceiveWindow {
  readonly #ports: WindowPorts
  #size: number = initialWindow
  #allowed: number = initialWindow
  #consumed = 0
  #updatedAt: number

  constructor(ports: WindowPorts) {
    this.#ports = ports
    this.#updatedAt = ports.now()
  }

  get size(): number {
    return this.#size
  }

  /** Counts bytes that a frame announces. False: more than was allowed, the other side breaks the protocol. */
  announce(bytes: number): boolean {
    this.#allowed -= bytes
    return this.#allowed >= 0
  }

  /** Counts bytes that the reader took; returns by how much to raise the sender's window, 0 for not now. */
  consume(bytes: number): number {
    this.#consumed += bytes
    if (this.#consumed * 2 < this.#size) return 0
    const now = this.#ports.now()
    const patience = Math.max(floorMs, 4 * (this.#ports.rttMs() ?? 0))
    const delta = this.#consumed + (now - this.#updatedAt < patience ? this.#grow() : 0)
    this.#updatedAt = now
    this.#allowed += delta
    this.#consumed = 0
    return delta
  }

  #grow(): number {
    const wanted = Math.min(this.#size * 2, this.#ports.maxWindow) - this.#size
    const granted = wanted > 0 ? this.#ports.budget.take(wanted) : 0
    this.#size += granted
    return granted
  }

  /** Returns what was taken from the budget. */
  release(): void {
    this.#ports.budget.give(this.#size - initialWindow)
    this.#size = initialWindow
  }
}
