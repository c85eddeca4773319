import { isAbsolute } from 'node:path'
import type { Preview, PreviewFile, PreviewUpdate } from '../../services/files/index.ts'
import { chooseFolder } from '../choose-folder.ts'
import { coerceInput } from '../coerce-input.ts'
import type { CommandContext, CommandResult } from '../context.ts'
import { localFile } from '../local-file.ts'
import { runStream } from '../run-stream.ts'
import { alignPairs, alignTable } from '../table.ts'
import { formatBytes, plural, safeText } from '../text.ts'
import { warningMeanings } from '../warning-meanings.ts'
import { previewArchive } from './car-preview.ts'

/** `peerage preview LINK`: what it is, where it would go, and what to beware of. */
export async function run(context: CommandContext): CommandResult {
  const input = coerceInput(context.command, context.input)
  const given = String(input.link)
  const link = input.from === undefined ? localFile(given, context.terminal.workingFolder) : given
  if (isAbsolute(link) && /\.car$/i.test(link) && input.from === undefined)
    return previewArchive(context, link, input.files)
  const session = await context.open('online')
  try {
    const into = await chooseFolder(context, session, input.into)
    const last = (await runStream(
      context,
      session,
      'files.preview',
      { ...input, link, into },
      {
        seen: value => (value as PreviewUpdate).phase === 'ready',
      },
    )) as Preview
    if (!context.options.json) await tell(context, last)
  } finally {
    await session.close()
  }
}

const standings = {
  nothing: '',
  part: 'begun before',
  'same-size': 'a file of that size is there',
  other: 'SOMETHING ELSE IS THERE',
} as const

async function tell(context: CommandContext, preview: Preview): Promise<void> {
  const { paint } = context
  await context.print(alignPairs(pairsOf(preview), paint.dim).join('\n'))
  const rows = preview.files.map(file => [formatBytes(file.size), safeText(file.path), remarksOn(file)])
  const lines = alignTable([{ title: 'Size', right: true }, { title: 'File' }, { title: '' }], rows)
  await context.print(['', paint.dim(lines[0]!), ...lines.slice(1)].join('\n'))
  const left = preview.fileCount - preview.files.length
  if (left > 0) context.note(`… and ${plural(left, 'more file')}; --files shows more.`)
}

function pairsOf(preview: Preview): [string, string][] {
  const { name, totalBytes, fileCount, path, isTaken, freeBytes, from, known } = preview
  const room = `${formatBytes(freeBytes)} free${freeBytes < totalBytes ? ', WHICH IS NOT ENOUGH' : ''}`
  return [
    ['Name', safeText(name)],
    ...(from === undefined ? [] : [['From', safeText(from)] satisfies [string, string]]),
    ['Size', `${formatBytes(totalBytes)}, ${plural(fileCount, 'file')}`],
    ['Goes to', `${safeText(path)}${isTaken ? ' (something is there)' : ''}`],
    ['Disk', room],
    ...(known === undefined ? [] : [['Here', known.state] satisfies [string, string]]),
  ]
}

function remarksOn({ warnings, standing }: PreviewFile): string {
  return [...warnings.map(one => warningMeanings[one]), standings[standing]]
    .filter(text => text !== '')
    .join('; ')
}
