import type { TokenBucket } from '../base/index.ts'
import type { Allowance } from './allowance.ts'

/** One's own allowance and those of the persons that passed a grant on: what is taken counts with all of them. The rate is one's own. */
export class JointAllowance implements Allowance {
  readonly #own: Allowance
  readonly #all: readonly Allowance[]

  constructor(own: Allowance, others: readonly Allowance[]) {
    this.#own = own
    this.#all = [own, ...others]
  }

  get left(): number {
    return Math.min(...this.#all.map(one => one.left))
  }

  get rate(): TokenBucket | undefined {
    return this.#own.rate
  }

  take(bytes: number): boolean {
    const taken: Allowance[] = []
    for (const one of this.#all) {
      if (!one.take(bytes)) {
        for (const other of taken) other.giveBack(bytes)
        return false
      }
      taken.push(one)
    }
    return true
  }

  giveBack(bytes: number): void {
    for (const one of this.#all) one.giveBack(bytes)
  }

  use(): boolean {
    return this.#all.every(one => one.use())
  }
}
