import type { Bitfield } from '../base/index.ts'

/** Pieces summed up by one counter, so that empty stretches are skipped: 128 bytes of bits. */
const stretch = 1024

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

  /** Appends to `out` up to `limit` members that `among` has too (all, if undefined), in order from `start` and around. */
  search(among: Bitfield | undefined, start: number, limit: number, out: number[]): void {
    if (this.size === 0 || limit <= 0) return
    const until = out.length + limit
    this.#range(among, start, this.length, until, out)
    if (out.length < until) this.#range(among, 0, start, until, out)
  }

  #range(among: Bitfield | undefined, from: number, to: number, until: number, out: number[]): void {
    let at = from
    while (at < to && out.length < until) {
      if (this.#perStretch[at >> 10] === 0) {
        at = ((at >> 10) + 1) * stretch
        continue
      }
      let byte = this.#bits[at >> 3]! & (255 >> (at & 7))
      if (among !== undefined) byte &= among.bytes[at >> 3]!
      at = ((at >> 3) + 1) << 3
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
