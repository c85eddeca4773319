import { resolve } from 'node:path'
import type { OfferRow, SendUpdate } from '../../services/invites/index.ts'
import { coerceInput } from '../coerce-input.ts'
import type { CommandContext, CommandResult } from '../context.ts'
import { showQrCode } from '../qr-code.ts'
import { runStream } from '../run-stream.ts'
import { formatBytes, plural, safeText, shortPeer } from '../text.ts'

/** `peerage send FILE...`: shows the code, and ends when the files were received. The code alone goes to stdout. */
export async function run(context: CommandContext): CommandResult {
  const input = coerceInput(context.command, context.input)
  const { workingFolder } = context.terminal
  const paths = (input.paths as string[]).map(path => resolve(workingFolder, path))
  const session = await context.open('online')
  try {
    const seen = (value: unknown): Promise<boolean> => tell(context, value as SendUpdate)
    const last = (await runStream(
      context,
      session,
      'invites.send',
      { ...input, paths },
      { seen },
    )) as SendUpdate
    const { exitCodes } = await import('../../base/index.ts')
    return last.phase === 'received' ? 0 : exitCodes.refused
  } catch (error) {
    if (context.signal.aborted) context.note('Stopped. The code is worth nothing any more.')
    throw error
  } finally {
    await session.close()
  }
}

const ends: Readonly<Record<string, string>> = {
  declined: 'They do not want it.',
  failed: 'It could not be received. `peerage send` again gives a new code.',
  guessed:
    'Three wrong tries: somebody guesses, or mistypes. The code is over; `peerage send` again gives a new one.',
  expired: 'Nobody came in time. The code is over.',
}

/** True for what needs no progress. */
async function tell(context: CommandContext, update: SendUpdate): Promise<boolean> {
  if (context.options.json) return true
  const { note, notePaint } = context
  switch (update.phase) {
    case 'hashing':
    case 'sending':
      return false
    case 'waiting':
      await tellCode(context, update)
      return true
    case 'taken':
      note(`${safeText(update.name)} (${shortPeer(update.peer)}) has the code.`)
      return true
    case 'missed':
      if (update.triesLeft > 0)
        note(`${notePaint.yellow('!')} A wrong code was tried; ${update.triesLeft} more and it is over.`)
      return true
    case 'lost':
      note('The other side is gone. While this runs, `peerage resume` there goes on.')
      return true
    case 'received':
      note(`${notePaint.green('✓')} Received.`)
      return true
    default:
      note(`${notePaint.red('✗')} ${ends[update.phase] ?? update.phase}`)
      return true
  }
}

async function tellCode(
  context: CommandContext,
  { code, offers }: SendUpdate & { phase: 'waiting' },
): Promise<void> {
  const { note, notePaint, options, terminal } = context
  note(describeOffers(offers))
  note('')
  note(`    ${notePaint.bold(notePaint.green(code))}`)
  note('')
  note(`On the other computer:  ${notePaint.bold(`peerage receive ${code}`)}`)
  await showQrCode(context, code)
  note(notePaint.dim('Waiting until it is received; Ctrl-C takes it back. Say the code to one person only.'))
  // Whoever looks at both would see it twice.
  if (!terminal.stdoutIsScreen || options.quiet) await context.print(code)
}

/** `Summer  1.2 GB, 14 files`, one line each. Names come from the network. */
export function describeOffers(offers: readonly OfferRow[]): string {
  const lines = offers.map(
    ({ name, bytes, files }) =>
      `${safeText(name)}  ${formatBytes(bytes)}${files === 1 ? '' : `, ${plural(files, 'file')}`}`,
  )
  return lines.join('\n')
}
