import type { InviteUpdate } from '../../services/invites/index.ts'
import { coerceInput } from '../coerce-input.ts'
import type { CommandContext, CommandResult } from '../context.ts'
import { showQrCode } from '../qr-code.ts'
import { runStream } from '../run-stream.ts'
import { formatDuration, safeText, shortPeer } from '../text.ts'

/** `peerage invite`: prints a link, or a code that it waits with. Without a daemon it waits with a link, too. */
export async function run(context: CommandContext): CommandResult {
  const input = coerceInput(context.command, context.input)
  const session = await context.open('online')
  try {
    const wait = input.wait === true || !session.remote
    const seen = async (value: unknown): Promise<boolean> => {
      if (!context.options.json) await tell(context, value as InviteUpdate, wait || input.code === true)
      return true
    }
    const last = (await runStream(
      context,
      session,
      'invites.invite',
      { ...input, wait },
      { seen },
    )) as InviteUpdate
    const { exitCodes } = await import('../../base/index.ts')
    return last.phase === 'ready' || last.phase === 'taken' ? 0 : exitCodes.refused
  } finally {
    await session.close()
  }
}

const ends: Readonly<Record<string, string>> = {
  failed: 'It was used, but what it is for could not be given.',
  guessed: 'Three wrong tries: somebody guesses, or mistypes. The code is over; make a new one.',
  expired: 'Nobody came in time.',
}

async function tell(context: CommandContext, update: InviteUpdate, waits: boolean): Promise<void> {
  const { note, notePaint } = context
  if (update.phase === 'ready') await tellInvite(context, update, waits)
  else if (update.phase === 'taken')
    note(
      `${notePaint.green('✓')} ${safeText(update.petname ?? update.name)} (${shortPeer(update.peer)}) took it.`,
    )
  else if (update.phase !== 'missed') note(`${notePaint.red('✗')} ${ends[update.phase] ?? update.phase}`)
  else if (update.triesLeft > 0)
    note(`${notePaint.yellow('!')} A wrong code was tried; ${update.triesLeft} more and it is over.`)
}

async function tellInvite(
  context: CommandContext,
  { id, link, code, expires }: InviteUpdate & { phase: 'ready' },
  waits: boolean,
): Promise<void> {
  const { note, notePaint } = context
  const text = code ?? link ?? ''
  const left = formatDuration((expires - Date.now()) / 1000)
  note(`Good for one person, once, for ${left}. On the other computer:`)
  note(`  peerage accept ${code === undefined ? 'LINK' : notePaint.bold(notePaint.green(code))}`)
  await showQrCode(context, text)
  await context.print(text)
  note(notePaint.dim(waits ? 'Waiting; Ctrl-C ends it.' : `\`peerage invite cancel ${id}\` takes it back.`))
}
