import type { KeyValue } from '../../../access/index.ts'
import { z } from '../../../base/index.ts'
import { cidLimits } from '../../../content/index.ts'

/** What is kept on disk of a CID on its way to files, beside what the store keeps. */
export interface CidRecord {
  /** Canonical text of the CID that was asked for. */
  readonly cid: string
  /** Names from there down to what is fetched. */
  readonly path: readonly string[]
  /** Canonical text of the CID at the end of the path, as soon as it is known. */
  root?: string | undefined
  /** What the file or folder will be called here. */
  name: string
  /** Undefined until the names and sizes are known. */
  totalBytes?: number | undefined
  files?: number | undefined
  bytes: number
  into: string
  overwrite: boolean
  /** Only these files and folders; all when left out. */
  readonly choose?: readonly string[] | undefined
  paused: boolean
  /** Some of it came from somebody who may give it to nobody else. */
  isPrivate?: boolean | undefined
  readonly addedAt: number
}

const kind = 'files.cid'

const schema: z.ZodType<CidRecord> = z.object({
  cid: z.string().max(cidLimits.textLength),
  path: z.array(z.string()).max(256),
  root: z.string().max(cidLimits.textLength).optional(),
  name: z.string().max(1024),
  totalBytes: z.number().min(0).optional(),
  files: z.number().min(0).optional(),
  bytes: z.number().min(0),
  into: z.string(),
  overwrite: z.boolean(),
  choose: z.array(z.string().max(4096)).max(10_000).optional(),
  paused: z.boolean(),
  isPrivate: z.boolean().optional(),
  addedAt: z.number(),
})

/** What such a record goes by. */
export function cidRecordId({ cid, path }: Pick<CidRecord, 'cid' | 'path'>): string {
  return ['/ipfs', cid, ...path].join('/')
}

/** Those that are not whole. A record that is damaged is left out; its files stay. */
export class CidRecords {
  readonly #state: KeyValue

  constructor(state: KeyValue) {
    this.#state = state
  }

  *all(): Iterable<CidRecord> {
    for (const [, value] of this.#state.entries(kind)) {
      const parsed = schema.safeParse(value)
      if (parsed.success) yield parsed.data
    }
  }

  save(record: CidRecord): void {
    this.#state.put(kind, cidRecordId(record), record)
  }

  delete(record: CidRecord): void {
    this.#state.delete(kind, cidRecordId(record))
  }
}
