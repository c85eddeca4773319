import type { AuditVerdict } from '../../access/index.ts'
import type { AuditEntry } from '../../services/access/index.ts'
import { coerceInput } from '../coerce-input.ts'
import type { CommandContext, CommandResult, Session } from '../context.ts'
import { runStream } from '../run-stream.ts'
import { formatBytes, plural, safeText } from '../text.ts'

/** `peerage audit`, `audit verify` */
export async function run(context: CommandContext): CommandResult {
  const { command, signal, options } = context
  const input = coerceInput(command, context.input)
  const session = await context.open('offline')
  try {
    if (command.words === 'audit') return await tellRows(context, session, input)
    const verdict = (await session.call(command.operation!, input, { signal })) as AuditVerdict
    if (options.json) await context.printJson(verdict)
    else await tellVerdict(context, verdict)
    return verdict.problems.length === 0 ? 0 : 9
  } finally {
    await session.close()
  }
}

async function tellRows(context: CommandContext, session: Session, input: unknown): Promise<void> {
  const { command, options, note } = context
  let rows = 0
  const seen = async (value: unknown): Promise<boolean> => {
    rows++
    if (!options.json) await context.print(describe(context, value as AuditEntry))
    return true
  }
  await runStream(context, session, command.operation!, input, { seen })
  if (rows === 0) note('Nothing like that was asked for.')
}

function describe({ paint }: CommandContext, row: AuditEntry): string {
  const { at, name, action, title, allowed, reason, bytes, count } = row
  const time = paint.dim(new Date(at).toLocaleString())
  if (action === 'note') return `${time}  ${paint.yellow(safeText(reason))}`
  const who = name === '*' ? 'others' : safeText(name)
  const times = count === undefined ? '' : `, ${count} times`
  const said = allowed ? paint.green('yes') : paint.red('no ')
  const what = action === '*' ? '' : ` ${action} ${safeText(title)}`
  const amount = bytes === undefined ? '' : `, ${formatBytes(bytes)}`
  return `${time}  ${said}  ${who}${what}${amount}${times}: ${safeText(reason)}`
}

async function tellVerdict({ print, paint }: CommandContext, verdict: AuditVerdict): Promise<void> {
  const { lines, since, problems } = verdict
  const from = since === undefined ? '' : ` since ${new Date(since).toLocaleString()}`
  if (problems.length === 0)
    return print(`${paint.green('The log is whole')}: ${plural(lines, 'line')}${from}.`)
  await print(
    paint.red(
      `The log is not what was written: ${plural(problems.length, 'problem')} in ${plural(lines, 'line')}${from}.`,
    ),
  )
  for (const { file, line, what } of problems)
    await print(`  ${safeText(file)}, line ${line} ${safeText(what)}`)
}
