import type { VirtualWorld } from '../../base/index.ts'
import type { Pipe } from './simulated-path.ts'

const packetBytes = 1_500

/** A flow of TCP (Reno) that is always full: it grows until a queue overflows, then halves its window. */
export class SimulatedTcp {
  readonly #world: VirtualWorld
  readonly #pipe: Pipe
  readonly #backMs: number
  #window = 10
  #threshold = Number.POSITIVE_INFINITY
  #onTheWay = 0
  #cutUntil = 0
  /** What has arrived. */
  bytes = 0

  /** Packets go through `pipe`, acknowledgements take `backMs`. */
  constructor(world: VirtualWorld, pipe: Pipe, backMs: number) {
    this.#world = world
    this.#pipe = pipe
    this.#backMs = backMs
    this.#send()
  }

  #send(): void {
    while (this.#onTheWay < this.#window) {
      this.#onTheWay++
      const { dropped } = this.#pipe
      const sentAt = this.#world.now()
      this.#pipe.send(packetBytes, () => this.#world.after(this.#backMs, () => this.#acknowledged(sentAt)))
      // Those behind it tell, a round trip later.
      if (this.#pipe.dropped > dropped) this.#world.after(this.#backMs * 2, () => this.#lost(sentAt))
    }
  }

  #acknowledged(sentAt: number): void {
    this.#onTheWay--
    this.bytes += packetBytes
    if (sentAt >= this.#cutUntil) this.#window += this.#window < this.#threshold ? 1 : 1 / this.#window
    this.#send()
  }

  #lost(sentAt: number): void {
    this.#onTheWay--
    if (sentAt >= this.#cutUntil) {
      this.#cutUntil = this.#world.now()
      this.#threshold = this.#window = Math.max(2, this.#window / 2)
    }
    this.#send()
  }
}
