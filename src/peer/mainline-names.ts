import { type BitTorrent, mutableItem, mutableTarget } from '../bittorrent/index.ts'
import type { Pointers } from '../ipfs/index.ts'
import type { KeptItems } from './kept-items.ts'
import { pointerIn, pointerItem } from './name-item.ts'

/** No salt: `magnet:?xs=urn:btpk:KEY` is then the name (BEP 46). */
const salt = new Uint8Array(0)

/** Names as they stand in the Mainline DHT: signed items (BEP 44), put again as long as this peer runs. */
export function mainlineNames(bitTorrent: BitTorrent | undefined, kept: KeptItems): Pointers {
  return {
    async get(publicKey, signal) {
      const item = await bitTorrent?.openDht()?.get(mutableTarget(publicKey, salt), { salt, signal })
      return item === undefined || !('seq' in item) ? undefined : pointerIn(item.value, item.seq)
    },
    async put({ publicKey, sign }, pointer, signal) {
      const dht = bitTorrent?.openDht()
      if (dht === undefined) return 0
      const item = mutableItem({ value: pointerItem(pointer), publicKey, seq: pointer.sequence, salt }, sign)
      const { nodes } = await dht.put(item, { signal })
      kept.keep(item)
      return nodes
    },
  }
}
