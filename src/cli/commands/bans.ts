import type { BanRow } from '../../services/reach/index.ts'
import { answerOnce } from '../answer-once.ts'
import { coerceInput } from '../coerce-input.ts'
import type { CommandContext, CommandResult } from '../context.ts'
import { alignTable } from '../table.ts'
import { safeText } from '../text.ts'

/** `peerage bans`, `ban`, `unban` */
export async function run(context: CommandContext): CommandResult {
  const { command, note } = context
  await answerOnce(context, coerceInput(command, context.input), answer => {
    if (command.words === 'bans') return tellBans(context, answer as readonly BanRow[])
    const { name, was } = answer as { readonly name: string; readonly was?: boolean }
    if (command.words === 'ban') return note(`${safeText(name)} is banned. \`peerage unban\` lifts it.`)
    return note(`${safeText(name)} ${was ? 'is not banned any more' : 'was not banned'}.`)
  })
}

async function tellBans({ note, print, paint }: CommandContext, rows: readonly BanRow[]): Promise<void> {
  if (rows.length === 0) return note('Nobody is banned.')
  const lines = alignTable(
    [{ title: 'Who' }, { title: 'Since' }, { title: 'Why' }],
    rows.map(({ name, kind, since, content, contact }) => [
      safeText(contact === undefined ? name : `${contact} (${name})`),
      since === undefined ? 'this run' : new Date(since).toLocaleString(),
      kind === 'user' ? 'you said so' : `lied about ${safeText(content ?? '')}`,
    ]),
  )
  await print([paint.dim(lines[0]!), ...lines.slice(1)].join('\n'))
}
