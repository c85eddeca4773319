import type { CommandContext } from './context.ts'

/** Asks once, of a running peer or of the home itself, and tells the answer: as JSON, or by `tell`. */
export async function answerOnce(
  { command, signal, options, open, printJson }: CommandContext,
  input: Record<string, unknown>,
  tell: (answer: unknown) => void | Promise<void>,
): Promise<void> {
  const session = await open('offline')
  try {
    const answer = await session.call(command.operation!, input, { signal })
    if (options.json) await printJson(answer)
    else await tell(answer)
  } finally {
    await session.close()
  }
}
