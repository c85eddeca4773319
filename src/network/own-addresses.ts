/** Who knows of an address of ours, besides the sockets that listen. */
export type AddressSource = 'gateway' | 'observed' | 'relay'

const order: readonly AddressSource[] = ['gateway', 'observed', 'relay']
const maxPerSource = 8

/**
 * Where else this peer can be dialled than where its sockets listen: multiaddrs without /p2p/, best first. Each part of the network
 * that learns of some sets its own.
 */
export class OwnAddresses {
  readonly #bySource: Map<AddressSource, readonly string[]> = new Map()
  readonly #onChange: () => void

  constructor(onChange: () => void) {
    this.#onChange = onChange
  }

  /** Replaces what `source` knows; at most eight are kept. */
  set(source: AddressSource, addresses: readonly string[]): void {
    const kept = addresses.slice(0, maxPerSource)
    if (kept.join() === this.of(source).join()) return
    this.#bySource.set(source, kept)
    this.#onChange()
  }

  of(source: AddressSource): readonly string[] {
    return this.#bySource.get(source) ?? []
  }

  /** Of all sources, each once. */
  list(): string[] {
    return [...new Set(order.flatMap(source => this.of(source)))]
  }
}
