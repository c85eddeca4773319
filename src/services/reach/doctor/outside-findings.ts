import { isIPv4 } from 'node:net'
import { isLanIp, type NatReport } from '../../../network/index.ts'
import type { Facts } from './facts.ts'
import { bad, counted, type Finding, good, note } from './finding.ts'

const topic = 'From outside'

/** Whether others come in from the internet, and if not, how they could. */
export function checkOutside(facts: Facts): Finding | undefined {
  const { port, gateway } = facts
  if (port.port === undefined || gateway?.off === 'lan-only') return undefined
  if (port.verdict === 'open') return good(topic, howOpen(facts))
  if (port.verdict === 'unknown')
    return note(
      topic,
      'No peer outside your networks could be asked to try, and none has come in so far.',
      'Connect to a peer elsewhere and look again.',
    )
  const closed = 'Peers outside your networks cannot connect to this one.'
  const advice = `${wayIn(facts)} ${meanwhile(facts)}`
  return facts.relays.used.length > 0 ? note(topic, closed, advice) : bad(topic, closed, advice)
}

function howOpen({ port: { inbound, asked }, at }: Facts): string {
  if (inbound !== undefined) {
    const minutes = Math.max(0, Math.round((at - inbound.lastAt) / 60_000))
    return `${counted(inbound.count, 'connection')} came in, the last one ${counted(minutes, 'minute')} ago.`
  }
  const ways = asked.some(({ udp }) => udp) ? 'TCP and UDP' : 'TCP'
  return `A peer outside was asked to connect, and came through by ${ways}.`
}

/** What the user can do about a closed port. */
function wayIn({ port: { port }, gateway, addresses }: Facts): string {
  if (gateway?.doubleNat) return 'Only the other router, or IPv6, can change that; see "Router".'
  if (gateway?.state === 'mapped')
    return `The router has the port open, so a firewall on this machine may be what keeps them out: allow TCP and UDP port ${port} there.`
  // Not the one under which others see us, nor a relay's: the router needs that of its own network.
  const own = addresses.filter(one => !one.includes('/p2p-circuit')).map(one => one.split('/')[2] ?? '')
  const target = own.find(ip => isIPv4(ip) && isLanIp(ip)) ?? 'this machine'
  return `Switch on UPnP in your router, or forward TCP and UDP port ${port} to ${target} there, and allow it in the firewall.`
}

/** How it goes until that is done. */
function meanwhile({ nat, relays }: Facts): string {
  if (relays.used.length > 0) return `Until then this peer is reached through ${relays.used.join(' and ')}.`
  const punches = nat.some(({ kind }) => kind === 'easy' || kind === 'none')
  return punches
    ? 'Until then others meet this peer by hole punching, or exchange with it when it connects to them.'
    : 'Until then others exchange with this peer only when it connects to them.'
}

/** What stands between the UDP socket and the internet. */
export function checkNat({ nat }: Facts): Finding | undefined {
  const report = nat.find(({ family, kind }) => family === 4 && kind !== 'unknown')
  return report && natFindings[report.kind](report)
}

const natFindings: Readonly<Record<NatReport['kind'], (report: NatReport) => Finding | undefined>> = {
  none: () => good('NAT', 'Addresses are not changed on the way to the internet.'),
  easy: ({ endpoint }) =>
    good(
      'NAT',
      `The router keeps one UDP port for all (${endpointText(endpoint)}): hole punching works with most peers.`,
    ),
  hard: () =>
    note(
      'NAT',
      'The router takes another UDP port for each peer: hole punching works only with peers whose router does not.',
      'An opened port, or IPv6, makes up for it. Some routers have a switch for it ("full cone", "open NAT").',
    ),
  blocked: () =>
    note(
      'NAT',
      'No UDP comes back from outside: a firewall blocks it, as in many companies and hotels.',
      'Connections go by TCP only. Nothing is broken, but allow UDP if the firewall is yours.',
    ),
  unknown: () => undefined,
}

function endpointText(endpoint: NatReport['endpoint']): string {
  return endpoint === undefined ? 'not known which' : `${endpoint.address} port ${endpoint.port}`
}
