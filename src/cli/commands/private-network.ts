import { resolve } from 'node:path'
import type { NewKey, PrivateNetworkReport } from '../../services/reach/index.ts'
import { answerOnce } from '../answer-once.ts'
import { coerceInput } from '../coerce-input.ts'
import type { CommandContext, CommandResult } from '../context.ts'
import { formatDuration, plural, safeText } from '../text.ts'

/** `peerage private-network`, `private-network create` */
export async function run(context: CommandContext): CommandResult {
  const { command, terminal } = context
  const input = coerceInput(command, context.input)
  if (typeof input.file === 'string') input.file = resolve(terminal.workingFolder, input.file)
  await answerOnce(context, input, answer =>
    'file' in input ? tellKey(context, answer as NewKey) : tell(context, answer as PrivateNetworkReport),
  )
}

async function tellKey({ print, note }: CommandContext, { file, fingerprint }: NewKey): Promise<void> {
  await print(`Wrote the key ${fingerprint} to ${safeText(file)}.`)
  note(
    `→ Copy the file to each peer of the network, by a way that nobody reads, and there: \`peerage config set network.privateNetworkKey ${safeText(file)}\` and a restart.`,
  )
}

async function tell({ print, note }: CommandContext, { network }: PrivateNetworkReport): Promise<void> {
  if (network === undefined)
    return note(
      'This peer is in no private network. `peerage private-network create swarm.key` makes the key of one.',
    )
  const { fingerprint, refused, last } = network
  await print(`Only peers with the key ${fingerprint} can connect.`)
  if (last === undefined) return note('Nobody tried with another.')
  const ago = formatDuration(Math.max(0, (Date.now() - last.at) / 1000))
  await print(
    `${plural(refused, 'connection')} of another key, or none, ended at once; the latest with ${safeText(last.address)} ${ago} ago.`,
  )
}
