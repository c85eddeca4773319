import { hashLength, levelOf, segmentLeaves, treeHeight } from '../content/index.ts'
import type { FileRef, HashResult, LeafShape, Stamp } from './io-jobs.ts'
import type { IoPool } from './io-pool.ts'

const stretchBytes = 4 * 2 ** 20

export interface HashFileRequest {
  readonly file: FileRef
  readonly size: number
  readonly pieceLength: number
  readonly stamp?: Stamp | undefined
  /** It is being written to: changes are no reason to stop. */
  readonly isGrowing?: boolean | undefined
  readonly sha1?: 'padded' | 'plain' | undefined
  readonly blocks?: LeafShape | undefined
  readonly signal?: AbortSignal | undefined
  /** Only these pieces of the file (0 = its first); all others come out as zeros. */
  readonly wanted?: ((piece: number) => boolean) | undefined
  readonly onBytes?: ((bytes: number) => void) | undefined
}

export interface FileHashes {
  /** One hash for each piece; of a file of one piece its root. */
  readonly pieces: Uint8Array
  readonly sha1: Uint8Array | undefined
  /** SHA-256 of each leaf of `blocks`. */
  readonly blocks: Uint8Array | undefined
  readonly stamp: Stamp | undefined
}

/**
 * Hashes a file over all workers at once, a few MiB at a time with some in hand. Rejects with `IoFailure` (`changed`
 * when it is not the file of `stamp`, or is being written to) or `signal.reason`.
 */
export async function hashFile(pool: IoPool, request: HashFileRequest): Promise<FileHashes> {
  const { size, pieceLength, signal } = request
  const count = Math.ceil(size / pieceLength)
  const pieces = new Uint8Array(count * hashLength)
  const sha1 = request.sha1 === undefined ? undefined : new Uint8Array(count * 20)
  const leaf = request.blocks?.length ?? 0
  const blocks = request.blocks && new Uint8Array(Math.ceil(size / leaf) * hashLength)
  const perStretch = Math.max(1, Math.floor(stretchBytes / pieceLength))
  let stamp = request.stamp
  let next = 0
  const take = (): number | undefined => {
    while (next < count && request.wanted !== undefined && !request.wanted(next)) next++
    return next < count ? next : undefined
  }
  const lane = async (): Promise<void> => {
    for (let first = take(); first !== undefined; first = take()) {
      let end = first + 1
      while (end < Math.min(first + perStretch, count) && request.wanted?.(end) !== false) end++
      next = end
      signal?.throwIfAborted()
      const result = await hashStretch(pool, request, first, end - first, stamp)
      if (request.isGrowing !== true) stamp ??= result.stamp
      pieces.set(result.hashes, first * hashLength)
      if (result.sha1 !== undefined) sha1?.set(result.sha1, first * 20)
      if (result.blocks !== undefined) blocks?.set(result.blocks, ((first * pieceLength) / leaf) * hashLength)
      request.onBytes?.(Math.min(size, end * pieceLength) - first * pieceLength)
    }
  }
  await Promise.all(Array.from({ length: pool.workers * 2 }, lane))
  return { pieces, sha1, blocks, stamp }
}

let turn = 0

function hashStretch(
  pool: IoPool,
  request: HashFileRequest,
  first: number,
  count: number,
  stamp: Stamp | undefined,
): Promise<HashResult> {
  const { file, size, pieceLength, sha1, blocks, isGrowing } = request
  const offset = first * pieceLength
  const length = Math.min(size - offset, count * pieceLength)
  const height = treeHeight(segmentLeaves(size, pieceLength))
  return pool.run(
    {
      op: 'hash',
      file,
      offset,
      length,
      fileSize: size,
      pieceLength,
      height,
      layer: 'pieces',
      sha1,
      blocks,
      stamp,
      isGrowing,
    },
    length,
    turn++,
  )
}

/** The root of a file's tree from the hashes of its pieces. */
export function rootOfPieces(pool: IoPool, pieces: Uint8Array, pieceLength: number): Promise<Uint8Array> {
  if (pieces.length === hashLength) return Promise.resolve(pieces)
  return pool.run({ op: 'root', hashes: pieces, padLevel: levelOf(pieceLength) })
}
