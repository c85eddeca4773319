/** The PeerId that ends a multiaddr (`.../p2p/ID`), if any. */
export function peerOf(address: string): string | undefined {
  const at = address.lastIndexOf('/p2p/')
  const peer = at < 0 ? '' : address.slice(at + 5)
  return /^[1-9A-HJ-NP-Za-km-z]{32,64}$/.test(peer) ? peer : undefined
}

/** Addresses by the peer that they lead to; addresses that name no peer are left out. */
export function byPeer(addresses: readonly string[]): Map<string, string[]> {
  const peers = new Map<string, string[]>()
  for (const address of addresses) {
    const peer = peerOf(address)
    if (peer === undefined) continue
    const known = peers.get(peer)
    if (known === undefined) peers.set(peer, [address])
    else known.push(address)
  }
  return peers
}
