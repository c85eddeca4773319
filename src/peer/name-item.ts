import { fromUtf8, PeerageError, utf8 } from '../base/index.ts'
import { isNamePath } from '../content/index.ts'
import type { Pointer } from '../ipfs/index.ts'
import { type Bencoded, bytesAt, decode, dictionary, type Encodable, isDictionary } from '../wire/index.ts'

/** Bytes of a path: an item has 1,000 in all (BEP 44). A longer one is left out, and passed over in the items of others. */
export const maxItemPath = 512
const v1Bytes = 20
const v2Bytes = 32

/**
 * What stands in the Mainline DHT for a name: the info hash in `ih` (BEP 46; of version 2 its first 20 bytes, by which its swarm is
 * found), and beside it the whole hash in `ih2` and the path in `ipfs`, as far as there are such.
 */
export function pointerItem({ path, infoHash }: Omit<Pointer, 'sequence'>): Encodable {
  const bytes = path === undefined ? undefined : utf8(path)
  return dictionary({
    ...(infoHash && { ih: infoHash.subarray(0, v1Bytes) }),
    ...(infoHash?.length === v2Bytes && { ih2: infoHash }),
    ...(bytes !== undefined && bytes.length <= maxItemPath && { ipfs: bytes }),
  })
}

/** What an item that somebody signed points at; undefined for what points nowhere. */
export function pointerIn(bytes: Uint8Array, sequence: bigint): Pointer | undefined {
  const value = bencodedIn(bytes)
  if (value === undefined || !isDictionary(value)) return undefined
  const [v1, v2, text] = ['ih', 'ih2', 'ipfs'].map(key => bytesAt(value, key))
  const infoHash = v2?.length === v2Bytes ? v2 : v1?.length === v1Bytes ? v1 : undefined
  const path = text === undefined || text.length > maxItemPath ? undefined : fromUtf8(text)
  const isPath = path !== undefined && isNamePath(path)
  if (infoHash === undefined && !isPath) return undefined
  return { sequence, ...(infoHash && { infoHash: infoHash.slice() }), ...(isPath && { path }) }
}

function bencodedIn(bytes: Uint8Array): Bencoded | undefined {
  try {
    return decode(bytes)
  } catch (error) {
    if (error instanceof PeerageError) return undefined
    throw error
  }
}
