import { getCompileCacheDir } from 'node:module'
import { dirname } from 'node:path'
import { Worker } from 'node:worker_threads'
import { IoFailure } from './disk-errors.ts'
import type { Answers, Batch, Failure, Job, Result, Stop, WorkerOptions } from './io-jobs.ts'
import { type Lease, SlabPool, slabBytes } from './slab-pool.ts'

/** Work in hand that makes a job go to another thread than the one that has its file open, in bytes. */
const patienceBytes = 2 * 2 ** 20
const costOfJob = 16 * 1024

export interface IoPoolOptions {
  readonly workers: number
  /** Of each thread. */
  readonly openFiles: number
  readonly slabBytes: number
}

interface Pending {
  readonly resolve: (value: never) => void
  readonly reject: (reason: unknown) => void
  readonly cost: number
}

interface Slot {
  readonly index: number
  /** Comes when there is work for it, as it costs memory. */
  worker: Worker | undefined
  /** In the order in which answers come. */
  readonly pending: Pending[]
  head: number
  cost: number
  jobs: Job[]
  /** Slabs that it has not been told of, and those it must let go. */
  slabs: Set<number>
  drop: number[]
  forget: number[]
}

/** The threads that hash, verify, read and write. Jobs given in one tick of the event loop travel together. */
export class IoPool {
  readonly #slots: Slot[]
  readonly #slabs = new Map<number, SharedArrayBuffer>()
  readonly #pool: SlabPool
  readonly #options: IoPoolOptions
  readonly #stopped = new Int32Array(new SharedArrayBuffer(4))
  #scheduled = false
  #closed = false

  constructor(options: IoPoolOptions) {
    this.#options = options
    this.#pool = new SlabPool(options.slabBytes, {
      added: (index, buffer) => {
        this.#slabs.set(index, buffer)
        for (const slot of this.#slots) slot.slabs.add(index)
      },
      removed: index => {
        this.#slabs.delete(index)
        for (const slot of this.#slots) if (!slot.slabs.delete(index)) slot.drop.push(index)
      },
    })
    this.#slots = Array.from({ length: options.workers }, (_, index) => this.#open(index))
  }

  get workers(): number {
    return this.#slots.length
  }

  lease(length: number): Lease | undefined {
    return this.#pool.lease(length)
  }

  /** The longest lease there can ever be, in bytes. */
  get longestLease(): number {
    return this.#pool.longest
  }

  /** Room for what is only passing through: none when more than half is taken, so that what arrives always finds some. */
  spareLease(length: number): Lease | undefined {
    return this.#pool.isHalfTaken || length > slabBytes ? undefined : this.#pool.lease(length)
  }

  locate(lease: Lease): { slab: number; at: number } {
    return this.#pool.locate(lease)
  }

  /** Runs a job. `cost` is roughly its bytes; `affinity` keeps jobs of one file together. Rejects with `IoFailure`. */
  run<J extends Job>(job: J, cost = 0, affinity = 0): Promise<Result<J>> {
    if (this.#closed) return Promise.reject(new TypeError('the store is closed'))
    const slot = this.#choose(affinity)
    const worker = this.#started(slot)
    return new Promise<Result<J>>((resolve, reject) => {
      if (slot.cost === 0) worker.ref()
      slot.pending.push({ resolve, reject, cost: cost + costOfJob })
      slot.cost += cost + costOfJob
      slot.jobs.push(job)
      this.#schedule()
    })
  }

  /** Starts the first thread, so that the first job need not wait for it: that takes 0.1 s. */
  warmUp(): void {
    if (!this.#closed) this.#started(this.#slots[0]!)
  }

  /** Files whose path now holds something else: every thread closes them. */
  forget(ids: readonly number[]): void {
    for (const slot of this.#slots) slot.forget.push(...ids)
    this.#schedule()
  }

  /**
   * Callers settle the jobs that matter first. What a thread is at is done, all else fails. Threads end by themselves: one that is terminated wherever it
   * happens to be takes the whole process with it now and then, as Node.js and V8 do not expect that everywhere (nodejs/node #38418, #43182, #56312).
   */
  async close(): Promise<void> {
    this.#closed = true
    Atomics.store(this.#stopped, 0, 1)
    await Promise.all(this.#slots.map(({ worker }) => worker && ended(worker)))
    for (const slot of this.#slots) this.#fail(slot, 'the store was closed')
  }

  #choose(affinity: number): Slot {
    const usual = this.#slots[affinity % this.#slots.length]!
    const wanted = usual.worker === undefined ? this.#slots[0]! : usual
    let least = wanted
    for (const slot of this.#slots) if (slot.cost < least.cost) least = slot
    return wanted.cost - least.cost > patienceBytes ? least : wanted
  }

  #schedule(): void {
    if (this.#scheduled) return
    this.#scheduled = true
    setImmediate(() => {
      this.#scheduled = false
      for (const slot of this.#slots) this.#post(slot)
    })
  }

  #post(slot: Slot): void {
    const { worker } = slot
    if (worker === undefined) slot.forget = []
    if (worker === undefined || (slot.jobs.length === 0 && slot.forget.length === 0)) return
    const batch: Batch = {
      slabs: Array.from(slot.slabs, index => ({ index, buffer: this.#slabs.get(index)! })),
      drop: slot.drop,
      jobs: slot.jobs,
      forget: slot.forget,
    }
    slot.slabs.clear()
    slot.drop = []
    slot.jobs = []
    slot.forget = []
    if (!this.#closed) worker.postMessage(batch)
  }

  #open(index: number): Slot {
    const slot: Slot = {
      index,
      worker: undefined,
      pending: [],
      head: 0,
      cost: 0,
      jobs: [],
      slabs: new Set(this.#slabs.keys()),
      drop: [],
      forget: [],
    }
    return slot
  }

  #started(slot: Slot): Worker {
    slot.worker ??= this.#start(slot.index)
    return slot.worker
  }

  #start(index: number): Worker {
    // `.ts` from sources, `.js` after the build.
    const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js'
    const workerData: WorkerOptions = { openFiles: this.#options.openFiles, stopped: this.#stopped }
    const worker = new Worker(new URL(`./worker/io-worker.${extension}`, import.meta.url), {
      workerData,
      execArgv: [],
      env: workerEnvironment(),
      name: `peerage-io-${index}`,
    })
    worker.unref()
    worker.on('message', (answers: Answers) => this.#settle(this.#slots[index]!, answers))
    worker.on('error', error => this.#replace(index, error))
    return worker
  }

  #settle(slot: Slot, answers: Answers): void {
    for (const answer of answers) {
      const pending = slot.pending[slot.head++]!
      slot.cost -= pending.cost
      if (isFailure(answer)) pending.reject(new IoFailure(answer))
      else pending.resolve(answer as never)
    }
    if (slot.head === slot.pending.length) {
      slot.pending.length = 0
      slot.head = 0
      slot.worker?.unref()
    } else if (slot.head > 1024) {
      slot.pending.splice(0, slot.head)
      slot.head = 0
    }
  }

  /** A thread died, which is our mistake: what it was doing fails, a new one takes its place. */
  #replace(index: number, error: unknown): void {
    const slot = this.#slots[index]!
    slot.slabs = new Set(this.#slabs.keys())
    slot.drop = []
    if (!this.#closed) slot.worker = this.#start(index)
    this.#fail(slot, String(error))
  }

  #fail(slot: Slot, message: string): void {
    const lost = slot.pending.splice(0).slice(slot.head)
    slot.head = 0
    slot.cost = 0
    slot.jobs = []
    const failure: Failure = { failed: 'BUG', message, path: '' }
    for (const pending of lost) pending.reject(new IoFailure(failure))
  }
}

function ended(worker: Worker): Promise<void> {
  if (worker.threadId === noThread) return Promise.resolve()
  return new Promise(resolve => {
    worker.once('exit', () => resolve())
    worker.ref()
    worker.postMessage('stop' satisfies Stop)
  })
}

/** `threadId` of a thread that has ended. */
const noThread = -1

/**
 * Threads do not inherit a compile cache that the program switched on itself; with it they start in half the time and
 * need not load the TypeScript stripper (20 MB each).
 */
function workerEnvironment(): NodeJS.ProcessEnv {
  const folder = getCompileCacheDir()
  return folder === undefined ? process.env : { ...process.env, NODE_COMPILE_CACHE: dirname(folder) }
}

function isFailure(answer: unknown): answer is Failure {
  return typeof answer === 'object' && answer !== null && 'failed' in answer && 'path' in answer
}
