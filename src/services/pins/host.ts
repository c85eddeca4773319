import type { CID } from 'multiformats/cid'
import type { World } from '../../base/index.ts'
import type { BlockSession, Refusals } from '../../ipfs/index.ts'
import type { BlockStore, Pin } from '../../store/index.ts'

/** What the pins service needs of the peer that it runs in. */
export interface PinsHost {
  readonly world: World
  readonly blocks: Pick<BlockStore, 'get' | 'pin' | 'unpin' | 'pinOf' | 'pins' | 'cache' | 'collect'>
  /** What is not kept. */
  readonly denylists: Pick<Refusals, 'check'>
  /** Undefined: the public network is off, and only what is here can be pinned. */
  obtainer(root: CID): Pick<BlockSession, 'get' | 'asked' | 'quietMs' | 'close'> | undefined
  /** All of it is here. */
  pinned(pin: Pin): void
  unpinned(root: CID): void
}
