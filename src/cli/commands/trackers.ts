import type { DiscoveryStatus } from '../../swarm/index.ts'
import { coerceInput } from '../coerce-input.ts'
import type { CommandContext, CommandResult } from '../context.ts'
import { alignTable } from '../table.ts'
import { safeText } from '../text.ts'

/** `peerage trackers CONTENT`, `peerage announce CONTENT` */
export async function run(context: CommandContext): CommandResult {
  const input = coerceInput(context.command, context.input)
  const session = await context.open('daemon')
  try {
    const call = session.call(context.command.operation!, input, { signal: context.signal })
    const rows = (await call) as readonly DiscoveryStatus[]
    if (context.options.json) return await context.printJson(rows)
    if (rows.length === 0) return context.note('Nothing looks for peers of this content: it is not public.')
    const lines = alignTable(
      [
        { title: 'State' },
        { title: 'Peers', right: true },
        { title: 'Seeds', right: true },
        { title: 'Fetching', right: true },
        { title: 'Completed', right: true },
        { title: 'Where' },
        { title: 'Message' },
      ],
      rows.map(row => [
        row.state,
        String(row.peers),
        count(row.seeds),
        count(row.leeches),
        count(row.completed),
        safeText(row.name),
        safeText(row.message ?? ''),
      ]),
    )
    await context.print([context.paint.dim(lines[0]!), ...lines.slice(1)].join('\n'))
  } finally {
    await session.close()
  }
}

function count(value: number | undefined): string {
  return value === undefined ? '-' : String(value)
}
