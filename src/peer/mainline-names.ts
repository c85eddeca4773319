import { fromUtf8, PeerageError, utf8 } from '../base/index.ts'
import { type BitTorrent, mutableItem, mutableTarget } from '../bittorrent/index.ts'
import type { Pointer, Pointers } from '../ipfs/index.ts'
import { type Bencoded, bytesAt, decode, dictionary, type Encodable, isDictionary } from '../wire/index.ts'
import type { KeptItems } from './kept-items.ts'

/** No salt: `magnet:?xs=urn:btpk:KEY` is then the name (BEP 46). */
const salt = new Uint8Array(0)
const maxPathLength = 512
const v1Bytes = 20

/**
 * Names as they stand in the Mainline DHT: a signed item (BEP 44) with the info hash in `ih` (BEP 46; of version 2 its first 20 bytes,
 * by which its swarm is found), and beside it the whole hash in `ih2` and the path in `ipfs`, as far as there are such.
 */
export function mainlineNames(bitTorrent: BitTorrent | undefined, kept: KeptItems): Pointers {
  return {
    async get(publicKey, signal) {
      const item = await bitTorrent?.openDht()?.get(mutableTarget(publicKey, salt), { salt, signal })
      return item === undefined || !('seq' in item) ? undefined : pointerOf(item.value, item.seq)
    },
    async put({ publicKey, sign }, pointer, signal) {
      const dht = bitTorrent?.openDht()
      if (dht === undefined) return 0
      const item = mutableItem({ value: bencodable(pointer), publicKey, seq: pointer.sequence, salt }, sign)
      const { nodes } = await dht.put(item, { signal })
      kept.keep(item)
      return nodes
    },
  }
}

function bencodable({ path, infoHash }: Pointer): Encodable {
  return dictionary({
    ...(infoHash && { ih: infoHash.subarray(0, v1Bytes) }),
    ...(infoHash?.length === 32 && { ih2: infoHash }),
    ...(path !== undefined && path.length <= maxPathLength && { ipfs: utf8(path) }),
  })
}

/** Undefined for what points nowhere. */
function pointerOf(bytes: Uint8Array, sequence: bigint): Pointer | undefined {
  let value: Bencoded
  try {
    value = decode(bytes)
  } catch (error) {
    if (error instanceof PeerageError) return undefined
    throw error
  }
  if (!isDictionary(value)) return undefined
  const [v1, v2, path] = ['ih', 'ih2', 'ipfs'].map(key => bytesAt(value, key))
  const infoHash = v2?.length === 32 ? v2 : v1?.length === v1Bytes ? v1 : undefined
  const text = path === undefined || path.length > maxPathLength ? undefined : fromUtf8(path)
  const isPath = text !== undefined && /^\/ip[fn]s\/[^/\s]/.test(text)
  if (infoHash === undefined && !isPath) return undefined
  return { sequence, ...(infoHash && { infoHash: infoHash.slice() }), ...(isPath && { path: text }) }
}
