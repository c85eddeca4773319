import { resolve } from 'node:path'
import type { CreatedTorrent } from '../../services/files/index.ts'
import { coerceInput } from '../coerce-input.ts'
import type { CommandContext, CommandResult } from '../context.ts'
import { runStream } from '../run-stream.ts'
import { formatBytes, plural, safeText } from '../text.ts'

/** `peerage create PATH TORRENT` */
export async function run(context: CommandContext): CommandResult {
  const { workingFolder } = context.terminal
  const input = coerceInput(context.command, context.input)
  const session = await context.open('offline')
  try {
    const made = (await runStream(context, session, 'files.create', {
      ...input,
      path: resolve(workingFolder, String(input.path)),
      torrent: resolve(workingFolder, String(input.torrent)),
    })) as CreatedTorrent
    if (context.options.json) return
    const { name, totalSize, files, pieces, pieceLength, torrent, infoHash, infoHashV1 } = made
    const { bold } = context.notePaint
    context.note(`${bold(safeText(name))}  ${formatBytes(totalSize)}, ${plural(files, 'file')}`)
    context.note(`${plural(pieces, 'piece')} of ${pieceLength / 1024} KiB, in ${safeText(torrent)}`)
    context.note(`v2 ${infoHash}`)
    if (infoHashV1 !== undefined) context.note(`v1 ${infoHashV1}`)
    await context.print(made.magnet)
  } finally {
    await session.close()
  }
}
