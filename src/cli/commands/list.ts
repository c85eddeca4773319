import type { TransferRow, TransferSnapshot } from '../../services/files/index.ts'
import { audienceNames } from '../audience-text.ts'
import type { CommandContext, CommandResult } from '../context.ts'
import { alignTable } from '../table.ts'
import { formatBytes, formatSpeed, safeText, shorten } from '../text.ts'
import { fraction, stateName } from '../transfer-view.ts'

/** `peerage list` */
export async function run(context: CommandContext): CommandResult {
  const session = await context.open('offline')
  try {
    const all = (await session.call('files.list', {}, { signal: context.signal })) as readonly TransferRow[]
    if (context.options.json) return await context.printJson(all)
    if (all.length === 0)
      return context.note(
        'Nothing yet. `peerage share FOLDER` offers something, `peerage get LINK` fetches something.',
      )
    const lines = alignTable(
      [
        { title: 'Name' },
        { title: 'Size', right: true },
        { title: 'State' },
        { title: 'Down', right: true },
        { title: 'Up', right: true },
        { title: 'Peers', right: true },
        { title: 'Id' },
        { title: 'On' },
        { title: 'For' },
      ],
      all.map(row),
    )
    await context.print([context.paint.dim(lines[0]!), ...lines.slice(1)].join('\n'))
    for (const { name, queue } of all)
      if (queue !== undefined)
        context.note(context.notePaint.dim(`${safeText(name)}: ${safeText(queue.reason)}`))
    const failed = all.filter(({ error }) => error !== undefined)
    for (const { name, error } of failed) {
      context.note(`${context.notePaint.red(safeText(name))}: ${safeText(error!.message)}`)
      context.note(`  → ${safeText(error!.remedy)}`)
    }
  } finally {
    await session.close()
  }
}

function row(one: TransferRow): string[] {
  return [
    shorten(safeText(one.name || '(name not known yet)'), 24),
    one.totalBytes === 0 && one.files === 0 ? '?' : formatBytes(one.totalBytes),
    describeState(one),
    rate(one.downBytesPerSecond),
    rate(one.upBytesPerSecond),
    String(one.peers.length),
    one.infoHash.slice(0, 8),
    safeText(networksText(one)),
    one.audience === undefined ? '' : shorten(audienceNames(one.audience), 40),
  ]
}

/** As `share --on` takes them. */
export function networksText({ networks }: TransferSnapshot): string {
  return networks === '' ? 'private' : networks
}

function rate(bytesPerSecond: number): string {
  return bytesPerSecond < 1 ? '-' : formatSpeed(bytesPerSecond)
}

/** `Sharing`, `Fetching 42%`, `Queued 10%`, `Given enough`. */
export function describeState(one: TransferSnapshot): string {
  const part = fraction(one)
  if (one.goal !== undefined) return 'Given enough'
  if (one.replaced) return 'Old version'
  if (one.state === 'complete') return one.origin === 'share' ? 'Sharing' : 'Complete'
  const percent = one.totalBytes === 0 || part === undefined ? '' : ` ${Math.floor(part * 100)}%`
  if (one.refused === true && one.state === 'finding') return `Refused${percent}`
  return `${stateName(one.state)}${percent}`
}
