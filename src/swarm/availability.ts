import type { Bitfield } from '../base/index.ts'
import { PieceSet } from './piece-set.ts'

/**
 * How many connected peers have each piece, and the pieces that are still to be begun, sorted by priority class and
 * availability: one `PieceSet` for each pair. Moving a piece between neighbours costs two bit operations, so a million
 * pieces and a hundred peers are no trouble. Seeds are one number, since they change nothing in the order.
 */
export class Availability {
  readonly pieceCount: number
  peers = 0
  seeds = 0
  readonly #counts: Uint16Array
  /** Priority class of each open piece: 1 low, 2 normal, 3 high; 0 is not open. */
  readonly #open: Uint8Array
  readonly #levels: (PieceSet | undefined)[][] = [[], [], [], []]
  readonly #spare: PieceSet[] = []
  #openCount = 0

  constructor(pieceCount: number) {
    this.pieceCount = pieceCount
    this.#counts = new Uint16Array(pieceCount)
    this.#open = new Uint8Array(pieceCount)
  }

  /** Connected peers that have `piece`, seeds included. */
  copies(piece: number): number {
    return this.#counts[piece]! + this.seeds
  }

  /** Connected peers that are no seeds (or were none when they joined) and have `piece`. */
  leecherCopies(piece: number): number {
    return this.#counts[piece]!
  }

  /** Pieces that are wanted and not begun. */
  get openCount(): number {
    return this.#openCount
  }

  isOpen(piece: number): boolean {
    return this.#open[piece] !== 0
  }

  /** Opens every piece of `want` in the normal class; for the start, when nothing is open yet. */
  openAll(): void {
    this.#open.fill(2)
    this.#openCount = this.pieceCount
    if (this.#counts.every(copies => copies === 0)) this.#level(2, 0).fill()
    else for (let piece = 0; piece < this.pieceCount; piece++) this.#level(2, this.#counts[piece]!).add(piece)
  }

  /** Puts a piece into a priority class (1 to 3), or takes it out (0) because it was begun, had or skipped. */
  setOpen(piece: number, priority: number): void {
    const before = this.#open[piece]!
    if (before === priority) return
    if (before !== 0) this.#leave(before, piece)
    if (priority !== 0) this.#level(priority, this.#counts[piece]!).add(piece)
    this.#openCount += (priority === 0 ? 0 : 1) - (before === 0 ? 0 : 1)
    this.#open[piece] = priority
  }

  /** One more (`change` 1) or one fewer (-1) peer has `piece`. */
  change(piece: number, change: 1 | -1): void {
    const open = this.#open[piece]!
    if (open !== 0) this.#leave(open, piece)
    this.#counts[piece]! += change
    if (open !== 0) this.#level(open, this.#counts[piece]!).add(piece)
  }

  /** A peer with these pieces came (1) or went (-1). */
  changeAll(pieces: Bitfield, change: 1 | -1): void {
    const bytes = pieces.bytes
    for (let at = 0; at < bytes.length; at++) {
      for (let byte = bytes[at]!; byte !== 0; ) {
        const bit = Math.clz32(byte) - 24
        this.change(at * 8 + bit, change)
        byte &= 127 >> bit
      }
    }
  }

  /**
   * Up to `limit` open pieces that `among` has (a seed has all: undefined): highest class first, rarest first within it,
   * among equals in order from `start` and around. Neighbouring pieces are read and written together, so a random start
   * for each peer spreads peers out as well as random choice would, and keeps disks sequential.
   */
  rarest(among: Bitfield | undefined, start: number, limit: number): number[] {
    const out: number[] = []
    for (let priority = 3; priority > 0; priority--) {
      for (const level of this.#levels[priority]!) {
        if (out.length >= limit) return out
        level?.search(among, start, limit - out.length, out)
      }
    }
    return out
  }

  /** Distributed copies as people know it: whole copies plus the share of pieces that exist once more. */
  distributedCopies(own: Bitfield): number {
    let lowest = Number.POSITIVE_INFINITY
    for (let piece = 0; piece < this.pieceCount; piece++) {
      const copies = this.#counts[piece]! + (own.has(piece) ? 1 : 0)
      if (copies < lowest) lowest = copies
    }
    if (lowest === Number.POSITIVE_INFINITY) return 0
    let above = 0
    for (let piece = 0; piece < this.pieceCount; piece++)
      if (this.#counts[piece]! + (own.has(piece) ? 1 : 0) > lowest) above++
    return lowest + this.seeds + above / this.pieceCount
  }

  #level(priority: number, copies: number): PieceSet {
    const levels = this.#levels[priority]!
    const level = levels[copies]
    if (level !== undefined) return level
    const fresh = this.#spare.pop() ?? new PieceSet(this.pieceCount)
    while (levels.length < copies) levels.push(undefined)
    levels[copies] = fresh
    return fresh
  }

  #leave(priority: number, piece: number): void {
    const levels = this.#levels[priority]!
    const copies = this.#counts[piece]!
    const level = levels[copies]!
    level.delete(piece)
    if (level.size > 0) return
    levels[copies] = undefined
    if (this.#spare.length < 4) this.#spare.push(level)
  }
}
