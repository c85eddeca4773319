import type { PeerageError } from '../base/index.ts'
import type { Content, PieceMap } from '../content/index.ts'
import type { Emitter } from './emitter.ts'
import type { FileTable } from './file-table.ts'
import type { StoreHost } from './host.ts'
import type { ContentRow } from './index-database.ts'
import type { SegmentMap } from './segment-map.ts'

export interface StoredEvents {
  /** A file is verified under its final name (durable at the next checkpoint). */
  'file-completed': { readonly file: number }
  /** All that is wanted is verified under its final name. */
  verified: Record<never, never>
  /** The same, durable, and the index says so. */
  completed: Record<never, never>
  /** A file is not what was verified any more; its pieces left `have`. */
  changed: { readonly file: number; readonly pieces: readonly number[]; readonly error: PeerageError }
  /** Pieces were found on disk and verified outside `accept`. */
  recovered: { readonly file: number; readonly pieces: readonly number[] }
  /** The disk refused: `accept` refuses too until `resume`. */
  error: { readonly error: PeerageError }
}

/** What the parts of one loaded content share. */
export interface StoredParts {
  readonly host: StoreHost
  readonly row: ContentRow
  readonly content: Content
  readonly map: PieceMap
  readonly files: FileTable
  readonly bits: SegmentMap
  readonly events: Emitter<StoredEvents>
  /** How often somebody has gone on after an error. */
  tries(): number
  /**
   * An error of the disk stops accepting and is told once, unless what failed was begun in an earlier try, `begun`; returns
   * what a person sees.
   */
  fail(error: unknown, begun?: number): PeerageError
}
