import type { World } from '../base/index.ts'
import type { StoreConfig } from './config.ts'
import type { ContentJournal } from './content-journal.ts'
import type { IndexDatabase } from './index-database.ts'
import type { IoPool } from './io-pool.ts'

/** What the parts of one open store share. */
export interface StoreHost {
  readonly home: string
  readonly world: World
  readonly config: StoreConfig
  readonly pool: IoPool
  readonly db: IndexDatabase
  readonly journal: ContentJournal
  /** Makes what was committed to the index durable, in a thread of libuv. */
  flushIndex(): Promise<void>
}
