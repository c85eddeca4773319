import { coerceInput } from '../coerce-input.ts'
import type { CommandContext, CommandResult } from '../context.ts'
import { write } from '../terminal.ts'

/** `peerage cat CONTENT [FILE]`: bytes to stdout as they arrive, nothing else. */
export async function run(context: CommandContext): CommandResult {
  const { command, signal, terminal } = context
  const input = coerceInput(command, context.input)
  const session = await context.open('online')
  try {
    const chunks = session.call('files.cat', input, { signal }) as AsyncIterable<unknown>
    // A head with the length may come first.
    for await (const chunk of chunks) if (chunk instanceof Uint8Array) await write(terminal.stdout, chunk)
  } finally {
    await session.close()
  }
}
