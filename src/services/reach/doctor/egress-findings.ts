import type { Facts } from './facts.ts'
import { type Finding, found } from './finding.ts'

/** Whether what leaves by one interface or proxy only can leave. */
export function checkEgress({ egress }: Facts): Finding | undefined {
  const { interface: held, proxy, isUp, problem } = egress
  if (held === undefined && proxy === undefined) return undefined
  const way = {
    ...(held !== undefined && { interface: held.name ?? held.wanted }),
    ...(proxy !== undefined && { proxy: proxy.address }),
  }
  if (isUp) return found('good', 'egress.held', way)
  return found('bad', 'egress.stuck', { ...way, ...(problem !== undefined && { problem }) })
}

/** A proxy that passes no datagrams on costs half of what there is. */
export function checkProxyUdp({ egress: { proxy } }: Facts): Finding | undefined {
  if (proxy?.udp !== false) return undefined
  return found('note', 'proxy.no-udp', {
    ...(proxy.udpProblem !== undefined && { problem: proxy.udpProblem }),
  })
}

/** Whether UDP sockets that died could be opened again. */
export function checkUdp({ udp }: Facts): Finding | undefined {
  if (udp?.isUp !== false) return undefined
  return found('bad', 'udp.gone', { ...(udp.problem !== undefined && { problem: udp.problem }) }, 'restart')
}
