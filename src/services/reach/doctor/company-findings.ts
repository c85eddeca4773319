import { type DiscoverySource, isLocalPath, type Path } from '../../../network/index.ts'
import type { Facts } from './facts.ts'
import { counted, type Finding, good, note } from './finding.ts'

const pathNames: Readonly<Record<Path, string>> = {
  memory: 'in this program',
  loopback: 'on this machine',
  lan: 'on the local network',
  direct: 'directly over the internet',
  relayed: 'through others',
}

const finderNames: Readonly<Record<DiscoverySource, string>> = {
  mdns: 'the local networks',
  contacts: 'contacts whom both know',
  rendezvous: 'a rendezvous',
  kademlia: 'the Kademlia network',
  mainline: 'the DHT of BitTorrent',
  overlay: 'the overlay',
}

/** Who is asked where a peer is that has moved. */
export function checkFinders({ finders }: Facts): Finding {
  const asked = finders.map(name => finderNames[name])
  if (asked.length > 0) return good('Finding peers', `Asked where a peer is: ${asked.join(', ')}.`)
  return note(
    'Finding peers',
    'Nobody is asked where a peer is that has moved: only known addresses are tried.',
    'See the sections `discovery` and `kademlia` of `peerage config`.',
    'finders',
  )
}

/** With whom this peer is connected now, and how. */
export function checkConnections({ connections }: Facts): Finding {
  const peers = new Map(connections.map(({ peer, path }) => [peer, path]))
  if (peers.size === 0)
    return good('Connections', 'None right now; that is normal when nothing is exchanged.')
  const ways = Map.groupBy(peers.values(), path => path)
  const told = [...ways].map(([path, those]) => `${those.length} ${pathNames[path]}`)
  return good('Connections', `${counted(peers.size, 'peer')}: ${told.join(', ')}.`)
}

/** Relayed connections are slow: whether there are only such to peers elsewhere. */
export function checkRelayedOnly({ connections, settings }: Facts): Finding | undefined {
  const elsewhere = connections.filter(({ path }) => !isLocalPath(path))
  if (elsewhere.length === 0 || elsewhere.some(({ path }) => path === 'direct')) return undefined
  return note(
    'Paths',
    'All connections to peers elsewhere go through others, which is slower.',
    '`peerage path CONTACT` tells what a direct one fails of.',
    settings['network.punch'] === false ? 'punching' : undefined,
  )
}

/** Through whom this peer is reached that others cannot connect to. */
export function checkRelays({ relays: { isWanted, used }, settings, port }: Facts): Finding | undefined {
  if (used.length > 0) return good('Relays', `Others reach this peer through ${used.join(' and ')}.`)
  if (settings['relay.use'] === 'never' && port.verdict === 'closed')
    return note(
      'Relays',
      'Nobody can connect to this peer, and it may not be reached through others either (relay.use is never).',
      '`peerage config set relay.use auto` lets it be.',
      'use-relays',
    )
  if (!isWanted) return undefined
  return note(
    'Relays',
    'No relay is known through which others could reach this peer.',
    'A contact who is reachable can be one: `peerage config set relay.relayFor contacts` there.',
  )
}

/** Whether the Mainline DHT answers. */
export function checkDht({ dhtNodes }: Facts): Finding | undefined {
  if (dhtNodes === undefined) return undefined
  if (dhtNodes > 0) return good('DHT', `${counted(dhtNodes, 'node')} known.`)
  return note(
    'DHT',
    'No node of the public DHT is known.',
    'Without internet that is normal. Otherwise a firewall may block UDP.',
  )
}
