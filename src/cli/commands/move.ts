import { resolve } from 'node:path'
import type { MoveUpdate } from '../../services/files/index.ts'
import { coerceInput } from '../coerce-input.ts'
import type { CommandContext, CommandResult } from '../context.ts'
import { runStream } from '../run-stream.ts'
import { plural, safeText } from '../text.ts'

/** `peerage move CONTENT INTO` */
export async function run(context: CommandContext): CommandResult {
  const input = coerceInput(context.command, context.input)
  const into = resolve(context.terminal.workingFolder, String(input.into))
  const session = await context.open('offline')
  try {
    const last = (await runStream(context, session, 'files.move', { ...input, into })) as MoveUpdate
    if (context.options.json) return
    context.note(`${safeText(last.name)} is in ${safeText(last.path ?? into)} now.`)
    const missing = last.missingPieces ?? 0
    if (missing > 0)
      context.note(
        `→ ${plural(missing, 'piece')} not there, or not what they were; \`peerage files\` shows which.`,
      )
  } finally {
    await session.close()
  }
}
