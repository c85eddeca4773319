const smallest = 16_384
const usualLargest = 1_048_576
const largest = 16_777_216
const manyPieces = 262_144

/**
 * The piece length to cut new content in: a power of two from 16 KiB to 16 MiB. Small content gets about 256 pieces, so
 * that peers soon have something to give each other; from 256 MiB on a piece is 1 MiB, which is what is requested, hashed
 * and written at once; beyond 256 GiB it grows so that bitfields and piece layers stay small. Each file starts a new piece.
 */
export function choosePieceLength(totalSize: number, fileCount: number): number {
  let length = smallest
  while (length < usualLargest && length * 256 < totalSize) length *= 2
  const bound = manyPieces * usualLargest
  while (totalSize > bound && length < largest && totalSize / length + fileCount > manyPieces) length *= 2
  return length
}
