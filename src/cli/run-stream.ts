import type { CommandContext, Session } from './context.ts'
import { Progress } from './progress.ts'
import { asTransferView } from './transfer-view.ts'

export interface StreamOptions {
  /** Called with each value as it comes; true when it has been dealt with and needs no progress. */
  readonly seen?: (value: unknown) => boolean | Promise<boolean>
}

/** Runs a stream operation, shows its progress, and gives its last value. With `--json` each value is a line of JSON on stdout. */
export async function runStream(
  context: CommandContext,
  session: Session,
  operation: string,
  input: unknown,
  { seen }: StreamOptions = {},
): Promise<unknown> {
  const progress = new Progress({
    terminal: context.terminal,
    quiet: context.options.quiet || context.options.json,
  })
  let last: unknown
  try {
    for await (const value of session.call(operation, input, {
      signal: context.signal,
    }) as AsyncIterable<unknown>) {
      last = value
      if (context.options.json) await context.printJson(value)
      if ((await seen?.(value)) === true) continue
      const view = asTransferView(value)
      if (view !== undefined) progress.update(view)
    }
  } finally {
    progress.clear()
  }
  return last
}
