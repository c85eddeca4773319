import { coerceInput } from '../coerce-input.ts'
import type { CommandContext, CommandResult } from '../context.ts'

const done: Readonly<Record<string, string>> = {
  pause: 'Paused. `peerage resume` goes on.',
  remove: 'Removed.',
  unshare: 'No longer offered. Its files stay where they are.',
}

/** `peerage pause`, `remove`, `unshare`: one change and one line that confirms it. */
export async function run(context: CommandContext): CommandResult {
  const input = coerceInput(context.command, context.input)
  const session = await context.open('offline')
  try {
    const result = await session.call(context.command.operation!, input, { signal: context.signal })
    if (context.options.json) await context.printJson(result)
    else context.note(done[context.command.words] ?? 'Done.')
  } finally {
    await session.close()
  }
}
