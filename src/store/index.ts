export type { DownloadOptions } from './add-download.ts'
export type { AdoptOptions } from './adopt.ts'
export type { BlockStore, CacheReport, ContentDag, PutOptions } from './blocks/block-store.ts'
export type { TreeOptions } from './blocks/open-tree.ts'
export type { Pin, PinOptions } from './blocks/pins.ts'
export type { TreeFile } from './blocks/tree-layout.ts'
export type { LeafTarget, Payload, TreeWriter } from './blocks/tree-writer.ts'
export { bySteps } from './by-steps.ts'
export { type StoreConfig, storeConfig } from './config.ts'
export type { NamedTorrent } from './content-reader.ts'
export type { ShareOptions, ShareProgress } from './create-share.ts'
export type { Priority } from './file-table.ts'
export type { Offer, Verdict } from './intake.ts'
export type { VerifyOptions } from './recheck.ts'
export type { Lease } from './slab-pool.ts'
export type { KeyValue } from './state-log.ts'
export {
  type DescribedContent,
  openStore,
  type Store,
  type StoreOptions,
} from './store.ts'
export type { StoredContent } from './stored-content.ts'
export type { StoredEvents } from './stored-parts.ts'
export { releaseMemory } from './worker/release-memory.ts'
