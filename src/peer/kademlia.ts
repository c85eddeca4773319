import type { Access } from '../access/index.ts'
import { type World, z } from '../base/index.ts'
import {
  type KademliaConfig,
  KademliaNetwork,
  type KeptPeer,
  type Network,
  type NetworkConfig,
  peerageKademlia,
} from '../network/index.ts'
import type { Store } from '../store/index.ts'
import type { Acquaintances } from './acquaintances.ts'
import type { Config } from './config.ts'
import { circlesWith } from './fellows.ts'

/** Kind and key under which peers to begin with are remembered. */
const place = ['peer', 'kademlia'] as const

interface Parts {
  readonly config: Config
  readonly network: Network
  readonly store: Store
  readonly access: Access
  readonly known: Acquaintances
  readonly world: World
}

/** The Kademlia network of peers of Peerage, unless it is off: one of the ways in which this peer finds others. */
export function startKademlia({
  config,
  network,
  store,
  access,
  known,
  world,
}: Parts): KademliaNetwork | undefined {
  const settings = config.section<KademliaConfig>('kademlia')
  if (!settings.enabled) return undefined
  const resource = 'service:kademlia'
  access.setPolicy(resource, { subjects: ['everyone'], actions: ['use'] })
  const { onlyKnown } = config.section<{ readonly onlyKnown: boolean }>('access')
  const kademlia = new KademliaNetwork({
    world,
    network,
    config: settings,
    protocol: peerageKademlia,
    known: keptPeers(store),
    onlyLocal: config.section<NetworkConfig>('network').lanOnly,
    mayAsk: peer => access.check({ subject: { peer }, action: 'use', resource }).allowed,
    ...(onlyKnown && { mayTell: (about, to) => haveCircleInCommon(known, about, to) }),
  })
  kademlia.start()
  network.addDiscovery(kademlia.discovery())
  return kademlia
}

/** Peers are kept, so that the next run needs nobody to enter the network by. */
export function stopKademlia(kademlia: KademliaNetwork, store: Store): void {
  const { kept } = kademlia
  kademlia.stop()
  if (kept.length > 0) store.state.put(...place, kept)
}

/** Two contacts of the user need not know of one another; members of one circle do. */
function haveCircleInCommon(known: Acquaintances, about: string, to: string): boolean {
  const [one, other] = [about, to].map(peer => known.people.principal(peer))
  if (one === undefined || other === undefined) return false
  const circles = circlesWith(known, one)
  return [...circlesWith(known, other)].some(circle => circles.has(circle))
}

function keptPeers(store: Store): KeptPeer[] {
  const kept = z.object({ peer: z.string().max(128), addresses: z.array(z.string().max(512)).max(16) })
  const parsed = z
    .array(kept)
    .max(64)
    .safeParse(store.state.get(...place))
  return parsed.success ? parsed.data : []
}
