import type { GatewayStatus, GatewayUrl } from '../../services/gateway/index.ts'
import { answerOnce } from '../answer-once.ts'
import { coerceInput } from '../coerce-input.ts'
import type { CommandContext, CommandResult } from '../context.ts'
import { alignPairs } from '../table.ts'
import { safeText } from '../text.ts'

/** `peerage gateway`, `gateway start`, `gateway stop`, `gateway url` */
export async function run(context: CommandContext): CommandResult {
  const { command } = context
  await answerOnce(context, coerceInput(command, context.input), answer =>
    command.words === 'gateway url'
      ? tellUrl(context, answer as GatewayUrl)
      : tellStatus(context, answer as GatewayStatus),
  )
}

async function tellUrl({ note, print }: CommandContext, { url, isPrivate }: GatewayUrl): Promise<void> {
  await print(safeText(url))
  if (isPrivate)
    await note(
      'The content is private: this address has a key in it, good until this peer stops. Pass it to nobody.',
    )
}

async function tellStatus({ print, paint }: CommandContext, status: GatewayStatus): Promise<void> {
  const { enabled, url, fetches, open, answered } = status
  if (!enabled)
    return print('Off. `peerage gateway start` serves content of IPFS to browsers of this computer.')
  const pairs: [string, string][] = [
    [
      'Serves at',
      url === undefined ? 'nowhere: only a running peer (`peerage start`) listens' : safeText(url),
    ],
    ['What', fetches ? 'what is here, and what it fetches from IPFS' : 'only what is here'],
    ['Requests', `${answered} answered, ${open} now`],
  ]
  await print(alignPairs(pairs, paint.dim).join('\n'))
}
