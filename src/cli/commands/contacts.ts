import { resolve } from 'node:path'
import type { BookReport, ContactDetails, ContactRow } from '../../services/contacts/index.ts'
import { answerOnce } from '../answer-once.ts'
import { coerceInput } from '../coerce-input.ts'
import type { CommandContext, CommandResult } from '../context.ts'
import { alignPairs, alignTable } from '../table.ts'
import { formatDuration, plural, safeText, shortPeer, wordRows } from '../text.ts'

type Tell = (context: CommandContext, value: never) => Promise<void> | void

const tells: Readonly<Record<string, Tell>> = {
  contacts: (context, rows: readonly ContactRow[]) => tellContacts(context, rows),
  'contact show': (context, one: ContactDetails) => tellContact(context, one),
  'contact add': ({ note }, { name }: ContactRow) =>
    note(`${safeText(name)} is a contact now. \`peerage contact verify\` compares keys with the person.`),
  'contact rename': ({ note }, { name }: ContactRow) => note(`It is called ${safeText(name)} now.`),
  'contact note': ({ note }, one: ContactRow) =>
    note(`${safeText(one.name)}: ${safeText(one.note ?? 'no note')}`),
  'contact block': ({ note }, { name }: ContactRow) =>
    note(`${safeText(name)} is blocked. \`peerage contact unblock\` lifts that.`),
  'contact unblock': ({ note }, { name }: ContactRow) => note(`${safeText(name)} is not blocked.`),
  'contact remove': ({ note }, { name }: ContactRow) => note(`${safeText(name)} is no contact any more.`),
  'contacts export': ({ note }, { file, contacts }: { file: string; contacts: number }) =>
    note(`Wrote ${plural(contacts, 'contact')} to ${safeText(file)}.`),
  'contacts import': (context, report: BookReport) => tellReport(context, report),
}

/** `peerage contacts`, `contact add`, `show`, ... */
export async function run(context: CommandContext): CommandResult {
  const { command, terminal } = context
  const input = coerceInput(command, context.input)
  if (typeof input.file === 'string') input.file = resolve(terminal.workingFolder, input.file)
  await answerOnce(context, input, answer => tells[command.words]!(context, answer as never))
}

async function tellContacts(
  { note, print, paint }: CommandContext,
  rows: readonly ContactRow[],
): Promise<void> {
  if (rows.length === 0)
    return note('You know nobody yet. `peerage contact add PEER NAME` or an invite changes that.')
  const lines = alignTable(
    [{ title: 'Name' }, { title: 'Trust' }, { title: 'Seen' }, { title: 'Peer id' }, { title: 'Note' }],
    rows.map(one => [
      safeText(one.name),
      one.trust,
      describeSeen(one),
      shortPeer(one.peer),
      safeText((one.note ?? '').split('\n')[0]!),
    ]),
  )
  await print([paint.dim(lines[0]!), ...lines.slice(1)].join('\n'))
}

function describeSeen({ connected, path, seenAt }: ContactRow): string {
  if (connected) return path === 'relayed' || path === 'lan' ? `now, ${path}` : 'now'
  return seenAt === undefined ? 'never' : `${formatDuration((Date.now() - seenAt) / 1000)} ago`
}

async function tellContact({ print, paint }: CommandContext, one: ContactDetails): Promise<void> {
  const time = (at: number): string => new Date(at).toLocaleString()
  const listed = (title: string, texts: readonly string[]): [string, string][] =>
    texts.map((text, i) => [i === 0 ? title : '', safeText(text)])
  const pairs: [string, string][] = [
    ['Name', safeText(one.name)],
    ['Trust', one.trust],
    ...(one.note === undefined ? [] : listed('Note', one.note.split('\n'))),
    ['Peer id', safeText(one.peer)],
    ['Added', time(one.addedAt)],
    ['Seen', one.connected ? 'connected now' : one.seenAt === undefined ? 'never' : time(one.seenAt)],
    ...listed(
      'Devices',
      one.devices.map(({ device, revoked }) => `${device}${revoked ? ', revoked' : ''}`),
    ),
    ...listed('Formerly', one.formerly),
    ...listed(
      'Circles',
      one.circles.map(({ name }) => name),
    ),
    ...listed('Words', wordRows(one.fingerprint, 4)),
    ...listed('Addresses', one.addresses),
  ]
  await print(alignPairs(pairs, paint.dim).join('\n'))
}

function tellReport({ note }: CommandContext, { added, kept, renamed, refused }: BookReport): void {
  note(`Added ${plural(added, 'contact')}; you had ${kept} of the others already.`)
  for (const { from, to } of renamed) note(`${safeText(from)} is called ${safeText(to)}: the name was taken.`)
  for (const { place, why } of refused) note(`Number ${place} was left out: ${safeText(why)}`)
}
