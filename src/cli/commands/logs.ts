import type { LogEntry, LogPage } from '../../daemon/index.ts'
import { coerceInput } from '../coerce-input.ts'
import type { CommandContext, CommandResult } from '../context.ts'
import { safeText } from '../text.ts'

/** `peerage logs [--follow]`, `logs list`, `logs follow`: one entry a line, as text or as JSON. */
export async function run(context: CommandContext): CommandResult {
  const { command, signal } = context
  const { follow, ...input } = coerceInput(command, context.input)
  const isFollowing = follow === true || command.words === 'logs follow'
  const session = await context.open(isFollowing ? 'daemon' : 'offline')
  try {
    if (!isFollowing) {
      const { entries } = (await session.call('logs.list', input, { signal })) as LogPage
      return await tell(context, entries)
    }
    const news = session.call('logs.follow', input, { signal }) as AsyncIterable<readonly LogEntry[]>
    for await (const entries of news) await tell(context, entries)
  } finally {
    await session.close()
  }
}

async function tell(context: CommandContext, entries: readonly LogEntry[]): Promise<void> {
  for (const entry of entries)
    if (context.options.json) await context.printJson(entry)
    else await context.print(lineOf(context, entry))
}

function lineOf({ paint }: CommandContext, { at, level, room, message, details }: LogEntry): string {
  const colour = { debug: paint.dim, info: paint.green, warn: paint.yellow, error: paint.red }[level]
  const time = new Date(at).toISOString().replace('T', ' ').slice(0, 23)
  const rest = details === '' ? '' : ` ${paint.dim(safeText(details))}`
  return `${paint.dim(time)} ${colour(level.padEnd(5))} ${paint.bold(safeText(room).padEnd(8))} ${safeText(message)}${rest}`
}
