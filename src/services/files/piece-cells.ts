import type { Transfer } from './transfer.ts'

/** The pieces of a content as a map of cells, each for as many pieces that follow one another. */
export interface PieceCells {
  readonly pieces: number
  readonly pieceLength: number
  /** How many pieces are verified. */
  readonly have: number
  readonly cells: number
  /** One byte a cell in base64: which part of it is here, 255 is all. */
  readonly here: string
  /** One byte a cell in base64: how many connected peers have its rarest piece, 255 and more are one. */
  readonly copies: string
  /** One byte a cell in base64: 1 when some file in it is wanted. */
  readonly wanted: string
}

export const maxPieceCells = 2_000

/** Throws what `stored.content` throws. */
export function pieceCells(
  { stored, swarm }: Partial<Pick<Transfer, 'stored' | 'swarm'>>,
  limit: number = maxPieceCells,
): PieceCells {
  if (stored === undefined)
    return { pieces: 0, pieceLength: 0, have: 0, cells: 0, here: '', copies: '', wanted: '' }
  const { content, have, pieceCount } = stored
  const cells = Math.min(limit, pieceCount)
  const here = new Uint8Array(cells)
  const copies = new Uint8Array(cells)
  const wanted = new Uint8Array(cells)
  const cellOf = (piece: number): number => Math.floor((piece * cells) / pieceCount)
  for (let cell = 0, piece = 0; cell < cells; cell++) {
    const first = piece
    let count = 0
    let rarest = 255
    for (; piece < pieceCount && cellOf(piece) === cell; piece++) {
      if (have.has(piece)) count++
      rarest = Math.min(rarest, swarm?.copies(piece) ?? 0)
    }
    here[cell] = Math.floor((255 * count) / Math.max(1, piece - first))
    copies[cell] = rarest
  }
  for (const { index, firstPiece, pieceCount: count } of content.files)
    if (count > 0 && stored.priority(index) !== 'skip')
      wanted.fill(1, cellOf(firstPiece), cellOf(firstPiece + count - 1) + 1)
  return {
    pieces: pieceCount,
    pieceLength: content.pieceLength,
    have: have.count,
    cells,
    here: base64(here),
    copies: base64(copies),
    wanted: base64(wanted),
  }
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64')
}
