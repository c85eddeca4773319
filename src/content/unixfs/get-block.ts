import type { CID } from 'multiformats/cid'
import { hashCodes } from '../cid.ts'
import type { BlockReader, VerifiedBlock } from '../verified-block.ts'
import { verifyBlock } from '../verify-block.ts'

export interface DagOptions {
  readonly signal?: AbortSignal | undefined
}

/** A block, or what the CID carries itself. */
export async function getBlock(
  blocks: BlockReader,
  cid: CID,
  { signal }: DagOptions,
): Promise<VerifiedBlock> {
  signal?.throwIfAborted()
  const { code, digest } = cid.multihash
  if (code === hashCodes.identity) return verifyBlock(cid, digest)
  return blocks.get(cid, signal ? { signal } : {})
}
