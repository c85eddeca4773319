import {
  type Contact,
  type Contacts,
  canonicalPeerId,
  contactLimits,
  type Trust,
} from '../../access/index.ts'
import { PeerageError, z } from '../../base/index.ts'

/** A file of contacts: JSON that people can read and write. */
interface ContactBook {
  format: 'peerage contacts'
  version: 1
  contacts: unknown[]
}

interface BookEntry {
  peer: string
  name: string
  note?: string | undefined
  trust?: Trust | undefined
  addresses?: string[] | undefined
}

/** Bounds of a file of contacts. */
export const bookLimits: Readonly<Record<'bytes' | 'contacts', number>> = {
  bytes: 16 * 1024 * 1024,
  contacts: 100_000,
}

/** What became of a file of contacts. */
export interface BookReport {
  readonly added: number
  /** Those that were contacts already, which stay as they are. */
  readonly kept: number
  /** Those whose name was taken, and what they are called now. */
  readonly renamed: readonly { readonly from: string; readonly to: string }[]
  /** Places in the file, from 1, that could not be read; at most 100 are told. */
  readonly refused: readonly { readonly place: number; readonly why: string }[]
}

const book: z.ZodType<ContactBook> = z.object({
  format: z.literal('peerage contacts'),
  version: z.literal(1),
  contacts: z.array(z.unknown()).max(bookLimits.contacts),
})

const entry: z.ZodType<BookEntry> = z.object({
  peer: z.string().max(128),
  name: z.string().max(contactLimits.nameLength * 4),
  note: z.string().max(contactLimits.noteLength).optional(),
  trust: z.enum(['blocked', 'known', 'verified']).optional(),
  addresses: z.array(z.string().max(1024)).max(64).optional(),
})

const toldAtMost = 100

export function writeBook(contacts: readonly Contact[]): string {
  const entries = contacts.map(({ peer, name, note, trust, addresses }) => ({
    name,
    peer,
    ...(note !== undefined && { note }),
    trust,
    addresses,
  }))
  return `${JSON.stringify({ format: 'peerage contacts', version: 1, contacts: entries }, undefined, 2)}\n`
}

/**
 * Adds the contacts of a file, which may be anybody's: none that is here is changed, and what it says of trust counts only when
 * `withTrust` says so. Throws `usage.invalid` when it is no such file, `access.limit` when there is no more room.
 */
export function readBook(contacts: Contacts, text: string, withTrust: boolean): BookReport {
  const report = {
    added: 0,
    kept: 0,
    renamed: [] as { from: string; to: string }[],
    refused: [] as { place: number; why: string }[],
  }
  for (const [i, value] of parse(text).entries()) {
    try {
      const read = entry.parse(value)
      if (contacts.get(canonicalPeerId(read.peer)) !== undefined) report.kept++
      else addEntry(contacts, read, withTrust, report)
    } catch (error) {
      if (error instanceof PeerageError && error.code === 'access.limit') throw error
      if (report.refused.length < toldAtMost) report.refused.push({ place: i + 1, why: reasonOf(error) })
    }
  }
  return report
}

function addEntry(
  contacts: Contacts,
  { peer, name, note, trust, addresses }: BookEntry,
  withTrust: boolean,
  report: { added: number; renamed: { from: string; to: string }[] },
): void {
  const rest = { peer, note, addresses, ...(withTrust && { trust }) }
  try {
    contacts.add({ ...rest, name })
  } catch (error) {
    if (!(error instanceof PeerageError) || error.code !== 'contact.exists') throw error
    const { name: to } = contacts.add({ ...rest, name: contacts.suggest(name) })
    report.renamed.push({ from: name, to })
  }
  report.added++
}

function parse(text: string): unknown[] {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (cause) {
    throw new PeerageError('usage.invalid', 'This is no file of contacts: it is not JSON.', { cause })
  }
  const parsed = book.safeParse(value)
  if (parsed.success) return parsed.data.contacts
  throw new PeerageError('usage.invalid', 'This is no file that `peerage contacts export` wrote.')
}

function reasonOf(error: unknown): string {
  if (error instanceof PeerageError) return error.message
  if (error instanceof z.ZodError) return `${error.issues[0]?.path.join('.')}: ${error.issues[0]?.message}`
  throw error
}
