import { hash } from 'node:crypto'
import type { CID } from 'multiformats/cid'
import { blake3, equalBytes, PeerageError } from '../../base/index.ts'
import { hashCodes } from '../../content/index.ts'

/** The hash functions that workers have. */
const inWorker: ReadonlyMap<number, 'sha256' | 'sha512'> = new Map([
  [hashCodes.sha256, 'sha256'],
  [hashCodes.sha512, 'sha512'],
])

export function workerAlgorithm({ multihash }: CID): 'sha256' | 'sha512' | undefined {
  return inWorker.get(multihash.code)
}

/** The bytes that stand in the CID itself. */
export function inlineBytes({ multihash }: CID): Uint8Array | undefined {
  return multihash.code === hashCodes.identity ? multihash.digest : undefined
}

/** Compared on this thread: for what is short or rare. False for hash functions that are not known. */
export function isBlockOf({ multihash }: CID, bytes: Uint8Array): boolean {
  const algorithm = inWorker.get(multihash.code)
  if (algorithm !== undefined) return equalBytes(hash(algorithm, bytes, 'buffer'), multihash.digest)
  return multihash.code === hashCodes.blake3 && equalBytes(blake3(bytes), multihash.digest)
}

export function mismatch(cid: CID): PeerageError {
  return new PeerageError('block.mismatch', `What was given for ${cid} is something else.`, {
    details: { cid: String(cid) },
  })
}
