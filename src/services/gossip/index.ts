import { Gossip } from './gossip.ts'
import type { GossipHost } from './host.ts'

export { CircleTopics } from './circle-topics.ts'
export { type GossipConfig, gossipConfig } from './config.ts'
export { gossipProtocol } from './gossip.ts'
export type { Company, GossipEvent, GossipHost, GossipNetwork, Relation } from './host.ts'
export { PeopleTopics } from './people-topics.ts'
export { RevocationTopics } from './revocation-topics.ts'

/** The gossip service, running: what concerns others reaches them, and contacts and fellows are kept in touch with. */
export function startGossip(host: GossipHost): { readonly peers: readonly string[]; stop(): Promise<void> } {
  const { network } = host
  if (network === undefined) return { peers: [], stop: async () => undefined }
  const gossip = new Gossip(host, network)
  gossip.start()
  return {
    get peers() {
      return gossip.peers
    },
    stop: async () => gossip.stop(),
  }
}
