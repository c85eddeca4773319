import { coerceInput } from '../coerce-input.ts'
import type { CommandContext, CommandResult } from '../context.ts'
import { runStream } from '../run-stream.ts'
import { write } from '../terminal.ts'
import { safeText } from '../text.ts'

/** Any operation that has no command of its own: its result as it is. */
export async function run(context: CommandContext): CommandResult {
  const { command, signal, options } = context
  const input = coerceInput(command, context.input)
  const session = await context.open('offline')
  try {
    if (command.kind === 'bytes') {
      for await (const chunk of session.call(command.operation!, input, { signal }) as AsyncIterable<unknown>)
        if (chunk instanceof Uint8Array) await write(context.terminal.stdout, chunk)
      return
    }
    if (command.kind === 'stream') {
      const result = await runStream(context, session, command.operation!, input)
      if (!options.json) await context.print(plain(result))
      return
    }
    const value = await session.call(command.operation!, input, { signal })
    if (options.json) await context.printJson(value)
    else await context.print(plain(value))
  } finally {
    await session.close()
  }
}

/** A value for people: `name: value` lines, lists one entry a line. */
function plain(value: unknown, indent = ''): string {
  if (value === null || value === undefined) return `${indent}done`
  if (typeof value !== 'object') return indent + safeText(String(value))
  if (Array.isArray(value)) return value.map(one => plain(one, indent)).join('\n')
  return Object.entries(value)
    .filter(([, inner]) => inner !== undefined)
    .map(([name, inner]) =>
      typeof inner === 'object' && inner !== null
        ? `${indent}${safeText(name)}:\n${plain(inner, `${indent}  `)}`
        : `${indent}${safeText(name)}: ${safeText(String(inner))}`,
    )
    .join('\n')
}
