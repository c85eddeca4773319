import type { PieceMap } from '../content/index.ts'
import type { FileRef, HashPiecesJob, Stamp } from './io-jobs.ts'
import type { IoPool } from './io-pool.ts'

/** A file on disk that v1 pieces are read from. */
export interface PieceSource {
  readonly file: FileRef
  /** Undefined: it is being written to, and changes are no reason to refuse it. */
  readonly stamp: Stamp | undefined
}

export interface CheckPiecesRequest {
  readonly map: PieceMap
  /** By file index; a piece with a file that is not among them is not right. */
  readonly sources: ReadonlyMap<number, PieceSource>
  readonly pieces: readonly number[]
  readonly visit: (piece: number, isRight: boolean) => void
  readonly signal?: AbortSignal | undefined
}

const batchBytes = 4 * 2 ** 20
const batchPieces = 256

/** Hashes v1 pieces over all workers, a few MiB at a time. Rejects with `IoFailure` or `signal.reason`. */
export async function checkPieces(pool: IoPool, request: CheckPiecesRequest): Promise<void> {
  const { pieces, visit, signal, map } = request
  let next = 0
  let turn = 0
  const lane = async (): Promise<void> => {
    while (next < pieces.length) {
      signal?.throwIfAborted()
      const batch: number[] = []
      let bytes = 0
      while (next < pieces.length && bytes < batchBytes && batch.length < batchPieces) {
        bytes += map.pieceSize(pieces[next]!)
        batch.push(pieces[next++]!)
      }
      const right = await pool.run(jobFor(request, batch), bytes, turn++)
      batch.forEach((piece, i) => {
        visit(piece, right[i] === 1)
      })
    }
  }
  await Promise.all(Array.from({ length: pool.workers * 2 }, lane))
}

/** A piece of which a file is not there has a part that no source is for: it comes out as not right. */
function jobFor({ map, sources }: CheckPiecesRequest, batch: readonly number[]): HashPiecesJob {
  const files: HashPiecesJob['files'][number][] = []
  const places = new Map<number, number>()
  const placeOf = (index: number): number => {
    const known = places.get(index)
    const source = sources.get(index)
    if (known !== undefined || source === undefined) return known ?? -1
    places.set(index, files.length)
    return files.push({ ...source, size: map.content.files[index]!.size }) - 1
  }
  const pieces = batch.map(piece => ({
    size: map.pieceSize(piece),
    expected: map.content.v1Pieces!.slice(piece * 20, (piece + 1) * 20),
    parts: map.segments(piece).map(({ fileIndex, begin, length, fileOffset }) => ({
      file: placeOf(fileIndex),
      begin,
      length,
      offset: fileOffset,
    })),
  }))
  return { op: 'hash-pieces', files, pieces }
}
