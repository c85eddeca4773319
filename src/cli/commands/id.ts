import type { CommandContext, CommandResult } from '../context.ts'

/** `peerage id` */
export async function run(context: CommandContext): CommandResult {
  const session = await context.open('offline')
  try {
    const result = (await session.call('daemon.id', {}, { signal: context.signal })) as { peerId: string }
    if (context.options.json) await context.printJson(result)
    else await context.print(result.peerId)
  } finally {
    await session.close()
  }
}
