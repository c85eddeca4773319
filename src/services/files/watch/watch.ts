import { PeerageError, type World } from '../../../base/index.ts'
import { bySteps } from '../../../store/index.ts'
import { changeOf, type WatchChange, type WatchRow } from './watch-row.ts'

/** What is different since the last update. The first ones bring every row as it is, `more` of them follow at once. */
export interface WatchUpdate {
  readonly rows: readonly (WatchRow | WatchChange)[]
  /** Info hashes of those that are gone. */
  readonly removed: readonly string[]
  readonly more?: true
}

export interface WatchParts {
  readonly world: World
  /** All rows as they are now, made one by one. */
  rows(): Iterable<WatchRow>
}

/** A reader hears of changes no more often than this. */
export const watchIntervalMs = 1000
/** How many may watch at once. */
export const maxWatchers = 32
/** Rows of one update; more of them would keep others waiting while they are written. */
export const maxRowsPerUpdate = 2000

/**
 * The list of all transfers, live. Rows are made once a second for all readers together, while there are any. A reader is told what
 * is different from what it was told last: however slow it is, nothing waits for it but that.
 */
export class Watch {
  readonly #parts: WatchParts
  #rows: ReadonlyMap<string, WatchRow> = new Map()
  #madeAt = Number.NEGATIVE_INFINITY
  #making: Promise<void> | undefined
  #watchers = 0

  constructor(parts: WatchParts) {
    this.#parts = parts
  }

  /** Until the caller goes away. Throws `usage.invalid` when too many watch already, `signal.reason`. */
  async *updates(signal: AbortSignal): AsyncGenerator<WatchUpdate> {
    if (this.#watchers >= maxWatchers)
      throw new PeerageError('usage.invalid', `The list is watched ${maxWatchers} times already.`)
    this.#watchers++
    try {
      const told = new Map<string, WatchRow>()
      for (let isFirst = true; ; isFirst = false) {
        const update = await this.#since(told)
        signal.throwIfAborted()
        if (isFirst || update.rows.length + update.removed.length > 0) yield* inParts(update)
        await pause(this.#parts.world, watchIntervalMs, signal)
      }
    } finally {
      this.#watchers--
      if (this.#watchers === 0) this.#rows = new Map()
    }
  }

  /** What is different from what was told, which is told now. */
  async #since(told: Map<string, WatchRow>): Promise<WatchUpdate> {
    await this.#look()
    const rows: (WatchRow | WatchChange)[] = []
    for (const [id, row] of this.#rows) {
      const before = told.get(id)
      // The same object: nothing of it has changed.
      if (before === row) continue
      const change = before === undefined ? row : changeOf(before, row)
      if (change !== undefined) rows.push(change)
      told.set(id, row)
    }
    const removed: string[] = []
    if (told.size > this.#rows.size) for (const id of told.keys()) if (!this.#rows.has(id)) removed.push(id)
    for (const id of removed) told.delete(id)
    return { rows, removed }
  }

  /** Readers that ask within the same half interval get the same rows. */
  async #look(): Promise<void> {
    const { world } = this.#parts
    if (this.#making === undefined && world.now() - this.#madeAt >= watchIntervalMs / 2)
      this.#making = this.#make().finally(() => {
        this.#making = undefined
      })
    await this.#making
  }

  async #make(): Promise<void> {
    this.#rows = await bySteps(this.#bySteps())
    this.#madeAt = this.#parts.world.now()
  }

  *#bySteps(): Generator<void, ReadonlyMap<string, WatchRow>> {
    const rows = new Map<string, WatchRow>()
    for (const row of this.#parts.rows()) {
      const before = this.#rows.get(row.infoHash)
      const isSame = before !== undefined && changeOf(before, row) === undefined
      rows.set(row.infoHash, isSame ? before : row)
      if (rows.size % 256 === 0) yield
    }
    return rows
  }
}

function* inParts({ rows, removed }: WatchUpdate): Generator<WatchUpdate> {
  for (let from = 0; from + maxRowsPerUpdate < rows.length; from += maxRowsPerUpdate)
    yield { rows: rows.slice(from, from + maxRowsPerUpdate), removed: [], more: true }
  yield {
    rows: rows.slice(Math.max(0, Math.ceil(rows.length / maxRowsPerUpdate) - 1) * maxRowsPerUpdate),
    removed,
  }
}

/** Throws `signal.reason`. */
function pause(world: World, ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason)
    const gone = (): void => {
      timer.cancel()
      reject(signal.reason)
    }
    const timer = world.after(ms, () => {
      signal.removeEventListener('abort', gone)
      resolve()
    })
    signal.addEventListener('abort', gone, { once: true })
  })
}
