import type { InviteRow } from '../../services/invites/index.ts'
import { coerceInput } from '../coerce-input.ts'
import type { CommandContext, CommandResult } from '../context.ts'
import { alignTable } from '../table.ts'
import { formatDuration, safeText, shortPeer } from '../text.ts'

/** `peerage invites` and `peerage invite cancel ID` */
export async function run(context: CommandContext): CommandResult {
  const { command, signal, options, note, paint, print } = context
  const input = coerceInput(command, context.input)
  const session = await context.open('offline')
  try {
    const answer = await session.call(command.operation!, input, { signal })
    if (options.json) return await context.printJson(answer)
    if (!Array.isArray(answer)) return note('Taken back: nobody can use it any more.')
    if (answer.length === 0) return note('You have given out no invites. `peerage invite` makes one.')
    const lines = tableOf(answer as readonly InviteRow[])
    await print([paint.dim(lines[0]!), ...lines.slice(1)].join('\n'))
  } finally {
    await session.close()
  }
}

function tableOf(invites: readonly InviteRow[]): string[] {
  return alignTable(
    [{ title: 'Id' }, { title: 'For' }, { title: 'By' }, { title: 'Called' }, { title: 'State' }],
    invites.map(one => [one.id, describeGrant(one), one.by, safeText(one.petname ?? ''), describeState(one)]),
  )
}

function describeGrant({ gives, titles }: InviteRow): string {
  const title = titles[0] === undefined ? undefined : safeText(titles[0])
  if (gives.kind === 'circle') return `circle ${title ?? gives.circle.slice(0, 8)}, ${gives.role}`
  return gives.kind === 'share' ? `share ${title ?? gives.contents[0]?.slice(0, 8) ?? ''}` : gives.kind
}

function describeState({ ended, usedBy, usedByName, given, expires, triesLeft }: InviteRow): string {
  const tries = triesLeft === undefined ? '' : `, ${triesLeft} wrong tries left`
  if (ended === undefined) return `open for ${formatDuration((expires - Date.now()) / 1000)}${tries}`
  if (usedBy === undefined) return ended
  return `used by ${usedByName === undefined ? shortPeer(usedBy) : safeText(usedByName)}${given ? '' : ', perhaps in vain: make a new one'}`
}
