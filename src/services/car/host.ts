import type { CID } from 'multiformats/cid'
import type { World } from '../../base/index.ts'
import type { BlockReader, VerifiedBlock } from '../../content/index.ts'
import type { BlockSession } from '../../ipfs/index.ts'

/** Something on IPFS as a person names it. */
export interface NamedRoot {
  readonly cid: CID
  readonly path: readonly string[]
}

export interface OpenedDag {
  readonly reader: BlockReader
  /** By which others are asked; undefined until one had to be. */
  session(): Pick<BlockSession, 'asked' | 'quietMs'> | undefined
  /** Nobody looks at a block of `reader` any more: its memory may be used again. */
  release(block: VerifiedBlock): void
  close(): void
}

/** What the service needs of the peer that it runs in. */
export interface CarHost {
  readonly world: World
  /** A CID, a link of IPFS, or a content in the list. Throws `link.invalid`, `content.unknown`, `content.denied`. */
  rootOf(text: string): NamedRoot
  /** Blocks of this machine first, then of those who have them. */
  open(root: CID): OpenedDag
  /** Throws `content.denied` for a block that is neither given nor kept. */
  refuse(cid: CID): void
  has(cid: CID): boolean
  /** Hashes and keeps a block. Rejects with `block.mismatch`, and what goes wrong with the disk. */
  put(cid: CID, bytes: Uint8Array, options: { readonly isPublic: boolean }): Promise<VerifiedBlock>
  /** Nothing leaves the cache until what it returns is called. */
  keepAll(): () => void
  /** Keeps all that is below a root. */
  pin(root: CID, name: string, signal: AbortSignal): Promise<unknown>
}
