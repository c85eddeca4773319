import fs from 'node:fs'
import { PeerageError, type World } from '../../base/index.ts'
import { putAside } from '../open-index.ts'
import { BlockDatabase } from './block-database.ts'

export interface OpenedBlocks {
  readonly db: BlockDatabase
  /** There was none, or it was damaged: rows have to be made again. */
  readonly isNew: boolean
}

/** Opens HOME/blocks.db. A damaged one is put aside under `blocks.db.damaged-TIME`. */
export function openBlocks(home: string, world: World): OpenedBlocks {
  const path = `${home}/blocks.db`
  const isNew = !fs.existsSync(path)
  try {
    return { db: new BlockDatabase(path), isNew }
  } catch (error) {
    if (!(error instanceof PeerageError) || error.code !== 'index.damaged') throw error
    putAside(path, world.wallTime())
    return { db: new BlockDatabase(path), isNew: true }
  }
}
