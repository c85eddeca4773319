import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Content, PieceMap } from '../content/index.ts'
import { type Range, RangeQueue } from './range-queue.ts'

const leaf = 16_384

/** v1 content: its files lie one behind the other, padding between some of them. */
function mapOf(sizes: readonly number[], pieceLength: number, gap = 0): PieceMap {
  let at = 0
  const files = sizes.map((size, index) => {
    const v1Offset = at
    at += size + gap
    return { index, path: [`${index}`], size, firstPiece: 0, pieceCount: 0, v1Offset }
  })
  const pieceCount = Math.ceil(at / pieceLength)
  return new PieceMap({ version: 'v1', files, pieceLength, pieceCount, v1Size: at } as unknown as Content)
}

const all = (queue: RangeQueue, longest: number): Range[] => {
  const out: Range[] = []
  for (let range = queue.take(longest); range !== undefined; range = queue.take(longest)) out.push(range)
  return out
}
const briefly = (ranges: readonly Range[]): number[][] =>
  ranges.map(({ file, offset, length }) => [file, offset, length])

describe('RangeQueue', () => {
  it('makes one range of blocks that follow one another', () => {
    const queue = new RangeQueue(mapOf([10 * leaf], 2 * leaf))
    for (const piece of [1, 2]) for (const begin of [0, leaf]) queue.add(piece, begin, leaf)
    expect(queue.bytes).toBe(4 * leaf)
    expect(briefly(all(queue, 100 * leaf))).toEqual([[0, 2 * leaf, 4 * leaf]])
    expect(queue.bytes).toBe(0)
  })

  it('cuts them where they are long enough, and where a file ends', () => {
    const queue = new RangeQueue(mapOf([leaf, 5 * leaf], 8 * leaf))
    for (let begin = 0; begin < 6 * leaf; begin += leaf) queue.add(0, begin, leaf)
    expect(briefly(all(queue, 2 * leaf))).toEqual([
      [0, 0, leaf],
      [1, 0, 2 * leaf],
      [1, 2 * leaf, 2 * leaf],
      [1, 4 * leaf, leaf],
    ])
  })

  it('makes one range of what follows one another in a piece, whatever the files', () => {
    const queue = new RangeQueue(mapOf([leaf, 5 * leaf], 2 * leaf), 'pieces')
    for (const piece of [0, 1]) for (const begin of [0, leaf]) queue.add(piece, begin, leaf)
    expect(briefly(all(queue, 100 * leaf))).toEqual([
      [0, 0, 2 * leaf],
      [1, leaf, 2 * leaf],
    ])
  })

  it('asks for no padding', () => {
    const queue = new RangeQueue(mapOf([100, 200], leaf, 1_000))
    expect(queue.add(0, 0, 2_300).left).toBe(300)
    expect(briefly(all(queue, leaf))).toEqual([
      [0, 0, 100],
      [1, 0, 200],
    ])
  })

  it('forgets a block that is cancelled, unless it is on its way', () => {
    const queue = new RangeQueue(mapOf([4 * leaf], 4 * leaf))
    queue.add(0, 0, leaf)
    queue.add(0, leaf, leaf)
    queue.take(leaf)
    expect(queue.cancel(0, 0)).toBeUndefined()
    expect(queue.cancel(0, leaf)?.dropped).toBe(true)
    expect(queue.take(leaf)).toBeUndefined()
    expect(queue.bytes).toBe(0)
  })

  it('asks for each byte of files once, whatever the files and blocks are', () => {
    const sizes = fc.array(fc.integer({ min: 1, max: 4 * leaf }), { minLength: 1, maxLength: 8 })
    fc.assert(
      fc.property(sizes, fc.integer({ min: 1, max: 8 * leaf }), (files, longest) => {
        const map = mapOf(files, 4 * leaf)
        const queue = new RangeQueue(map)
        for (let piece = 0; piece < map.content.pieceCount; piece++)
          for (let begin = 0; begin < map.pieceSize(piece); begin += leaf)
            queue.add(piece, begin, Math.min(leaf, map.pieceSize(piece) - begin))
        const got = files.map(() => 0)
        for (const { file, offset, length, parts } of all(queue, longest)) {
          expect(offset).toBe(got[file])
          expect(parts.reduce((sum, part) => sum + part.length, 0)).toBe(length)
          got[file]! += length
        }
        expect(got).toEqual(files)
      }),
    )
  })
})
