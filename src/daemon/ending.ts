/** Takes everything down once, last things first, within a bound. */
export class Ending {
  /** Settles when all is over, for whatever reason. */
  readonly stopped: Promise<void>
  readonly #timeoutMs: number
  readonly #steps: (() => unknown)[]
  #done: () => void = () => undefined
  #running: Promise<boolean> | undefined

  constructor(steps: (() => unknown)[], timeoutMs: number) {
    this.#timeoutMs = timeoutMs
    this.#steps = steps
    this.stopped = new Promise(resolve => {
      this.#done = resolve
    })
  }

  /** True when each step went well and in time. */
  stop(): Promise<boolean> {
    this.#running ??= this.#stop().finally(() => this.#done())
    return this.#running
  }

  async #stop(): Promise<boolean> {
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<boolean>(resolve => {
      timer = setTimeout(resolve, this.#timeoutMs, false)
    })
    const inOrder = await Promise.race([takeDown(this.#steps), late])
    clearTimeout(timer)
    return inOrder
  }
}

/** Runs the steps in reverse order; one that fails does not keep the others from it. */
export async function takeDown(steps: (() => unknown)[]): Promise<boolean> {
  let inOrder = true
  for (const step of steps.splice(0).reverse()) {
    try {
      await step()
    } catch {
      inOrder = false
    }
  }
  return inOrder
}
