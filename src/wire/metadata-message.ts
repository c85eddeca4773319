import { concat, PeerageError } from '../base/index.ts'
import { decodeFirst } from './bencode-decode.ts'
import { encode } from './bencode-encode.ts'
import { dictionary, integerAt, isDictionary } from './bencoded.ts'

/** Metadata goes in blocks of 16 KiB, of which only the last is shorter (BEP 9, "metadata"). */
export const metadataBlockBytes = 16_384

/** A message of the extension `ut_metadata` (BEP 9). */
export type MetadataMessage =
  | { readonly type: 'request' | 'reject'; readonly piece: number }
  | { readonly type: 'data'; readonly piece: number; readonly totalSize: number; readonly data: Uint8Array }

const kinds = ['request', 'data', 'reject'] as const

/** The payload of an `extended` message with the id that the receiver gave to `ut_metadata`. */
export function encodeMetadataMessage(message: MetadataMessage): Uint8Array {
  const head = encode(
    dictionary({
      msg_type: kinds.indexOf(message.type),
      piece: message.piece,
      total_size: message.type === 'data' ? message.totalSize : undefined,
    }),
  )
  return message.type === 'data' ? concat([head, message.data]) : head
}

/**
 * Undefined for kinds that are not known, which BEP 9 tells to ignore. `data` is a view of `payload` and unverified; its
 * length fits `totalSize`. Throws `bencode.invalid`, `bencode.limit` or `wire.invalid`.
 */
export function decodeMetadataMessage(payload: Uint8Array): MetadataMessage | undefined {
  const { value, end } = decodeFirst(payload, { maxBytes: 131_072, maxDepth: 4, maxItems: 64, lenient: true })
  if (!isDictionary(value)) throw malformed()
  const kind = integerAt(value, 'msg_type')
  const piece = integerAt(value, 'piece', 0, 0xffff_ffff)
  if (kind === undefined || piece === undefined) throw malformed()
  const type = kinds[kind]
  if (type !== 'data') return type === undefined ? undefined : { type, piece }
  const totalSize = integerAt(value, 'total_size', 1, 0xffff_ffff)
  const data = payload.subarray(end)
  const expected = Math.min(metadataBlockBytes, (totalSize ?? 0) - piece * metadataBlockBytes)
  if (totalSize === undefined || data.length !== expected) throw malformed()
  return { type, piece, totalSize, data }
}

function malformed(): PeerageError {
  return new PeerageError('wire.invalid', 'A metadata message (BEP 9) is malformed.')
}
