/** A fixed number of bits, most significant bit of each byte first as in BEP 3, with a running count of ones. */
export class Bitfield {
  readonly length: number
  readonly bytes: Uint8Array
  #count = 0

  /** `bytes` is taken over, not copied; spare bits at the end are cleared. Throws `TypeError` when it is too short. */
  constructor(length: number, bytes: Uint8Array = new Uint8Array((length + 7) >> 3)) {
    if (bytes.length < (length + 7) >> 3) throw new TypeError('too few bytes for the bitfield')
    this.length = length
    this.bytes = bytes
    if (length % 8 !== 0) bytes[length >> 3]! &= 0xff00 >> (length % 8)
    for (let at = 0; at < (length + 7) >> 3; at++)
      for (let byte = bytes[at]!; byte !== 0; byte &= byte - 1) this.#count++
  }

  static full(length: number): Bitfield {
    return new Bitfield(length, new Uint8Array((length + 7) >> 3).fill(255))
  }

  /** How many bits are set. */
  get count(): number {
    return this.#count
  }

  get isFull(): boolean {
    return this.#count === this.length
  }

  has(index: number): boolean {
    return index >= 0 && index < this.length && (this.bytes[index >> 3]! & (128 >> (index & 7))) !== 0
  }

  /** Sets or clears a bit; true when that changed it. */
  set(index: number, value = true): boolean {
    if (index < 0 || index >= this.length) throw new TypeError('bit out of range')
    if (this.has(index) === value) return false
    this.bytes[index >> 3]! ^= 128 >> (index & 7)
    this.#count += value ? 1 : -1
    return true
  }

  copy(): Bitfield {
    return new Bitfield(this.length, this.bytes.slice())
  }
}
