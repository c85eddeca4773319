import type { CID } from 'multiformats/cid'

/** Who says that it has something. Hearsay: blocks are verified, and dials prove who answers. */
export interface FoundProvider {
  /** PeerId. */
  readonly peer: string
  /** Multiaddrs without /p2p/; none when whoever was asked did not know any (`findPeer` may). */
  readonly addresses: readonly string[]
  /** What it says that it speaks, in the words of delegated routing (`transport-bitswap`); empty when that is not known. */
  readonly protocols: readonly string[]
  readonly how: 'dht' | 'server'
}

/** Who has what in the IPFS network: its Kademlia network (Amino) and servers of delegated routing, asked at once. */
export interface ContentRouting {
  /** Who provides what a CID names, as it becomes known; the same peer may come again with other addresses. Throws `signal.reason` only. */
  findProviders(cid: CID, signal: AbortSignal): AsyncIterable<FoundProvider>
  /** Addresses of a peer, in batches as they become known. Throws `signal.reason` only. */
  findPeer(peer: string, signal: AbortSignal): AsyncIterable<readonly string[]>
  /**
   * Announces that this peer has a content, by its root, and again and again until `unprovide`, also after a restart. It is done in the
   * background, at its turn. Throws `network.limit` for more than `ipfsRouting.maxProvided`.
   */
  provide(root: CID): void
  /** Announces it no more; others forget it after two days. */
  unprovide(root: CID): void
}
