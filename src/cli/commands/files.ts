import type { FileRow } from '../../services/files/index.ts'
import { coerceInput } from '../coerce-input.ts'
import type { CommandContext, CommandResult } from '../context.ts'
import { alignTable } from '../table.ts'
import { formatBytes, safeText } from '../text.ts'

/** `peerage files CONTENT [--choose ...]` */
export async function run(context: CommandContext): CommandResult {
  const input = coerceInput(context.command, context.input)
  const session = await context.open('offline')
  try {
    const rows = (await session.call('files.files', input, { signal: context.signal })) as readonly FileRow[]
    if (context.options.json) return await context.printJson(rows)
    const lines = alignTable(
      [
        { title: 'Size', right: true },
        { title: 'Here', right: true },
        { title: 'Priority' },
        { title: 'File' },
      ],
      rows.map(row => [formatBytes(row.size), percent(row), row.priority, safeText(row.path)]),
    )
    await context.print([context.paint.dim(lines[0]!), ...lines.slice(1)].join('\n'))
  } finally {
    await session.close()
  }
}

function percent({ size, bytes }: FileRow): string {
  return size === 0 ? '100%' : `${Math.floor((bytes / size) * 100)}%`
}
