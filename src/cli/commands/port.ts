import type { DialBackRow, PortReport } from '../../services/reach/index.ts'
import type { CommandContext, CommandResult } from '../context.ts'
import { alignPairs } from '../table.ts'
import { formatDuration, plural, safeText, shortPeer } from '../text.ts'
import { pathName } from '../transfer-view.ts'

/** `peerage port`: exit code 1 when the port is closed. */
export async function run(context: CommandContext): CommandResult {
  const session = await context.open('daemon')
  const report = (await session.call('reach.port', {}, { signal: context.signal })) as PortReport
  if (context.options.json) await context.printJson(report)
  else await context.print(alignPairs(pairsOf(report), context.paint.dim).join('\n'))
  return report.verdict === 'closed' ? 1 : 0
}

function pairsOf(report: PortReport): [string, string][] {
  const { port, inbound, seenAs, asked } = report
  return [
    ['Port', port === undefined ? 'none: this peer does not listen' : `TCP and UDP ${port}`],
    ...seenAs
      .slice(0, 4)
      .map(({ address, by }, i): [string, string] => [
        i === 0 ? 'Seen as' : '',
        `${safeText(address)}, by ${plural(by, 'peer')}`,
      ]),
    ['From outside', describeInbound(inbound)],
    ...asked.map((row, i): [string, string] => [i === 0 ? 'Asked' : '', describeAsked(row)]),
    ['Verdict', describeVerdict(report)],
  ]
}

function describeInbound(inbound: PortReport['inbound']): string {
  if (inbound === undefined) return 'nobody came so far'
  const ago = formatDuration((Date.now() - inbound.lastAt) / 1000)
  return `${plural(inbound.count, 'connection')}, the last one ${ago} ago`
}

function describeAsked({ peer, path, tcp, udp, problem }: DialBackRow): string {
  const who = `${shortPeer(safeText(peer))} (${pathName(path)})`
  if (problem !== undefined) return `${who} did not try: ${safeText(problem)}`
  const ways = [...(tcp ? ['TCP'] : []), ...(udp ? ['UDP'] : [])]
  return ways.length === 0
    ? `${who} could not reach this peer`
    : `${who} reached this peer by ${ways.join(' and ')}`
}

/** What is known, and what to do about it. */
export function describeVerdict({ verdict, port, asked }: PortReport): string {
  if (port === undefined) return 'Others cannot reach this peer; see `peerage config get network.hosts`.'
  if (verdict === 'open') return 'open: others can reach this peer'
  if (verdict === 'closed')
    return `closed: forward TCP and UDP port ${port} to this machine in your router, and allow it in the firewall`
  const near = asked.some(({ tcp }) => tcp) ? 'open on the local network; ' : ''
  return `${near}not seen from outside yet: connect to a peer elsewhere and try again`
}
