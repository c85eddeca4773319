import type { CID } from 'multiformats/cid'
import type { BlockStore } from '../../store/index.ts'

/** Gets the blocks of one DAG from others and keeps them. */
export interface Obtainer {
  get(cid: CID, options: { readonly signal?: AbortSignal }): Promise<unknown>
  close(): void
}

/** What the pins service needs of the peer that it runs in. */
export interface PinsHost {
  readonly blocks: Pick<BlockStore, 'pin' | 'unpin' | 'pins' | 'cache' | 'collect'>
  /** Undefined: the public network is off, and only what is here can be pinned. */
  obtainer(root: CID): Obtainer | undefined
}
