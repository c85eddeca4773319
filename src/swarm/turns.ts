import type { PeerState } from './peer-state.ts'
import type { Defer } from './ports.ts'

/** Work for peers, gathered while messages and verdicts come in and done in one go afterwards. */
export class Turns {
  readonly #awake = new Set<PeerState>()
  readonly #defer: Defer
  readonly #work: (peers: readonly PeerState[]) => void
  #due = false

  constructor(defer: Defer | undefined, work: (peers: readonly PeerState[]) => void) {
    this.#defer = defer ?? queueMicrotask
    this.#work = work
  }

  wake(peer: PeerState): void {
    this.#awake.add(peer)
    this.schedule()
  }

  schedule(): void {
    if (this.#due) return
    this.#due = true
    this.#defer(() => {
      this.#due = false
      const awake = [...this.#awake]
      this.#awake.clear()
      this.#work(awake)
    })
  }
}
