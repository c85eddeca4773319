/** Runs at most so many things at a time; the others wait in order. */
export class Searches {
  readonly #limit: number
  readonly #waiting: (() => void)[] = []
  #running = 0

  constructor(limit: number) {
    this.#limit = limit
  }

  /** Runs `search` when there is room. Rejects with `signal.reason` when that is aborted while it waits. */
  async run(search: () => Promise<void>, signal: AbortSignal): Promise<void> {
    if (this.#running >= this.#limit) await this.#turn(signal)
    signal.throwIfAborted()
    this.#running++
    try {
      await search()
    } finally {
      this.#running--
      this.#waiting.shift()?.()
    }
  }

  #turn(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const go = (): void => {
        signal.removeEventListener('abort', quit)
        resolve()
      }
      const quit = (): void => {
        const at = this.#waiting.indexOf(go)
        if (at >= 0) this.#waiting.splice(at, 1)
        reject(signal.reason)
      }
      this.#waiting.push(go)
      signal.addEventListener('abort', quit, { once: true })
    })
  }
}
