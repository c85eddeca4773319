import type { CID } from 'multiformats/cid'
import type { VerifiedBlock } from '../../content/index.ts'

/** For those who have hashed it, or have it from a file that is the one that was hashed. */
export function verified(cid: CID, bytes: Uint8Array): VerifiedBlock {
  return { cid, bytes } as VerifiedBlock
}
