import type { WishRow } from '../../services/files/index.ts'
import { chooseFolder } from '../choose-folder.ts'
import { coerceInput } from '../coerce-input.ts'
import type { CommandContext, CommandResult, Session } from '../context.ts'
import { alignTable } from '../table.ts'
import { safeText, shorten } from '../text.ts'
import { describeState } from './list.ts'

/** `peerage wishes`, `wish`, `unwish` */
export async function run(context: CommandContext): CommandResult {
  const { command, signal, options } = context
  const input = coerceInput(command, context.input)
  const session = await context.open('offline')
  try {
    const into = command.words === 'wish' && { into: await chooseFolder(context, session, input.into) }
    const value = await session.call(command.operation!, { ...input, ...into }, { signal })
    if (options.json) return await context.printJson(value)
    if (command.words === 'wish') tellWish(context, session, value as WishRow)
    else if (command.words === 'unwish') tellEnd(context, value as { share: string; was: boolean })
    else await tellAll(context, value as readonly WishRow[])
  } finally {
    await session.close()
  }
}

function tellWish({ note }: CommandContext, { remote }: Session, row: WishRow): void {
  const what = `${safeText(row.contact)}/${safeText(row.name)}`
  const when = remote
    ? '`peerage wishes` shows how it is doing.'
    : 'While this peer runs, that is: `peerage start`.'
  note(`${what} is kept up to date in ${safeText(row.into)}. ${when}`)
}

function tellEnd({ note }: CommandContext, { share, was }: { share: string; was: boolean }): void {
  note(
    was
      ? `${safeText(share)} is kept up to date no more. What is here stays.`
      : `${safeText(share)} was not kept up to date.`,
  )
}

async function tellAll(context: CommandContext, rows: readonly WishRow[]): Promise<void> {
  if (rows.length === 0)
    return context.note('Nothing is kept up to date. `peerage wish CONTACT/NAME` begins.')
  const lines = alignTable(
    [{ title: 'Name' }, { title: 'From' }, { title: 'State' }, { title: 'Version of' }, { title: 'Where' }],
    rows.map(row => [
      shorten(safeText(row.name), 32),
      shorten(safeText(row.contact), 20),
      stateOf(row),
      row.changedAt === undefined ? '' : new Date(row.changedAt).toLocaleString(),
      safeText(row.into),
    ]),
  )
  await context.print([context.paint.dim(lines[0]!), ...lines.slice(1)].join('\n'))
  for (const { name, problem, transfer } of rows) {
    const trouble = problem ?? transfer?.error
    if (trouble !== undefined)
      context.note(`${context.notePaint.red(safeText(name))}: ${safeText(trouble.message)}`)
  }
}

/** `Up to date`, `Fetching 42%`, `Not there yet`, and whether whoever shares it can be asked now. */
function stateOf({ transfer, reached, problem }: WishRow): string {
  if (problem !== undefined) return 'Stuck'
  const away = reached ? '' : ', away'
  if (transfer === undefined) return reached ? 'Not shared yet' : 'Waiting, away'
  return transfer.state === 'complete' ? `Up to date${away}` : describeState(transfer)
}
