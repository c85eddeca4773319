import type { CID } from 'multiformats/cid'
import { blake3, equalBytes, type HashFunction, PeerageError, sha256, sha512 } from '../base/index.ts'
import { hashCodes } from './cid.ts'
import type { VerifiedBlock } from './verified-block.ts'

/** Hash functions by their code in the multicodec table. */
export type BlockHashes = ReadonlyMap<number, HashFunction>

/** Those that we read, in pure code: for small blocks and tests. Workers bring the platform's own. */
export const pureBlockHashes: BlockHashes = new Map([
  [hashCodes.identity, (bytes: Uint8Array) => bytes],
  [hashCodes.sha256, sha256],
  [hashCodes.sha512, sha512],
  [hashCodes.blake3, blake3],
])

/**
 * Makes a block of bytes from anywhere, if they have the hash that the CID says; with the platform's hash functions where `hashes` has them.
 *
 * @throws PeerageError `block.mismatch`, or `dag.unsupported` for a hash function that nobody here knows
 */
export function verifyBlock(
  cid: CID,
  bytes: Uint8Array,
  hashes: BlockHashes = pureBlockHashes,
): VerifiedBlock {
  const { code, digest } = cid.multihash
  const hash = hashes.get(code) ?? pureBlockHashes.get(code)
  if (hash === undefined)
    throw new PeerageError(
      'dag.unsupported',
      `The hash function 0x${code.toString(16)} of a CID is not known.`,
      {
        details: { cid: cid.toString() },
      },
    )
  if (!equalBytes(hash(bytes), digest))
    throw new PeerageError('block.mismatch', undefined, { details: { cid: cid.toString() } })
  return { cid, bytes } as VerifiedBlock
}
