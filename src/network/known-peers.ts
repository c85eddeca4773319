import { AddressBook } from './address-book.ts'
import { Discoveries, type DiscoverySource, type Found, type FoundAddresses } from './discovery/index.ts'

/** Hearsay must not push out addresses that links or peers themselves gave, so it has a small book of its own. */
const hearsayLimits = { maxKnownPeers: 512, maxAddressesPerPeer: 8 }

export interface KnownPeersLimits {
  readonly maxTopics: number
  readonly maxKnownPeers: number
  readonly maxAddressesPerPeer: number
}

/** Where other peers are: what was told, what was heard, and who can be asked. */
export class KnownPeers {
  readonly discoveries: Discoveries
  readonly #self: string
  readonly #book: AddressBook
  readonly #hearsay: AddressBook = new AddressBook(hearsayLimits)

  constructor(self: string, limits: KnownPeersLimits) {
    this.#self = self
    this.#book = new AddressBook(limits)
    this.discoveries = new Discoveries(limits.maxTopics)
  }

  /** From a link, or from the peer itself. */
  remember(peer: string, addresses: readonly string[]): void {
    if (peer !== this.#self) this.#book.remember(peer, addresses)
  }

  hear(peer: string, addresses: readonly string[]): void {
    this.#hearsay.remember(peer, addresses)
  }

  /** Without /p2p/; what is believed most first. */
  addressesOf(peer: string): string[] {
    return [...new Set([...this.#book.known(peer), ...this.#hearsay.known(peer)])]
  }

  /** Of whom was heard, the latest first. */
  heard(): string[] {
    return this.#hearsay.peers()
  }

  /** What is found is remembered, so that it need not be sought again. */
  async *find(peer: string, signal: AbortSignal): AsyncGenerator<FoundAddresses> {
    for await (const found of this.discoveries.findPeer(peer, signal)) {
      this.hear(peer, found.addresses)
      yield found
    }
  }

  async *findTopic(
    topic: Uint8Array,
    signal: AbortSignal,
  ): AsyncGenerator<Found & { readonly how: DiscoverySource }> {
    for await (const found of this.discoveries.findTopic(topic, signal)) {
      if (found.peer === this.#self) continue
      this.hear(found.peer, found.addresses)
      yield found
    }
  }
}
