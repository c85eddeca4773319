import fs from 'node:fs'
import { PeerageError, type World } from '../base/index.ts'
import { parseContent, segmentLengthOf } from '../content/index.ts'
import { type ContentJournal, infoHashesOf, type JournalEntry } from './content-journal.ts'
import { IndexDatabase, type NewContent } from './index-database.ts'
import { segmentCountOf } from './segment-map.ts'
import { StateLog } from './state-log.ts'

export interface OpenedIndex {
  readonly db: IndexDatabase
  /** What a person should know: the index was damaged and has been rebuilt. */
  readonly notice: PeerageError | undefined
}

/**
 * Opens HOME/index.db. A damaged one is put aside under `index.db.damaged-TIME` and made again from HOME/contents and
 * HOME/state.log; what is on disk is then hashed before it is believed.
 */
export async function openIndex(home: string, journal: ContentJournal, world: World): Promise<OpenedIndex> {
  const path = `${home}/index.db`
  const isLost = !fs.existsSync(path)
  try {
    const db = new IndexDatabase(path)
    if (isLost) await rebuild(db, home, journal)
    return { db, notice: undefined }
  } catch (error) {
    if (!(error instanceof PeerageError) || error.code !== 'index.damaged') throw error
    const aside = putAside(path, world.wallTime())
    const db = new IndexDatabase(path)
    await rebuild(db, home, journal)
    const message = `The index was damaged; it is rebuilt from the files. The damaged one is ${aside}.`
    return {
      db,
      notice: new PeerageError('index.damaged', message, { details: { path: aside }, cause: error }),
    }
  }
}

/** Gives a damaged database another name, with what belongs to it; answers that. */
export function putAside(path: string, wallTime: number): string {
  let aside = `${path}.damaged-${wallTime}`
  for (let i = 2; fs.existsSync(aside); i++) aside = `${path}.damaged-${wallTime}-${i}`
  fs.renameSync(path, aside)
  for (const suffix of ['-wal', '-shm'])
    if (fs.existsSync(path + suffix)) fs.renameSync(path + suffix, aside + suffix)
  return aside
}

async function rebuild(db: IndexDatabase, home: string, journal: ContentJournal): Promise<void> {
  StateLog.rebuild(db, home)
  const entries = [...(await journal.all())].sort(([, a], [, b]) => a.head.addedAt - b.head.addedAt)
  for (const [hash, entry] of entries) {
    try {
      db.addContent(rowOf(hash, entry), new Map())
    } catch {
      // Its dictionary is damaged as well: it stays in the folder, and nothing is known of it.
    }
  }
}

function rowOf(hash: string, { head, info }: JournalEntry): NewContent {
  const content = parseContent(info, infoHashesOf(hash, head))
  const segmentCount = segmentCountOf(content, segmentLengthOf(content))
  const priorities = new Uint8Array(content.files.length)
  for (const file of head.skipped ?? []) if (file < priorities.length) priorities[file] = 1
  return {
    ...head,
    hash,
    name: content.name,
    totalSize: content.totalSize,
    pieceCount: content.pieceCount,
    segments: new Uint8Array((segmentCount + 7) >> 3),
    segmentCount,
    priorities,
    done: false,
    recheck: true,
    aliveAt: 0,
  }
}
