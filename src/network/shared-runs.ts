import { orAborted } from './or-aborted.ts'

interface Run<Result> {
  readonly controller: AbortController
  readonly result: Promise<Result>
  users: number
}

/** Everybody who wants the same thing at the same time shares one run; it is given up when all of them have given up. */
export class SharedRuns<Result> {
  readonly #runs: Map<string, Run<Result>> = new Map()

  async join(
    key: string,
    signal: AbortSignal,
    task: (signal: AbortSignal) => Promise<Result>,
  ): Promise<Result> {
    signal.throwIfAborted()
    const run = this.#runs.get(key) ?? this.#begin(key, task)
    run.users++
    try {
      return await orAborted(run.result, signal)
    } finally {
      run.users--
      if (run.users === 0) {
        if (this.#runs.get(key) === run) this.#runs.delete(key)
        run.controller.abort(signal.reason)
      }
    }
  }

  #begin(key: string, task: (signal: AbortSignal) => Promise<Result>): Run<Result> {
    const controller = new AbortController()
    const run: Run<Result> = { controller, result: task(controller.signal), users: 0 }
    run.result.catch(() => {})
    this.#runs.set(key, run)
    return run
  }
}
