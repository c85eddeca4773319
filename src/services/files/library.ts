import { setImmediate } from 'node:timers/promises'
import { PeerageError } from '../../base/index.ts'
import type { StoredContent } from '../../store/index.ts'
import { type FileKind, fileKinds, kindOf } from './kinds.ts'
import type { Transfer } from './transfer.ts'

export interface LibraryInput {
  kind?: FileKind | undefined
  search?: string | undefined
  offset: number
  limit: number
}

/** One file of which at least a part is here. Names come from the network: hostile text. */
export interface LibraryRow {
  readonly infoHash: string
  /** Of the content. */
  readonly name: string
  /** Its place and path in the content, where it is on disk when it is whole, and what it is to people. */
  readonly index: number
  readonly file: string
  readonly path: string
  readonly kind: FileKind
  readonly size: number
  readonly bytes: number
  readonly addedAt: number
}

export interface LibraryPage {
  /** How many there are in all. */
  readonly total: number
  /** How many there are of each kind, whichever was asked for. */
  readonly kinds: Readonly<Record<FileKind, number>>
  readonly rows: readonly LibraryRow[]
}

/** Files that are looked at before others get a turn. */
const filesPerTurn = 4096

/** What this peer has, file by file: the newest contents first. */
export async function libraryOf(transfers: Iterable<Transfer>, input: LibraryInput): Promise<LibraryPage> {
  const rows: LibraryRow[] = []
  const newest = [...transfers].sort((a, b) => b.record.addedAt - a.record.addedAt)
  const end = input.offset + input.limit
  const words = (input.search ?? '').toLowerCase().split(/\s+/).filter(Boolean)
  const kinds = Object.fromEntries(fileKinds.map(kind => [kind, 0])) as Record<FileKind, number>
  let total = 0
  let seen = 0
  for (const transfer of newest) {
    const stored = await loaded(transfer)
    if (stored === undefined) continue
    for (const { index, path, size, symlink } of stored.content.files) {
      if (++seen % filesPerTurn === 0) await setImmediate()
      const kind = kindOf(path.at(-1) ?? '')
      const file = path.join('/')
      if (symlink !== undefined || !isAbout(`${stored.name}/${file}`, words)) continue
      const bytes = stored.fileProgress(index)
      if (bytes === 0 && size > 0) continue
      kinds[kind]++
      if (input.kind !== undefined && kind !== input.kind) continue
      if (total >= input.offset && total < end)
        rows.push(rowOf(transfer, stored, { index, file, kind, size, bytes }))
      total++
    }
  }
  return { total, kinds, rows }
}

type Found = Pick<LibraryRow, 'index' | 'file' | 'kind' | 'size' | 'bytes'>

function rowOf({ id, record }: Transfer, stored: StoredContent, found: Found): LibraryRow {
  const path = `${stored.base}/${stored.diskPath(found.index)}`
  return { infoHash: id, name: record.name, path, addedAt: record.addedAt, ...found }
}

/** Undefined: nothing is known of its files, or what described them is damaged. */
async function loaded({ stored }: Transfer): Promise<StoredContent | undefined> {
  try {
    await stored?.load()
    return stored
  } catch (error) {
    if (error instanceof PeerageError) return undefined
    throw error
  }
}

function isAbout(text: string, words: readonly string[]): boolean {
  if (words.length === 0) return true
  const lower = text.toLowerCase()
  return words.every(word => lower.includes(word))
}
