import { isLocalPath } from '../../../network/index.ts'
import type { Facts } from './facts.ts'
import { type Finding, found } from './finding.ts'

/** Who is asked where a peer is that has moved. */
export function checkFinders({ finders }: Facts): Finding {
  return finders.length > 0
    ? found('good', 'finders.asked', { finders })
    : found('note', 'finders.nobody', {}, 'finders')
}

/** With whom this peer is connected now, and how. */
export function checkConnections({ connections }: Facts): Finding {
  const peers = new Map(connections.map(({ peer, path }) => [peer, path]))
  if (peers.size === 0) return found('good', 'connections.none', {})
  const ways = [...Map.groupBy(peers.values(), path => path)]
  return found('good', 'connections.some', {
    count: peers.size,
    ways: ways.map(([path, those]) => ({ path, count: those.length })),
  })
}

/** Relayed connections are slow: whether there are only such to peers elsewhere. */
export function checkRelayedOnly({ connections, settings }: Facts): Finding | undefined {
  const elsewhere = connections.filter(({ path }) => !isLocalPath(path))
  if (elsewhere.length === 0 || elsewhere.some(({ path }) => path === 'direct')) return undefined
  return found('note', 'paths.relayed', {}, settings['network.punch'] === false ? 'punching' : undefined)
}

/** Through whom this peer is reached that others cannot connect to. */
export function checkRelays({ relays: { isWanted, used }, settings, port }: Facts): Finding | undefined {
  if (used.length > 0) return found('good', 'relays.used', { names: used })
  if (settings['relay.use'] === 'never' && port.verdict === 'closed')
    return found('note', 'relays.refused', {}, 'use-relays')
  return isWanted ? found('note', 'relays.none', {}) : undefined
}

/** Whether the Mainline DHT answers. */
export function checkDht({ dhtNodes }: Facts): Finding | undefined {
  if (dhtNodes === undefined) return undefined
  return dhtNodes > 0 ? found('good', 'dht.nodes', { count: dhtNodes }) : found('note', 'dht.none', {})
}

/** Whether the DHT of IPFS answers. */
export function checkIpfs({ ipfs }: Facts): Finding | undefined {
  if (ipfs === undefined) return undefined
  return ipfs.nodes > 0 ? found('good', 'ipfs.nodes', ipfs) : found('note', 'ipfs.none', {})
}
