import type { AcceptUpdate } from '../../services/invites/index.ts'
import { codeFrom } from '../ask-code.ts'
import { coerceInput } from '../coerce-input.ts'
import type { CommandContext, CommandResult } from '../context.ts'
import { runStream } from '../run-stream.ts'
import { safeText, shortPeer } from '../text.ts'
import { describeOffers } from './send.ts'

/** `peerage accept LINK` or `CODE`. The links of a share go to stdout. */
export async function run(context: CommandContext): CommandResult {
  const input = coerceInput(context.command, context.input)
  const session = await context.open('online')
  try {
    const invite = await codeFrom(context, input.invite)
    const last = (await runStream(
      context,
      session,
      'invites.accept',
      { ...input, invite },
      {
        seen(value) {
          if ((value as AcceptUpdate).phase === 'finding')
            context.note(context.notePaint.dim('Looking for whoever invites ...'))
          return true
        },
      },
    )) as AcceptUpdate
    if (last.phase === 'accepted' && !context.options.json) await tell(context, last)
  } finally {
    await session.close()
  }
}

async function tell(
  { note, notePaint, print }: CommandContext,
  { name, peer, circle, links }: AcceptUpdate & { phase: 'accepted' },
): Promise<void> {
  const who = `${notePaint.bold(safeText(name))} (${shortPeer(peer)})`
  note(
    `${notePaint.green('✓')} ${who} is a contact. \`peerage contact verify\` compares keys with the person.`,
  )
  if (circle !== undefined)
    note(`You are ${circle.role} of the circle ${notePaint.bold(safeText(circle.name))}.`)
  if (links === undefined) return
  note(describeOffers(links))
  note('`peerage get LINK` fetches it:')
  await print(links.map(({ link }) => safeText(link)).join('\n'))
}
