import type { World } from '../base/index.ts'
import type { IpfsNetwork } from '../ipfs/index.ts'
import type { PinsHost } from '../services/pins/index.ts'
import type { Store } from '../store/index.ts'

/** What the pins service needs; without the IPFS network only what is here can be pinned. */
export function pinsHost(world: World, { blocks }: Store, ipfs: IpfsNetwork | undefined): PinsHost {
  return { world, blocks, obtainer: root => ipfs?.session(root) }
}
