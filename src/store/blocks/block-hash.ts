import { hash } from 'node:crypto'
import { blake3 } from '@noble/hashes/blake3.js'
import type { CID } from 'multiformats/cid'
import { equalBytes, PeerageError } from '../../base/index.ts'

/** Codes of the multicodec table. */
const codes = { identity: 0x00, sha256: 0x12, sha512: 0x13, blake3: 0x1e } as const

/** The hash functions that workers have. */
const inWorker: ReadonlyMap<number, 'sha256' | 'sha512'> = new Map([
  [codes.sha256, 'sha256'],
  [codes.sha512, 'sha512'],
])

export function workerAlgorithm({ multihash }: CID): 'sha256' | 'sha512' | undefined {
  return inWorker.get(multihash.code)
}

/** The bytes that stand in the CID itself. */
export function inlineBytes({ multihash }: CID): Uint8Array | undefined {
  return multihash.code === codes.identity ? multihash.digest : undefined
}

/** Compared on this thread: for what is short or rare. False for hash functions that are not known. */
export function isBlockOf({ multihash }: CID, bytes: Uint8Array): boolean {
  const algorithm = inWorker.get(multihash.code)
  if (algorithm !== undefined) return equalBytes(hash(algorithm, bytes, 'buffer'), multihash.digest)
  return multihash.code === codes.blake3 && equalBytes(blake3(bytes), multihash.digest)
}

export function mismatch(cid: CID): PeerageError {
  return new PeerageError('block.mismatch', `What was given for ${cid} is something else.`, {
    details: { cid: String(cid) },
  })
}
