import { resolve } from 'node:path'
import type { PlacesView } from '../../services/folders/index.ts'
import type { FolderPage, FreeSpace } from '../../store/index.ts'
import { answerOnce } from '../answer-once.ts'
import { coerceInput } from '../coerce-input.ts'
import type { CommandContext, CommandResult } from '../context.ts'
import { alignPairs, alignTable } from '../table.ts'
import { formatBytes, safeText } from '../text.ts'

/** `peerage folder list|create|space PATH`, `peerage folder places` */
export async function run(context: CommandContext): CommandResult {
  const input = coerceInput(context.command, context.input)
  if (typeof input.path === 'string') input.path = resolve(context.terminal.workingFolder, input.path)
  await answerOnce(context, input, answer => tellers[context.command.words]!(context, answer))
}

const tellers: Readonly<Record<string, (context: CommandContext, answer: unknown) => Promise<void>>> = {
  'folder list': (context, answer) => tellPage(context, answer as FolderPage),
  'folder create': (context, answer) => context.print(safeText((answer as { path: string }).path)),
  'folder space': (context, answer) => tellSpace(context, answer as FreeSpace),
  'folder places': (context, answer) => tellPlaces(context, answer as PlacesView),
}

async function tellPage(context: CommandContext, { entries, total, next, isCut }: FolderPage): Promise<void> {
  if (entries.length === 0) return context.note('The folder is empty.')
  const rows = entries.map(({ name, kind, size, modifiedAt, isLink }) => [
    size === undefined ? '-' : formatBytes(size),
    modifiedAt === undefined ? '-' : new Date(modifiedAt).toISOString().slice(0, 16).replace('T', ' '),
    isLink ? `link to ${kind}` : kind,
    safeText(name),
  ])
  const columns = [{ title: 'Size', right: true }, { title: 'Changed' }, { title: 'Kind' }, { title: 'Name' }]
  const lines = alignTable(columns, rows)
  await context.print([context.paint.dim(lines[0]!), ...lines.slice(1)].join('\n'))
  if (next !== undefined) context.note(`${next} of ${total}; --offset ${next} shows more.`)
  if (isCut) context.note('There is more in it than is looked through (folders.maxEntries).')
}

async function tellSpace(context: CommandContext, space: FreeSpace): Promise<void> {
  const { folder, freeBytes, totalBytes } = space
  await context.print(`${formatBytes(freeBytes)} of ${formatBytes(totalBytes)} free in ${safeText(folder)}`)
}

async function tellPlaces(context: CommandContext, { places, downloads }: PlacesView): Promise<void> {
  const pairs = places.map(({ kind, path }): [string, string] => [kind, safeText(path)])
  await context.print(
    alignPairs([...pairs, ['downloads go to', safeText(downloads)]], context.paint.dim).join('\n'),
  )
}
