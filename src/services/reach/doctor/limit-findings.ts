import type { Facts } from './facts.ts'
import { type Finding, note } from './finding.ts'
import { roomKeys } from './remedies.ts'

/** From this share of a bound on it is worth a word. */
const nearlyFull = 0.9

/** Whether something is nearly full that others can fill. */
export function checkLimits({ held }: Facts): Finding | undefined {
  if (held === undefined) return undefined
  const { connections, streams, memory } = held
  const pools: readonly [what: string, used: number, max: number, key: string][] = [
    ['connections', connections.inbound + connections.outbound, connections.max, 'maxConnections'],
    ['BitTorrent connections', connections.raw, connections.maxRaw, 'maxRawConnections'],
    ['handshakes', connections.pending, connections.maxPending, 'maxPendingInbound'],
    ['streams', streams.open, streams.max, 'maxStreams'],
    ['bytes waiting', memory.sending + memory.receiving, memory.max, 'maxBufferedBytes'],
  ]
  const full = pools.find(([, used, max]) => used >= nearlyFull * max)
  if (full === undefined) return undefined
  const [what, used, max, key] = full
  return note(
    'Limits',
    `${used} of ${max} ${what} are in use: strangers may be turned away, contacts are not.`,
    `If this machine can carry more, raise \`network.${key}\`.`,
    roomKeys.some(one => one === `network.${key}`) ? 'more-room' : undefined,
  )
}
