import type { Access } from '../access/index.ts'
import { type World, z } from '../base/index.ts'
import {
  type KademliaConfig,
  KademliaNetwork,
  type KademliaStatus,
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

/** The Kademlia network of peers of Peerage, while `kademlia.enabled` says so: one of the ways in which this peer finds others. */
export class Kademlia {
  readonly #parts: Parts
  #running: { readonly network: KademliaNetwork; readonly leave: () => void } | undefined

  constructor(parts: Parts) {
    this.#parts = parts
    const { config } = parts
    this.#follow(config.section<KademliaConfig>('kademlia').enabled)
    config.onChange('kademlia.enabled', { apply: isOn => this.#follow(isOn as boolean) })
  }

  /** Undefined while it is off. */
  get status(): KademliaStatus | undefined {
    return this.#running?.network.status
  }

  /** Peers are kept, so that the next run needs nobody to enter the network by. */
  stop(): void {
    if (this.#running === undefined) return
    const { network, leave } = this.#running
    const { kept } = network
    this.#running = undefined
    leave()
    network.stop()
    if (kept.length > 0) this.#parts.store.state.put(...place, kept)
  }

  #follow(isOn: boolean): void {
    if (!isOn) this.stop()
    else if (this.#running === undefined) {
      const network = kademliaOf(this.#parts)
      network.start()
      this.#running = { network, leave: this.#parts.network.addDiscovery(network.discovery()) }
    }
  }
}

function kademliaOf({ config, network, store, access, known, world }: Parts): KademliaNetwork {
  const settings = config.section<KademliaConfig>('kademlia')
  const resource = 'service:kademlia'
  access.setPolicy(resource, { subjects: ['everyone'], actions: ['use'] })
  const { onlyKnown } = config.section<{ readonly onlyKnown: boolean }>('access')
  return new KademliaNetwork({
    world,
    network,
    config: settings,
    protocol: peerageKademlia,
    known: keptPeers(store),
    onlyLocal: config.section<NetworkConfig>('network').lanOnly,
    mayAsk: peer => access.check({ subject: { peer }, action: 'use', resource }).allowed,
    ...(onlyKnown && { mayTell: (about, to) => haveCircleInCommon(known, about, to) }),
  })
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
