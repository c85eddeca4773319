import { parseIp } from './ip-address.ts'

/** Ranges that are sorted at one go, and ranges that are merged between two breaks. */
const runLength = 4_096
const breakEvery = 16_384

/** Ranges of addresses of `width` words each, sorted; the first and the last address of each. */
interface Run {
  readonly first: Uint32Array
  readonly last: Uint32Array
  readonly count: number
}

function compare(a: Uint32Array, at: number, b: Uint32Array, bt: number, width: number): number {
  for (let i = 0; i < width; i++) {
    const difference = a[at * width + i]! - b[bt * width + i]!
    if (difference !== 0) return difference
  }
  return 0
}

/** Ranges of one address family, sorted and without overlap, in 8 (IPv4) or 32 bytes each. */
class FamilyRanges {
  readonly #width: number
  readonly #first: number[] = []
  readonly #last: number[] = []
  readonly #runs: Run[] = []

  constructor(width: number) {
    this.#width = width
  }

  get count(): number {
    return this.#runs[0]?.count ?? 0
  }

  add(first: readonly number[], last: readonly number[]): void {
    this.#first.push(...first)
    this.#last.push(...last)
    if (this.#first.length >= runLength * this.#width) this.#endRun()
  }

  /** Puts all together; a break after each bounded piece of work. */
  *build(): Generator<void> {
    this.#endRun()
    while (this.#runs.length > 1) {
      const merged: Run[] = []
      for (let i = 0; i < this.#runs.length; i += 2) {
        const [a, b] = [this.#runs[i]!, this.#runs[i + 1]]
        merged.push(b === undefined ? a : yield* this.#merge(a, b))
      }
      this.#runs.splice(0, Number.POSITIVE_INFINITY, ...merged)
    }
  }

  has(words: readonly number[]): boolean {
    const run = this.#runs[0]
    if (run === undefined) return false
    const width = this.#width
    const target = words as unknown as Uint32Array
    let low = 0
    let high = run.count - 1
    while (low <= high) {
      const middle = (low + high) >>> 1
      if (compare(target, 0, run.first, middle, width) < 0) high = middle - 1
      else if (compare(target, 0, run.last, middle, width) > 0) low = middle + 1
      else return true
    }
    return false
  }

  #endRun(): void {
    const width = this.#width
    const [first, last] = [Uint32Array.from(this.#first), Uint32Array.from(this.#last)]
    const count = first.length / width
    this.#first.length = 0
    this.#last.length = 0
    if (count === 0) return
    const order = Uint32Array.from({ length: count }, (_, i) => i)
    order.sort((a, b) => compare(first, a, first, b, width))
    const out = new RunBuilder(width, count)
    for (const i of order) out.push(first, last, i)
    this.#runs.push(out.run)
  }

  *#merge(a: Run, b: Run): Generator<void, Run> {
    const out = new RunBuilder(this.#width, a.count + b.count)
    let [i, j] = [0, 0]
    while (i < a.count || j < b.count) {
      const fromA = j >= b.count || (i < a.count && compare(a.first, i, b.first, j, this.#width) <= 0)
      if (fromA) out.push(a.first, a.last, i++)
      else out.push(b.first, b.last, j++)
      if ((i + j) % breakEvery === 0) yield
    }
    return out.run
  }
}

/** Takes ranges in order and unites those that overlap. */
class RunBuilder {
  readonly #width: number
  readonly #first: Uint32Array
  readonly #last: Uint32Array
  #count = 0

  constructor(width: number, capacity: number) {
    this.#width = width
    this.#first = new Uint32Array(capacity * width)
    this.#last = new Uint32Array(capacity * width)
  }

  push(first: Uint32Array, last: Uint32Array, at: number): void {
    const width = this.#width
    const top = this.#count - 1
    const overlaps = top >= 0 && compare(first, at, this.#last, top, width) <= 0
    if (overlaps && compare(last, at, this.#last, top, width) <= 0) return
    if (!overlaps) {
      copy(first, at, this.#first, this.#count, width)
      this.#count++
    }
    copy(last, at, this.#last, this.#count - 1, width)
  }

  get run(): Run {
    const length = this.#count * this.#width
    const fits = length === this.#first.length
    return {
      first: fits ? this.#first : this.#first.slice(0, length),
      last: fits ? this.#last : this.#last.slice(0, length),
      count: this.#count,
    }
  }
}

function copy(from: Uint32Array, at: number, to: Uint32Array, place: number, width: number): void {
  for (let i = 0; i < width; i++) to[place * width + i] = from[at * width + i]!
}

/** A set of IP addresses, made of ranges of both families. Add ranges, `build` once, then ask. */
export class IpRanges {
  readonly #families: readonly [FamilyRanges, FamilyRanges] = [new FamilyRanges(1), new FamilyRanges(4)]

  /** Ranges, those that overlap united. */
  get count(): number {
    return this.#families[0].count + this.#families[1].count
  }

  /** False: the two are not of one family, or the first is behind the last. */
  add(first: readonly number[], last: readonly number[]): boolean {
    if (first.length !== last.length || isBehind(first, last)) return false
    this.#families[first.length === 1 ? 0 : 1].add(first, last)
    return true
  }

  /** Half a million ranges take a while: each step is a few milliseconds of work. */
  *build(): Generator<void> {
    for (const family of this.#families) yield* family.build()
  }

  /** Whether it holds an address, as text; what is no address is not in it. */
  has(ip: string): boolean {
    if (this.count === 0) return false
    const words = parseIp(ip)
    return words !== undefined && this.#families[words.length === 1 ? 0 : 1].has(words)
  }
}

function isBehind(first: readonly number[], last: readonly number[]): boolean {
  for (const [i, word] of first.entries()) if (word !== last[i]) return word > last[i]!
  return false
}
