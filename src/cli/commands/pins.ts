import type { PinRow, PinUpdate } from '../../services/pins/index.ts'
import { answerOnce } from '../answer-once.ts'
import { coerceInput } from '../coerce-input.ts'
import type { CommandContext, CommandResult } from '../context.ts'
import { runStream } from '../run-stream.ts'
import { alignTable } from '../table.ts'
import { formatBytes, plural, safeText } from '../text.ts'

/** `peerage pins`, `pin`, `unpin` */
export async function run(context: CommandContext): CommandResult {
  const { command, note } = context
  const input = coerceInput(command, context.input)
  if (command.words === 'pin') return keep(context, input)
  await answerOnce(context, input, answer => {
    if (command.words === 'pins') return tellPins(context, answer as readonly PinRow[])
    const { cid, was } = answer as { readonly cid: string; readonly was: boolean }
    if (!was) return note(`${safeText(cid)} was not pinned.`)
    note(
      `${safeText(cid)} is not pinned any more. What no content or other pin needs goes when the cache is full,`,
    )
    return note('or at once with: peerage cache clear')
  })
}

async function keep(context: CommandContext, input: Record<string, unknown>): Promise<void> {
  const session = await context.open('online')
  try {
    const last = (await runStream(context, session, 'pins.pin', input)) as PinUpdate
    if (context.options.json || last.phase !== 'pinned') return
    const { cid, blocks, bytes } = last
    context.note(`${safeText(cid)} is kept: ${plural(blocks, 'block')}, ${formatBytes(bytes)}.`)
  } finally {
    await session.close()
  }
}

async function tellPins({ note, print, paint }: CommandContext, rows: readonly PinRow[]): Promise<void> {
  if (rows.length === 0) return note('Nothing is pinned. What you share or download stays without a pin.')
  const lines = alignTable(
    [{ title: 'CID' }, { title: 'Size' }, { title: 'What' }, { title: 'Since' }, { title: 'Name' }],
    rows.map(row => [
      safeText(row.cid),
      sizeOf(row),
      row.recursive ? 'all below' : 'one block',
      new Date(row.addedAt).toLocaleString(),
      safeText(row.name ?? ''),
    ]),
  )
  await print([paint.dim(lines[0]!), ...lines.slice(1)].join('\n'))
  for (const { denied } of rows) if (denied !== undefined) note(safeText(denied))
  const part = rows.find(({ isWhole, isRunning, denied }) => !isWhole && !isRunning && denied === undefined)
  if (part !== undefined)
    note(
      `What is not whole was broken off, or lay in files that you removed. Fetch the rest: peerage pin ${safeText(part.cid)}`,
    )
}

/** How much of it is here, or why not all. */
function sizeOf({ bytes, isWhole, isRunning, denied }: PinRow): string {
  if (isRunning) return `${formatBytes(bytes)} so far`
  if (denied !== undefined) return 'denied'
  return isWhole ? formatBytes(bytes) : 'not whole'
}
