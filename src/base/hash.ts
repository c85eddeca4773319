import { blake3 as nobleBlake3 } from '@noble/hashes/blake3.js'
import { hmac } from '@noble/hashes/hmac.js'
import { sha1 as nobleSha1 } from '@noble/hashes/legacy.js'
import { sha256 as nobleSha256, sha512 as nobleSha512 } from '@noble/hashes/sha2.js'

/** A hash function that takes bytes and gives its digest. Workers pass the platform's native one, which is faster. */
export type HashFunction = (bytes: Uint8Array) => Uint8Array

/** SHA-256, 32 bytes. For small input only: the main thread never hashes more than 64 KiB at once. */
export const sha256: HashFunction = bytes => nobleSha256(bytes)

/** SHA-512, 64 bytes. Only where a CID asks for it. */
export const sha512: HashFunction = bytes => nobleSha512(bytes)

/** BLAKE3, 32 bytes. Only where a CID asks for it. */
export const blake3: HashFunction = bytes => nobleBlake3(bytes)

/** SHA-1, 20 bytes. Only where BitTorrent v1 asks for it. */
export const sha1: HashFunction = bytes => nobleSha1(bytes)

/** HMAC-SHA-256, 32 bytes. */
export function hmacSha256(key: Uint8Array, message: Uint8Array): Uint8Array {
  return hmac(nobleSha256, key, message)
}
