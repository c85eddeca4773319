import type { CID } from 'multiformats/cid'
import type { World } from '../../base/index.ts'
import type { BlockSource, Blocks, ContentRouting, Provider } from '../ports.ts'
import type { SessionConfig } from './config.ts'

export interface SessionParts {
  readonly world: World
  readonly config: SessionConfig
  readonly blocks: Pick<Blocks, 'find' | 'put' | 'verify'>
  /** Throws for a block that is not to be had from anywhere, see `Denylists`; all may be when left out. */
  refuse?(cid: CID): void
  /** Whether anybody may have a block that is here; none when left out. */
  isPublic?(cid: CID): boolean
  /** Only those are asked who give to anybody: whoever this is for may have no more. */
  readonly publicOnly?: boolean
  readonly routing?: Pick<ContentRouting, 'findProviders'>
  /** Whom we are connected to: they are asked first whether they have it. */
  connected(): readonly BlockSource[]
  /** Calls `listener` with each further one that could be asked; returns what ends that. */
  onMet?(listener: (source: BlockSource) => void): () => void
  /** A provider that routing found as a source; undefined: it cannot be used. */
  sourceOf(provider: Provider): BlockSource | undefined
  /** It sent something else than it was asked for. */
  onLiar?(source: BlockSource): void
  onClose?(): void
}
