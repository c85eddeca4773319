/**
 * Fuzzes every decoder: `node test/fuzz/run.ts [--seconds N] [--seed S] [--only NAME] [--input FILE]`.
 * Finds each src/**\/*.fuzz.ts, mutates its seeds with a seeded mutator and runs it in a thread of its own. A defect is
 * anything thrown, a run of over 50 ms (repeatedly) or a hang; its input is saved in test/fuzz/crashes/ and the exit code is
 * 1. `--seconds` (30) is shared by all targets. `--only NAME --input FILE` runs one saved input again.
 */
import { globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { parseArgs } from 'node:util'
import { Worker } from 'node:worker_threads'
import { maxInputBytes } from './mutate.ts'
import type { FuzzReport, FuzzTask } from './worker.ts'

const hangMs = 10_000
const here = import.meta.dirname
const root = dirname(dirname(here))
const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '30' },
    seed: { type: 'string' },
    only: { type: 'string' },
    input: { type: 'string' },
  },
})

function nameOf(file: string): string {
  return basename(file, '.fuzz.ts')
}

/** Runs one target in a worker; a report always comes, also when the worker hangs or dies. */
function fuzzFile(task: FuzzTask): Promise<FuzzReport> {
  const numbers = new Int32Array(task.shared, 0, 2)
  return new Promise(resolve => {
    const worker = new Worker(new URL('./worker.ts', import.meta.url), { workerData: task })
    let seen = 0
    let seenAt = performance.now()
    const finish = (report: FuzzReport): void => {
      clearInterval(watch)
      void worker.terminate().then(() => resolve(report))
    }
    const fail = (reason: string): void => {
      const runs = Atomics.load(numbers, 0)
      finish({ name: nameOf(task.file), runs, slowestMs: 0, defect: { reason, index: runs - 1 } })
    }
    const watch = setInterval(() => {
      const runs = Atomics.load(numbers, 0)
      if (runs !== seen) seenAt = performance.now()
      seen = runs
      if (performance.now() - seenAt > hangMs) fail(`hangs for over ${hangMs} ms`)
    }, 250)
    worker.once('message', finish)
    worker.once('error', error =>
      fail(error instanceof Error ? (error.stack ?? error.message) : String(error)),
    )
  })
}

function saveInput(report: FuzzReport, index: number, shared: SharedArrayBuffer, seed: number): string {
  const length = new Int32Array(shared, 0, 2)[1]!
  const folder = join(here, 'crashes')
  mkdirSync(folder, { recursive: true })
  const path = join(folder, `${report.name.replaceAll(/[^a-z0-9-]/g, '-')}.${seed}.${index}.bin`)
  writeFileSync(path, new Uint8Array(shared, 8, length).slice())
  return path
}

async function main(): Promise<number> {
  const seed = values.seed === undefined ? Math.floor(Math.random() * 2 ** 31) : Number(values.seed)
  const files = globSync('src/**/*.fuzz.ts', { cwd: root })
    .sort()
    .filter(file => values.only === undefined || nameOf(file) === values.only)
  console.log(`seed ${seed}, ${files.length} targets, ${values.seconds} s`)
  const input = values.input === undefined ? {} : { input: new Uint8Array(readFileSync(values.input)) }
  let failed = 0
  for (const file of files) {
    const shared = new SharedArrayBuffer(8 + maxInputBytes)
    const milliseconds = (Number(values.seconds) * 1000) / files.length
    const report = await fuzzFile({ file: join(root, file), seed, milliseconds, shared, ...input })
    const facts = `${report.runs} runs, slowest ${report.slowestMs.toFixed(1)} ms`
    console.log(`${report.defect === undefined ? 'ok  ' : 'FAIL'} ${report.name}: ${facts}`)
    if (report.defect === undefined) continue
    failed++
    const { reason, index } = report.defect
    console.log(`     ${reason}`)
    if (index >= 0) console.log(`     input saved as ${saveInput(report, index, shared, seed)}`)
  }
  console.log(`${files.length - failed} passed, ${failed} failed, 0 skipped`)
  return failed === 0 && files.length > 0 ? 0 : 1
}

process.exitCode = await main()
