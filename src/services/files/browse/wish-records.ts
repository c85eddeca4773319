import type { KeyValue } from '../../../access/index.ts'
import { z } from '../../../base/index.ts'

/** What a user wishes to be kept up to date, as it is kept on disk. */
export interface WishRecord {
  /** PeerId of the main key of whoever shares it. */
  readonly person: string
  /** The name of the share. */
  readonly name: string
  /** As the user called that person then. */
  contact: string
  /** Full addresses at which that person was reached. */
  addresses: string[]
  into: string
  /** Only these files or folders of it. */
  choose?: string[] | undefined
  since: number
  /** The version that is here, or being fetched, and when it was shared; milliseconds since 1970. */
  infoHash?: string | undefined
  changedAt?: number | undefined
  /** Why a newer version is not fetched. */
  problem?: { readonly code: string; readonly message: string } | undefined
}

const kind = 'files.wish'

const schema: z.ZodType<WishRecord> = z.object({
  person: z.string().max(128),
  name: z.string().min(1).max(1024),
  contact: z.string(),
  addresses: z.array(z.string()),
  into: z.string(),
  choose: z.array(z.string()).optional(),
  since: z.number(),
  infoHash: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .optional(),
  changedAt: z.number().optional(),
  problem: z.object({ code: z.string(), message: z.string() }).optional(),
})

/** All wishes of this user, in memory and on disk. A damaged one is left out. */
export class WishRecords implements Iterable<WishRecord> {
  readonly #state: KeyValue
  readonly #all = new Map<string, WishRecord>()

  constructor(state: KeyValue) {
    this.#state = state
    for (const [key, value] of state.entries(kind)) {
      const parsed = schema.safeParse(value)
      if (parsed.success) this.#all.set(key, parsed.data)
    }
  }

  get size(): number {
    return this.#all.size
  }

  [Symbol.iterator](): Iterator<WishRecord> {
    return this.#all.values()
  }

  get(person: string, name: string): WishRecord | undefined {
    return this.#all.get(keyOf({ person, name }))
  }

  save(record: WishRecord): void {
    this.#state.put(kind, keyOf(record), record)
    this.#all.set(keyOf(record), record)
  }

  delete(record: WishRecord): void {
    this.#state.delete(kind, keyOf(record))
    this.#all.delete(keyOf(record))
  }
}

function keyOf({ person, name }: Pick<WishRecord, 'person' | 'name'>): string {
  return `${person}/${name}`
}
