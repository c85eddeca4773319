import { resolve } from 'node:path'
import type { SetupDone, SetupView } from '../../services/setup/index.ts'
import { answerOnce } from '../answer-once.ts'
import { coerceInput } from '../coerce-input.ts'
import type { CommandContext, CommandResult } from '../context.ts'
import { alignPairs } from '../table.ts'
import { safeText } from '../text.ts'

/** `peerage setup`, `peerage setup finish` */
export async function run(context: CommandContext): CommandResult {
  const input = coerceInput(context.command, context.input)
  if (typeof input.downloads === 'string')
    input.downloads = resolve(context.terminal.workingFolder, input.downloads)
  await answerOnce(context, input, async answer => {
    const { name, downloads, preset, isFirst, needsRestart } = answer as SetupView & Partial<SetupDone>
    const pairs: [string, string][] = [
      ['Name', safeText(name)],
      ['Downloads', safeText(downloads)],
      ['Preset', preset],
    ]
    await context.print(alignPairs(pairs, context.paint.dim).join('\n'))
    if (isFirst) context.note('Nobody has said so yet: `peerage setup finish` does.')
    if (needsRestart) context.note('Some of it holds from the next start on.')
  })
}
