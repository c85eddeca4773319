import { pathToFileURL } from 'node:url'
import { parentPort, workerData } from 'node:worker_threads'
import { fuzzInput } from './mutate.ts'
import type { FuzzTarget } from './target.ts'

/** What `run.ts` hands to the thread that fuzzes one target. */
export interface FuzzTask {
  readonly file: string
  readonly seed: number
  readonly milliseconds: number
  /** Two numbers (runs started, length of the input) and the input in hand, so that a hang can be told and saved. */
  readonly shared: SharedArrayBuffer
  /** Run this one input only. */
  readonly input?: Uint8Array
}

export interface FuzzReport {
  readonly name: string
  readonly runs: number
  readonly slowestMs: number
  /** Absent when all went well. */
  readonly defect?: { readonly reason: string; readonly index: number }
}

/** DESIGN, "Limits": no decode of up to 1 MiB may block the event loop for longer. */
const maxRunMs = 50

const task = workerData as FuzzTask
const numbers = new Int32Array(task.shared, 0, 2)
const inHand = new Uint8Array(task.shared, 8)

function timed(target: FuzzTarget, input: Uint8Array): number {
  const start = performance.now()
  target.run(input)
  return performance.now() - start
}

/** Runs one input; the reason when it shows a defect. A slow run is repeated: a busy machine is no defect. */
function tryInput(target: FuzzTarget, input: Uint8Array): { readonly ms: number; readonly defect?: string } {
  inHand.set(input)
  Atomics.store(numbers, 1, input.length)
  Atomics.add(numbers, 0, 1)
  try {
    let ms = timed(target, input.slice())
    for (let again = 0; ms > maxRunMs && again < 15; again++) ms = Math.min(ms, timed(target, input.slice()))
    return ms > maxRunMs ? { ms, defect: `took ${ms.toFixed(0)} ms` } : { ms }
  } catch (error) {
    return { ms: 0, defect: error instanceof Error ? (error.stack ?? error.message) : String(error) }
  }
}

function fuzz(target: FuzzTarget): FuzzReport {
  const end = performance.now() + task.milliseconds
  let slowestMs = 0
  let index = 0
  for (; index < target.seeds.length || performance.now() < end; index++) {
    const input = task.input ?? fuzzInput(target.seeds, task.seed, index)
    const { ms, defect } = tryInput(target, input)
    slowestMs = Math.max(slowestMs, ms)
    if (defect !== undefined)
      return { name: target.name, runs: index + 1, slowestMs, defect: { reason: defect, index } }
    if (task.input !== undefined) break
  }
  return { name: target.name, runs: index, slowestMs }
}

const loaded = (await import(pathToFileURL(task.file).href)) as { readonly fuzz: FuzzTarget }
parentPort?.postMessage(fuzz(loaded.fuzz))
