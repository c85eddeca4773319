/** How this peer's node of the DHT is doing. */
export interface DhtReport {
  /** `off` while nobody needs it: it begins with the first public content or item. */
  readonly state: 'off' | 'out' | 'entering' | 'in' | 'lonely'
  /** Whether it may run (`bittorrent.dht`, and this peer is on the public network). */
  readonly enabled: boolean
  /** Nodes that we know, IPv4 and IPv6. */
  readonly nodes4: number
  readonly nodes6: number
  /** Our addresses as other nodes see them. */
  readonly addresses: readonly string[]
  /** Swarms and items that are kept for others. */
  readonly swarms: number
  readonly items: number
}

/** What is stored in the DHT: bytes (BEP 44, the bencoded value), and by whom. */
export interface FoundItem {
  readonly value: Uint8Array
  readonly seq?: bigint
}

export interface StoredItem {
  /** 20 bytes. */
  readonly target: Uint8Array
  readonly seq?: bigint
  /** Nodes that took it. */
  readonly nodes: number
}

/** What the service needs of the peer that it runs in. Look-ups begin the DHT if need be and reject with `network.unreachable` without it. */
export interface DhtHost {
  /** PeerId of this peer: the owner of what it signs. */
  readonly peerId: string
  /** The Ed25519 key of a PeerId, 32 bytes. Throws `peer-id.invalid`. */
  keyOf(peerId: string): Uint8Array
  report(): DhtReport
  /** Keeps `bittorrent.dht` in the configuration, which holds at once. */
  keepEnabled(enabled: boolean): Promise<void>
  /** The item under a target of 20 bytes, or the newest that a key signed under a salt. Verified. */
  get(
    what: { target: Uint8Array } | { publicKey: Uint8Array; salt: Uint8Array },
    signal: AbortSignal,
  ): Promise<FoundItem | undefined>
  /** Stores text; with `salt` signed by this peer, in place of what it stored under that salt before. */
  put(text: string, salt: Uint8Array | undefined, signal: AbortSignal): Promise<StoredItem>
}
