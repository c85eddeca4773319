import type { WatchRow, WatchUpdate } from '../../services/files/index.ts'
import type { CommandContext, CommandResult } from '../context.ts'
import { alignTable } from '../table.ts'
import { formatBytes, formatDuration, formatSpeed, safeText, shorten } from '../text.ts'
import { stateName } from '../transfer-view.ts'

/** `peerage watch`: the list, drawn over once a second on a screen; elsewhere once, then whatever changes. */
export async function run(context: CommandContext): CommandResult {
  const session = await context.open('daemon')
  const rows = new Map<string, WatchRow>()
  try {
    const updates = session.call('files.watch', {}, { signal: context.signal }) as AsyncIterable<WatchUpdate>
    for await (const update of updates) {
      if (context.options.json) await context.printJson(update)
      else await tell(context, rows, update)
    }
  } finally {
    await session.close()
  }
}

async function tell(
  { print, paint, terminal }: CommandContext,
  rows: Map<string, WatchRow>,
  update: WatchUpdate,
): Promise<void> {
  const changed = apply(rows, update)
  if (update.more) return
  const shown = terminal.stdoutIsScreen ? [...rows.values()].sort((a, b) => b.addedAt - a.addedAt) : changed
  if (shown.length === 0 && !terminal.stdoutIsScreen) return
  const lines = alignTable(
    [
      { title: 'Name' },
      { title: 'Size', right: true },
      { title: 'State' },
      { title: 'Down', right: true },
      { title: 'Up', right: true },
      { title: 'Left', right: true },
    ],
    shown.map(cells),
  )
  const clear = terminal.stdoutIsScreen ? '\u001b[H\u001b[J' : ''
  await print(clear + [paint.dim(lines[0]!), ...lines.slice(1)].join('\n'))
}

/** Gives the rows that came or changed. */
function apply(rows: Map<string, WatchRow>, { rows: news, removed }: WatchUpdate): WatchRow[] {
  for (const id of removed) rows.delete(id)
  return news.map(change => {
    const row: Record<string, unknown> = { ...rows.get(change.infoHash) }
    for (const [name, value] of Object.entries(change)) {
      if (value === null) delete row[name]
      else row[name] = value
    }
    rows.set(change.infoHash, row as unknown as WatchRow)
    return row as unknown as WatchRow
  })
}

function cells(one: WatchRow): string[] {
  const speed = (bytes: number): string => (bytes < 1 ? '-' : formatSpeed(bytes))
  const percent = one.totalBytes === 0 ? '' : ` ${Math.floor((one.bytes / one.totalBytes) * 100)}%`
  return [
    shorten(safeText(one.name || '(name not known yet)'), 32),
    formatBytes(one.totalBytes),
    one.state === 'complete' ? stateName(one.state) : stateName(one.state) + percent,
    speed(one.downBytesPerSecond),
    speed(one.upBytesPerSecond),
    one.etaSeconds === undefined || one.state === 'complete' ? '' : formatDuration(one.etaSeconds),
  ]
}
