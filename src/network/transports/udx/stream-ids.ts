import type { Random } from '../../../base/index.ts'

/** `udx-native` finds streams in a table that grows until no two of them share their low bits: so ours never share these. */
const lowBits = 0xffff

/** Numbers for streams, of 32 bits: hard to guess, since whoever sends a packet with one can disturb its stream. */
export class StreamIds {
  readonly #random: Random
  readonly #taken: Set<number> = new Set()

  constructor(random: Random) {
    this.#random = random
  }

  get size(): number {
    return this.#taken.size
  }

  take(): number {
    for (;;) {
      const id = new DataView(this.#random.bytes(4).buffer).getUint32(0)
      if (this.#taken.has(id & lowBits)) continue
      this.#taken.add(id & lowBits)
      return id
    }
  }

  free(id: number): void {
    this.#taken.delete(id & lowBits)
  }
}
