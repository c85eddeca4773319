import type { Answer, PersonRow, ResourceDetails, ResourceRow } from '../../services/access/index.ts'
import { answerOnce } from '../answer-once.ts'
import { coerceInput } from '../coerce-input.ts'
import type { CommandContext, CommandResult } from '../context.ts'
import { alignPairs, alignTable } from '../table.ts'
import { formatBytes, plural, safeText } from '../text.ts'

type Tell = (context: CommandContext, value: never) => Promise<void> | void

const tells: Readonly<Record<string, Tell>> = {
  allow: tellChange,
  deny: tellChange,
  'access explain': tellAnswer,
  'access list': tellList,
  'access of': tellPerson,
  'access remove': (context, value: ResourceDetails & { readonly was: boolean }) => {
    if (!value.was) context.note('Nothing was said of that.')
    return tellDetails(context, value)
  },
  'access reset': (context, value: ResourceDetails) => {
    context.note('Its quotas begin anew.')
    return tellDetails(context, value)
  },
  'access show': tellDetails,
}

/** `peerage allow`, `deny`, `access explain`, `access show`, ... */
export async function run(context: CommandContext): CommandResult {
  const { command } = context
  const input = coerceInput(command, context.input)
  await answerOnce(context, input, answer => tells[command.words]!(context, answer as never))
}

async function tellAnswer({ print, paint }: CommandContext, answer: Answer): Promise<void> {
  const { name, action, title, allowed, reason, until, bytesLeft, steps } = answer
  const said = allowed ? paint.green('Yes') : paint.red('No')
  const lines = [
    `${said}: ${safeText(name)} may ${allowed ? '' : 'not '}${action} ${safeText(title)}: ${safeText(reason)}.`,
  ]
  if (until !== undefined) lines.push(`It is decided anew at ${new Date(until).toLocaleString()}.`)
  if (bytesLeft !== undefined) lines.push(`It may have ${formatBytes(bytesLeft)} more now.`)
  if (steps.length > 0) lines.push('', ...steps.map(step => paint.dim(`  ${safeText(step)}`)))
  await print(lines.join('\n'))
}

function tellChange(context: CommandContext, value: ResourceDetails): Promise<void> {
  context.note(`Of ${safeText(value.title)} is said now:`)
  return tellDetails(context, value)
}

async function tellDetails({ print, note, paint }: CommandContext, details: ResourceDetails): Promise<void> {
  const { rules, used, owner, title, resource } = details
  const pairs: [string, string][] = [['Resource', safeText(resource)]]
  if (title !== resource) pairs.unshift(['Name', safeText(title)])
  if (owner !== undefined) pairs.push(['Owner', safeText(owner)])
  await print(alignPairs(pairs, paint.dim).join('\n'))
  if (rules.length === 0) return note('Nobody may do anything with it.')
  const lines = alignTable(
    [{ title: 'Who' }, { title: '' }, { title: 'What' }, { title: 'Limits' }],
    rules.map(({ who, effect, actions, bounds }) => [
      safeText(who),
      effect,
      actions.join(', '),
      bounds.join(', ') || '-',
    ]),
  )
  await print(['', paint.dim(lines[0]!), ...lines.slice(1)].join('\n'))
  if (used.length === 0) return
  const usedLines = alignTable(
    [
      { title: 'Used by' },
      { title: 'Under' },
      { title: 'In all', right: true },
      { title: 'Today', right: true },
      { title: 'Times', right: true },
    ],
    used.map(({ name, who, bytes, bytesToday, uses }) => [
      safeText(name),
      safeText(who),
      formatBytes(bytes),
      formatBytes(bytesToday),
      String(uses),
    ]),
  )
  await print(['', paint.dim(usedLines[0]!), ...usedLines.slice(1)].join('\n'))
}

async function tellPerson({ print, note, paint }: CommandContext, rows: readonly PersonRow[]): Promise<void> {
  if (rows.length === 0) return note('Nothing here is for that person.')
  const lines = alignTable(
    [{ title: 'What' }, { title: 'May fetch it' }, { title: 'By the rule' }],
    rows.map(({ title, allowed, who }) => [safeText(title), allowed ? 'yes' : 'no', safeText(who)]),
  )
  await print([paint.dim(lines[0]!), ...lines.slice(1)].join('\n'))
}

async function tellList({ print, note, paint }: CommandContext, rows: readonly ResourceRow[]): Promise<void> {
  if (rows.length === 0) return note('Nobody may do anything here yet.')
  const few = (names: readonly string[]): string => {
    const shown = names.slice(0, 4).map(safeText)
    return names.length > 4
      ? `${shown.join(', ')} and ${plural(names.length - 4, 'other')}`
      : shown.join(', ')
  }
  const lines = alignTable(
    [{ title: 'What' }, { title: 'Allowed' }, { title: 'Denied' }],
    rows.map(({ title, who, denied }) => [safeText(title), few(who) || 'nobody', few(denied) || '-']),
  )
  await print([paint.dim(lines[0]!), ...lines.slice(1)].join('\n'))
}
