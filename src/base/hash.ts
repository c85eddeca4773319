import { hmac } from '@noble/hashes/hmac.js'
import { sha1 as nobleSha1 } from '@noble/hashes/legacy.js'
import { sha256 as nobleSha256 } from '@noble/hashes/sha2.js'

/** A hash function that takes bytes and gives its digest. Workers pass the platform's native one, which is faster. */
export type HashFunction = (bytes: Uint8Array) => Uint8Array

/** SHA-256, 32 bytes. For small input only: the main thread never hashes more than 64 KiB at once. */
export const sha256: HashFunction = bytes => nobleSha256(bytes)

/** SHA-1, 20 bytes. Only where BitTorrent v1 asks for it. */
export const sha1: HashFunction = bytes => nobleSha1(bytes)

/** HMAC-SHA-256, 32 bytes. */
export function hmacSha256(key: Uint8Array, message: Uint8Array): Uint8Array {
  return hmac(nobleSha256, key, message)
}
