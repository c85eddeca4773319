import type { ConfigChange, ConfigEntry } from '../../peer/index.ts'
import { coerceInput } from '../coerce-input.ts'
import type { CommandContext, CommandResult } from '../context.ts'
import { safeText } from '../text.ts'

/** `peerage config`, `config list`, `config get KEY`, `config set KEY [VALUE]` */
export async function run(context: CommandContext): CommandResult {
  const input = coerceInput(context.command, context.input)
  const session = await context.open('offline')
  try {
    const result = await session.call(context.command.operation!, input, { signal: context.signal })
    if (context.options.json) return await context.printJson(result)
    if (context.command.words === 'config get')
      return await context.print(show((result as ConfigEntry).value))
    if (context.command.words === 'config set')
      return tellChange(context, result as ConfigChange, session.remote)
    await listEntries(context, result as readonly ConfigEntry[])
  } finally {
    await session.close()
  }
}

function show(value: unknown): string {
  return typeof value === 'string' ? safeText(value) : safeText(JSON.stringify(value) ?? '')
}

function tellChange(context: CommandContext, change: ConfigChange, running: boolean): void {
  context.note(`${safeText(change.key)} = ${show(change.value)}`)
  if (change.needsRestart && running) context.note('It takes effect when the peer is started again.')
}

async function listEntries({ print, paint }: CommandContext, entries: readonly ConfigEntry[]): Promise<void> {
  const width = Math.max(...entries.map(({ key }) => key.length))
  for (const entry of entries) {
    const source = entry.source === 'default' ? '' : paint.yellow(`  (${entry.source})`)
    await print(`${paint.bold(entry.key.padEnd(width))}  ${show(entry.value)}${source}`)
    await print(paint.dim(`  ${safeText(entry.description)} [${safeText(entry.allowed)}]`))
  }
}
