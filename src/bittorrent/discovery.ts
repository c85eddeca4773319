import type { Timer, World } from '../base/index.ts'
import type { Resolve } from '../network/index.ts'
import type { DiscoveryStatus, Swarm } from '../swarm/index.ts'
import type { BitTorrentConfig } from './config.ts'
import { endpointsOf } from './endpoints-of.ts'
import type { Finders, Seeker, TrackerAnnouncer, WebSeedAsks, WebSource } from './finders.ts'

export interface DiscoveryParts {
  readonly world: World
  readonly config: BitTorrentConfig
  readonly webSeeds: { readonly maxPerContent: number }
  readonly resolve: Resolve
  readonly finders: Finders
}

/** A seed need not find others as soon as somebody who fetches. */
const firstSeedSearchMs = 5_000
/** With hardly a peer the next look-up does not wait so long. */
const hungrySearchMs = 60_000

/** All ways in which peers of one content are found: trackers, DHT, local networks, peer exchange, web seeds. */
export class Discovery {
  readonly #parts: DiscoveryParts
  readonly #swarm: Seeker
  readonly #abort = new AbortController()
  #announcer: TrackerAnnouncer | undefined
  readonly #webSeeds = new Map<string, WebSource>()
  #watched: Swarm | undefined
  #search: Timer | undefined
  #searching = false
  #completed: boolean
  #left: number | undefined

  constructor(parts: DiscoveryParts, swarm: Seeker) {
    this.#parts = parts
    this.#swarm = swarm
    this.#left = swarm.content.progress.left
    this.#completed = this.#left === 0
  }

  /** The content changed: metadata came, it completed, it was paused. */
  update(): void {
    if (this.#abort.signal.aborted) return
    const { content } = this.#swarm
    this.#announceToTrackers()
    this.#searchDht()
    this.#parts.finders.lanChanged?.()
    const { left } = content.progress
    if (left === 0 && !this.#completed) {
      this.#completed = true
      this.#announcer?.completed()
    }
    this.#useWebSeeds()
  }

  /** A user is in a hurry: trackers are asked as soon as they allow, the DHT now. */
  hurry(): void {
    this.#announcer?.hurry()
    if (this.#search === undefined || this.#searching) return
    this.#search.cancel()
    this.#search = undefined
    void this.#searchOnce()
  }

  /** The swarm runs: web seeds can join it. */
  joined(swarm: Swarm): void {
    if (this.#watched === swarm) return
    this.#stopWebSeeds()
    this.#watched = swarm
    this.#useWebSeeds()
  }

  /** Finds the addresses of `host:port`, that a link or a user named. */
  resolve(text: string): void {
    endpointsOf(text, this.#parts.resolve).then(
      found => this.#swarm.found(found, 'link'),
      () => undefined,
    )
  }

  status(): DiscoveryStatus[] {
    const { config, finders } = this.#parts
    const { known, content } = this.#swarm
    const open = content.isPrivate !== true
    const nodes = finders.dhtNodes()
    const of = (kind: 'dht' | 'lan' | 'pex', name: string, on: boolean): DiscoveryStatus => ({
      name,
      kind,
      state: !open || !on ? 'off' : kind === 'dht' && this.#searching ? 'working' : 'ok',
      peers: known.found(kind),
      ...(!open && { message: 'The torrent is private.' }),
      ...(open && kind === 'dht' && on && { message: `${nodes} nodes` }),
    })
    return [
      ...(this.#announcer?.status() ?? []),
      of('dht', 'DHT', nodes !== undefined),
      of('lan', 'local networks', config.lsd && finders.lanChanged !== undefined),
      of('pex', 'peer exchange', config.pex),
      ...[...this.#webSeeds.values()].map(seed => seed.status()),
    ]
  }

  async stop(): Promise<void> {
    this.#abort.abort(new Error('stopped'))
    this.#search?.cancel()
    this.#stopWebSeeds()
    this.#parts.finders.lanChanged?.()
    await this.#announcer?.stop()
  }

  #announceToTrackers(): void {
    const { finders, config } = this.#parts
    if (!config.trackers || finders.announce === undefined) return
    if (this.#announcer === undefined) {
      if (this.#swarm.content.trackers.length > 0) this.#announcer = finders.announce(this.#swarm)
    } else this.#announcer.setTiers(this.#swarm.content.trackers)
  }

  /** BEP 27: a private torrent is not in the DHT. */
  #searchDht(): void {
    const { finders, world } = this.#parts
    if (finders.dhtNodes() === undefined || this.#swarm.content.isPrivate === true) {
      this.#search?.cancel()
      this.#search = undefined
      return
    }
    if (this.#search !== undefined || this.#searching) return
    const { content } = this.#swarm
    this.#search = world.after(content.wants ? 0 : firstSeedSearchMs * world.random.fraction(), () => {
      this.#search = undefined
      void this.#searchOnce()
    })
  }

  async #searchOnce(): Promise<void> {
    const { config, finders, world } = this.#parts
    this.#searching = true
    await finders.searchDht(this.#swarm, this.#abort.signal).catch(() => undefined)
    this.#searching = false
    if (this.#abort.signal.aborted || finders.dhtNodes() === undefined) return
    const { content, connected } = this.#swarm
    const hungry = content.wants && connected < 3
    const pause = (hungry ? hungrySearchMs : config.searchMs) * (0.75 + world.random.fraction() / 2)
    this.#search = world.after(pause, () => {
      this.#search = undefined
      if (content.isPrivate !== true) void this.#searchOnce()
    })
  }

  #useWebSeeds(): void {
    const { config, finders } = this.#parts
    const { content } = this.#swarm
    if (!content.wants) {
      this.#stopWebSeeds()
      return
    }
    if (!config.webSeeds || finders.webSeed === undefined) return
    const wanted = this.#wantedWebSeeds()
    if (wanted.size + this.#webSeeds.size === 0) return
    // They are peers of the swarm, so it must run, and they need the file list.
    const swarm = content.swarm()
    if (swarm === undefined) return
    if (swarm !== this.#watched) this.#stopWebSeeds()
    this.#watched = swarm
    if (swarm.content === undefined) return
    for (const [url, seed] of this.#webSeeds) {
      if (wanted.has(url)) continue
      seed.stop()
      this.#webSeeds.delete(url)
    }
    for (const [url, asks] of wanted) {
      if (this.#webSeeds.has(url)) continue
      const seed = finders.webSeed(url, swarm, asks)
      this.#webSeeds.set(url, seed)
      seed.start()
    }
  }

  /** Those named first; one that is named as both kinds is asked for files. */
  #wantedWebSeeds(): ReadonlyMap<string, WebSeedAsks> {
    const { webSeeds, httpSeeds } = this.#swarm.content
    const all = new Map<string, WebSeedAsks>()
    for (const url of webSeeds) all.set(url, 'files')
    for (const url of httpSeeds) if (!all.has(url)) all.set(url, 'pieces')
    return new Map([...all].slice(0, this.#parts.webSeeds.maxPerContent))
  }

  #stopWebSeeds(): void {
    for (const seed of this.#webSeeds.values()) seed.stop()
    this.#webSeeds.clear()
  }
}
