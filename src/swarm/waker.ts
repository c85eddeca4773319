import type { Timer, World } from '../base/index.ts'
import type { PeerState } from './peer-state.ts'

/** Peers that a rate limit holds back, in the order they began to wait, behind one timer. */
export class Waker {
  readonly #world: World
  readonly #wake: (peer: PeerState) => void
  readonly #waiting = new Set<PeerState>()
  #timer: Timer | undefined
  #dueAt = 0

  constructor(world: World, wake: (peer: PeerState) => void) {
    this.#world = world
    this.#wake = wake
  }

  later(peer: PeerState, ms: number): void {
    this.#waiting.add(peer)
    const dueAt = this.#world.now() + Math.max(1, ms)
    if (this.#timer !== undefined && this.#dueAt <= dueAt) return
    this.#timer?.cancel()
    this.#dueAt = dueAt
    this.#timer = this.#world.after(dueAt - this.#world.now(), () => this.#run())
  }

  close(): void {
    this.#timer?.cancel()
    this.#timer = undefined
    this.#waiting.clear()
  }

  /** Those still held back come again behind the others: so everyone gets a turn. */
  #run(): void {
    this.#timer = undefined
    const waiting = [...this.#waiting]
    this.#waiting.clear()
    for (const peer of waiting) this.#wake(peer)
  }
}
