import { UsageProblem } from '../arguments.ts'
import type { CommandContext, CommandResult } from '../context.ts'
import { commandHelp, overview } from '../help.ts'

/** `peerage help [COMMAND]` */
export async function run(context: CommandContext): CommandResult {
  const name = ((context.input.command as string[] | undefined) ?? []).join(' ')
  if (name === '') return context.print(overview(context.commands, context.paint).trimEnd())
  const command = context.commands.find(({ words }) => words === name)
  if (command === undefined) throw new UsageProblem(`There is no command "${name.slice(0, 60)}".`)
  await context.print(commandHelp(command, context.commands, context.paint).trimEnd())
}
