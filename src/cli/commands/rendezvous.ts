import type { RendezvousStatus } from '../../services/discovery/index.ts'
import { answerOnce } from '../answer-once.ts'
import { coerceInput } from '../coerce-input.ts'
import type { CommandContext, CommandResult } from '../context.ts'
import { alignPairs } from '../table.ts'
import { plural, safeText } from '../text.ts'

const audiences: Readonly<Record<RendezvousStatus['for'], string>> = {
  off: 'nobody: this peer is no rendezvous (`peerage rendezvous contacts` makes it one)',
  contacts: 'your contacts and own devices',
  circle: 'your contacts and members of your circles',
  everyone: 'everyone',
}

/** `peerage rendezvous`, `rendezvous contacts` */
export async function run(context: CommandContext): CommandResult {
  const input = coerceInput(context.command, context.input)
  await answerOnce(context, input, answer =>
    context.print(alignPairs(pairsOf(answer as RendezvousStatus), context.paint.dim).join('\n')),
  )
}

function pairsOf(status: RendezvousStatus): [string, string][] {
  const { registrations, topics, used } = status
  return [
    ['For', audiences[status.for]],
    ...(status.for === 'off'
      ? []
      : [
          ['Kept', `${plural(registrations, 'registration')} under ${plural(topics, 'name')}`] as [
            string,
            string,
          ],
        ]),
    ...used.map((point, i): [string, string] => [i === 0 ? 'Registered at' : '', safeText(point)]),
    ...(used.length === 0 ? [['Registered at', 'no rendezvous'] as [string, string]] : []),
  ]
}
