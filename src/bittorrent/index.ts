export { BitTorrent, type BitTorrentOptions } from './bittorrent.ts'
export { type BitTorrentConfig, bitTorrentConfig } from './config.ts'
export {
  type Dht,
  type DhtConfig,
  dhtConfig,
  immutableItem,
  type MutableItem,
  mutableItem,
  mutableTarget,
  targetOf,
} from './dht/index.ts'
export { type FilterStatus, IpFilter } from './filter/index.ts'
export { type LsdConfig, lsdConfig } from './lsd/index.ts'
export { type TrackersConfig, trackersConfig } from './trackers/index.ts'
export { type UtpConfig, utpConfig } from './utp/index.ts'
export { type WebSeedsConfig, webSeedsConfig } from './web-seeds/index.ts'
