import { PeerageError } from '../../base/index.ts'
import type { StoredContent } from '../../store/index.ts'
import { oneFile } from './choice.ts'
import type { CatInput } from './inputs.ts'
import type { Transfer } from './transfer.ts'

/** Bytes read from disk at once. */
const readLength = 1_048_576

/** What comes before the bytes, so that HTTP can tell lengths and ranges. */
export interface ReadHead {
  readonly totalBytes: number
  readonly offset: number
  readonly length: number
  readonly name: string
}

/**
 * A stretch of one file, first what stretch it is, then its bytes in order; those that are not here yet are fetched first and
 * waited for. Throws `content.no-such-file`, `usage.invalid`, what stops the transfer, `signal.reason`.
 */
export async function* readContent(
  transfer: Transfer,
  stored: StoredContent,
  { file: name, offset, length }: CatInput,
  signal: AbortSignal,
): AsyncGenerator<ReadHead | Uint8Array> {
  const file = oneFile(stored.content, name)
  if (offset > file.size)
    throw new PeerageError(
      'usage.invalid',
      `The file has only ${file.size} bytes; ${offset} is behind its end.`,
    )
  const end = Math.min(file.size, offset + (length ?? file.size))
  yield { totalBytes: file.size, offset, length: end - offset, name: file.path.at(-1) ?? stored.name }
  if (end === offset) return
  const { pieceLength } = stored.content
  const placeOf = (position: number): { readonly piece: number; readonly begin: number } =>
    stored.pieces.placeOf(file.index, position)
  const reader = transfer.swarm?.read(placeOf(offset).piece, placeOf(end - 1).piece)
  try {
    for (let at = offset; at < end; ) {
      const { piece, begin } = placeOf(at)
      reader?.moveTo(piece)
      await pieceArrived(transfer, stored, piece, signal)
      const take = Math.min(readLength, pieceLength - begin, end - at)
      yield await stored.read(piece, begin, take)
      at += take
    }
  } finally {
    reader?.close()
  }
}

async function pieceArrived(
  transfer: Transfer,
  stored: StoredContent,
  piece: number,
  signal: AbortSignal,
): Promise<void> {
  while (!stored.have.has(piece)) {
    signal.throwIfAborted()
    if (transfer.failure !== undefined) throw transfer.failure
    if (transfer.swarm === undefined)
      throw new PeerageError('network.no-peers', 'This part is not here, and nothing is being fetched now.')
    await nextPiece(transfer, signal)
  }
  signal.throwIfAborted()
}

/** Resolves when a piece was verified or anything else changed. */
function nextPiece(transfer: Transfer, signal: AbortSignal): Promise<void> {
  return new Promise(resolve => {
    const done = (): void => {
      stopChange()
      stopPieces?.()
      signal.removeEventListener('abort', done)
      resolve()
    }
    const stopChange = transfer.onChange(done)
    const stopPieces = transfer.swarm?.on(event => {
      if (event.type === 'piece-verified') done()
    })
    signal.addEventListener('abort', done)
  })
}
