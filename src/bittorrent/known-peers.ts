import type { World } from '../base/index.ts'
import type { Endpoint } from '../network/index.ts'
import type { BitTorrentConfig } from './config.ts'

/** How an address became known; those in front are believed more. */
export type PeerSource = 'link' | 'lan' | 'tracker' | 'dht' | 'pex'

/** An address that may be a peer of one content. */
export interface KnownPeer {
  readonly endpoint: Endpoint
  readonly source: PeerSource
  /** It said that it takes uTP (BEP 11). */
  utp: boolean
  failures: number
  nextTryAt: number
  state: 'idle' | 'dialling' | 'connected'
  /** By which name of the content it was found, if that is known. */
  name: Uint8Array | undefined
  /** It was named again since it was dialled. */
  isNews: boolean
  /** It has everything, as others say or as it showed. */
  seed: boolean
  /** Whether to dial it with encryption first, where that is a matter of preference: it is said to like it, or refused the other way. */
  encrypt: boolean
  /** Who told of it, where both take part in holepunching (BEP 55). */
  relay: string | undefined
}

/** What is said of an address: by others (BEP 11), or by how it was found. */
export interface PeerHints {
  /** It takes uTP. */
  readonly utp?: boolean
  /** It prefers encrypted connections. */
  readonly encrypt?: boolean
  /** It has everything. */
  readonly seed?: boolean
  /** By which of the content's names it was found: it may know no other. */
  readonly name?: Uint8Array
  /** Who said so, if the address takes part in holepunching. */
  readonly relay?: string | undefined
}

const order: readonly PeerSource[] = ['link', 'lan', 'tracker', 'dht', 'pex']

/** `ip:port`, IPv6 in brackets. */
export function endpointText({ address, port }: Endpoint): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`
}

/**
 * The addresses known for one content, and when each may be dialled next. Decides only. Back-off doubles from `redialMs` to
 * `maxRedialMs` with a random part.
 */
export class KnownPeers {
  readonly #world: World
  readonly #config: BitTorrentConfig
  readonly #peers = new Map<string, KnownPeer>()
  /** Addresses from each source so far. */
  readonly #found = new Map<PeerSource, number>()

  constructor(world: World, config: BitTorrentConfig) {
    this.#world = world
    this.#config = config
  }

  get size(): number {
    return this.#peers.size
  }

  found(source: PeerSource): number {
    return this.#found.get(source) ?? 0
  }

  /** True when it is new. */
  add(endpoint: Endpoint, source: PeerSource, hints: PeerHints = {}): boolean {
    const { utp = false, encrypt = false, seed = false, relay, name } = hints
    const key = endpointText(endpoint)
    const known = this.#peers.get(key)
    if (known !== undefined) {
      known.utp ||= utp
      known.seed ||= seed
      known.isNews = true
      known.name ??= name
      known.relay = relay ?? known.relay
      // What was tried is believed more than what is said.
      if (known.failures === 0 && known.state === 'idle') known.encrypt ||= encrypt
      return false
    }
    if (this.#peers.size >= this.#config.maxKnownPeers && !this.#forgetOne()) return false
    this.#found.set(source, this.found(source) + 1)
    const nextTryAt = this.#world.now()
    this.#peers.set(key, {
      endpoint,
      source,
      utp,
      failures: 0,
      nextTryAt,
      state: 'idle',
      isNews: true,
      seed,
      name,
      encrypt,
      relay,
    })
    return true
  }

  /** A user or a link named it again, or it spoke up itself: it is worth a try now. */
  hurry(endpoint: Endpoint): void {
    const known = this.#peers.get(endpointText(endpoint))
    if (known !== undefined) known.nextTryAt = this.#world.now()
  }

  /** At most `count` that may be dialled now, those with the fewest failures and the best source first. */
  take(count: number): KnownPeer[] {
    const now = this.#world.now()
    const ready = [...this.#peers.values()].filter(peer => peer.state === 'idle' && peer.nextTryAt <= now)
    ready.sort((a, b) => a.failures - b.failures || order.indexOf(a.source) - order.indexOf(b.source))
    return dialled(ready.slice(0, Math.max(0, count)))
  }

  /**
   * At most `count` for a seed to dial: those that were named since they were dialled and may want something. Whoever spoke up
   * on a local network is not made to wait.
   */
  takeNews(count: number): KnownPeer[] {
    const now = this.#world.now()
    const fresh = [...this.#peers.values()].filter(
      peer =>
        peer.state === 'idle' &&
        peer.isNews &&
        !peer.seed &&
        (peer.source === 'lan' || peer.nextTryAt <= now),
    )
    fresh.sort((a, b) => a.failures - b.failures)
    return dialled(fresh.slice(0, Math.max(0, count)))
  }

  /** This one is to be dialled out of turn. Undefined when it is in use, or there is no room for it. */
  seize(endpoint: Endpoint): KnownPeer | undefined {
    this.add(endpoint, 'pex')
    const known = this.#peers.get(endpointText(endpoint))
    if (known?.state !== 'idle') return undefined
    known.state = 'dialling'
    return known
  }

  connected(peer: KnownPeer): void {
    peer.state = 'connected'
    peer.failures = 0
  }

  /** `never`: it is ourselves, or has nothing to do with this content. */
  lost(peer: KnownPeer, never = false): void {
    if (never) peer.failures = Math.max(peer.failures, 20)
    else if (peer.state === 'dialling') peer.failures++
    peer.state = 'idle'
    const { redialMs, maxRedialMs } = this.#config
    const pause = Math.min(maxRedialMs, redialMs * 2 ** Math.min(20, peer.failures))
    peer.nextTryAt = this.#world.now() + pause * (0.75 + this.#world.random.fraction() / 2)
  }

  /** Milliseconds until one may be dialled; undefined when there is none. */
  waitMs(): number | undefined {
    let soonest: number | undefined
    for (const peer of this.#peers.values())
      if (peer.state === 'idle') soonest = Math.min(soonest ?? Number.POSITIVE_INFINITY, peer.nextTryAt)
    return soonest === undefined ? undefined : Math.max(0, soonest - this.#world.now())
  }

  /** The one that failed most makes room. */
  #forgetOne(): boolean {
    let worst: [string, KnownPeer] | undefined
    for (const entry of this.#peers)
      if (entry[1].state === 'idle' && entry[1].failures > (worst?.[1].failures ?? 0)) worst = entry
    return worst !== undefined && this.#peers.delete(worst[0])
  }
}

function dialled(peers: readonly KnownPeer[]): KnownPeer[] {
  return peers.map(peer => {
    peer.state = 'dialling'
    peer.isNews = false
    return peer
  })
}
