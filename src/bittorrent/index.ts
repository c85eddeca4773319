export { BitTorrent, type BitTorrentOptions } from './bittorrent.ts'
export { type BitTorrentConfig, bitTorrentConfig } from './config.ts'
export { type DhtConfig, dhtConfig } from './dht/index.ts'
export { type TrackersConfig, trackersConfig } from './trackers/index.ts'
