import type { World } from '../base/index.ts'
import type { IpfsNetwork, Refusals } from '../ipfs/index.ts'
import type { PinsHost } from '../services/pins/index.ts'
import type { Store } from '../store/index.ts'
import type { AnnouncedPins } from './announced-pins.ts'

interface PinsParts {
  readonly world: World
  readonly store: Store
  readonly ipfs: IpfsNetwork | undefined
  readonly denylists: Refusals
  readonly announced: AnnouncedPins
}

/** What the pins service needs; without the IPFS network only what is here can be pinned. */
export function pinsHost({ world, store, ipfs, denylists, announced }: PinsParts): PinsHost {
  return {
    world,
    blocks: store.blocks,
    denylists,
    obtainer: root => ipfs?.session(root),
    pinned: pin => announced.add(pin),
    unpinned: root => announced.remove(root),
  }
}
