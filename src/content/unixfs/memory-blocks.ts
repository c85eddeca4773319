import type { CID } from 'multiformats/cid'
import { PeerageError } from '../../base/index.ts'
import type { BlockReader, VerifiedBlock } from '../verified-block.ts'
import { verifyBlock } from '../verify-block.ts'

/** Blocks in memory, for tests; and who was asked for. */
export class MemoryBlocks implements BlockReader {
  readonly blocks: Map<string, Uint8Array> = new Map()
  readonly asked: string[] = []

  put(cid: CID, bytes: Uint8Array): CID {
    this.blocks.set(cid.toString(), bytes)
    return cid
  }

  async get(cid: CID): Promise<VerifiedBlock> {
    this.asked.push(cid.toString())
    const bytes = this.blocks.get(cid.toString())
    if (bytes === undefined) throw new PeerageError('network.no-peers', 'nobody has it')
    return verifyBlock(cid, bytes)
  }
}
