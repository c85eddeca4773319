import { resolve } from 'node:path'
import type { ImportCarUpdate } from '../../services/car/index.ts'
import { coerceInput } from '../coerce-input.ts'
import type { CommandContext, CommandResult } from '../context.ts'
import { runStream } from '../run-stream.ts'
import { formatBytes, plural } from '../text.ts'

/** `peerage car import FILE` */
export async function run(context: CommandContext): CommandResult {
  const input = coerceInput(context.command, context.input)
  const file = resolve(context.terminal.workingFolder, String(input.file))
  const session = await context.open('offline')
  try {
    const done = (await runStream(context, session, 'car.import', { ...input, file })) as ImportCarUpdate
    if (context.options.json || done.phase !== 'imported') return
    context.note(`${plural(done.blocks, 'block')}, ${formatBytes(done.bytes)}, verified and kept.`)
    if (done.roots.length === 0) context.note('The archive names no root.')
    if (done.missing > 0)
      context.note(`${plural(done.missing, 'block')} that they lead to are neither in it nor here.`)
    if (input.pin !== false && done.pinned < done.roots.length)
      context.note('→ Not pinned, as not all of it is here; `peerage pin CID` fetches the rest.')
    for (const root of done.roots) await context.print(root)
  } finally {
    await session.close()
  }
}
