import { addressGroup, type PeerStream } from '../../../network/index.ts'
import { rendezvousLimits } from '../../../wire/index.ts'
import { addressOf } from '../address-of.ts'
import { serve } from '../exchange.ts'
import type { DiscoveryHost, DiscoveryNetwork } from '../host.ts'
import type { ReadRecord } from '../opened-record.ts'
import { topicDiscovery } from '../topic-discovery.ts'
import { RendezvousClient, rendezvousProtocol } from './rendezvous-client.ts'
import { RendezvousServer } from './rendezvous-server.ts'

const idleMs = 30_000

/** Both sides of rendezvous: this peer is one for those whom the user allows, and uses those that it may. */
export class Rendezvous {
  readonly client: RendezvousClient
  readonly #host: DiscoveryHost
  readonly #network: DiscoveryNetwork
  readonly #read: ReadRecord
  readonly #ends: (() => void)[] = []
  #server: RendezvousServer | undefined

  constructor(host: DiscoveryHost, network: DiscoveryNetwork, read: ReadRecord) {
    this.#host = host
    this.#network = network
    this.#read = read
    this.client = new RendezvousClient({
      world: host.world,
      network,
      read,
      points: () => host.config.rendezvousPoints,
      acquaintances: () => this.#acquaintances(),
    })
  }

  /** What others left here; undefined while this peer is no rendezvous. */
  get served(): { readonly registrations: number; readonly topics: number } | undefined {
    return this.#server && { registrations: this.#server.registrations, topics: this.#server.topics }
  }

  start(): void {
    const { client } = this
    this.#ends.push(
      this.#network.on('peer-connected', ({ peer }) => {
        if (this.#host.isFor('circle', peer)) client.look()
      }),
      this.#network.on('addresses-changed', () => client.moved()),
      this.#network.addDiscovery(
        topicDiscovery({
          name: 'rendezvous',
          find: (topic, signal) => client.find(topic, signal),
          announce: (topic, signal) => client.announce(topic, signal),
        }),
      ),
    )
    client.look()
    this.review()
  }

  /** The user said whether, and for whom, this peer is a rendezvous. */
  review(): void {
    const { config, world } = this.#host
    const isOn = config.rendezvousFor !== 'off'
    if (isOn === (this.#server !== undefined)) return
    if (!isOn) {
      this.#server = undefined
      return void this.#network.unhandle(rendezvousProtocol)
    }
    this.#server = new RendezvousServer({
      world,
      read: this.#read,
      questionsPerMinute: config.questionsPerMinute,
      limits: {
        total: config.maxRegistrations,
        perPeer: config.maxRegistrationsPerPeer,
        perGroup: config.maxRegistrationsPerAddress,
        perTopic: config.maxRegistrationsPerTopic,
      },
    })
    this.#network.handle(rendezvousProtocol, stream => this.#serve(stream))
  }

  stop(): void {
    for (const end of this.#ends.splice(0)) end()
    this.client.stop()
    if (this.#server !== undefined) this.#network.unhandle(rendezvousProtocol)
  }

  /** Whoever may not is told nothing, as by a peer that says nothing. */
  #serve(stream: PeerStream): void {
    const { peer } = stream
    const isWelcome = (): boolean => this.#host.isFor(this.#host.config.rendezvousFor, peer)
    if (!isWelcome()) return void stream.abort(new Error('not for you'))
    const group = addressGroup(addressOf(this.#network, peer))
    serve({
      world: this.#host.world,
      stream,
      idleMs,
      maxQuestionBytes: rendezvousLimits.request,
      answer: frame => (isWelcome() ? this.#server?.answer(frame, peer, group) : undefined),
    })
  }

  *#acquaintances(): Iterable<string> {
    for (const { peer } of this.#network.connections()) if (this.#host.isFor('circle', peer)) yield peer
  }
}
