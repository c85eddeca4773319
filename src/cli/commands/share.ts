import { resolve } from 'node:path'
import type { Share, TransferSnapshot } from '../../services/files/index.ts'
import { audienceText } from '../audience-text.ts'
import { coerceInput } from '../coerce-input.ts'
import type { CommandContext, CommandResult, Session } from '../context.ts'
import { showQrCode } from '../qr-code.ts'
import { runStream } from '../run-stream.ts'
import { formatBytes, formatSpeed, plural, safeText, shorten } from '../text.ts'
import { describePeers } from '../transfer-view.ts'

/** `peerage share PATH`: without a daemon it stays and offers the content until Ctrl-C. */
export async function run(context: CommandContext): CommandResult {
  const input = coerceInput(context.command, context.input)
  const session = await context.open('online')
  try {
    const path = resolve(context.terminal.workingFolder, String(input.path))
    const share = (await runStream(context, session, 'files.share', { ...input, path })) as Share
    if (!context.options.json) await tellShare(context, share)
    if (input.paused === true)
      return context.note(context.notePaint.dim('Offered to nobody until `peerage resume`.'))
    if (session.remote)
      return context.note(context.notePaint.dim('The running peer offers it; `peerage unshare` ends that.'))
    context.note(context.notePaint.dim('Offered until Ctrl-C. `peerage start` keeps a peer running instead.'))
    await showUploads(context, session, share)
  } finally {
    await session.close()
  }
  context.note('Stopped. `peerage start` offers it again, under the same link.')
  throw context.signal.reason
}

/** The link alone goes to stdout. */
async function tellShare(context: CommandContext, share: Share): Promise<void> {
  const { bold } = context.notePaint
  const size = `${formatBytes(share.bytes)}, ${plural(share.files, 'file')}`
  context.note(`${bold(safeText(share.name))}  ${size}, for ${audienceText(share.audience)}`)
  await showQrCode(context, share.link)
  await context.print(share.link)
}

/** One line that tells who fetches it, until the user ends it. */
async function showUploads(context: CommandContext, session: Session, share: Share): Promise<void> {
  const { signal, terminal, options } = context
  const screen = terminal.stderrIsScreen && !options.quiet && !options.json
  while (!signal.aborted) {
    if (screen) {
      const all = (await session.call('files.list', {}, { signal })) as readonly TransferSnapshot[]
      const own = all.find(one => one.infoHash === share.infoHash)
      if (own !== undefined) terminal.stderr.write(`\r${uploadLine(own, terminal.columns() - 1)}\u001b[K`)
    }
    await pause(screen ? 1000 : 60_000, signal)
  }
  if (screen) terminal.stderr.write('\r\u001b[K')
}

function uploadLine(own: TransferSnapshot, width: number): string {
  const words = [
    `Sharing ${safeText(own.name)}`,
    describePeers(own.peers),
    `${formatSpeed(own.upBytesPerSecond)} up`,
    `${formatBytes(own.upBytes)} sent`,
  ]
  return shorten(words.join(' · '), width)
}

function pause(timeMs: number, signal: AbortSignal): Promise<void> {
  return new Promise(resolvePause => {
    const timer = setTimeout(resolvePause, timeMs)
    signal.addEventListener(
      'abort',
      () => {
        clearTimeout(timer)
        resolvePause()
      },
      { once: true },
    )
  })
}
