import { utf8 } from '../../base/index.ts'
import { murmur3 } from './murmur3.ts'

/** The way of a name through a HAMT: bits of its hash, the highest first, as many a level as a bucket's number has. */
export class HamtPath {
  readonly #hash: bigint
  readonly #bits: number
  readonly #digits: number

  constructor(name: string, fanout: number) {
    this.#hash = new DataView(murmur3(utf8(name)).buffer).getBigUint64(0)
    this.#bits = Math.log2(fanout)
    this.#digits = digitsOf(fanout)
  }

  /** The number of the bucket at a level, as links have it in front of the name; undefined when the hash has no bits left. */
  prefix(level: number): string | undefined {
    const rest = 64 - (level + 1) * this.#bits
    if (rest < 0) return undefined
    const bucket = Number((this.#hash >> BigInt(rest)) & ((1n << BigInt(this.#bits)) - 1n))
    return bucket.toString(16).toUpperCase().padStart(this.#digits, '0')
  }
}

/** Buckets in a row that a hash of 64 bits can lead through. */
export function maxLevels(fanout: number): number {
  return Math.floor(64 / Math.log2(fanout))
}

/** Hexadecimal digits in front of each name in a HAMT node. */
export function digitsOf(fanout: number): number {
  return (fanout - 1).toString(16).length
}
