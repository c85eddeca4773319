import { resolve } from 'node:path'
import type { ImportedTorrent } from '../../services/files/index.ts'
import { coerceInput } from '../coerce-input.ts'
import type { CommandContext, CommandResult } from '../context.ts'
import { runStream } from '../run-stream.ts'
import { formatBytes, plural, safeText } from '../text.ts'

/** `peerage import FOLDER` */
export async function run(context: CommandContext): CommandResult {
  const input = coerceInput(context.command, context.input)
  const folder = resolve(context.terminal.workingFolder, String(input.folder))
  const session = await context.open('offline')
  const counts = new Map<string, number>()
  try {
    await runStream(
      context,
      session,
      'files.import',
      { ...input, folder },
      {
        seen: async value => {
          const one = value as ImportedTorrent
          counts.set(one.outcome, (counts.get(one.outcome) ?? 0) + 1)
          if (!context.options.json) await context.print(describe(one))
          return true
        },
      },
    )
    if (context.options.json) return
    const told = [...counts].map(([outcome, count]) => `${count} ${outcome}`).join(', ')
    context.note(`${input.dryRun === true ? 'Would import' : 'Imported'}: ${told === '' ? 'nothing' : told}.`)
    if (counts.has('missing')) context.note('→ What is missing is paused; `peerage resume` fetches it.')
    if (input.dryRun !== true && !session.remote)
      context.note('→ `peerage start` hashes the files and offers them.')
  } finally {
    await session.close()
  }
}

function describe(one: ImportedTorrent): string {
  const { outcome, name = one.label, totalSize = 0, missingFiles = 0 } = one
  if (one.error !== undefined)
    return `${outcome.padEnd(9)} ${safeText(one.label)}: ${safeText(one.error.message)}`
  const missing = missingFiles > 0 && outcome !== 'known' ? `, ${plural(missingFiles, 'file')} not whole` : ''
  const paused = one.paused === true ? ', paused' : ''
  return `${outcome.padEnd(9)} ${safeText(name)}  ${formatBytes(totalSize)} in ${safeText(one.folder ?? '')}${missing}${paused}`
}
