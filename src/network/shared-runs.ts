import type { World } from '../base/index.ts'
import { orAborted } from './or-aborted.ts'

/**
 * How long a run is young. An older one has perhaps tried already what works by now: a peer that came back at the place where it was is
 * refused for ever to whoever joins a dial that found nobody there and waits for another address.
 */
const youngMs = 1_000

interface Run<Result> {
  readonly startedAt: number
  readonly controller: AbortController
  readonly result: Promise<Result>
  users: number
}

/** Everybody who wants the same thing at about the same time shares one run; it is given up when all of them have given up. */
export class SharedRuns<Result> {
  readonly #world: Pick<World, 'now'>
  /** The latest run of each. */
  readonly #runs: Map<string, Run<Result>> = new Map()

  constructor(world: Pick<World, 'now'>) {
    this.#world = world
  }

  async join(
    key: string,
    signal: AbortSignal,
    task: (signal: AbortSignal) => Promise<Result>,
  ): Promise<Result> {
    signal.throwIfAborted()
    const run = this.#young(key) ?? this.#begin(key, task)
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

  #young(key: string): Run<Result> | undefined {
    const run = this.#runs.get(key)
    return run !== undefined && this.#world.now() - run.startedAt < youngMs ? run : undefined
  }

  #begin(key: string, task: (signal: AbortSignal) => Promise<Result>): Run<Result> {
    const controller = new AbortController()
    const startedAt = this.#world.now()
    const run: Run<Result> = { startedAt, controller, result: task(controller.signal), users: 0 }
    run.result.catch(() => {})
    this.#runs.set(key, run)
    return run
  }
}
