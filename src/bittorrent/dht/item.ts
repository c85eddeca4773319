import { concat, equalBytes, PeerageError, sha1, utf8 } from '../../base/index.ts'
import { type Bencoded, decode, type Encodable, encode, type KrpcItem } from '../../wire/index.ts'

/** BEP 44: what storing nodes may refuse to take more of, in bytes of the bencoded value, and of the salt. */
export const itemLimits: Readonly<Record<'valueBytes' | 'saltBytes', number>> = {
  valueBytes: 1_000,
  saltBytes: 64,
}

/** Whether `signature` (64 bytes) of `message` is of the Ed25519 `publicKey` (32 bytes). Never throws. */
export type VerifySignature = (publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array) => boolean

/** What is stored under the hash of its own bytes and so never changes (BEP 44, "immutable items"). */
export interface ImmutableItem {
  /** Canonical bencoding of at most 1,000 bytes. */
  readonly value: Uint8Array
}

/** What the owner of a key can replace by another with a higher number (BEP 44, "mutable items"). */
export interface MutableItem extends ImmutableItem {
  /** Ed25519, 32 bytes. */
  readonly publicKey: Uint8Array
  /** At most 64 bytes; tells the items of one key apart. */
  readonly salt: Uint8Array
  readonly seq: bigint
  /** 64 bytes. */
  readonly signature: Uint8Array
}

export type DhtItem = ImmutableItem | MutableItem

export function isMutable(item: DhtItem): item is MutableItem {
  return 'publicKey' in item
}

/** The 20 bytes under which an item is found. */
export function targetOf(item: DhtItem): Uint8Array {
  return isMutable(item) ? mutableTarget(item.publicKey, item.salt) : sha1(item.value)
}

/** The 20 bytes under which the items of a key are found. */
export function mutableTarget(publicKey: Uint8Array, salt: Uint8Array = new Uint8Array(0)): Uint8Array {
  return sha1(concat([publicKey, salt]))
}

/** What is signed (BEP 44, "signature verification"). */
export function signingInput(value: Uint8Array, seq: bigint, salt: Uint8Array): Uint8Array {
  const front = salt.length === 0 ? [] : [utf8(`4:salt${salt.length}:`), salt]
  return concat([...front, utf8(`3:seqi${seq}e1:v`), value])
}

/** An item of any value that bencoding can carry. Throws `usage.invalid` when it is too large. */
export function immutableItem(value: Encodable): ImmutableItem {
  return { value: bounded(encode(value), itemLimits.valueBytes, 'value') }
}

/** An item that `sign` (Ed25519, 64 bytes) signs. Throws `usage.invalid` when value or salt are too large. */
export function mutableItem(
  of: { value: Encodable; publicKey: Uint8Array; seq: bigint; salt?: Uint8Array | undefined },
  sign: (message: Uint8Array) => Uint8Array,
): MutableItem {
  const { publicKey, seq } = of
  const salt = bounded(of.salt ?? new Uint8Array(0), itemLimits.saltBytes, 'salt')
  const { value } = immutableItem(of.value)
  return { value, publicKey, salt, seq, signature: sign(signingInput(value, seq, salt)) }
}

function bounded(bytes: Uint8Array, most: number, what: string): Uint8Array {
  if (bytes.length > most)
    throw new PeerageError('usage.invalid', `The ${what} has ${bytes.length} bytes; the DHT takes ${most}.`)
  return bytes
}

/** The value of an item, as `decode` gives it. */
export function itemValue(item: DhtItem): Bencoded {
  return decode(item.value)
}

/** The item in an answer to `get`, if it is what was looked for and nobody made it up. */
export function receivedItem(
  answer: KrpcItem,
  target: Uint8Array,
  salt: Uint8Array,
  verify: VerifySignature,
): DhtItem | undefined {
  const { value, publicKey, seq, signature } = answer
  if (value === undefined || value.length > itemLimits.valueBytes) return undefined
  if (equalBytes(sha1(value), target)) return { value }
  if (publicKey === undefined || seq === undefined || signature === undefined) return undefined
  const item = { value, publicKey, salt, seq, signature }
  if (!equalBytes(targetOf(item), target)) return undefined
  return verify(publicKey, signingInput(value, seq, salt), signature) ? item : undefined
}
