import type { Bitfield } from '../base/index.ts'

/** Pieces summed up by one counter, so that empty stretches are skipped: 128 bytes of bits. */
const stretch = 1024
const mostStretches = 256

/** How many pieces `search` looks at, at least, before it gives up. */
export const searchedPieces: number = stretch * (mostStretches - 1)

/** A set of piece numbers with fast in-order search through its intersection with what a peer has. */
export class PieceSet {
  readonly length: number
  /** Most significant bit first, as in `Bitfield`, so that both are met byte by byte. */
  readonly #bits: Uint8Array
  readonly #perStretch: Uint16Array
  size = 0

  constructor(length: number) {
    this.length = length
    this.#bits = new Uint8Array((length + 7) >> 3)
    this.#perStretch = new Uint16Array(Math.ceil(length / stretch))
  }

  has(piece: number): boolean {
    return (this.#bits[piece >> 3]! & (128 >> (piece & 7))) !== 0
  }

  add(piece: number): boolean {
    const mask = 128 >> (piece & 7)
    const byte = this.#bits[piece >> 3]!
    if ((byte & mask) !== 0) return false
    this.#bits[piece >> 3] = byte | mask
    this.#perStretch[piece >> 10]!++
    this.size++
    return true
  }

  delete(piece: number): boolean {
    const mask = 128 >> (piece & 7)
    const byte = this.#bits[piece >> 3]!
    if ((byte & mask) === 0) return false
    this.#bits[piece >> 3] = byte & ~mask
    this.#perStretch[piece >> 10]!--
    this.size--
    return true
  }

  /** Adds every piece, at the cost of a memory fill. */
  fill(): void {
    this.#bits.fill(255)
    const spare = this.#bits.length * 8 - this.length
    if (spare > 0) this.#bits[this.#bits.length - 1]! &= 0xff << spare
    this.#perStretch.fill(stretch)
    if (this.length % stretch !== 0) this.#perStretch[this.#perStretch.length - 1] = this.length % stretch
    this.size = this.length
  }

  /**
   * Appends to `out` up to `limit` members that `among` has too (all, if undefined), in order from `start` and around. Looks
   * at no more than `mostStretches` stretches: in a set of millions where a peer has nothing, the rest is not worth the time.
   */
  search(among: Bitfield | undefined, start: number, limit: number, out: number[]): void {
    if (this.size === 0 || limit <= 0) return
    const until = out.length + limit
    const looks = this.#range(among, start, this.length, until, out, mostStretches)
    if (out.length < until && looks > 0) this.#range(among, 0, start, until, out, looks)
  }

  /** Gives how many more stretches may be looked at. */
  #range(
    among: Bitfield | undefined,
    from: number,
    to: number,
    until: number,
    out: number[],
    looks: number,
  ): number {
    let left = looks
    for (let at = from; at < to && out.length < until && left > 0; ) {
      const end = Math.min(((at >> 10) + 1) * stretch, to)
      if (this.#perStretch[at >> 10] !== 0) {
        this.#stretch(among, at, end, until, out)
        left--
      }
      at = end
    }
    return left
  }

  #stretch(among: Bitfield | undefined, from: number, to: number, until: number, out: number[]): void {
    const mine = this.#bits
    const theirs = among?.bytes ?? mine
    for (let at = from; at < to && out.length < until; ) {
      const i = at >> 3
      // Eight bytes at once where there is nothing, which is the usual case.
      if (
        (at & 7) === 0 &&
        at + 64 <= to &&
        ((mine[i]! & theirs[i]!) |
          (mine[i + 1]! & theirs[i + 1]!) |
          (mine[i + 2]! & theirs[i + 2]!) |
          (mine[i + 3]! & theirs[i + 3]!) |
          (mine[i + 4]! & theirs[i + 4]!) |
          (mine[i + 5]! & theirs[i + 5]!) |
          (mine[i + 6]! & theirs[i + 6]!) |
          (mine[i + 7]! & theirs[i + 7]!)) ===
          0
      ) {
        at += 64
        continue
      }
      let byte = mine[i]! & theirs[i]! & (255 >> (at & 7))
      at = (i + 1) << 3
      while (byte !== 0 && out.length < until) {
        const bit = Math.clz32(byte) - 24
        const piece = at - 8 + bit
        if (piece >= to) return
        out.push(piece)
        byte &= 127 >> bit
      }
    }
  }
}
