import type { FindRow } from '../../services/discovery/index.ts'
import { coerceInput } from '../coerce-input.ts'
import type { CommandContext, CommandResult } from '../context.ts'
import { runStream } from '../run-stream.ts'
import { safeText, shortPeer } from '../text.ts'

/** `peerage find WHO`: exit code 1 when nobody knows. */
export async function run(context: CommandContext): CommandResult {
  const input = coerceInput(context.command, context.input)
  const session = await context.open('online')
  const found = new Set<string>()
  try {
    await runStream(context, session, context.command.operation!, input, {
      seen: async value => {
        const row = value as FindRow
        for (const address of row.addresses) found.add(address)
        if (!context.options.json) await context.print(lineOf(row))
        return true
      },
    })
    const sought = safeText(String(input.who))
    if (found.size === 0) context.note(`No way of finding peers knows where ${sought} is now.`)
    else
      context.note(
        context.notePaint.dim(
          `${found.size === 1 ? 'One address' : `${found.size} addresses`} of ${sought}.`,
        ),
      )
    return found.size === 0 ? 1 : 0
  } finally {
    await session.close()
  }
}

function lineOf({ peer, how, addresses, afterMs }: FindRow): string {
  const where = addresses.length === 0 ? 'no address' : addresses.map(safeText).join('  ')
  return `${how.padEnd(10)}  ${`${afterMs} ms`.padStart(8)}  ${shortPeer(safeText(peer))}  ${where}`
}
