import { isIPv4 } from 'node:net'
import { isLanIp, type NatReport } from '../../../network/index.ts'
import type { Facts } from './facts.ts'
import { type Finding, found } from './finding.ts'
import type { FindingValues } from './finding-values.ts'

/** Whether others come in from the internet, and if not, how they could. */
export function checkOutside(facts: Facts): Finding | undefined {
  const { port, gateway, relays } = facts
  if (port.port === undefined || gateway?.off === 'lan-only') return undefined
  if (port.verdict === 'open') return howOpen(facts)
  if (port.verdict === 'unknown') return found('note', 'outside.unknown', {})
  return found(relays.used.length > 0 ? 'note' : 'bad', 'outside.closed', closed(facts, port.port))
}

function howOpen({ port: { inbound, asked }, at }: Facts): Finding {
  if (inbound === undefined) return found('good', 'outside.asked', { udp: asked.some(({ udp }) => udp) })
  const minutes = Math.max(0, Math.round((at - inbound.lastAt) / 60_000))
  return found('good', 'outside.came', { count: inbound.count, minutes })
}

function closed({ gateway, addresses, nat, relays }: Facts, port: number): FindingValues['outside.closed'] {
  // Not the one under which others see us, nor a relay's: the router needs that of its own network.
  const own = addresses.filter(one => !one.includes('/p2p-circuit')).map(one => one.split('/')[2] ?? '')
  const target = own.find(ip => isIPv4(ip) && isLanIp(ip))
  return {
    way: gateway?.doubleNat ? 'second-router' : gateway?.state === 'mapped' ? 'firewall' : 'forward',
    port,
    ...(target !== undefined && { target }),
    relays: relays.used,
    punches: nat.some(({ kind }) => kind === 'easy' || kind === 'none'),
  }
}

/** What stands between the UDP socket and the internet. */
export function checkNat({ nat }: Facts): Finding | undefined {
  const report = nat.find(({ family, kind }) => family === 4 && kind !== 'unknown')
  return report && natFindings[report.kind](report)
}

const natFindings: Readonly<Record<NatReport['kind'], (report: NatReport) => Finding | undefined>> = {
  none: () => found('good', 'nat.none', {}),
  easy: ({ endpoint }) => found('good', 'nat.easy', { ...(endpoint !== undefined && { endpoint }) }),
  hard: () => found('note', 'nat.hard', {}),
  blocked: () => found('note', 'nat.blocked', {}),
  unknown: () => undefined,
}
