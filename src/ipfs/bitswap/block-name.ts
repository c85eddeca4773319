import type { CID } from 'multiformats/cid'
import { concat, PeerageError, toHex } from '../../base/index.ts'
import { decodeCid } from '../../content/index.ts'
import { encodeVarint } from '../../wire/index.ts'

const sha256 = 0x12

/** Blocks are known by their multihash, whatever codec somebody reads them with. */
export function blockKey(cid: CID): string {
  return toHex(cid.multihash.bytes)
}

/** What stands before a block on the wire: version, codec, code and length of its multihash. */
export function prefixOf(cid: CID): Uint8Array {
  const { version, code, multihash } = cid
  const numbers = [version, code, multihash.code, multihash.digest.length]
  // One byte each, nearly always.
  return numbers.every(number => number < 128) ? Uint8Array.from(numbers) : concat(numbers.map(encodeVarint))
}

/** How somebody hashed a block: what all blocks of the same kind have in common. */
export function hashKindOf(cid: CID): string {
  return `${cid.multihash.code}/${cid.multihash.digest.length}`
}

/** The same of a prefix; that of version 1.0 is empty. Undefined for one that is none. */
export function hashKindOfPrefix(prefix: Uint8Array): string | undefined {
  if (prefix.length === 0) return `${sha256}/32`
  const numbers: number[] = []
  let [value, scale] = [0, 1]
  for (const byte of prefix) {
    value += (byte & 127) * scale
    scale *= 128
    if (byte >= 128) continue
    numbers.push(value)
    value = 0
    scale = 1
  }
  return numbers.length === 4 && scale === 1 ? `${numbers[2]}/${numbers[3]}` : undefined
}

/** Of bytes of its own, as a view would keep the whole message that it came in. Undefined for bytes that are no CID. */
export function cidOf(bytes: Uint8Array): CID | undefined {
  try {
    return decodeCid(bytes)
  } catch (error) {
    if (error instanceof PeerageError) return undefined
    throw error
  }
}
