import { UsageProblem } from '../arguments.ts'
import type { CommandContext, CommandResult } from '../context.ts'
import { askPassphrase } from '../passphrase.ts'

/** `peerage id passphrase [--remove]`: PEERAGE_PASSPHRASE may be the present one; the new one is asked for, or read from a pipe. */
export async function run(context: CommandContext): CommandResult {
  const { home, terminal, input, note, options } = context
  const { changePassphrase, isLocked } = await import('../../access/index.ts')
  const locked = await isLocked(home)
  const remove = input.remove === 'true'
  if (remove && !locked) return note('The key has no passphrase.')
  const current = locked ? await askPassphrase(terminal, 'Present passphrase: ') : undefined
  const next = remove ? undefined : await newPassphrase(context)
  await changePassphrase(home, { ...(current && { current }), ...(next && { next }) })
  if (options.json) return context.printJson({ locked: next !== undefined })
  note(
    remove
      ? 'The key has no passphrase any more. Whoever can read your files can be you.'
      : `The key is protected${locked ? ' by the new passphrase' : ''}. Without it only the back-up phrase brings it back.`,
  )
}

async function newPassphrase({ terminal }: CommandContext): Promise<string> {
  const next = await terminal.ask('New passphrase: ', { secret: true })
  if (next === undefined || next === '')
    throw new UsageProblem('No passphrase was given; --remove takes it away.', 'id passphrase')
  if (terminal.stdinIsKeyboard && (await terminal.ask('Once more: ', { secret: true })) !== next)
    throw new UsageProblem('These are two different ones; nothing was changed.', 'id passphrase')
  return next
}
