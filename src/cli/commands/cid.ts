import { resolve } from 'node:path'
import type { NamedPath } from '../../services/files/index.ts'
import { coerceInput } from '../coerce-input.ts'
import type { CommandContext, CommandResult } from '../context.ts'
import { runStream } from '../run-stream.ts'

/** `peerage cid PATH`: the CID alone goes to stdout. */
export async function run(context: CommandContext): CommandResult {
  const input = coerceInput(context.command, context.input)
  const path = resolve(context.terminal.workingFolder, String(input.path))
  const session = await context.open('offline')
  try {
    const named = (await runStream(context, session, 'files.cid', { ...input, path })) as NamedPath
    if (!context.options.json) await context.print(named.cid)
  } finally {
    await session.close()
  }
}
