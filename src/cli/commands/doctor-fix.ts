import type { Remedied } from '../../services/reach/index.ts'
import { coerceInput } from '../coerce-input.ts'
import type { CommandContext, CommandResult } from '../context.ts'

/** `peerage doctor fix REMEDY` */
export async function run(context: CommandContext): CommandResult {
  const session = await context.open('daemon')
  const input = coerceInput(context.command, context.input)
  const answer = (await session.call('reach.fix', input, { signal: context.signal })) as Remedied
  if (context.options.json) return await context.printJson(answer)
  for (const { key, value } of answer.changed) await context.print(`${key} is ${JSON.stringify(value)} now.`)
  context.note(
    answer.needsRestart
      ? '`peerage restart` starts the peer again; then it holds.'
      : 'It holds at once; `peerage doctor` looks again.',
  )
}
