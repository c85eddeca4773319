import type { Removed, TransferSnapshot } from '../../services/files/index.ts'
import { coerceInput } from '../coerce-input.ts'
import type { CommandContext, CommandResult } from '../context.ts'
import { safeText } from '../text.ts'
import { describeState } from './list.ts'
import { pinText } from './show.ts'

const done: Readonly<Record<string, string>> = {
  pause: 'Paused. `peerage resume` goes on.',
  unshare: 'No longer offered. Its files stay where they are.',
}

/** `peerage pause`, `remove`, `unshare`, `set`: one change and one line that confirms it. */
export async function run(context: CommandContext): CommandResult {
  const input = coerceInput(context.command, context.input)
  const session = await context.open('offline')
  try {
    const result = await session.call(context.command.operation!, input, { signal: context.signal })
    if (context.options.json) await context.printJson(result)
    else if (context.command.words === 'remove') tellRemoved(context, result as Removed)
    else context.note(done[context.command.words] ?? stateLine(result as TransferSnapshot))
  } finally {
    await session.close()
  }
}

function tellRemoved({ note }: CommandContext, { pins = [] }: Removed): void {
  note('Removed.')
  for (const pin of pins)
    note(`The pin ${safeText(pinText(pin))} leaned on its files and is not whole any more.`)
  if (pins.length > 0)
    note(`→ \`peerage pin ${safeText(pins[0]!.cid)}\` fetches it again, \`peerage unpin\` lets it go.`)
}

/** What became of it. */
function stateLine(one: TransferSnapshot): string {
  return `${safeText(one.name)}: ${describeState(one)}${one.queue === undefined ? '' : `, ${safeText(one.queue.reason)}`}`
}
