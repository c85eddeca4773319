import type { FoldersConfig } from './config.ts'

/** What the service needs of the peer that it runs in. */
export interface FoldersHost {
  readonly config: FoldersConfig
  /** Where downloads go as configured; empty: nowhere yet. */
  downloads(): string
}
