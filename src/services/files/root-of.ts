import { PeerageError } from '../../base/index.ts'
import type { Store, StoredContent } from '../../store/index.ts'

/** The root of a content on IPFS, as canonical text. Throws `content.invalid` when it was not hashed for that. */
export function rootOf(store: Store, { hash }: StoredContent): string {
  const root = store.blocks.dagOf(hash)
  if (root === undefined) throw new PeerageError('content.invalid', 'This content has no name on IPFS.')
  return root.toString()
}
