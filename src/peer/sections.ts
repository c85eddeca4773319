import { accessConfig } from '../access/index.ts'
import {
  bitTorrentConfig,
  dhtConfig,
  lsdConfig,
  trackersConfig,
  utpConfig,
  webSeedsConfig,
} from '../bittorrent/index.ts'
import {
  bitswapConfig,
  ipfsConfig,
  ipfsNamesConfig,
  ipfsRoutingConfig,
  sessionConfig,
} from '../ipfs/index.ts'
import { kademliaConfig, networkConfig, relayConfig } from '../network/index.ts'
import { discoveryConfig } from '../services/discovery/index.ts'
import { filesConfig } from '../services/files/index.ts'
import { foldersConfig } from '../services/folders/index.ts'
import { gatewayConfig } from '../services/gateway/index.ts'
import { gossipConfig } from '../services/gossip/index.ts'
import { invitesConfig } from '../services/invites/index.ts'
import { limitsConfig } from '../services/limits/index.ts'
import { reachConfig } from '../services/reach/index.ts'
import { trackerConfig } from '../services/tracker/index.ts'
import { storeConfig } from '../store/index.ts'
import { swarmConfig } from '../swarm/index.ts'
import type { ConfigSections } from './config.ts'
import { mainlineConfig } from './mainline.ts'

/** The configuration of every room that a peer is made of. */
export const peerSections: ConfigSections = {
  network: networkConfig,
  kademlia: kademliaConfig,
  relay: relayConfig,
  discovery: discoveryConfig,
  store: storeConfig,
  swarm: swarmConfig,
  access: accessConfig,
  files: filesConfig,
  folders: foldersConfig,
  limits: limitsConfig,
  gossip: gossipConfig,
  invites: invitesConfig,
  reach: reachConfig,
  bittorrent: bitTorrentConfig,
  trackers: trackersConfig,
  tracker: trackerConfig,
  dht: dhtConfig,
  mainline: mainlineConfig,
  lsd: lsdConfig,
  webSeeds: webSeedsConfig,
  utp: utpConfig,
  ipfs: ipfsConfig,
  gateway: gatewayConfig,
  bitswap: bitswapConfig,
  ipfsSession: sessionConfig,
  ipfsRouting: ipfsRoutingConfig,
  ipfsNames: ipfsNamesConfig,
}
