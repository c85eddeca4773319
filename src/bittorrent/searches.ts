/** Runs at most so many things at a time; the others wait in order. */
export class Searches {
  readonly #limit: number
  readonly #waiting: (() => void)[] = []
  #running = 0

  constructor(limit: number) {
    this.#limit = limit
  }

  get isIdle(): boolean {
    return this.#running === 0 && this.#waiting.length === 0
  }

  /** Runs `search` when there is room. Rejects with `signal.reason` when that is aborted while it waits. */
  async run<T>(search: () => Promise<T>, signal: AbortSignal): Promise<T> {
    if (this.#running >= this.#limit) await this.#turn(signal)
    else this.#running++
    try {
      signal.throwIfAborted()
      return await search()
    } finally {
      // Whoever is next takes the place over: nobody slips in between, and none who gives up loses it for the others.
      const next = this.#waiting.shift()
      if (next === undefined) this.#running--
      else next()
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
