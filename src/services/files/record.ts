import type { KeyValue } from '../../access/index.ts'
import { z } from '../../base/index.ts'

/** What is kept on disk of one transfer, beside what the store and access keep. No secrets: those are access's. */
export interface TransferRecord {
  readonly infoHash: string
  readonly origin: 'share' | 'download'
  /** Empty until the metadata is known and the link told no name. */
  name: string
  totalBytes: number
  /** Bytes of the files that are not skipped; absent when none is. */
  wantedBytes?: number | undefined
  fileCount: number
  /** Folder into which a download goes. */
  into?: string | undefined
  overwrite?: boolean | undefined
  paused: boolean
  addedAt: number
  completedAt?: number | undefined
  /** Paths chosen before the metadata was known; applied once it is. */
  choose?: string[] | undefined
  /** Multiaddrs of members that were reached, so that a restart finds them again. */
  peers: string[]
}

const kind = 'files.transfer'

const schema: z.ZodType<TransferRecord> = z.object({
  infoHash: z.string().regex(/^[0-9a-f]{64}$/),
  origin: z.enum(['share', 'download']),
  name: z.string(),
  totalBytes: z.number().min(0),
  wantedBytes: z.number().min(0).optional(),
  fileCount: z.number().min(0),
  into: z.string().optional(),
  overwrite: z.boolean().optional(),
  paused: z.boolean(),
  addedAt: z.number(),
  completedAt: z.number().optional(),
  choose: z.array(z.string()).optional(),
  peers: z.array(z.string()),
})

/** The transfers as kept in the index database. A record that is damaged is left out; its files stay. */
export class Records {
  readonly #state: KeyValue

  constructor(state: KeyValue) {
    this.#state = state
  }

  *all(): Iterable<TransferRecord> {
    for (const [, value] of this.#state.entries(kind)) {
      const parsed = schema.safeParse(value)
      if (parsed.success) yield parsed.data
    }
  }

  save(record: TransferRecord): void {
    this.#state.put(kind, record.infoHash, record)
  }

  delete(infoHash: string): void {
    this.#state.delete(kind, infoHash)
  }
}
