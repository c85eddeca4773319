import type { ConnectionRow, ConnectionsReport } from '../../services/reach/index.ts'
import { answerOnce } from '../answer-once.ts'
import type { CommandContext, CommandResult } from '../context.ts'
import { alignTable } from '../table.ts'
import { formatSpeed, plural, safeText, shortPeer } from '../text.ts'
import { pathName } from '../transfer-view.ts'

/** `peerage connections` */
export async function run(context: CommandContext): CommandResult {
  await answerOnce(context, {}, answer => tell(context, answer as ConnectionsReport))
}

async function tell(context: CommandContext, { rows, rest, count }: ConnectionsReport): Promise<void> {
  if (count === 0) return context.note('Nobody is connected right now.')
  const [head = '', ...lines] = alignTable(
    [
      { title: 'Peer' },
      { title: 'Way' },
      { title: 'Network' },
      { title: 'Down', right: true },
      { title: 'Up', right: true },
      { title: 'Round trip', right: true },
      { title: 'Program' },
    ],
    rows.map(row => [
      nameOf(row),
      wayOf(row),
      row.networks.join(', '),
      formatSpeed(row.downBytesPerSecond),
      formatSpeed(row.upBytesPerSecond),
      row.rttMs === undefined ? '-' : `${Math.round(row.rttMs)} ms`,
      safeText(row.client ?? ''),
    ]),
  )
  await context.print([context.paint.dim(head), ...lines].join('\n'))
  for (const group of rest)
    await context.print(`and ${plural(group.count, 'other peer')} ${pathName(group.path)}`)
}

function nameOf({ peer, contact }: { readonly peer: string; readonly contact?: string }): string {
  return safeText(contact ?? shortPeer(safeText(peer)))
}

function wayOf({ path, punched, via }: ConnectionRow): string {
  if (via !== undefined) return `through ${nameOf(via)}`
  return punched ? 'punched' : pathName(path)
}
