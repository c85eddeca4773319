import { setImmediate } from 'node:timers/promises'

/** Time after which other work gets a turn, in milliseconds. */
const turnMs = 8

/** Long work that gives others a turn between its steps. Rejects with what it throws. */
export async function bySteps<T>(work: Iterator<void, T>): Promise<T> {
  for (let began = performance.now(); ; ) {
    const step = work.next()
    if (step.done) return step.value
    if (performance.now() - began < turnMs) continue
    await setImmediate()
    began = performance.now()
  }
}
