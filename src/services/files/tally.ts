import type { KeyValue } from '../../access/index.ts'
import { z } from '../../base/index.ts'
import type { SwarmStats } from '../../swarm/index.ts'
import type { Statistics } from './statistics.ts'

type Counted = Pick<SwarmStats, 'downloaded' | 'uploaded' | 'publicDownloaded' | 'publicUploaded' | 'wasted'>

interface Kept {
  readonly downloaded: number
  readonly uploaded: number
  readonly seedingMs: number
  /** Being seeded since then, by the clock of the statistics. */
  readonly since?: number | undefined
}

/** What another program has done with a content: payload bytes, and milliseconds of seeding. */
export type Inherited = Pick<Kept, 'downloaded' | 'uploaded' | 'seedingMs'>

const kind = 'files.tally'
const amount = z.number().min(0).default(0)
const schema: z.ZodType<Kept> = z.object({
  downloaded: amount,
  uploaded: amount,
  seedingMs: amount,
  since: z.number().min(0).optional(),
})
const nothing: Counted = { downloaded: 0, uploaded: 0, publicDownloaded: 0, publicUploaded: 0, wasted: 0 }

/**
 * What one transfer has moved and for how long it was seeded, over all runs. Seeding that only goes on is not written down:
 * a thousand idle seeds cost no writes, and the end of a run that was killed is known from the statistics.
 */
export class Tally {
  readonly #id: string
  readonly #state: KeyValue
  readonly #statistics: Statistics
  #kept: Kept
  /** What is counted already of the swarm that runs. */
  #counted = nothing
  #dirty = false

  constructor(id: string, state: KeyValue, statistics: Statistics) {
    this.#id = id
    this.#state = state
    this.#statistics = statistics
    const { since, ...kept } = schema
      .catch({ downloaded: 0, uploaded: 0, seedingMs: 0 })
      .parse(state.get(kind, id) ?? {})
    const lastMs = since === undefined ? 0 : Math.max(0, statistics.runningBefore - since)
    this.#kept = { ...kept, seedingMs: kept.seedingMs + lastMs }
  }

  /** Payload bytes; `live` is what the swarm that runs has counted. */
  moved(live: Counted | undefined): { readonly downloaded: number; readonly uploaded: number } {
    return {
      downloaded: this.#kept.downloaded + (live?.downloaded ?? 0) - (live ? this.#counted.downloaded : 0),
      uploaded: this.#kept.uploaded + (live?.uploaded ?? 0) - (live ? this.#counted.uploaded : 0),
    }
  }

  /** Milliseconds for which it was complete and offered to the public network. */
  get seedingMs(): number {
    const { seedingMs, since } = this.#kept
    return since === undefined ? seedingMs : seedingMs + this.#statistics.clock() - since
  }

  set seeding(on: boolean) {
    if (on === (this.#kept.since !== undefined)) return
    const { seedingMs } = this
    this.#kept = { ...this.#kept, seedingMs, since: on ? this.#statistics.clock() : undefined }
    this.#dirty = true
    this.flush()
  }

  /** Adds what the swarm that runs has moved since the last time; `ended`: another one follows, which counts from zero. */
  count(live: Counted, ended = false): void {
    const before = this.#counted
    const more = {
      downloaded: live.downloaded - before.downloaded,
      uploaded: live.uploaded - before.uploaded,
      publicDownloaded: live.publicDownloaded - before.publicDownloaded,
      publicUploaded: live.publicUploaded - before.publicUploaded,
      wasted: live.wasted - before.wasted,
    }
    this.#counted = ended ? nothing : live
    if (more.downloaded + more.uploaded === 0) return
    this.#statistics.add(more)
    const { downloaded, uploaded } = this.#kept
    this.#kept = {
      ...this.#kept,
      downloaded: downloaded + more.downloaded,
      uploaded: uploaded + more.uploaded,
    }
    this.#dirty = true
  }

  /** Adds what another program did with it before. */
  inherit({ downloaded, uploaded, seedingMs }: Inherited): void {
    const kept = this.#kept
    this.#kept = {
      ...kept,
      downloaded: kept.downloaded + downloaded,
      uploaded: kept.uploaded + uploaded,
      seedingMs: kept.seedingMs + seedingMs,
    }
    this.#dirty = true
    this.flush()
  }

  /** Writes what changed. */
  flush(): void {
    if (!this.#dirty) return
    this.#dirty = false
    this.#state.put(kind, this.#id, this.#kept)
  }

  forget(): void {
    this.#dirty = false
    this.#state.delete(kind, this.#id)
  }
}
