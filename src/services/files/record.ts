import type { KeyValue } from '../../access/index.ts'
import { z } from '../../base/index.ts'
import { cidLimits } from '../../content/index.ts'
import type { StoredContent } from '../../store/index.ts'
import type { Goal } from './goals.ts'
import type { SetInput } from './inputs.ts'
import type { TransferSettings } from './settings.ts'

/** What is kept of a content that is on the public BitTorrent network. */
export interface PublicRecord {
  /** Its metadata has said so (BEP 27); absent when it has not, or is not known. */
  isPrivate?: boolean | undefined
  /** SHA-1 of the info dictionary, lower-case hexadecimal: its name among v1 peers. */
  infoHashV1?: string | undefined
  /** Tracker URLs in tiers. */
  trackers: string[][]
  webSeeds: string[]
  /** Web seeds of the older kind (BEP 17). */
  httpSeeds?: string[] | undefined
  /** A remark for its .torrent file. */
  comment?: string | undefined
  /** `host:port` addresses that a link or a user named. */
  peers: string[]
}

/** What is kept of a content that is on IPFS, too. */
export interface IpfsRecord {
  /** Canonical text of its root. */
  cid: string
  /** It is announced there while it is here. */
  offered: boolean
}

/** What is kept on disk of one transfer, beside what the store and access keep. No secrets: those are access's. */
export interface TransferRecord {
  /** SHA-256 of the info dictionary, lower-case hexadecimal; SHA-1 while or when only that is known. */
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
  /** Info hash of the version whose place it takes, until it has it. */
  updates?: string | undefined
  paused: boolean
  addedAt: number
  completedAt?: number | undefined
  /** Of a share: when something was first shared under its name and path; absent: when it was added. */
  sharedAt?: number | undefined
  /** Of what was fetched: when the user shared it with others in turn. */
  offeredAt?: number | undefined
  /** Of a share: a newer version of the same files is offered; this one goes when nobody fetches it any more. */
  replaced?: boolean | undefined
  /** Paths chosen before the metadata was known; applied once it is. */
  choose?: string[] | undefined
  /** Multiaddrs of members that were reached, so that a restart finds them again. */
  peers: string[]
  /** Absent: private, never announced. */
  public?: PublicRecord | undefined
  /** Absent: nothing is known of it on IPFS. */
  ipfs?: IpfsRecord | undefined
  /** File indices that a magnet link meant (BEP 53); applied once the metadata is known. */
  selectOnly?: number[] | undefined
  /** The seeding goal that it has reached: it left the public network. */
  goal?: Goal | undefined
  /** What the user wants of this transfer alone; absent: as configured. */
  settings?: TransferSettings | undefined
}

const kind = 'files.transfer'

const publicSchema: z.ZodType<PublicRecord> = z.object({
  infoHashV1: z
    .string()
    .regex(/^[0-9a-f]{40}$/)
    .optional(),
  trackers: z.array(z.array(z.string())),
  webSeeds: z.array(z.string()),
  httpSeeds: z.array(z.string()).optional(),
  comment: z.string().optional(),
  isPrivate: z.boolean().optional(),
  peers: z.array(z.string()),
})

const ipfsSchema: z.ZodType<IpfsRecord> = z.object({
  cid: z.string().max(cidLimits.textLength),
  offered: z.boolean(),
})

const rate = z.number().min(0).optional()

const settingsSchema: z.ZodType<TransferSettings> = z.object({
  uploadBytesPerSecond: rate,
  downloadBytesPerSecond: rate,
  sequential: z.boolean().optional(),
  firstLast: z.boolean().optional(),
  superSeeding: z.boolean().optional(),
  ratio: rate,
  seedingMinutes: rate,
  forced: z.boolean().optional(),
  position: z.number().optional(),
})

const schema: z.ZodType<TransferRecord> = z.object({
  infoHash: z.string().regex(/^(?:[0-9a-f]{64}|[0-9a-f]{40})$/),
  origin: z.enum(['share', 'download']),
  name: z.string(),
  totalBytes: z.number().min(0),
  wantedBytes: z.number().min(0).optional(),
  fileCount: z.number().min(0),
  into: z.string().optional(),
  overwrite: z.boolean().optional(),
  updates: z.string().optional(),
  paused: z.boolean(),
  addedAt: z.number(),
  completedAt: z.number().optional(),
  sharedAt: z.number().optional(),
  offeredAt: z.number().optional(),
  replaced: z.boolean().optional(),
  choose: z.array(z.string()).optional(),
  peers: z.array(z.string()),
  public: publicSchema.optional(),
  ipfs: ipfsSchema.optional(),
  selectOnly: z.array(z.number()).optional(),
  goal: z.enum(['ratio', 'minutes']).optional(),
  settings: settingsSchema.optional(),
})

/** What is known of a download when it is asked for. */
export function recordOf(
  said: Pick<TransferRecord, 'infoHash' | 'name' | 'into' | 'paused' | 'addedAt'>,
): TransferRecord {
  return { ...said, origin: 'download', totalBytes: 0, fileCount: 0, peers: [] }
}

/** What a user says of a transfer, as it is kept. */
export function settingsOf(input: SetInput): Partial<TransferSettings> {
  const { up, down, sequential, firstLast, superSeed, ratio, minutes, forced } = input
  return {
    ...(up !== undefined && { uploadBytesPerSecond: up }),
    ...(down !== undefined && { downloadBytesPerSecond: down }),
    ...(sequential !== undefined && { sequential }),
    ...(firstLast !== undefined && { firstLast }),
    ...(superSeed !== undefined && { superSeeding: superSeed }),
    ...(ratio !== undefined && { ratio }),
    ...(minutes !== undefined && { seedingMinutes: minutes }),
    ...(forced !== undefined && { forced }),
  }
}

/** Fills in what the metadata says. */
export function describeRecord(record: TransferRecord, stored: StoredContent): void {
  const { name, totalSize, files } = stored.content
  record.name = name
  record.totalBytes = totalSize
  record.fileCount = files.length
  const wanted = stored.wanted.bytes
  record.wantedBytes = wanted === totalSize ? undefined : wanted
}

/** The transfers as kept in the index database. A record that is damaged is left out; its files stay. */
export class Records {
  readonly #state: KeyValue

  constructor(state: KeyValue) {
    this.#state = state
  }

  *all(): Iterable<TransferRecord> {
    for (const [, value] of this.#state.entries(kind)) {
      const parsed = schema.safeParse(withSettings(value))
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

/** What a user set was called `wishes` once. */
function withSettings(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || !('wishes' in value)) return value
  return { settings: value.wishes, ...value }
}
