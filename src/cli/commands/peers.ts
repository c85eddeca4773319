import type { PeerRow } from '../../services/files/index.ts'
import { coerceInput } from '../coerce-input.ts'
import type { CommandContext, CommandResult } from '../context.ts'
import { alignTable } from '../table.ts'
import { formatBytes, formatSpeed, safeText, shortPeer } from '../text.ts'
import { pathName } from '../transfer-view.ts'

/** `peerage peers [CONTENT]` */
export async function run(context: CommandContext): CommandResult {
  const input = coerceInput(context.command, context.input)
  const session = await context.open('daemon')
  const rows = (await session.call('files.peers', input, { signal: context.signal })) as readonly PeerRow[]
  if (context.options.json) return context.printJson(rows)
  if (rows.length === 0) return context.note('No peers exchange with this one right now.')
  const lines = alignTable(
    [
      { title: 'Peer' },
      { title: 'Path' },
      { title: 'Encrypted' },
      { title: 'Round trip', right: true },
      { title: 'Has', right: true },
      { title: 'Down', right: true },
      { title: 'Up', right: true },
      { title: 'Content' },
    ],
    rows.map(row => [
      row.contact === undefined ? shortPeer(row.peer) : safeText(row.contact),
      pathName(row.path),
      row.encrypted ? 'yes' : 'no',
      row.rttMs === undefined ? '-' : `${row.rttMs < 10 ? row.rttMs.toFixed(1) : Math.round(row.rttMs)} ms`,
      `${Math.floor(row.progress * 100)}%`,
      amount(row.downBytesPerSecond, row.downBytes),
      amount(row.upBytesPerSecond, row.upBytes),
      row.content.slice(0, 8),
    ]),
  )
  await context.print([context.paint.dim(lines[0]!), ...lines.slice(1)].join('\n'))
}

/** The speed while there is one, else the sum so far. */
function amount(bytesPerSecond: number, bytes: number): string {
  return bytesPerSecond >= 1 ? formatSpeed(bytesPerSecond) : formatBytes(bytes)
}
