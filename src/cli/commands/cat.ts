import { coerceInput } from '../coerce-input.ts'
import type { CommandContext, CommandResult } from '../context.ts'
import { Progress } from '../progress.ts'
import { write } from '../terminal.ts'

const tickMs = 500

/** `peerage cat CONTENT [FILE]`: bytes to stdout as they arrive, nothing else; who waits for the first ones is told so on stderr. */
export async function run(context: CommandContext): CommandResult {
  const { command, signal, terminal, options } = context
  const input = coerceInput(command, context.input)
  const session = await context.open('online')
  const waiting = new Waiting(
    String(input.content),
    new Progress({ terminal, quiet: options.quiet || options.json }),
  )
  try {
    for await (const part of session.call('files.cat', input, { signal }) as AsyncIterable<unknown>)
      if (!(part instanceof Uint8Array)) waiting.told(part)
      else {
        waiting.end()
        await write(terminal.stdout, part)
      }
  } finally {
    waiting.end()
    await session.close()
  }
}

/** How long it takes until the first bytes come. A running peer sends nothing but these; one in this process tells whom it asks. */
class Waiting {
  readonly #name: string
  readonly #progress: Progress
  readonly #since = performance.now()
  readonly #timer: NodeJS.Timeout
  #asked: number | undefined

  constructor(name: string, progress: Progress) {
    this.#name = name
    this.#progress = progress
    this.#timer = setInterval(() => this.#show(), tickMs)
  }

  /** A head with the length may come first, and before it how the search goes. */
  told(value: unknown): void {
    this.#asked = (value as { asked?: number }).asked
  }

  end(): void {
    clearInterval(this.#timer)
    this.#progress.clear()
  }

  #show(): void {
    const quietMs = performance.now() - this.#since
    const asked = this.#asked
    this.#progress.update({
      state: 'looking',
      name: this.#name,
      quietMs,
      ...(asked !== undefined && { asked }),
    })
  }
}
