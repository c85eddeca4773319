import type { CID } from 'multiformats/cid'
import type { VerifiedBlock } from '../../content/index.ts'
import type { BlockSink } from '../ports.ts'

/** Somebody who waits for a block. */
export interface Waiting {
  readonly sink: BlockSink | undefined
  readonly transient: boolean
  readonly resolve: (block: VerifiedBlock) => void
  readonly reject: (error: unknown) => void
}

interface Ask {
  readonly cancel: AbortController
  readonly at: number
  /** The block has come from it. */
  isDelivering: boolean
}

/** Somebody has not got a block. It may be fetching that itself, so it is asked again. */
interface Lack {
  readonly times: number
  /** World.now() from which on it may be asked again. */
  readonly until: number
}

/** A block that a session fetches. */
export interface WantedBlock {
  readonly key: string
  readonly cid: CID
  readonly order: number
  readonly waiting: Waiting[]
  /** Whom it was asked of and has not answered, by name. */
  readonly asked: Map<string, Ask>
  /** Who had it not, or failed with it, by name. */
  readonly without: Map<string, Lack>
  /** It has come and is being verified and kept. */
  keeping: Promise<VerifiedBlock> | undefined
}
