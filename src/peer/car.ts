import type { CID } from 'multiformats/cid'
import { PeerageError, type RunningService, type World } from '../base/index.ts'
import type { BlockReader, VerifiedBlock } from '../content/index.ts'
import type { BlockSession, IpfsNetwork, Refusals } from '../ipfs/index.ts'
import { type CarHost, type OpenedDag, startCar } from '../services/car/index.ts'
import type { BlockStore } from '../store/index.ts'
import type { AnnouncedPins } from './announced-pins.ts'
import { namedRoot, type RootParts } from './named-root.ts'

/** CAR archives over the blocks of this peer. */
export function carOf(
  parts: RootParts & {
    readonly world: World
    readonly ipfs: Pick<IpfsNetwork, 'session'> | undefined
    readonly denylists: Refusals
    readonly announced: AnnouncedPins
  },
): RunningService {
  const { blocks } = parts.store
  const refuse = (cid: CID): void => parts.denylists.check({ root: cid, path: [] })
  const host: CarHost = {
    world: parts.world,
    rootOf: text => {
      const { cid, path } = namedRoot(parts, text)
      parts.denylists.check({ root: cid, path })
      return { cid, path }
    },
    open: root => openDag(blocks, refuse, () => parts.ipfs?.session(root)),
    refuse,
    has: cid => blocks.has(cid),
    put: (cid, bytes, options) => blocks.put(cid, bytes, options),
    keepAll: () => blocks.keepAll(),
    pin: async (root, name, signal) => {
      // What the user called it stays.
      const isPinned = blocks.pins().some(pin => pin.root.equals(root.toV1()))
      parts.announced.add(await blocks.pin(root, { name: isPinned ? undefined : name, signal, refuse }))
    },
  }
  return startCar(host)
}

/**
 * What is on this machine; nobody is asked before something is not. Blocks are lent until they are released or all of it is closed: memory of its own
 * for each takes longer to make and to collect than the archive takes to write.
 */
function openDag(
  blocks: Pick<BlockStore, 'loan'>,
  refuse: (cid: CID) => void,
  begin: () => BlockSession | undefined,
): OpenedDag {
  let session: BlockSession | undefined
  const loans = new Map<VerifiedBlock, () => void>()
  let isOpen = true
  const release = (block: VerifiedBlock): void => {
    loans.get(block)?.()
    loans.delete(block)
  }
  const reader: BlockReader = {
    async get(cid, options) {
      refuse(cid)
      const loan = await blocks.loan(cid, options)
      if (loan !== undefined) {
        loans.set(loan.block, () => loan.release())
        // Whoever asked for it ahead of its turn is gone.
        if (!isOpen) release(loan.block)
        return loan.block
      }
      session ??= begin()
      if (session !== undefined) return session.get(cid, options)
      throw new PeerageError('block.missing', `The block ${cid} is not on this computer.`, {
        details: { cid: cid.toString() },
      })
    },
  }
  const close = (): void => {
    isOpen = false
    for (const block of [...loans.keys()]) release(block)
    session?.close()
  }
  return { reader, session: () => session, release, close }
}
