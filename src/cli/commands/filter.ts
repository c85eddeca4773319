import type { FilterAnswer } from '../../services/reach/index.ts'
import { coerceInput } from '../coerce-input.ts'
import type { CommandContext, CommandResult } from '../context.ts'
import { alignPairs } from '../table.ts'
import { plural, safeText } from '../text.ts'

/** `peerage filter`, `filter reload` */
export async function run(context: CommandContext): CommandResult {
  const { command, signal, options } = context
  const input = coerceInput(command, context.input)
  const session = await context.open('offline')
  try {
    const answer = (await session.call(command.operation!, input, { signal })) as FilterAnswer
    if (options.json) return await context.printJson(answer)
    if (answer.path === '')
      return context.note(
        'There is no list of addresses. `peerage config set bittorrent.ipFilter FILE` names one.',
      )
    await context.print(alignPairs(pairsOf(answer), context.paint.dim).join('\n'))
  } finally {
    await session.close()
  }
}

function pairsOf({
  path,
  ranges,
  lines,
  junk,
  junkLines,
  loadedAt,
  problem,
  blocked,
}: FilterAnswer): [string, string][] {
  const numbers = junkLines.map(String).join(', ')
  return [
    ['List', safeText(path)],
    ['Blocks', `${plural(ranges, 'range')} of addresses, from ${plural(lines, 'line')}`],
    ...(junk === 0 ? [] : [pair('Not read', `${plural(junk, 'line')}, first ${numbers}`)]),
    ...(loadedAt === undefined ? [] : [pair('Read', new Date(loadedAt).toLocaleString())]),
    ...(problem === undefined ? [] : [pair('Problem', problem)]),
    ...(blocked === undefined ? [] : [pair('Address', blocked ? 'is blocked' : 'is not blocked')]),
  ]
}

function pair(name: string, value: string): [string, string] {
  return [name, safeText(value)]
}
