import type { PathReport, Way } from '../../services/reach/index.ts'
import { coerceInput } from '../coerce-input.ts'
import type { CommandContext, CommandResult } from '../context.ts'
import { alignPairs, alignTable } from '../table.ts'
import { formatDuration, plural, safeText, shortPeer } from '../text.ts'
import { pathName } from '../transfer-view.ts'

/** `peerage path [WHOM]`: exit code 1 when the one who was asked for is not connected. */
export async function run(context: CommandContext): CommandResult {
  const input = coerceInput(context.command, context.input)
  const session = await context.open('daemon')
  const options = { signal: context.signal }
  const reports = (await session.call('reach.path', input, options)) as readonly PathReport[]
  const all = input.whom === undefined
  if (context.options.json) await context.printJson(reports)
  else if (all && reports.length === 0) context.note('No peer is connected right now.')
  else
    await context.print(all ? table(reports, context) : reports.map(one => whole(one, context)).join('\n\n'))
  return all || reports.some(({ connected }) => connected) ? 0 : 1
}

function table(reports: readonly PathReport[], { paint }: CommandContext): string {
  const [head = '', ...rows] = alignTable(
    [
      { title: 'Peer' },
      { title: 'Path' },
      { title: 'Round trip', right: true },
      { title: 'Since', right: true },
      { title: 'Address' },
    ],
    reports.map(report => {
      const [used] = report.ways
      return [
        nameOf(report),
        used === undefined ? '-' : describePath(used),
        milliseconds(used?.rttMs),
        used?.at === undefined ? '-' : ago(used.at),
        safeText(used?.address ?? ''),
      ]
    }),
  )
  return [paint.dim(head), ...rows].join('\n')
}

function whole(report: PathReport, { paint }: CommandContext): string {
  const { peer, ways, punch, problem, advice, connected } = report
  const [first] = ways
  const used = first?.state === 'used' ? first : undefined
  const others = ways.filter(way => way !== used)
  return alignPairs(
    [
      [
        'Peer',
        report.contact === undefined ? safeText(peer) : `${safeText(report.contact)} (${shortPeer(peer)})`,
      ],
      ['Connected', connected && used !== undefined ? `${describePath(used)}, for ${ago(used.at)}` : 'no'],
      ...(used === undefined ? [] : usedPairs(used)),
      ...others.map((way, i): [string, string] => [i === 0 ? 'Other ways' : '', describeWay(way)]),
      ...(punch === undefined ? [] : [pair('Hole punching', describePunch(punch))]),
      ...(problem === undefined || connected ? [] : [pair('Problem', problem)]),
      ...(advice === undefined ? [] : [pair('What to do', advice)]),
    ],
    paint.dim,
  ).join('\n')
}

function usedPairs({ address, rttMs, direction }: Way): [string, string][] {
  return [
    ['Address', `${safeText(address)}${direction === 'inbound' ? ' (it connected to us)' : ''}`],
    ['Round trip', milliseconds(rttMs)],
  ]
}

function describeWay(way: Way): string {
  const told: Readonly<Record<Way['state'], string>> = {
    used: 'in use',
    open: `open too (${describePath(way)})`,
    spare: 'works, but another was faster',
    failed: `failed ${ago(way.at)} ago: ${safeText(way.problem ?? '')}`,
    untried: 'not tried yet',
    forbidden: 'not allowed here (settings, a ban, or a list of addresses)',
  }
  return `${safeText(way.address)}  ${told[way.state]}`
}

function describePunch({ outcome, at, attempts, reason }: NonNullable<PathReport['punch']>): string {
  if (outcome === 'trying') return 'is being tried'
  const told = outcome === 'direct' ? 'worked' : 'failed'
  const why = reason === undefined ? '' : `: ${reason}`
  return `${told} ${ago(at)} ago, after ${plural(attempts, 'attempt')}${outcome === 'direct' ? '' : why}`
}

/** `LAN`, `direct by UDP`, `relayed through 12D3KooW…x7Qp`. */
function describePath({ path, via, address }: Way): string {
  if (via !== undefined) return `${pathName(path)} through ${shortPeer(via)}`
  return `${pathName(path)}${/\/udp\//.test(address) ? ' by UDP' : ''}`
}

function nameOf({ peer, contact }: PathReport): string {
  return contact === undefined ? shortPeer(peer) : safeText(contact)
}

function milliseconds(ms: number | undefined): string {
  if (ms === undefined) return '-'
  return `${ms < 10 ? ms.toFixed(1) : Math.round(ms)} ms`
}

function ago(at: number | undefined): string {
  return at === undefined ? '-' : formatDuration((Date.now() - at) / 1000)
}

function pair(name: string, value: string): [string, string] {
  return [name, safeText(value)]
}
