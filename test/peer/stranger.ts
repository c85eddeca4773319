import { systemWorld } from '../../src/base/index.ts'
import { Bitswap, type BlockSource, bitswapConfig } from '../../src/ipfs/index.ts'
import { createNetwork } from '../../src/network/index.ts'
import type { Peer } from '../../src/peer/index.ts'

/** Somebody who speaks Bitswap and has nothing. */
export interface Stranger {
  /** A peer as the stranger sees it. */
  readonly source: BlockSource
  stop(): Promise<void>
}

export async function startStranger(to: Peer): Promise<Stranger> {
  const identity = { seed: systemWorld.random.bytes(32) }
  const network = await createNetwork({ identity, world: systemWorld, transports: 'memory' })
  const nothing = { find: () => undefined }
  const config = bitswapConfig.parse({})
  const bitswap = new Bitswap({ world: systemWorld, network, config, blocks: nothing, mayServe: () => false })
  bitswap.start()
  network.rememberAddresses(to.peerId, to.addresses())
  return {
    source: bitswap.source(to.peerId),
    async stop() {
      bitswap.stop()
      await network.stop()
    },
  }
}
