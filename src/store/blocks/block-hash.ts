import { hash } from 'node:crypto'
import type { CID } from 'multiformats/cid'
import { blake3, equalBytes, PeerageError } from '../../base/index.ts'
import { type BlockHashes, hashCodes, type VerifiedBlock, verifyBlock } from '../../content/index.ts'
import type { IoPool } from '../io-pool.ts'
import { lend } from './lend.ts'
import { verified } from './verified.ts'

/** Hashing more would keep others waiting, see docs/architecture.md. */
const mostHere = 65_536

/** The hash functions that workers have. */
const inWorker: ReadonlyMap<number, 'sha256' | 'sha512'> = new Map([
  [hashCodes.sha256, 'sha256'],
  [hashCodes.sha512, 'sha512'],
])

/** At the speed of the machine. */
export const platformHashes: BlockHashes = new Map(
  Array.from(inWorker, ([code, name]) => [code, (bytes: Uint8Array) => hash(name, bytes, 'buffer')]),
)

export function workerAlgorithm({ multihash }: CID): 'sha256' | 'sha512' | undefined {
  return inWorker.get(multihash.code)
}

/** The bytes that stand in the CID itself. */
export function inlineBytes({ multihash }: CID): Uint8Array | undefined {
  return multihash.code === hashCodes.identity ? multihash.digest : undefined
}

/** Compared on this thread: for what is short or rare. False for hash functions that are not known. */
export function isBlockOf(cid: CID, bytes: Uint8Array): boolean {
  const { multihash } = cid
  const inline = inlineBytes(cid)
  if (inline !== undefined) return equalBytes(inline, bytes)
  const hashOf = platformHashes.get(multihash.code)
  if (hashOf !== undefined) return equalBytes(hashOf(bytes), multihash.digest)
  return multihash.code === hashCodes.blake3 && equalBytes(blake3(bytes), multihash.digest)
}

/** As `verifyBlock`; what is long is hashed by a worker, where that knows the hash function. */
export async function verifyIn(pool: IoPool, cid: CID, bytes: Uint8Array): Promise<VerifiedBlock> {
  const algorithm = workerAlgorithm(cid)
  if (bytes.length <= mostHere || algorithm === undefined) return verifyBlock(cid, bytes, platformHashes)
  const { digest } = cid.multihash
  // Nothing of it is written anywhere.
  const job = { op: 'write-leaf', algorithm, digest, begin: 0, length: 0, targets: [] } as const
  const { ok } = await lend(pool, bytes, given => pool.run({ ...job, ...given }, bytes.length))
  if (!ok) throw mismatch(cid)
  return verified(cid, bytes)
}

export function mismatch(cid: CID): PeerageError {
  return new PeerageError('block.mismatch', `What was given for ${cid} is something else.`, {
    details: { cid: String(cid) },
  })
}
