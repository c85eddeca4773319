import type { CommandContext, CommandResult } from '../context.ts'
import { withPassphrase } from '../passphrase.ts'
import { wordRows } from '../text.ts'

/** `peerage id backup`: reads the key file itself, as nothing but this command line may show the phrase. */
export async function run(context: CommandContext): CommandResult {
  const { note, terminal, options, home } = context
  const { openIdentity, phraseOf } = await import('../../access/index.ts')
  const identity = await withPassphrase(terminal, passphrase => openIdentity(home, { passphrase }))
  const words = phraseOf(identity.seed).split(' ')
  if (options.json) return context.printJson({ peerId: identity.peerId, words })
  if (!terminal.stdoutIsScreen) return context.print(words.join(' '))
  note(`The back-up phrase of ${identity.peerId}. Write it on paper, where nobody else finds it:\n`)
  const numbered = words.map((word, i) => `${String(i + 1).padStart(2)} ${word}`)
  await context.print(wordRows(numbered, 4).join('\n'))
  note(
    '\n`peerage id restore` makes this identity from it on any machine. Contacts and shares are not in it.',
  )
}
