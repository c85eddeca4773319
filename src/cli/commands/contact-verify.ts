import type { Verification } from '../../services/contacts/index.ts'
import { coerceInput } from '../coerce-input.ts'
import type { CommandContext, CommandResult } from '../context.ts'
import { safeText, wordRows } from '../text.ts'

/** Exit code of what was refused: the keys differ. */
const refused = 5

/** `peerage contact verify NAME [--fingerprint TEXT] [--confirmed]`: shows both sides' words and asks whether they are the same. */
export async function run(context: CommandContext): CommandResult {
  const { signal, options, terminal } = context
  const input = coerceInput(context.command, context.input)
  const session = await context.open('offline')
  try {
    const call = (more: object): Promise<Verification> =>
      session.call('contacts.verify', { ...input, ...more }, { signal }) as Promise<Verification>
    const first = await call({})
    if (options.json) await context.printJson(first)
    else if (first.verdict === undefined && input.confirmed !== true) {
      await tellWords(context, first)
      if (terminal.stdinIsKeyboard) await tellEnd(context, await confirmed(context, first, call))
      else context.note('If they are the same: `peerage contact verify NAME --confirmed`.')
    } else tellEnd(context, first)
    return first.verdict === 'different' ? refused : 0
  } finally {
    await session.close()
  }
}

async function tellWords({ print, paint }: CommandContext, one: Verification): Promise<void> {
  await print(
    [
      `${paint.bold(safeText(one.name))} must see these words with \`peerage id\`:`,
      ...wordRows(one.theirs, 4),
      '',
      'and these are yours, for the other side to compare:',
      ...wordRows(one.mine, 4),
    ].join('\n'),
  )
}

async function confirmed(
  { terminal, signal }: CommandContext,
  one: Verification,
  call: (more: object) => Promise<Verification>,
): Promise<Verification> {
  const answer = await terminal.ask('\nAre they the same, word for word? (yes/no) ', { signal })
  return /^y(es)?$/i.test(answer?.trim() ?? '') ? call({ confirmed: true }) : one
}

function tellEnd({ note, notePaint }: CommandContext, { name, trust, verdict }: Verification): void {
  if (verdict === 'different')
    note(
      `${notePaint.red('Different!')} That is not the key of ${safeText(name)} as it is known here. Somebody may stand between you: do not trust it before you know why.`,
    )
  else if (trust === 'verified') note(`${safeText(name)} is verified.`)
  else note(`${safeText(name)} is not verified.`)
}
