import type { TransferRecord } from './record.ts'

/** Members kept in the record, so that a restart finds them again. */
const keptPeers = 16

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

/** Whom a link names is asked when the transfer begins, also when that is another day. */
export function rememberLink(record: TransferRecord, { peers }: { readonly peers: readonly string[] }): void {
  record.peers = [...new Set([...peers, ...record.peers])].slice(0, keptPeers)
}

/** A member is there: where it was reached comes first. */
export function rememberMember(record: TransferRecord, peer: string, addresses: readonly string[]): void {
  const others = record.peers.filter(address => peerOf(address) !== peer)
  if (addresses.length > 0) record.peers = [...addresses, ...others].slice(0, keptPeers)
}
