import type { KeyValue } from '../../access/index.ts'
import { fromBase64url, toBase64url, z } from '../../base/index.ts'

/** A name of ours as it was put last. */
export interface KeptName {
  readonly record: Uint8Array
  /** How its key is called here. */
  readonly key: string
  /** World.wallTime() of the last time that somebody took it; 0: never. */
  readonly putAt: number
}

/** The highest number that was seen of a name, and until when that record holds. */
export interface SeenName {
  readonly sequence: bigint
  readonly validUntil: number
}

const keptKind = 'ipfs-names'
const seenKind = 'ipfs-names-seen'
const keptSchema = z.object({
  record: z.string().max(16_384),
  key: z.string().max(64),
  putAt: z.number().min(0),
})
const seenSchema = z.object({ sequence: z.string().regex(/^\d{1,20}$/), validUntil: z.number() })

/** What is remembered of names over a restart. A damaged record counts as none. */
export class NameMemory {
  readonly #state: KeyValue
  readonly #maxSeen: number
  /** The least recent first. */
  readonly #seen = new Map<string, SeenName>()

  constructor(state: KeyValue, maxSeen: number) {
    this.#state = state
    this.#maxSeen = maxSeen
    for (const [name, value] of state.entries(seenKind)) {
      const parsed = seenSchema.safeParse(value)
      if (!parsed.success) continue
      this.#seen.set(name, { ...parsed.data, sequence: BigInt(parsed.data.sequence) })
    }
  }

  kept(name: string): KeptName | undefined {
    return keptOf(this.#state.get(keptKind, name))
  }

  *all(): Iterable<[string, KeptName]> {
    for (const [name, value] of this.#state.entries(keptKind)) {
      const kept = keptOf(value)
      if (kept !== undefined) yield [name, kept]
    }
  }

  keep(name: string, { record, key, putAt }: KeptName): void {
    this.#state.put(keptKind, name, { record: toBase64url(record), key, putAt })
  }

  forget(name: string): void {
    this.#state.delete(keptKind, name)
  }

  seen(name: string): SeenName | undefined {
    return this.#seen.get(name)
  }

  see(name: string, { sequence, validUntil }: SeenName): void {
    const before = this.#seen.get(name)
    this.#seen.delete(name)
    this.#seen.set(name, { sequence, validUntil })
    if (before?.sequence !== sequence || before.validUntil !== validUntil)
      this.#state.put(seenKind, name, { sequence: `${sequence}`, validUntil })
    if (this.#seen.size <= this.#maxSeen) return
    const oldest = this.#seen.keys().next().value!
    this.#seen.delete(oldest)
    this.#state.delete(seenKind, oldest)
  }
}

function keptOf(value: unknown): KeptName | undefined {
  const parsed = keptSchema.safeParse(value)
  if (!parsed.success) return undefined
  try {
    return { ...parsed.data, record: fromBase64url(parsed.data.record) }
  } catch {
    return undefined
  }
}
