import type { CID } from 'multiformats/cid'
import { PeerageError, toHex } from '../base/index.ts'
import { looksLikeIpfs, parseCid, parseLink } from '../content/index.ts'
import type { Files } from '../services/files/index.ts'
import type { Store } from '../store/index.ts'

/** What a name in the list is looked up in. */
export interface RootParts {
  readonly store: Store
  readonly files: Pick<Files, 'find'>
}

/** Something on IPFS as a person names it: a root, and names from there down. */
interface NamedRoot {
  readonly cid: CID
  readonly path: readonly string[]
}

/** A CID or a link of IPFS in any form, or a content by its name or info hash. Throws `link.invalid`, `content.unknown`. */
export function namedRoot({ files, store }: RootParts, text: string): NamedRoot {
  const { cid, path = [] } = looksLikeIpfs(text) ? parseLink(text) : {}
  if (cid !== undefined) return { cid: parseCid(cid), path }
  const { infoHash } = files.find(text)
  const root = store.blocks.dagOf(toHex(infoHash))
  if (root === undefined)
    throw new PeerageError(
      'content.unknown',
      'This content has no CID: share it with --on ipfs to give it one.',
    )
  return { cid: root, path: [] }
}
