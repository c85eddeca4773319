import type { World } from '../base/index.ts'
import type { IpfsNetwork } from '../ipfs/index.ts'
import type { PinsHost } from '../services/pins/index.ts'
import type { Store } from '../store/index.ts'
import type { AnnouncedPins } from './announced-pins.ts'

/** What the pins service needs; without the IPFS network only what is here can be pinned. */
export function pinsHost(
  world: World,
  { blocks }: Store,
  ipfs: IpfsNetwork | undefined,
  announced: AnnouncedPins,
): PinsHost {
  return {
    world,
    blocks,
    obtainer: root => ipfs?.session(root),
    pinned: pin => announced.add(pin),
    unpinned: root => announced.remove(root),
  }
}
