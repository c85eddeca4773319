import type { Fact, LibraryPage, PieceCells, Speeds } from '../../services/files/index.ts'
import { answerOnce } from '../answer-once.ts'
import { coerceInput } from '../coerce-input.ts'
import type { CommandContext, CommandResult } from '../context.ts'
import { alignTable } from '../table.ts'
import { formatBinary, formatBytes, formatSpeed, plural, safeText } from '../text.ts'

const tells: Readonly<Record<string, (context: CommandContext, answer: never) => Promise<void> | void>> = {
  pieces: (context, map: PieceCells) => tellPieces(context, map),
  speeds: (context, speeds: Speeds) => tellSpeeds(context, speeds),
  facts: (context, facts: readonly Fact[]) => tellFacts(context, facts),
  library: (context, page: LibraryPage) => tellLibrary(context, page),
}

/** `peerage pieces CONTENT`, `speeds [CONTENT]`, `facts CONTENT`, `library` */
export async function run(context: CommandContext): CommandResult {
  const input = coerceInput(context.command, context.input)
  await answerOnce(context, input, answer => tells[context.command.words]!(context, answer as never))
}

const cellsPerLine = 64

async function tellPieces({ print, note, paint }: CommandContext, map: PieceCells): Promise<void> {
  if (map.cells === 0) return note('Nothing is known of its pieces yet.')
  const here = Buffer.from(map.here, 'base64')
  const copies = Buffer.from(map.copies, 'base64')
  const marks = Array.from(here, (part, cell) =>
    part === 255 ? '█' : part > 0 ? '▒' : copies[cell]! > 0 ? '·' : '✗',
  )
  for (let from = 0; from < marks.length; from += cellsPerLine)
    await print(marks.slice(from, from + cellsPerLine).join(''))
  await print(
    paint.dim(
      `${map.have} of ${plural(map.pieces, 'piece')} of ${formatBinary(map.pieceLength)}; █ here, ▒ in part, · others have it, ✗ nobody who is connected`,
    ),
  )
}

const bars = '▁▂▃▄▅▆▇█'
const columns = 60

async function tellSpeeds({ print, note }: CommandContext, { down, up, stepMs }: Speeds): Promise<void> {
  if (down.length === 0) return note('Nothing has moved since this peer was started, or for an hour.')
  const minutes = Math.max(1, Math.round((down.length * stepMs) / 60_000))
  for (const [name, values] of [['Down', down] as const, ['Up  ', up] as const]) {
    const most = Math.max(...values)
    await print(
      `${name}  ${chart(values, most)}  ${formatSpeed(values.at(-1)!)}, at most ${formatSpeed(most)}`,
    )
  }
  note(`The last ${plural(minutes, 'minute')}.`)
}

function chart(values: readonly number[], most: number): string {
  const width = Math.min(columns, values.length)
  return Array.from({ length: width }, (_, i) => {
    const from = Math.floor((i * values.length) / width)
    const some = values.slice(from, Math.max(from + 1, Math.floor(((i + 1) * values.length) / width)))
    return bars[most === 0 ? 0 : Math.round((Math.max(...some) / most) * (bars.length - 1))]
  }).join('')
}

async function tellFacts({ print, note, paint }: CommandContext, facts: readonly Fact[]): Promise<void> {
  if (facts.length === 0) note('Nothing happened to it since this peer was started.')
  for (const { at, type, ...fact } of facts) {
    const rest = Object.entries(fact)
      .filter(([name]) => name !== 'infoHash')
      .map(([name, value]) => `${name} ${safeText(String(value))}`)
    await print(
      `${paint.dim(new Date(at).toLocaleTimeString())}  ${type}${rest.length === 0 ? '' : `: ${rest.join(', ')}`}`,
    )
  }
}

async function tellLibrary(
  { print, note, paint }: CommandContext,
  { total, rows }: LibraryPage,
): Promise<void> {
  if (rows.length === 0) return note('Nothing of that kind is here.')
  const lines = alignTable(
    [{ title: 'Kind' }, { title: 'Size', right: true }, { title: 'Here', right: true }, { title: 'File' }],
    rows.map(({ kind, size, bytes, path }) => [
      kind,
      formatBytes(size),
      size === 0 ? '100%' : `${Math.floor((bytes / size) * 100)}%`,
      safeText(path),
    ]),
  )
  await print([paint.dim(lines[0]!), ...lines.slice(1)].join('\n'))
  if (total > rows.length) note(`${total} in all: --offset and --limit show others.`)
}
