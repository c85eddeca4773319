import { resolve } from 'node:path'
import type { ExportCarUpdate } from '../../services/car/index.ts'
import { coerceInput } from '../coerce-input.ts'
import type { CommandContext, CommandResult } from '../context.ts'
import { runStream } from '../run-stream.ts'
import { formatBytes, plural, safeText } from '../text.ts'

/** `peerage car export CID [PATH]` */
export async function run(context: CommandContext): CommandResult {
  const { workingFolder } = context.terminal
  const input = coerceInput(context.command, context.input)
  const path = resolve(workingFolder, String(input.path ?? defaultName(String(input.what))))
  const session = await context.open('online')
  try {
    const made = (await runStream(context, session, 'car.export', { ...input, path })) as ExportCarUpdate
    if (context.options.json || made.phase !== 'exported') return
    context.note(`${plural(made.blocks, 'block')}, ${formatBytes(made.bytes)}, in ${safeText(made.path)}`)
    await context.print(made.root)
  } finally {
    await session.close()
  }
}

/** The last name of the path, else the CID. */
function defaultName(what: string): string {
  const name = what.split('/').findLast(part => part !== '' && part !== '..' && part !== '.')
  return `${name ?? 'archive'}.car`
}
