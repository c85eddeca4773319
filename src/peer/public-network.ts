import { PeerageError, type RunningService, type World, z } from '../base/index.ts'
import {
  BitTorrent,
  type BitTorrentConfig,
  type DhtConfig,
  IpFilter,
  type LsdConfig,
  type TrackersConfig,
  type UtpConfig,
  type WebSeedsConfig,
} from '../bittorrent/index.ts'
import type { Endpoint, Network } from '../network/index.ts'
import { startTracker, type TrackerConfig, type TrackerService } from '../services/tracker/index.ts'
import type { Store } from '../store/index.ts'
import type { Config } from './config.ts'
import type { EventStream } from './events.ts'

/** Kind and key under which nodes of the DHT are remembered. */
const dhtNodes = ['peer', 'dht-nodes'] as const

/** The public BitTorrent network, unless it is off. */
export function bitTorrentOf(
  config: Config,
  network: Network,
  store: Store,
  world: World,
): BitTorrent | undefined {
  const settings = config.section<BitTorrentConfig>('bittorrent')
  if (!settings.enabled) return undefined
  return new BitTorrent({
    world,
    network,
    config: settings,
    trackers: config.section<TrackersConfig>('trackers'),
    dht: config.section<DhtConfig>('dht'),
    lsd: config.section<LsdConfig>('lsd'),
    webSeeds: config.section<WebSeedsConfig>('webSeeds'),
    utp: config.section<UtpConfig>('utp'),
    nodes: keptNodes(store),
  })
}

/** The tracker that this peer is for others, when it is one. */
export function trackerOf(
  config: Config,
  network: Network | undefined,
  publicNetwork: BitTorrent | undefined,
  world: World,
): RunningService & { readonly state: TrackerService } {
  const tracker = startTracker({
    world,
    network,
    config: config.section<TrackerConfig>('tracker'),
    isOwn: name => publicNetwork?.has(name) ?? false,
    async keepEnabled(enabled) {
      await config.set('tracker.enabled', enabled)
    },
  })
  config.onChange('tracker.enabled', { apply: value => tracker.state.enable(value as boolean) })
  return tracker
}

/** Nodes of the DHT are kept, so that the next run needs nobody to enter it by. */
export async function stopBitTorrent(bitTorrent: BitTorrent, store: Store): Promise<void> {
  const { nodes } = bitTorrent
  await bitTorrent.stop()
  if (nodes.length > 0) store.state.put(...dhtNodes, nodes.slice(0, 64))
}

function keptNodes(store: Store): Endpoint[] {
  const parsed = z
    .array(z.object({ address: z.string().max(45), port: z.int().min(1).max(65_535) }))
    .max(64)
    .safeParse(store.state.get(...dhtNodes))
  return parsed.success ? parsed.data : []
}

/**
 * The list of addresses of `bittorrent.ipFilter`, read before anybody is talked to. One that cannot be read keeps nothing from
 * starting, and is told.
 */
export async function filterOf(config: Config, events: EventStream, world: World): Promise<IpFilter> {
  const settings = config.section<BitTorrentConfig>('bittorrent')
  const filter = new IpFilter(world, settings)
  await filter.use(settings.ipFilter).catch(error => {
    if (!(error instanceof PeerageError)) throw error
    events.emit({ type: 'error.occurred', code: error.code, message: error.message })
  })
  config.onChange('bittorrent.ipFilter', {
    verify: path => filter.verify(path as string),
    apply: path => filter.use(path as string),
  })
  return filter
}
