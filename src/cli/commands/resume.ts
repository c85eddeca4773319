import type { TransferSnapshot } from '../../services/files/index.ts'
import { coerceInput } from '../coerce-input.ts'
import type { CommandContext, CommandResult, Session } from '../context.ts'
import { Progress } from '../progress.ts'
import { safeText } from '../text.ts'
import { describeState } from './list.ts'

/** `peerage resume CONTENT`: without a daemon it stays until the content is complete. */
export async function run(context: CommandContext): CommandResult {
  const input = coerceInput(context.command, context.input)
  const session = await context.open('online')
  try {
    const first = (await session.call('files.resume', input, { signal: context.signal })) as TransferSnapshot
    const last = session.remote ? first : await waitForIt(context, session, first)
    if (context.options.json) await context.printJson(last)
    else context.note(`${safeText(last.name)}: ${describeState(last)}`)
    if (last.error === undefined) return
    const { PeerageError, errorTable } = await import('../../base/index.ts')
    const code = Object.keys(errorTable).find(one => one === last.error?.code) as
      | keyof typeof errorTable
      | undefined
    throw new PeerageError(code ?? 'internal.bug', last.error.message)
  } finally {
    await session.close()
  }
}

const lookIntervalMs = 200

async function waitForIt(
  context: CommandContext,
  session: Session,
  first: TransferSnapshot,
): Promise<TransferSnapshot> {
  const { signal, terminal, options } = context
  const progress = new Progress({ terminal, quiet: options.quiet || options.json })
  let now = first
  while (now.state === 'finding' || now.state === 'checking' || now.state === 'fetching') {
    progress.update(now)
    await new Promise(resolve => setTimeout(resolve, lookIntervalMs))
    signal.throwIfAborted()
    now = (await session.call('files.show', { content: first.infoHash }, { signal })) as TransferSnapshot
  }
  progress.clear()
  return now
}
