import type { IdentityView } from '../../services/identity/index.ts'
import type { CommandContext, CommandResult } from '../context.ts'
import { showQrCode } from '../qr-code.ts'
import { wordRows } from '../text.ts'

/** `peerage id`: the PeerId alone goes to stdout. */
export async function run(context: CommandContext): CommandResult {
  const { note, notePaint } = context
  const session = await context.open('offline')
  try {
    const one = (await session.call('identity.show', {}, { signal: context.signal })) as IdentityView
    if (context.options.json) return await context.printJson(one)
    await showQrCode(context, one.code)
    await context.print(one.peerId)
    if (!context.terminal.stderrIsScreen) return
    if (one.person !== one.peerId) note(`A device of ${one.person}, whose words these are:`)
    else note(notePaint.dim('Others compare these words with what `peerage contact verify` shows them:'))
    note(wordRows(one.fingerprint, 4).join('\n'))
  } finally {
    await session.close()
  }
}
