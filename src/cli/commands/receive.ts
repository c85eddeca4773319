import type { ReceiveUpdate } from '../../services/invites/index.ts'
import { codeFrom } from '../ask-code.ts'
import { chooseFolder } from '../choose-folder.ts'
import { coerceInput } from '../coerce-input.ts'
import type { CommandContext, CommandResult, Session } from '../context.ts'
import { runStream } from '../run-stream.ts'
import { formatBytes, formatDuration, formatSpeed, safeText } from '../text.ts'
import { describeOffers } from './send.ts'

type Offered = ReceiveUpdate & { phase: 'offered' }

/** `peerage receive CODE`: shows what comes and from whom, asks, and ends when it is verified on disk. Its paths go to stdout. */
export async function run(context: CommandContext): CommandResult {
  const input = coerceInput(context.command, context.input)
  const session = await context.open('online')
  let beganAt = performance.now()
  try {
    const into = await chooseFolder(context, session, input.into)
    const invite = await codeFrom(context, input.invite)
    const seen = async (value: unknown): Promise<boolean> => {
      const update = value as ReceiveUpdate
      if (update.phase === 'finding') context.note(context.notePaint.dim('Looking for the sender ...'))
      if (update.phase === 'offered') {
        if (!context.options.json) tellOffer(context, update)
        if (update.offer !== undefined) await answer(context, session, update, into)
        beganAt = performance.now()
      }
      return update.phase !== 'fetching'
    }
    const last = (await runStream(
      context,
      session,
      'invites.receive',
      { ...input, invite, into },
      { seen },
    )) as ReceiveUpdate
    if (last.phase !== 'received') return tellDeclined(context)
    if (!context.options.json) await tellReceived(context, last, (performance.now() - beganAt) / 1000)
    return 0
  } catch (error) {
    if (context.signal.aborted)
      context.note('Stopped. What was received is kept; `peerage resume` goes on while the sender waits.')
    throw error
  } finally {
    await session.close()
  }
}

function tellOffer(
  { note, notePaint }: CommandContext,
  { offers, name, contact, fingerprint, isPassedOn }: Offered,
): void {
  const who = contact === undefined ? `${safeText(name)}, who is no contact of yours` : safeText(contact)
  note(describeOffers(offers))
  note(`from ${notePaint.bold(who)}${isPassedOn ? ' (met through another peer)' : ''}`)
  note(notePaint.dim(`key ${safeText(fingerprint.join(' '))}`))
}

/** Without anybody to ask the answer is no. */
async function answer(
  { terminal, signal, note }: CommandContext,
  session: Session,
  { offer }: Offered,
  into: string,
): Promise<void> {
  if (!terminal.stdinIsKeyboard) note('Nobody is here to be asked; --yes takes it without asking.')
  const question = `Receive it into ${safeText(into)}? [y/N] `
  const typed = terminal.stdinIsKeyboard ? ((await terminal.ask(question, { signal })) ?? '') : ''
  const accept = /^\s*(y|yes|j|ja)\s*$/i.test(typed)
  await session.call('invites.answer', { offer, accept, into }, { signal })
}

async function tellDeclined({ note }: CommandContext): Promise<number> {
  note('Declined. Nothing was received.')
  const { exitCodes } = await import('../../base/index.ts')
  return exitCodes.refused
}

async function tellReceived(
  { note, notePaint, print }: CommandContext,
  { paths, bytes }: ReceiveUpdate & { phase: 'received' },
  seconds: number,
): Promise<void> {
  const rate = seconds > 0.05 ? `, ${formatSpeed(bytes / seconds)}` : ''
  note(`${notePaint.green('✓')} ${formatBytes(bytes)}, verified, in ${formatDuration(seconds)}${rate}`)
  if (paths.length > 0) await print(paths.map(safeText).join('\n'))
}
