import { fromUtf8, PeerageError } from '../base/index.ts'
import { decodeDictionary } from './bencode-decode.ts'
import { encode } from './bencode-encode.ts'
import { bytesAt, type Dictionary, dictionary, dictionaryAt, integerAt, keyText } from './bencoded.ts'

/** Names of the extensions that Peerage speaks, as they stand in `messages`. */
export const extensionNames: Readonly<
  Record<'metadata' | 'peers' | 'publicPeers' | 'dontHave' | 'holepunch' | 'uploadOnly', string>
> = {
  metadata: 'ut_metadata',
  peers: 'pg_peers',
  publicPeers: 'ut_pex',
  dontHave: 'lt_donthave',
  holepunch: 'ut_holepunch',
  uploadOnly: 'upload_only',
}

/** The extension message id of the handshake itself (BEP 10). */
export const extensionHandshakeId = 0

/** BEP 10, "handshake message". What the other side does not say is undefined. */
export interface ExtensionHandshake {
  /** Extension name -> the id to use when sending it to whoever said this; 0 switches it off. */
  readonly messages: Readonly<Record<string, number>>
  /** `metadata_size` (BEP 9): length of the info dictionary in bytes; unverified. */
  readonly metadataSize?: number
  /** `reqq`: how many unanswered requests the sender of this bears. */
  readonly requestQueue?: number
  /** `v`: name and version of the program, for people; hostile text, at most 100 characters, no control characters. */
  readonly clientVersion?: string
  /** `upload_only` (BEP 21): it will not ask for anything. */
  readonly uploadOnly?: boolean
  /** `yourip`: the address (4 or 16 bytes) under which the sender sees the receiver. */
  readonly yourIp?: Uint8Array
  /** `p`: the port on which the sender listens. */
  readonly port?: number
  /** `ipv4` and `ipv6`: under which addresses (4 and 16 bytes) the sender can be reached too. */
  readonly ipv4?: Uint8Array
  readonly ipv6?: Uint8Array
  /** `e`: it prefers encrypted connections. */
  readonly prefersEncryption?: boolean
  /** `pg_max_request` (Peerage): the longest block one may request from the sender, in bytes, 16 KiB to 16 MiB. */
  readonly maxRequestBytes?: number
}

export interface ExtensionHandshakeLimits {
  /** A larger `metadata_size` is refused. */
  readonly maxMetadataBytes?: number
}

const maxExtensions = 128
const maxNameBytes = 64
const maxVersionCharacters = 100

/** The payload of the `extended` message with id 0. */
export function encodeExtensionHandshake(handshake: ExtensionHandshake): Uint8Array {
  return encode(
    dictionary({
      e: handshake.prefersEncryption === undefined ? undefined : Number(handshake.prefersEncryption),
      ipv4: handshake.ipv4,
      ipv6: handshake.ipv6,
      m: dictionary({ ...handshake.messages }),
      metadata_size: handshake.metadataSize,
      p: handshake.port,
      pg_max_request: handshake.maxRequestBytes,
      reqq: handshake.requestQueue,
      upload_only: handshake.uploadOnly === undefined ? undefined : Number(handshake.uploadOnly),
      v: handshake.clientVersion,
      yourip: handshake.yourIp,
    }),
  )
}

/**
 * BEP 10: what is unknown, of a wrong type or out of range is taken as not said. Throws `bencode.invalid`,
 * `bencode.limit` or `wire.limit`.
 */
export function decodeExtensionHandshake(
  payload: Uint8Array,
  limits: ExtensionHandshakeLimits = {},
): ExtensionHandshake {
  const from = decodeDictionary(payload, { maxBytes: 131_072, maxDepth: 8, maxItems: 2_000, lenient: true })
  return withoutUndefined({
    messages: readMessages(dictionaryAt(from, 'm')),
    metadataSize: readMetadataSize(from, limits.maxMetadataBytes ?? 64 * 1024 * 1024),
    requestQueue: integerAt(from, 'reqq', 1, 1_000_000),
    clientVersion: readVersion(bytesAt(from, 'v')),
    uploadOnly: from.has('upload_only') ? integerAt(from, 'upload_only') === 1 : undefined,
    yourIp: readAddress(bytesAt(from, 'yourip')),
    port: integerAt(from, 'p', 1, 65_535),
    ipv4: readAddress(bytesAt(from, 'ipv4'), 4),
    ipv6: readAddress(bytesAt(from, 'ipv6'), 16),
    prefersEncryption: from.has('e') ? integerAt(from, 'e') === 1 : undefined,
    maxRequestBytes: integerAt(from, 'pg_max_request', 16_384, 16_777_216),
  })
}

function readMessages(from: Dictionary | undefined): Record<string, number> {
  // No prototype: the names come from the network.
  const out: Record<string, number> = Object.create(null)
  if (from === undefined) return out
  if (from.size > maxExtensions) throw new PeerageError('wire.limit', `A peer names ${from.size} extensions.`)
  for (const [key, id] of from) {
    const name = key.length <= maxNameBytes ? keyText(key) : undefined
    if (name !== undefined && typeof id === 'number' && id >= 0 && id <= 255) out[name] = id
  }
  return out
}

function readMetadataSize(from: Dictionary, bound: number): number | undefined {
  const size = integerAt(from, 'metadata_size', 1)
  if (size !== undefined && size > bound)
    throw new PeerageError('wire.limit', `A peer announces ${size} bytes of metadata.`, {
      details: { size, bound },
    })
  return size
}

function readVersion(bytes: Uint8Array | undefined): string | undefined {
  const text = bytes === undefined ? undefined : fromUtf8(bytes.subarray(0, 4 * maxVersionCharacters))
  // Control, format (bidi overrides among them), surrogate and separator characters could mislead whoever reads a log.
  return text
    ?.replace(/[\p{C}\p{Zl}\p{Zp}]/gu, '')
    .slice(0, maxVersionCharacters)
    .toWellFormed()
}

function readAddress(bytes: Uint8Array | undefined, length?: number): Uint8Array | undefined {
  const fits = length === undefined ? bytes?.length === 4 || bytes?.length === 16 : bytes?.length === length
  return fits ? bytes : undefined
}

type Defined<T> = { [K in keyof T]: Exclude<T[K], undefined> }

function withoutUndefined<T extends object>(from: T): Defined<T> {
  return Object.fromEntries(Object.entries(from).filter(([, value]) => value !== undefined)) as Defined<T>
}
