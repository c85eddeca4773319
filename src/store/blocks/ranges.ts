/** Stretches of a file, in order, none of which touch. */
export class Ranges {
  /** From, to (exclusive), from, to, ... */
  #ends: number[]

  constructor(ends: readonly number[] = []) {
    this.#ends = isInOrder(ends) ? [...ends] : []
  }

  get packed(): Uint8Array {
    return new Uint8Array(Float64Array.from(this.#ends).buffer)
  }

  get bytes(): number {
    let sum = 0
    for (let i = 0; i < this.#ends.length; i += 2) sum += this.#ends[i + 1]! - this.#ends[i]!
    return sum
  }

  static unpack(bytes: Uint8Array): Ranges {
    const copy = Uint8Array.from(bytes.subarray(0, bytes.length - (bytes.length % 16)))
    return new Ranges([...new Float64Array(copy.buffer)])
  }

  has(from: number, to: number): boolean {
    const at = this.#behind(from)
    return at >= 2 && this.#ends[at - 1]! >= to
  }

  add(from: number, to: number): void {
    const ends = this.#ends
    let first = this.#behind(from)
    if (first >= 2 && ends[first - 1]! >= from) first -= 2
    let last = first
    let [low, high] = [from, to]
    while (last < ends.length && ends[last]! <= to) {
      low = Math.min(low, ends[last]!)
      high = Math.max(high, ends[last + 1]!)
      last += 2
    }
    ends.splice(first, last - first, low, high)
  }

  /** Place of the first stretch that begins behind `at`. */
  #behind(at: number): number {
    let [low, high] = [0, this.#ends.length / 2]
    while (low < high) {
      const middle = (low + high) >> 1
      if (this.#ends[middle * 2]! <= at) low = middle + 1
      else high = middle
    }
    return low * 2
  }
}

/** Damage of a row must not look like data. */
function isInOrder(ends: readonly number[]): boolean {
  return (
    ends.length % 2 === 0 && ends.every((end, i) => Number.isSafeInteger(end) && end > (ends[i - 1] ?? -1))
  )
}
