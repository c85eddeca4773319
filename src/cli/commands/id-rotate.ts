import type { Rotated } from '../../access/index.ts'
import { coerceInput } from '../coerce-input.ts'
import type { CommandContext, CommandResult } from '../context.ts'
import { safeText } from '../text.ts'

/** `peerage id rotate --sure` */
export async function run(context: CommandContext): CommandResult {
  const { note, options } = context
  const session = await context.open('offline')
  try {
    const input = coerceInput(context.command, context.input)
    const done = (await session.call('identity.rotate', input, { signal: context.signal })) as Rotated
    if (options.json) return await context.printJson(done)
    await context.print(safeText(done.to))
    note(
      `That is your new peer id. The old key is kept in ${safeText(done.keptIn)}; it acts for nobody any more.`,
    )
    note('Write down the new 24 words (`peerage id backup`): the old ones restore the old key.')
    note(
      session.remote
        ? 'It counts, and others are told, once the running peer is started again: `peerage stop`, `peerage start`.'
        : 'Others are told at the next `peerage start`.',
    )
  } finally {
    await session.close()
  }
}
