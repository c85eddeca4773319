import { isMultiaddr, type Multiaddr, multiaddr } from '@multiformats/multiaddr'

/** Multiaddrs longer than this are refused; the longest sensible one (IPv6, certhashes, two peer ids) is shorter. */
const maxAddressLength = 512

/** A multiaddr without its /p2p/ part, and the PeerId of that part. Undefined when malformed. */
export function parseAddress(text: string): { address: string; peer?: string } | undefined {
  if (text.length > maxAddressLength) return undefined
  let parsed: Multiaddr
  try {
    parsed = multiaddr(text)
  } catch {
    return undefined
  }
  if (!isMultiaddr(parsed)) return undefined
  const plain = parsed.toString()
  if (plain === '/') return undefined
  // Of an address behind a relay that ends there, the PeerId is the relay's.
  if (plain.endsWith('/p2p-circuit')) return { address: plain }
  const at = plain.lastIndexOf('/p2p/')
  if (at < 0) return { address: plain }
  const peer = plain.slice(at + 5)
  return peer.includes('/') ? undefined : { address: plain.slice(0, at), peer }
}

/**
 * Where peers were last known to be. Bounded: the peer that was named least recently is forgotten first, and of one peer the
 * address that was named least recently.
 */
export class AddressBook {
  readonly #maxPeers: number
  readonly #maxAddresses: number
  readonly #peers: Map<string, string[]> = new Map()

  constructor(limits: { maxKnownPeers: number; maxAddressesPerPeer: number }) {
    this.#maxPeers = limits.maxKnownPeers
    this.#maxAddresses = limits.maxAddressesPerPeer
  }

  get size(): number {
    return this.#peers.size
  }

  /** Everybody in it, most recently named first. */
  peers(): string[] {
    return [...this.#peers.keys()].reverse()
  }

  /** Puts `addresses` (best first) in front of those already known. Malformed ones and those of another peer are ignored. */
  remember(peer: string, addresses: readonly string[]): void {
    const fresh: string[] = []
    for (const text of addresses.slice(0, this.#maxAddresses)) {
      const parsed = parseAddress(text)
      if (parsed === undefined || (parsed.peer ?? peer) !== peer || parsed.address === '') continue
      if (!fresh.includes(parsed.address)) fresh.push(parsed.address)
    }
    if (fresh.length === 0) return
    const old = (this.#peers.get(peer) ?? []).filter(address => !fresh.includes(address))
    this.#peers.delete(peer)
    this.#peers.set(peer, [...fresh, ...old].slice(0, this.#maxAddresses))
    if (this.#peers.size > this.#maxPeers) {
      const oldest = this.#peers.keys().next()
      if (!oldest.done) this.#peers.delete(oldest.value)
    }
  }

  /** Addresses without /p2p/, most recently named first. */
  known(peer: string): string[] {
    return [...(this.#peers.get(peer) ?? [])]
  }
}
