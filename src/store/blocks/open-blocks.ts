import type { PeerageError, World } from '../../base/index.ts'
import { BlockDatabase } from './block-database.ts'

export interface OpenedBlocks {
  readonly db: BlockDatabase
  /** The database was damaged: a new one takes its place. */
  readonly notice: PeerageError | undefined
}

/** Opens HOME/blocks.db. */
export function openBlocks(home: string, _world: World): OpenedBlocks {
  return { db: new BlockDatabase(`${home}/blocks.db`), notice: undefined }
}
