import type { Facts } from './facts.ts'
import { type Finding, found } from './finding.ts'
import type { FindingValues } from './finding-values.ts'
import { roomKeys } from './remedies.ts'

/** From this share of a bound on it is worth a word. */
const nearlyFull = 0.9

/** Whether something is nearly full that others can fill. */
export function checkLimits({ held }: Facts): Finding | undefined {
  if (held === undefined) return undefined
  const { connections, streams, memory } = held
  const pools: readonly FindingValues['limits.full'][] = [
    {
      what: 'network.maxConnections',
      used: connections.inbound + connections.outbound,
      max: connections.max,
    },
    { what: 'network.maxRawConnections', used: connections.raw, max: connections.maxRaw },
    { what: 'network.maxPendingInbound', used: connections.pending, max: connections.maxPending },
    { what: 'network.maxStreams', used: streams.open, max: streams.max },
    { what: 'network.maxBufferedBytes', used: memory.sending + memory.receiving, max: memory.max },
  ]
  const full = pools.find(({ used, max }) => used >= nearlyFull * max)
  if (full === undefined) return undefined
  return found('note', 'limits.full', full, roomKeys.some(one => one === full.what) ? 'more-room' : undefined)
}
