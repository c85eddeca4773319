import type { VerifyUpdate } from '../../services/files/index.ts'
import { coerceInput } from '../coerce-input.ts'
import type { CommandContext, CommandResult } from '../context.ts'
import { runStream } from '../run-stream.ts'
import { formatBytes, plural, safeText } from '../text.ts'

/** `peerage verify CONTENT` */
export async function run(context: CommandContext): CommandResult {
  const input = coerceInput(context.command, context.input)
  const session = await context.open('offline')
  try {
    const last = (await runStream(context, session, 'files.verify', input)) as VerifyUpdate
    const bad = last.badPieces ?? 0
    if (!context.options.json) tellResult(context, last, bad)
    if (bad === 0) return
    const { exitCodes } = await import('../../base/index.ts')
    return exitCodes.corrupt
  } finally {
    await session.close()
  }
}

function tellResult({ note, notePaint }: CommandContext, last: VerifyUpdate, bad: number): void {
  const name = safeText(last.name)
  if (bad === 0) {
    note(`${notePaint.green('✓')} ${name}: all ${formatBytes(last.totalBytes)} are what they should be.`)
    return
  }
  note(`${notePaint.red('✗')} ${name}: ${plural(bad, 'piece')} not what they should be.`)
  note('→ `peerage resume` fetches them again; files that you changed yourself are to be shared again.')
}
