import type { World } from '../base/index.ts'
import { type Datagrams, type Endpoint, isLanIp, isLoopbackIp, type Network } from '../network/index.ts'
import {
  ExternalAddress,
  type PublicContent,
  type PublicMembership,
  type PublicNetwork,
} from '../swarm/index.ts'
import type { BitTorrentConfig } from './config.ts'
import { Connector } from './connector.ts'
import { Dht, type DhtConfig } from './dht/index.ts'
import { Discovery } from './discovery.ts'
import { endpointsOf } from './endpoints-of.ts'
import type { Finders, Seeker } from './finders.ts'
import { Incoming } from './incoming.ts'
import { LocalPeers } from './local-peers.ts'
import type { LsdConfig } from './lsd/index.ts'
import { makePeerId } from './peer-id.ts'
import type { OwnHandshake } from './pipes/index.ts'
import { PublicSwarm } from './public-swarm.ts'
import { Searches } from './searches.ts'
import { SwarmTable } from './swarm-table.ts'
import { Trackers, type TrackersConfig } from './trackers/index.ts'
import { Utp, type UtpConfig } from './utp/index.ts'
import { WebSeed, type WebSeedsConfig } from './web-seeds/index.ts'

export interface BitTorrentOptions {
  readonly world: World
  readonly network: Network
  readonly config: BitTorrentConfig
  readonly trackers: TrackersConfig
  readonly dht: DhtConfig
  readonly utp: UtpConfig
  readonly lsd: LsdConfig
  readonly webSeeds: WebSeedsConfig
  /** DHT nodes of the last run. */
  readonly nodes?: readonly Endpoint[]
}

/** The public BitTorrent network: every content that joins is announced, found and exchanged there. */
export class BitTorrent implements PublicNetwork {
  readonly name = 'bittorrent'
  readonly peerId: Uint8Array
  readonly #options: BitTorrentOptions
  readonly #connector: Connector
  readonly #swarms = new SwarmTable()
  readonly #incoming: Incoming
  readonly #searches: Searches
  readonly #unclaim: (() => void)[] = []
  /** What trackers say (BEP 24). */
  readonly #external = new ExternalAddress()
  #trackers: Trackers | undefined
  #dht: Dht | undefined
  #utp: Utp | undefined
  #local: LocalPeers | undefined
  #started = false
  #mayDht: boolean

  constructor(options: BitTorrentOptions) {
    this.#options = options
    const { world, network, config } = options
    this.peerId = makePeerId(world.random)
    this.#mayDht = config.dht
    const own: OwnHandshake = {
      peerId: this.peerId,
      flags: { fast: true, extended: true, dht: config.dht && network.datagrams !== undefined, v2: true },
    }
    this.#searches = new Searches(config.maxSearches)
    const common = { world, network, config, own, mayTalk: (ip: string) => this.#mayTalk(ip) }
    this.#connector = new Connector({ ...common, utp: () => this.#utp })
    this.#incoming = new Incoming({ ...common, swarms: this.#swarms })
  }

  /** Nodes of the DHT, for the next run. */
  get nodes(): readonly Endpoint[] {
    return this.#dht?.contacts().map(({ address, port }) => ({ address, port })) ?? []
  }

  /** Whether content of this name (20 bytes) is ours to offer or to fetch there. */
  has(name: Uint8Array): boolean {
    return this.#swarms.has(name)
  }

  /** The node of the DHT, while it runs. */
  get dht(): Dht | undefined {
    return this.#dht
  }

  /** Begins the DHT for who needs it without any content. Undefined when it is switched off. */
  openDht(): Dht | undefined {
    const { dht, nodes, network, world } = this.#options
    const { datagrams } = network
    if (this.#dht !== undefined || !this.#mayDht || datagrams === undefined) return this.#dht
    this.#dht = new Dht({
      world,
      datagrams,
      config: dht,
      nodes,
      resolve: text => endpointsOf(text, network.egress.resolve),
      onSeen: (by, us) => network.reachability.udp.observe(by, us),
    })
    this.#dht.start()
    return this.#dht
  }

  /** Switches the DHT off, or on again: contents that are here use it at once then, others begin it when they need it. */
  switchDht(isOn: boolean): void {
    this.#mayDht = isOn
    if (isOn && this.#started) this.openDht()
    else if (!isOn) {
      this.#dht?.stop()
      this.#dht = undefined
    }
    for (const swarm of this.#swarms.all()) swarm.changed()
  }

  /** Nothing is sent to the public network before the first public content joins. */
  join(content: PublicContent): PublicMembership {
    this.#start()
    const { world, config, network } = this.#options
    const dht = (): Dht | undefined => this.#dht
    const swarm = new PublicSwarm({
      world,
      config,
      content,
      connector: this.#connector,
      peerId: this.peerId,
      terms: {
        get listenPort() {
          return network.externalPort
        },
        get dhtPort() {
          return dht() && network.port
        },
        // Until its metadata is read it may be private.
        get pex() {
          return config.pex && content.isPrivate !== true
        },
        holepunch: this.#utp !== undefined,
        prefersEncryption: config.encryption === 'require',
        externalAddress: family => this.#external.get(family),
      },
      discover: one =>
        new Discovery({ ...this.#options, finders: this.#finders(), resolve: network.egress.resolve }, one),
      mayTalk: ip => this.#mayTalk(ip),
      onDhtNode: endpoint => this.#dht?.addNode(endpoint),
      onChanged: one => this.#swarms.add(one),
      onLeave: one => this.#swarms.remove(one),
    })
    this.#swarms.add(swarm)
    return swarm
  }

  async stop(): Promise<void> {
    for (const unclaim of this.#unclaim.splice(0)) unclaim()
    await Promise.all([...this.#swarms.all()].map(swarm => swarm.leave()))
    this.#trackers?.stop()
    this.#dht?.stop()
    this.#utp?.stop()
    this.#local?.stop()
  }

  #start(): void {
    if (this.#started) return
    this.#started = true
    const { network, config, world, trackers, lsd } = this.#options
    const { datagrams, port } = network
    if (config.tcp && port !== undefined) this.#unclaim.push(...this.#incoming.claimTcp())
    if (config.utp && datagrams !== undefined) this.#startUtp(datagrams)
    this.openDht()
    if (config.lsd && datagrams !== undefined)
      this.#local = new LocalPeers({
        world,
        network,
        config: lsd,
        listenPort: datagrams.port,
        swarms: this.#swarms,
      })
    if (config.trackers) this.#trackers = this.#makeTrackers(trackers)
  }

  #makeTrackers(config: TrackersConfig): Trackers {
    const {
      network,
      world,
      config: { encryption },
    } = this.#options
    return new Trackers({
      world,
      config,
      datagrams: network.datagrams,
      self: {
        peerId: this.peerId,
        // A peer that cannot be reached still has to name a port; 1 is what others take for none.
        get port() {
          return network.externalPort ?? 1
        },
        key: new DataView(Uint8Array.from(world.random.bytes(4)).buffer).getUint32(0),
        encryption,
      },
      families: () => familiesOf(network.addresses()),
      mayReach: ip => network.mayReach(ip),
      egress: network.egress,
      onExternalAddress: (address, by) => {
        if (isPublic(address) && isPublic(by)) this.#external.heard(address, by)
      },
    })
  }

  #finders(): Finders {
    const trackers = this.#trackers
    const local = this.#local
    const { world, network, webSeeds: config } = this.#options
    return {
      webSeed: (url, swarm, asks) =>
        new WebSeed({
          world,
          config,
          url,
          asks,
          swarm,
          mayReach: ip => network.mayReach(ip),
          egress: network.egress,
        }),
      ...(local && { lanChanged: () => local.changed() }),
      searchDht: (seeker, signal) => this.#searches.run(() => this.#searchDht(seeker, signal), signal),
      dhtNodes: () => this.#dht?.size,
      ...(trackers && {
        announce: seeker =>
          trackers.announce({
            get names() {
              return seeker.content.names
            },
            tiers: seeker.content.trackers,
            progress: () => seeker.content.progress,
            onPeers: (endpoints, name) => seeker.found(endpoints, 'tracker', { name }),
          }),
      }),
    }
  }

  /** Looks up every name of the content; whoever can be reached announces itself. */
  async #searchDht(seeker: Seeker, signal: AbortSignal): Promise<void> {
    const { port, externalPort } = this.#options.network
    for (const name of seeker.content.names)
      await this.#dht?.getPeers(name, {
        signal,
        announcePort: port,
        mappedPort: externalPort === port ? undefined : externalPort,
        seed: seeker.content.progress.left === 0,
        onPeers: endpoints => seeker.found(endpoints, 'dht', { name }),
      })
  }

  #startUtp(datagrams: Datagrams): void {
    const { world, utp } = this.#options
    this.#utp = new Utp({
      world,
      datagrams,
      config: utp,
      mayTalk: ip => this.#mayTalk(ip),
      accept: (stream, from) => void this.#incoming.receive(stream, from, 'utp'),
      // After the datagrams that the system has for us now.
      defer: setImmediate,
    })
  }

  #mayTalk(ip: string): boolean {
    return this.#options.network.mayReach(ip)
  }
}

function isPublic(ip: string): boolean {
  return !isLoopbackIp(ip) && !isLanIp(ip)
}

/** The address families of multiaddrs; what is only on this machine counts when there is nothing else. */
function familiesOf(addresses: readonly string[]): readonly (4 | 6)[] {
  const ips = addresses.map(address => address.split('/')[2] ?? '')
  const far = ips.filter(ip => !isLoopbackIp(ip))
  const families = new Set((far.length > 0 ? far : ips).map(ip => (ip.includes(':') ? 6 : 4)))
  return families.size === 0 ? [4] : [...families].sort()
}
