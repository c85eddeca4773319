import type { IpfsEntry, IpfsReport, ListUpdate } from '../../services/ipfs/index.ts'
import { coerceInput } from '../coerce-input.ts'
import type { CommandContext, CommandResult } from '../context.ts'
import { runStream } from '../run-stream.ts'
import { alignPairs, alignTable } from '../table.ts'
import { formatBytes, plural, safeText } from '../text.ts'

/** `peerage ipfs`, `peerage ls CID` */
export async function run(context: CommandContext): CommandResult {
  const { command, signal, options } = context
  const isStatus = command.operation === 'ipfs.status'
  const session = await context.open(isStatus ? 'daemon' : 'online')
  const input = coerceInput(command, context.input)
  try {
    if (!isStatus) {
      const last = (await runStream(context, session, 'ipfs.ls', input)) as ListUpdate
      if (!options.json && last.phase === 'listed') await tellEntries(context, last.entries)
      return
    }
    const report = (await session.call('ipfs.status', input, { signal })) as IpfsReport
    if (options.json) await context.printJson(report)
    else await context.print(alignPairs(pairsOf(report), context.paint.dim).join('\n'))
  } finally {
    await session.close()
  }
}

function pairsOf(report: IpfsReport): [string, string][] {
  const { state, why, peers, receivedBytes, sentBytes, dhtPeers, dhtSize, roots, announced, denylists } =
    report
  return [
    ['State', why === undefined ? state : `${state}: ${why}`],
    ['Peers', String(peers)],
    ['Received', formatBytes(receivedBytes)],
    ['Sent', formatBytes(sentBytes)],
    [
      'DHT',
      dhtPeers === undefined
        ? 'not used so far'
        : dhtPeers === 0
          ? 'nobody answers: see `peerage doctor`'
          : `${dhtPeers} peers known${dhtSize === undefined ? '' : `, about ${dhtSize} in all`}`,
    ],
    ['Announced', `${announced} of ${roots} roots`],
    ...denylists.map((list): [string, string] => ['Denylist', listText(list)]),
  ]
}

function listText({ path, rules, junkLines, problem }: IpfsReport['denylists'][number]): string {
  const junk = junkLines.length === 0 ? '' : `; not understood: line ${junkLines.slice(0, 5).join(', ')}`
  return `${safeText(path)}: ${plural(rules, 'rule')}${junk}${problem === undefined ? '' : `; ${safeText(problem)}`}`
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
