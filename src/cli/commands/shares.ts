import type { ShareRow } from '../../services/files/index.ts'
import { coerceInput } from '../coerce-input.ts'
import type { CommandContext, CommandResult } from '../context.ts'
import { alignTable } from '../table.ts'
import { formatBytes, safeText, shorten } from '../text.ts'

/** `peerage shares CONTACT` */
export async function run(context: CommandContext): CommandResult {
  const input = coerceInput(context.command, context.input)
  const session = await context.open('online')
  try {
    const rows = (await session.call('files.shares', input, {
      signal: context.signal,
    })) as readonly ShareRow[]
    if (context.options.json) return await context.printJson(rows)
    const contact = safeText(String(input.contact))
    if (rows.length === 0) return context.note(`${contact} shares nothing with you.`)
    const counts = new Map<string, number>()
    for (const { name } of rows) counts.set(name, (counts.get(name) ?? 0) + 1)
    const lines = alignTable(
      [
        { title: 'Name' },
        { title: 'Size', right: true },
        { title: 'Files', right: true },
        { title: 'Changed' },
        { title: 'Here' },
      ],
      rows.map(row => cellsOf(row, (counts.get(row.name) ?? 0) > 1)),
    )
    await context.print([context.paint.dim(lines[0]!), ...lines.slice(1)].join('\n'))
    context.note(context.notePaint.dim(`\`peerage get ${howToName(contact)}\` fetches one.`))
  } finally {
    await session.close()
  }
}

/** As it is typed: addresses have slashes themselves, and names may have blanks. */
function howToName(contact: string): string {
  if (contact.includes('/')) return `NAME --from ${contact}`
  return /\s/.test(contact) ? `"${contact}/NAME"` : `${contact}/NAME`
}

const here: Readonly<Record<ShareRow['here'], string>> = { no: '', part: 'partly', all: 'yes' }

/** Where two have one name, the first digits of their info hashes tell them apart. */
function cellsOf(row: ShareRow, ambiguous: boolean): string[] {
  const name = shorten(safeText(row.name), 48)
  return [
    ambiguous ? `${name}  (${row.infoHash.slice(0, 12)})` : name,
    formatBytes(row.bytes),
    String(row.files),
    new Date(row.changedAt).toLocaleDateString(),
    here[row.here],
  ]
}
