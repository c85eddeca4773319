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

/** A block that a session fetches. */
export interface WantedBlock {
  readonly key: string
  readonly cid: CID
  readonly order: number
  readonly waiting: Waiting[]
  /** Whom it was asked of and has not answered, by name. */
  readonly asked: Map<string, Ask>
  /** Who has not got it, or failed with it. */
  readonly without: Set<string>
  /** It has come and is being verified and kept. */
  keeping: Promise<VerifiedBlock> | undefined
}
