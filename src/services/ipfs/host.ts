import type { World } from '../../base/index.ts'
import type { IpfsNetwork } from '../../ipfs/index.ts'

/** What the service needs of the peer that it runs in. */
export interface IpfsHost {
  readonly world: World
  /** The network; undefined when it is off, or this peer offline. */
  readonly ipfs: Pick<IpfsNetwork, 'isStarted' | 'routing' | 'stats' | 'session' | 'names'> | undefined
  /** Of one folder; one with more is refused. */
  readonly maxListedEntries: number
  /** Why it is off. */
  readonly off: string | undefined
}
