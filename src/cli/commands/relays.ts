import type { RelaysReport } from '../../services/reach/index.ts'
import { answerOnce } from '../answer-once.ts'
import type { CommandContext, CommandResult } from '../context.ts'
import { alignTable, type Column } from '../table.ts'
import { formatBytes, formatDuration, plural, safeText, shortPeer } from '../text.ts'

/** `peerage relays` */
export async function run(context: CommandContext): CommandResult {
  await answerOnce(context, {}, answer => tell(context, answer as RelaysReport))
}

interface Named {
  readonly peer: string
  readonly contact?: string
}

const name = ({ peer, contact }: Named): string => safeText(contact ?? shortPeer(safeText(peer)))

const left = (until: number): string => formatDuration(Math.max(0, (until - Date.now()) / 1000))

async function tell(context: CommandContext, report: RelaysReport): Promise<void> {
  await tellUsed(context, report)
  await tellServed(context, report)
}

async function tellUsed(context: CommandContext, report: RelaysReport): Promise<void> {
  const { used, isWanted, relayFor } = report
  if (used.length === 0 && relayFor !== 'off')
    return context.note('This peer itself is reached through none.')
  if (used.length === 0)
    return context.note(
      isWanted
        ? 'Nobody can reach this peer through a relay: none is known that takes it.\n→ A contact with `peerage config set relay.relayFor contacts` can be one; or name one in `relay.relays`.'
        : 'This peer is not reached through relays: it needs none, or may use none (`relay.use`).',
    )
  await context.print('Others reach this peer through')
  await table(
    context,
    [{ title: 'Relay' }, { title: 'Renewed within' }, { title: 'A connection may' }, { title: 'Address' }],
    used.map(row => [name(row), left(row.until), limitText(row.limit), safeText(row.addresses[0] ?? '')]),
  )
}

function limitText({ seconds, bytes }: { readonly seconds: number; readonly bytes: number }): string {
  const limits = [
    ...(bytes > 0 ? [`carry ${formatBytes(bytes)}`] : []),
    ...(seconds > 0 ? [`last ${formatDuration(seconds)}`] : []),
  ]
  return limits.length === 0 ? 'do what it likes' : limits.join(', ')
}

const audiences: Readonly<Record<RelaysReport['relayFor'], string>> = {
  off: 'nobody',
  contacts: 'your contacts',
  circle: 'your contacts and fellows of circles',
  everyone: 'everyone',
}

async function tellServed(context: CommandContext, report: RelaysReport): Promise<void> {
  const { relayFor, reachable, circuits, bytes } = report
  if (relayFor === 'off' && bytes === 0) return
  const total = bytes > 0 ? `, ${formatBytes(bytes)} so far` : ''
  await context.print(`Relays for ${audiences[relayFor]}: ${plural(reachable.length, 'peer')} now${total}`)
  if (reachable.length > 0)
    await table(
      context,
      [{ title: 'Peer' }, { title: 'For another' }, { title: 'Connections', right: true }],
      reachable.map(row => [
        name(row),
        left(row.until),
        String(circuits.filter(({ to }) => to.peer === row.peer).length),
      ]),
    )
  if (circuits.length > 0)
    await table(
      context,
      [{ title: 'From' }, { title: 'To' }, { title: 'Since' }, { title: 'Carried', right: true }],
      circuits.map(row => [
        name(row.from),
        name(row.to),
        `${formatDuration((Date.now() - row.since) / 1000)} ago`,
        formatBytes(row.bytes),
      ]),
    )
}

async function table(
  { print, paint }: CommandContext,
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
): Promise<void> {
  const lines = alignTable(columns, rows).map(line => `  ${line}`)
  await print([paint.dim(lines[0]!), ...lines.slice(1)].join('\n'))
}
