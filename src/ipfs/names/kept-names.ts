import type { KeyValue } from '../../access/index.ts'
import { concat, fromBase64url, sha256, toBase64url, utf8, z } from '../../base/index.ts'
import type { NameTarget } from '../../content/index.ts'

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
  /** Of what it pointed at (`markOf`); absent for what an item of the Mainline DHT said, which may leave something out. */
  readonly mark?: string | undefined
}

const keptKind = 'ipfs-names'
const seenKind = 'ipfs-names-seen'
const keptSchema = z.object({
  record: z.string().max(16_384),
  key: z.string().max(64),
  putAt: z.number().min(0),
})
const seenSchema = z.object({
  sequence: z.string().regex(/^\d{1,20}$/),
  validUntil: z.number(),
  mark: z.string().max(64).optional(),
})

/** Tells whether two records point at the same. */
export function markOf({ path = '', infoHash = new Uint8Array(0) }: NameTarget): string {
  return toBase64url(sha256(concat([infoHash, utf8(path)])).subarray(0, 16))
}

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

  see(name: string, now: SeenName): void {
    const before = this.#seen.get(name)
    const isSame = before?.sequence === now.sequence
    const seen = {
      sequence: now.sequence,
      validUntil: isSame ? Math.max(before.validUntil, now.validUntil) : now.validUntil,
      mark: now.mark ?? (isSame ? before.mark : undefined),
    }
    this.#seen.delete(name)
    this.#seen.set(name, seen)
    if (!isSame || before.validUntil !== seen.validUntil || before.mark !== seen.mark)
      this.#state.put(seenKind, name, { ...seen, sequence: `${seen.sequence}` })
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
