import type { Peer, PeerId, PeerStore } from '@libp2p/interface'

/**
 * libp2p writes into the record of a peer for each stream that the peer speaks its protocol, though it says so already: a tenth of what a
 * program costs us that opens a stream for each block (Kubo). Now once, until the record is written or deleted otherwise.
 */
export function noteProtocolsOnce(store: PeerStore): void {
  const noted = new Map<string, Map<string, Peer>>()
  const merge = store.merge.bind(store)
  store.merge = async (id, data, options) => {
    const [protocol, ...others] = Object.keys(data).length === 1 ? (data.protocols ?? []) : []
    if (protocol === undefined || others.length > 0) return await merge(id, data, options)
    const known = noted.get(id.toString())?.get(protocol)
    if (known !== undefined) return known
    const peer = await merge(id, data, options)
    const all = noted.get(id.toString()) ?? new Map<string, Peer>()
    noted.set(id.toString(), all.set(protocol, peer))
    return peer
  }
  const forgetting =
    <Args extends unknown[], Result>(write: (id: PeerId, ...args: Args) => Promise<Result>) =>
    async (id: PeerId, ...args: Args): Promise<Result> => {
      try {
        return await write(id, ...args)
      } finally {
        noted.delete(id.toString())
      }
    }
  store.save = forgetting(store.save.bind(store))
  store.patch = forgetting(store.patch.bind(store))
  store.delete = forgetting(store.delete.bind(store))
}
