import fs from 'node:fs'
import { open, readdir, readFile, rename, rm } from 'node:fs/promises'
import { fromHex, PeerageError, z } from '../base/index.ts'
import type { InfoHashes } from '../content/index.ts'

/** What is needed to make the index row of a content again when the database is lost. */
export interface JournalHead {
  readonly origin: 'share' | 'download'
  readonly base: string
  readonly target: string
  readonly exact: boolean
  readonly overwrite: boolean
  readonly addedAt: number
  readonly infoHashV1?: string | undefined
  readonly skipped?: readonly number[] | undefined
}

const journalHead: z.ZodType<JournalHead> = z.object({
  origin: z.enum(['share', 'download']),
  base: z.string().max(65536),
  target: z.string().max(65536),
  exact: z.boolean(),
  overwrite: z.boolean(),
  addedAt: z.number(),
  infoHashV1: z.string().max(40).optional(),
  skipped: z.array(z.int().min(0)).optional(),
})

export interface JournalEntry {
  readonly head: JournalHead
  readonly info: Uint8Array
}

/**
 * HOME/contents/HASH.info: one line of JSON, then the raw info dictionary. It is the only place of the dictionary (the
 * database stays small and opens fast) and makes the index rebuildable.
 */
export class ContentJournal {
  readonly #folder: string

  constructor(home: string) {
    this.#folder = `${home}/contents`
    fs.mkdirSync(this.#folder, { recursive: true, mode: 0o700 })
  }

  /** Durable when it resolves. */
  async write(hash: string, { head, info }: JournalEntry): Promise<void> {
    const path = this.#path(hash)
    const file = await open(`${path}.new`, 'w', 0o600)
    try {
      await file.writev([Buffer.from(`${JSON.stringify(head)}\n`), info])
      await file.datasync()
    } finally {
      await file.close()
    }
    await rename(`${path}.new`, path)
  }

  /** Synchronous, because contents are loaded when they are first looked at. Throws `index.damaged`. */
  read(hash: string): JournalEntry {
    try {
      return parseEntry(fs.readFileSync(this.#path(hash)))
    } catch (error) {
      throw new PeerageError('index.damaged', `${this.#path(hash)} is missing or damaged.`, { cause: error })
    }
  }

  async remove(hash: string): Promise<void> {
    await rm(this.#path(hash), { force: true })
  }

  /** Everything that can be read; what cannot is left alone. */
  async all(): Promise<Map<string, JournalEntry>> {
    const found = new Map<string, JournalEntry>()
    for (const name of await readdir(this.#folder)) {
      const hash = /^([0-9a-f]{64}|[0-9a-f]{40})\.info$/.exec(name)?.[1]
      if (hash === undefined) continue
      try {
        found.set(hash, parseEntry(await readFile(this.#path(hash))))
      } catch {
        // Damaged too: nothing to rebuild from.
      }
    }
    return found
  }

  #path(hash: string): string {
    return `${this.#folder}/${hash}.info`
  }
}

/** The hashes that a journal entry is named by: v1 content by its SHA-1, all else by its SHA-256. */
export function infoHashesOf(hash: string, head: JournalHead): InfoHashes {
  const name = fromHex(hash)
  if (name.length === 20) return { infoHashV1: name }
  return { infoHash: name, infoHashV1: head.infoHashV1 === undefined ? undefined : fromHex(head.infoHashV1) }
}

function parseEntry(bytes: Uint8Array): JournalEntry {
  const end = bytes.indexOf(10)
  const head = journalHead.parse(JSON.parse(Buffer.from(bytes.subarray(0, end)).toString()))
  return { head, info: bytes.subarray(end + 1) }
}
