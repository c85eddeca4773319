import { PeerageError } from '../../base/index.ts'
import type { Store, StoredContent } from '../../store/index.ts'
import type { Transfer } from './transfer.ts'
import { updatesOf } from './updates.ts'

export interface MoveInput {
  content: string
  into: string
  moved?: boolean | undefined
}

/** How far; the last one has phase `moved` and tells where it is now. */
export interface MoveUpdate {
  readonly phase: 'moving' | 'moved'
  readonly infoHash: string
  readonly name: string
  readonly bytes: number
  readonly totalBytes: number
  /** With the last one. */
  readonly path?: string
  /** With the last one: pieces that are not where the user said, or not what they were. */
  readonly missingPieces?: number
}

/**
 * Takes what was fetched to another folder, or learns where the user has put it. Nobody is served only while the place changes;
 * ended early, everything is where it was. Throws what `Store.move` and `Store.repoint` throw, `usage.invalid`.
 */
export async function* moveTransfer(
  store: Store,
  transfer: Transfer,
  before: StoredContent,
  { into, moved = false }: MoveInput,
  signal: AbortSignal,
): AsyncGenerator<MoveUpdate> {
  if (before.origin === 'share' && !moved)
    throw new PeerageError(
      'usage.invalid',
      `${before.root} is yours, and served from where it is. Move it yourself, then say where with --moved.`,
    )
  const had = before.have.count
  const common = { infoHash: transfer.id, name: before.name }
  const beforeSwitch = (): Promise<void> => transfer.hold()
  try {
    yield* updatesOf<MoveUpdate, StoredContent>(tell => {
      const onProgress = (progress: { bytes: number; totalBytes: number }): void =>
        tell({ phase: 'moving', ...common, ...progress })
      const options = { onProgress, beforeSwitch, signal }
      return moved ? store.repoint(before.hash, into, options) : store.move(before.hash, into, options)
    })
  } finally {
    // Whatever became of it, the store knows where it is.
    const now = store.get(before.hash)
    if (now !== undefined) await transfer.adopt(now)
  }
  const now = transfer.stored ?? before
  const { totalSize } = now
  const missingPieces = Math.max(0, had - now.have.count)
  yield { phase: 'moved', ...common, bytes: totalSize, totalBytes: totalSize, path: now.root, missingPieces }
}
