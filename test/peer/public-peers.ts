import type { Peer } from '../../src/peer/index.ts'
import type { Share } from '../../src/services/files/index.ts'

/** Real sockets on loopback; whoever is not told of a peer does not find one: no DHT, no local networks. */
export const alone: Readonly<Record<string, unknown>> = {
  'network.hosts': ['127.0.0.1'],
  'network.mdns': false,
  'bittorrent.dht': false,
  'bittorrent.lsd': false,
  'trackers.minIntervalMs': 1000,
}

export function portOf(peer: Peer): number {
  return Number(/\/tcp\/(\d+)/.exec(peer.addresses()[0]!)![1])
}

/** Shares a path on the public network. */
export async function offer(peer: Peer, path: string, input: object): Promise<Share> {
  for await (const update of peer.files.share({ path, public: true, ...input }))
    if (update.phase === 'shared') return update
  throw new Error('it was not shared')
}

/** The magnet link with addresses of those peers. */
export function at(magnet: string, ...of: Peer[]): string {
  return `${magnet}${of.map(peer => `&x.pe=127.0.0.1:${portOf(peer)}`).join('')}`
}

export async function until(holds: () => Promise<boolean>, patienceMs = 10_000): Promise<void> {
  const end = Date.now() + patienceMs
  while (!(await holds())) {
    if (Date.now() > end) throw new Error('it never came so')
    await new Promise(resolve => setTimeout(resolve, 20))
  }
}
