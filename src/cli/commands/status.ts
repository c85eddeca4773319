import type { DaemonStatus, PeerConnection } from '../../daemon/index.ts'
import type { CommandContext, CommandResult } from '../context.ts'
import { alignPairs } from '../table.ts'
import { formatBytes, formatDuration, plural, safeText } from '../text.ts'
import { pathName } from '../transfer-view.ts'

/** `peerage status` */
export async function run(context: CommandContext): CommandResult {
  const session = await context.open('daemon')
  const status = (await session.call('daemon.status', {}, { signal: context.signal })) as DaemonStatus
  if (context.options.json) return context.printJson(status)
  const { paint } = context
  const pairs: [string, string][] = [
    ['Peerage', `${paint.green('running')}, version ${safeText(status.version)}`],
    ['Peer id', safeText(status.peerId)],
    ['Home', safeText(status.home)],
    ['Running for', formatDuration((Date.now() - status.startedAt) / 1000)],
    ['Process', `${status.pid}, ${formatBytes(status.memoryBytes)} of memory`],
    ['Connected', describeConnections(status.connections)],
    ...status.addresses.map((address, i): [string, string] => [
      i === 0 ? 'Addresses' : '',
      safeText(address),
    ]),
    ['Web app', status.url === undefined ? 'off' : `${status.url}/  (\`peerage open\` opens it)`],
  ]
  await context.print(alignPairs(pairs, paint.dim).join('\n'))
}

function describeConnections(connections: readonly PeerConnection[]): string {
  if (connections.length === 0) return 'no peers'
  const counts = new Map<string, number>()
  for (const { path } of connections) counts.set(path, (counts.get(path) ?? 0) + 1)
  const peers = new Set(connections.map(({ peer }) => peer))
  return `${plural(peers.size, 'peer')} (${[...counts].map(([path, count]) => `${count} ${pathName(path)}`).join(', ')})`
}
