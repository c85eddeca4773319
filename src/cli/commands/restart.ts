import { connectDaemon, type DaemonStatus } from '../../daemon/index.ts'
import type { CommandContext, CommandResult } from '../context.ts'
import { safeText } from '../text.ts'

/** How long a peer may take to be there again before we say that it is not. */
const patienceMs = 60_000

/** `peerage restart`: returns when the peer is there again; exit code 1 when what was set kept it from starting. */
export async function run(context: CommandContext): CommandResult {
  const session = await context.open('daemon')
  const { startedAt } = (await session.call('daemon.restart', {}, { signal: context.signal })) as {
    startedAt: number
  }
  const { fallback } = await again(context, startedAt)
  if (context.options.json) await context.printJson({ restarted: true, ...(fallback && { fallback }) })
  else if (fallback === undefined) context.note('Started again.')
  else context.note(`Started again with the settings of before: ${safeText(fallback)}`)
  return fallback === undefined ? 0 : 1
}

async function again({ home, signal }: CommandContext, before: number): Promise<DaemonStatus> {
  const until = performance.now() + patienceMs
  for (;;) {
    signal.throwIfAborted()
    const daemon = await connectDaemon(home)
    const asked = daemon?.call('daemon.status', {}, { signal })
    const status = (await asked?.catch(() => undefined)) as DaemonStatus | undefined
    if (status !== undefined && status.startedAt > before) return status
    if (performance.now() > until) {
      const { PeerageError } = await import('../../base/index.ts')
      throw new PeerageError('daemon.unreachable', 'The peer stopped but did not start again; see its log.')
    }
    await new Promise(resolve => setTimeout(resolve, 50))
  }
}
