export { BitTorrent, type BitTorrentOptions } from './bittorrent.ts'
export { type BitTorrentConfig, bitTorrentConfig } from './config.ts'
