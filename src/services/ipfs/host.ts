import type { CID } from 'multiformats/cid'
import type { World } from '../../base/index.ts'
import type { Denylists, IpfsNetwork } from '../../ipfs/index.ts'
import type { BlockStore } from '../../store/index.ts'

/** What the service needs of the peer that it runs in. */
export interface IpfsHost {
  readonly world: World
  /** The network; undefined when it is off, or this peer offline. */
  readonly ipfs:
    | Pick<IpfsNetwork, 'isStarted' | 'start' | 'routing' | 'stats' | 'session' | 'names'>
    | undefined
  /** What is not to be had, and how its lists are doing. */
  readonly denylists: Pick<Denylists, 'check' | 'checkLink' | 'status'>
  /** Of one folder; one with more is refused. */
  readonly maxListedEntries: number
  /** Why it is off. */
  readonly off: string | undefined
  /** What is on this computer. */
  readonly blocks: Pick<BlockStore, 'get' | 'sizeOf'>
  /** Contents that a block is in. */
  contentsOf(cid: CID): readonly { readonly infoHash: string; readonly name: string }[]
  isPinned(cid: CID): boolean
  /** Anybody may have that block from here. */
  isPublic(cid: CID): boolean
  /** Multiaddrs of a peer that are known. */
  addressesOf(peer: string): readonly string[]
  isConnected(peer: string): boolean
}
