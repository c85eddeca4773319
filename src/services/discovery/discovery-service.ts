import type { DiscoverySource } from '../../network/index.ts'
import type { Audience } from './audience.ts'
import { ContactsDiscovery } from './contacts/contacts-discovery.ts'
import type { DiscoveryHost } from './host.ts'
import { type ReadRecord, recordReader } from './opened-record.ts'
import { Overlay } from './overlay/overlay.ts'
import { Rendezvous } from './rendezvous/rendezvous.ts'

/** How this peer and others meet at a rendezvous. */
export interface RendezvousStatus {
  readonly for: Audience
  /** What others left here. */
  readonly registrations: number
  readonly topics: number
  /** Points and contacts at which this peer is registered. */
  readonly used: readonly string[]
}

/** What one way of finding peers says of one. */
export interface FindRow {
  readonly peer: string
  readonly how: DiscoverySource
  readonly addresses: readonly string[]
  /** Since the question was asked. */
  readonly afterMs: number
}

/** Ways of finding peers besides those of the network itself. */
export class DiscoveryService {
  readonly host: DiscoveryHost
  readonly #read: ReadRecord
  readonly #rendezvous: Rendezvous | undefined
  readonly #contacts: ContactsDiscovery | undefined
  #overlay: Overlay | undefined

  constructor(host: DiscoveryHost) {
    this.host = host
    const { network } = host
    this.#read = recordReader(host.config.maxRegistrations)
    this.#rendezvous = network && new Rendezvous(host, network, this.#read)
    this.#contacts = network && new ContactsDiscovery(host, network, this.#read)
  }

  start(): void {
    this.#rendezvous?.start()
    this.#contacts?.start()
    this.#reviewOverlay()
  }

  stop(): void {
    this.#rendezvous?.stop()
    this.#contacts?.stop()
    this.#overlay?.stop()
  }

  /** The configuration changed. */
  review(): void {
    this.#rendezvous?.review()
    this.#rendezvous?.client.look()
    this.#reviewOverlay()
  }

  #reviewOverlay(): void {
    const { network, config } = this.host
    const isOn = network !== undefined && config.overlayFor !== 'off'
    if (!isOn) {
      this.#overlay?.stop()
      this.#overlay = undefined
    } else if (this.#overlay === undefined) {
      this.#overlay = new Overlay(this.host, network, this.#read)
      this.#overlay.start()
    } else this.#overlay.node.look()
  }

  rendezvous(): RendezvousStatus {
    const { registrations = 0, topics = 0 } = this.#rendezvous?.served ?? {}
    return {
      for: this.host.config.rendezvousFor,
      registrations,
      topics,
      used: this.#rendezvous?.client.used ?? [],
    }
  }

  /** What every way of finding peers says of the devices of a person, as it comes. */
  async *find(who: string, seconds: number, signal: AbortSignal): AsyncGenerator<FindRow> {
    const { world, network, peersOf } = this.host
    const began = world.now()
    const over = new AbortController()
    const timer = world.after(seconds * 1_000, () => over.abort(new Error('It took long enough.')))
    try {
      for (const peer of peersOf(who))
        for await (const found of network?.findPeer(peer, AbortSignal.any([signal, over.signal])) ?? [])
          yield { peer, ...found, afterMs: Math.round(world.now() - began) }
    } catch (reason) {
      if (reason !== over.signal.reason) throw reason
    } finally {
      timer.cancel()
    }
  }
}
