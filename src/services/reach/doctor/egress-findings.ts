import type { EgressState } from '../../../network/index.ts'
import type { Facts } from './facts.ts'
import { bad, type Finding, good, note } from './finding.ts'

const topic = 'Way out'

/** Whether what leaves by one interface or proxy only can leave. */
export function checkEgress({ egress }: Facts): Finding | undefined {
  if (egress.interface === undefined && egress.proxy === undefined) return undefined
  if (!egress.isUp)
    return bad(
      topic,
      `Nothing leaves this peer now: ${egress.problem ?? 'the way out is gone'}`,
      'It goes on by itself when that is back. `peerage config get network.interface` and `network.proxy` say what is wanted.',
    )
  const ways = [...interfaceText(egress), ...proxyText(egress)]
  return good(topic, `Everything leaves ${ways.join(', ')}, or not at all.`)
}

/** A proxy that passes no datagrams on costs half of what there is. */
export function checkProxyUdp({ egress: { proxy } }: Facts): Finding | undefined {
  if (proxy?.udp !== false) return undefined
  return note(
    'Proxy',
    `It passes no UDP on${proxy.udpProblem === undefined ? '' : ` (${proxy.udpProblem})`}: no DHT, no uTP, no UDP trackers.`,
    'Other proxies can; nothing goes past this one.',
  )
}

/** Whether UDP sockets that died could be opened again. */
export function checkUdp({ udp }: Facts): Finding | undefined {
  if (udp?.isUp !== false) return undefined
  return bad(
    'UDP',
    `The UDP port of this peer is gone and cannot be opened again${udp.problem === undefined ? '' : ` (${udp.problem})`}.`,
    'It is tried again and again. Starting the peer anew may help.',
    'restart',
  )
}

function interfaceText({ interface: held }: EgressState): string[] {
  return held === undefined ? [] : [`by ${held.name ?? held.wanted}`]
}

function proxyText({ proxy }: EgressState): string[] {
  return proxy === undefined ? [] : [`through the proxy ${proxy.address}`]
}
