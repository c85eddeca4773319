import type { Timer, World } from '../base/index.ts'

export interface CheckpointerOptions {
  readonly world: World
  readonly intervalMs: number
  readonly bytes: number
  /** Makes durable what is dirty now, then writes the index. Called never twice at a time. */
  readonly save: () => Promise<void>
  readonly onError: (error: unknown) => void
}

/** Decides when a content is saved: some time or some bytes after it became dirty, or when asked. */
export class Checkpointer {
  readonly #options: CheckpointerOptions
  #dirtyBytes = 0
  #timer: Timer | undefined
  #running: Promise<void> | undefined
  #next: Promise<void> | undefined

  constructor(options: CheckpointerOptions) {
    this.#options = options
  }

  /** Something changed; saving starts in the background when it is time. */
  touch(bytes: number): void {
    this.#dirtyBytes += bytes
    if (this.#dirtyBytes >= this.#options.bytes) this.#inBackground()
    else this.#timer ??= this.#options.world.after(this.#options.intervalMs, () => this.#inBackground())
  }

  /** Everything up to now is in the index when it resolves. */
  now(): Promise<void> {
    // What is dirty now may have missed the start of the one that is running: one more follows, for all who wait.
    if (this.#next !== undefined) return this.#next
    if (this.#running === undefined) return this.#start()
    this.#next = this.#running
      .catch(() => undefined)
      .then(() => {
        this.#next = undefined
        return this.#start()
      })
    return this.#next
  }

  /** No saving is under way when it resolves, however the last one ended. */
  async idle(): Promise<void> {
    while (this.#running !== undefined) await Promise.allSettled([this.#running, this.#next])
  }

  stop(): void {
    this.#timer?.cancel()
    this.#timer = undefined
  }

  #inBackground(): void {
    this.stop()
    this.#dirtyBytes = 0
    this.now().catch(this.#options.onError)
  }

  #start(): Promise<void> {
    this.stop()
    this.#dirtyBytes = 0
    const running = this.#options.save().finally(() => {
      this.#running = undefined
    })
    this.#running = running
    return running
  }
}
