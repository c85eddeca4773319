import { connectDaemon } from '../../daemon/index.ts'
import { UsageProblem } from '../arguments.ts'
import { coerceInput } from '../coerce-input.ts'
import type { CommandContext, CommandResult } from '../context.ts'
import { safeText } from '../text.ts'

/** `peerage id restore`: the words are typed, piped, or given as arguments. */
export async function run(context: CommandContext): CommandResult {
  const { note, home, terminal, options } = context
  const { words, moveAside } = coerceInput(context.command, context.input)
  const { PeerageError } = await import('../../base/index.ts')
  const { restoreIdentity, seedOfPhrase } = await import('../../access/index.ts')
  if ((await connectDaemon(home)) !== undefined)
    throw new PeerageError('daemon.running', `A peer runs on ${home}; stop it first.`)
  const given = (words as string[] | undefined) ?? []
  const seed = seedOfPhrase(given.length > 0 ? given.join(' ') : await typedWords(context))
  const { PEERAGE_PASSPHRASE: passphrase } = terminal.environment
  const restored = await restoreIdentity(home, seed, {
    moveAside: moveAside === true,
    passphrase: passphrase === '' ? undefined : passphrase,
  })
  if (options.json) return context.printJson(restored)
  await context.print(restored.peerId)
  if (restored.was === 'here') return note('This home has that identity already; nothing was changed.')
  if (restored.movedTo !== undefined)
    note(`The identity that was here is kept in ${safeText(restored.movedTo)}.`)
  note(`Restored in ${safeText(home)}.${passphrase ? '' : ' `peerage id passphrase` protects it.'}`)
}

/** Until there are 24 of them, as they may stand on several lines. */
async function typedWords({ terminal, note, signal }: CommandContext): Promise<string> {
  if (terminal.stdinIsKeyboard) note('Type the 24 words, in their order; an empty line ends.')
  let text = ''
  while (text.split(/\s+/).filter(word => /[a-z]/i.test(word)).length < 24) {
    const line = await terminal.ask('> ', { signal })
    if (line === undefined || (line.trim() === '' && text !== '')) break
    text += ` ${line}`
  }
  if (text.trim() === '') throw new UsageProblem('No words were given.', 'id restore')
  return text
}
