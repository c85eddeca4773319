import { open } from 'node:fs/promises'
import { PeerageError, type ValueOperation, z } from '../../base/index.ts'
import { openRegular } from '../../store/index.ts'
import { type BookReport, bookLimits, readBook, writeBook } from './contact-book.ts'
import type { ContactsHost } from './host.ts'

const file = z.string().min(1).max(4096)

interface Exporting {
  file: string
  overwrite: boolean
}

export const exportBook: ValueOperation<ContactsHost, Exporting, { file: string; contacts: number }> = {
  summary: 'Write all contacts, with notes and trust, to a file',
  input: z.object({
    file: file.describe('Where to'),
    overwrite: z.boolean().default(false).describe('Replace the file when it is there'),
  }),
  action: 'read',
  kind: 'value',
  command: {
    words: 'contacts export',
    positional: ['file'],
    example: 'peerage contacts export friends.json',
  },
  run: async ({ contacts }, input) => {
    const all = contacts.list()
    try {
      await using out = await open(input.file, input.overwrite ? 'w' : 'wx', 0o600)
      await out.writeFile(writeBook(all))
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code === 'EEXIST')
        throw new PeerageError('store.exists', `${input.file} is there already; --overwrite replaces it.`, {
          cause,
        })
      throw new PeerageError('store.io', `${input.file} cannot be written.`, { cause })
    }
    return { file: input.file, contacts: all.length }
  },
}

interface Importing {
  file: string
  trust: boolean
}

export const importBook: ValueOperation<ContactsHost, Importing, BookReport> = {
  summary: 'Add the contacts of a file; none that you have is changed',
  input: z.object({
    file: file.describe('What `peerage contacts export` wrote'),
    trust: z
      .boolean()
      .default(false)
      .describe('Believe the file who is verified and who is blocked; only for files of your own'),
  }),
  action: 'write',
  kind: 'value',
  command: {
    words: 'contacts import',
    positional: ['file'],
    example: 'peerage contacts import friends.json',
  },
  run: async ({ contacts }, { file: path, trust }) => readBook(contacts, await readText(path), trust),
}

async function readText(path: string): Promise<string> {
  try {
    await using handle = await openRegular(path)
    const { size } = await handle.stat()
    if (size > bookLimits.bytes) throw new Error(`it has more than ${bookLimits.bytes} bytes`)
    return await handle.readFile('utf8')
  } catch (cause) {
    if (cause instanceof PeerageError) throw cause
    throw new PeerageError('store.source-unreadable', `${path} cannot be read.`, { cause })
  }
}
