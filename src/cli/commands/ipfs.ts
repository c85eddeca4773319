import type { IpfsEntry, IpfsReport } from '../../services/ipfs/index.ts'
import { coerceInput } from '../coerce-input.ts'
import type { CommandContext, CommandResult } from '../context.ts'
import { alignPairs, alignTable } from '../table.ts'
import { formatBytes, safeText } from '../text.ts'

/** `peerage ipfs`, `peerage ls CID` */
export async function run(context: CommandContext): CommandResult {
  const { command, signal, options } = context
  const isStatus = command.operation === 'ipfs.status'
  const session = await context.open(isStatus ? 'daemon' : 'online')
  try {
    const answer = await session.call(command.operation!, coerceInput(command, context.input), { signal })
    if (options.json) await context.printJson(answer)
    else if (isStatus)
      await context.print(alignPairs(pairsOf(answer as IpfsReport), context.paint.dim).join('\n'))
    else await tellEntries(context, answer as readonly IpfsEntry[])
  } finally {
    await session.close()
  }
}

function pairsOf(report: IpfsReport): [string, string][] {
  const { state, why, peers, receivedBytes, sentBytes, dhtPeers, dhtSize, roots, announced } = report
  return [
    ['State', why === undefined ? state : `${state}: ${why}`],
    ['Peers', String(peers)],
    ['Received', formatBytes(receivedBytes)],
    ['Sent', formatBytes(sentBytes)],
    [
      'DHT',
      dhtPeers === undefined
        ? 'not used so far'
        : `${dhtPeers} peers known${dhtSize === undefined ? '' : `, about ${dhtSize} in all`}`,
    ],
    ['Announced', `${announced} of ${roots} roots`],
  ]
}

async function tellEntries(context: CommandContext, entries: readonly IpfsEntry[]): Promise<void> {
  if (entries.length === 0) return context.note('The folder is empty.')
  const rows = entries.map(({ name, cid, kind, size }) => [
    size === undefined ? '-' : formatBytes(size),
    kind === 'directory' ? 'folder' : (kind ?? ''),
    cid,
    safeText(name),
  ])
  const lines = alignTable(
    [{ title: 'Size', right: true }, { title: 'Kind' }, { title: 'CID' }, { title: 'Name' }],
    rows,
  )
  await context.print([context.paint.dim(lines[0]!), ...lines.slice(1)].join('\n'))
}
