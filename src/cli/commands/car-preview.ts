import { resolve } from 'node:path'
import type { CarFile, CarPreview, CarRoot, PreviewCarUpdate } from '../../services/car/index.ts'
import { coerceInput } from '../coerce-input.ts'
import type { CommandContext, CommandResult } from '../context.ts'
import { runStream } from '../run-stream.ts'
import { alignPairs, alignTable } from '../table.ts'
import { formatBytes, plural, safeText } from '../text.ts'
import { warningMeanings } from '../warning-meanings.ts'

/** `peerage car preview FILE` */
export async function run(context: CommandContext): CommandResult {
  const input = coerceInput(context.command, context.input)
  await previewArchive(context, resolve(context.terminal.workingFolder, String(input.file)), input.files)
}

/** What is in an archive; `peerage preview` does the same with the path of one. */
export async function previewArchive(context: CommandContext, file: string, files: unknown): Promise<void> {
  const session = await context.open('offline')
  try {
    const input = { file, ...(files !== undefined && { files }) }
    const last = (await runStream(context, session, 'car.preview', input, {
      seen: value => (value as PreviewCarUpdate).phase === 'ready',
    })) as CarPreview
    if (!context.options.json) await tell(context, file, last)
  } finally {
    await session.close()
  }
}

const kinds = {
  file: 'a file',
  directory: 'a folder',
  symlink: 'a symbolic link',
  data: 'data',
  other: 'something that is no file',
  missing: 'NOT IN THE ARCHIVE',
} as const

async function tell(context: CommandContext, file: string, preview: CarPreview): Promise<void> {
  const { archiveBytes, version, blocks, missing, roots } = preview
  const pairs: [string, string][] = [
    ['Archive', `${formatBytes(archiveBytes)}, ${plural(blocks, 'block')}, version ${version}`],
    ...(missing > 0
      ? [['Missing', `${plural(missing, 'block')} that it leads to`] satisfies [string, string]]
      : []),
  ]
  await context.print(alignPairs(pairs, context.paint.dim).join('\n'))
  if (roots.length === 0) context.note('The archive names no root.')
  for (const root of roots) await tellRoot(context, root)
  context.note(`→ \`peerage car import ${safeText(file)}\` keeps it.`)
}

async function tellRoot(
  { print, note, paint }: CommandContext,
  { cid, kind, totalBytes, fileCount, files }: CarRoot,
): Promise<void> {
  const count = kind === 'directory' ? `, ${plural(fileCount, 'file')}` : ''
  const size = fileCount === 0 ? '' : `${count}, ${formatBytes(totalBytes)}`
  await print(`\n${cid}\n${kinds[kind]}${size}`)
  const rows = files
    .filter(({ path }) => path !== '')
    .map(one => [formatBytes(one.size), safeText(one.path), remarksOn(one)])
  if (rows.length > 0) {
    const lines = alignTable([{ title: 'Size', right: true }, { title: 'File' }, { title: '' }], rows)
    await print(['', paint.dim(lines[0]!), ...lines.slice(1)].join('\n'))
  }
  if (fileCount > files.length)
    note(`… and ${plural(fileCount - files.length, 'more file')}; --files shows more.`)
}

function remarksOn({ warnings, isIn }: CarFile): string {
  return [...warnings.map(one => warningMeanings[one]), ...(isIn ? [] : ['not in the archive'])].join('; ')
}
