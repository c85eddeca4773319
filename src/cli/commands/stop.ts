import { connectDaemon } from '../../daemon/index.ts'
import type { CommandContext, CommandResult } from '../context.ts'

/** How long a peer may take to stop before we say that it does not. */
const patienceMs = 15_000

/** `peerage stop`: returns when the peer is gone. */
export async function run(context: CommandContext): CommandResult {
  const session = await context.open('daemon')
  await session.call('daemon.stop', {}, { signal: context.signal })
  const until = performance.now() + patienceMs
  while ((await connectDaemon(context.home)) !== undefined) {
    if (performance.now() > until) {
      const { PeerageError } = await import('../../base/index.ts')
      throw new PeerageError('daemon.running', 'The peer was asked to stop but still runs.')
    }
    context.signal.throwIfAborted()
    await new Promise(resolve => setTimeout(resolve, 50))
  }
  if (context.options.json) await context.printJson({ stopped: true })
  else context.note('Stopped.')
}
