import { realpath } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { TransferSnapshot } from '../../services/files/index.ts'
import { UsageProblem } from '../arguments.ts'
import { chooseFolder } from '../choose-folder.ts'
import { coerceInput } from '../coerce-input.ts'
import type { CommandContext, CommandResult, Session } from '../context.ts'
import { localFile } from '../local-file.ts'
import { runStream } from '../run-stream.ts'
import { formatBytes, formatDuration, formatSpeed, plural, safeText } from '../text.ts'

/** `peerage get LINK` or `CONTACT/NAME`: ends when all of it is verified on disk, whose path then goes to stdout. */
export async function run(context: CommandContext): CommandResult {
  const input = coerceInput(context.command, context.input)
  const session = await context.open('online')
  if (input.background === true && !session.remote) {
    await session.close()
    throw new UsageProblem('--background needs a running peer to hand it to: `peerage start --background`.')
  }
  const startedAt = performance.now()
  try {
    const folder = await chooseFolder(context, session, input.into)
    const link =
      input.from === undefined
        ? localFile(String(input.link), context.terminal.workingFolder)
        : String(input.link)
    const last = (await runStream(context, session, 'files.get', {
      ...input,
      link,
      into: folder,
    })) as TransferSnapshot
    if (context.options.json) return
    if (last.state !== 'complete') tellAdded(context, last)
    else await tellComplete(context, last, (performance.now() - startedAt) / 1000)
    if (typeof input.into === 'string') await tellElsewhere(context, last, folder)
  } catch (error) {
    if (context.signal.aborted) tellHowToGoOn(context, session)
    throw error
  } finally {
    await session.close()
  }
}

async function tellComplete(context: CommandContext, last: TransferSnapshot, seconds: number): Promise<void> {
  const { green, bold } = context.notePaint
  const rate = last.downBytes > 0 && seconds > 0.05 ? `, ${formatSpeed(last.downBytes / seconds)}` : ''
  const size = `${formatBytes(last.totalBytes)}, ${plural(last.files, 'file')}`
  context.note(
    `${green('✓')} ${bold(safeText(last.name))}  ${size}, verified, in ${formatDuration(seconds)}${rate}`,
  )
  if (last.path !== undefined) await context.print(safeText(last.path))
}

/** Who said where it is to go learns that it went nowhere: it is, or is fetched, where it was asked for first. */
async function tellElsewhere(
  { note }: CommandContext,
  { path, name, origin }: TransferSnapshot,
  folder: string,
): Promise<void> {
  const place = path && dirname(path)
  if (place === undefined || (await realpathOf(place)) === (await realpathOf(folder))) return
  note(`It was here before, in ${safeText(place)}; nothing was put into ${safeText(folder)}.`)
  if (origin === 'download')
    note(`→ \`peerage move "${safeText(name)}" ${safeText(folder)}\` moves it there.`)
}

async function realpathOf(path: string): Promise<string> {
  return realpath(path).catch(() => path)
}

/** It was added and is not here yet. */
function tellAdded(context: CommandContext, last: TransferSnapshot): void {
  const name = safeText(last.name || last.infoHash.slice(0, 8))
  const next: Readonly<Record<string, string>> = {
    paused: `added, paused. \`peerage resume ${name}\` begins.`,
    queued: `queued: ${safeText(last.queue?.reason ?? '')}.`,
  }
  context.note(
    `${name}: ${next[last.state] ?? 'the running peer fetches it; `peerage list` shows how far it is.'}`,
  )
}

function tellHowToGoOn(context: CommandContext, session: Session): void {
  context.note(
    session.remote
      ? 'Stopped waiting. The running peer goes on; `peerage list` shows it, `peerage pause` pauses it.'
      : 'Stopped. What was fetched is kept; the same command goes on with it.',
  )
}
