import { expect, it } from 'vitest'
import { VirtualWorld } from '../base/index.ts'
import type { Content } from '../content/index.ts'
import { MissingFiles } from './missing-files.ts'

it('pieces of files that are missing are left out, and again there when that is long ago', () => {
  const world = new VirtualWorld(1)
  // The second piece has bytes of both.
  const files = [
    { firstPiece: 0, pieceCount: 2 },
    { firstPiece: 1, pieceCount: 2 },
    { firstPiece: 3, pieceCount: 0 },
  ]
  const offered: number[] = []
  const missing = new MissingFiles({
    world,
    content: { files, pieceCount: 3 } as unknown as Content,
    forgetMs: 1000,
    onForgotten: () => offered.push(missing.pieces().count),
  })
  missing.add([0])
  missing.add([0, 2])
  expect([missing.count, [0, 1, 2].map(piece => missing.pieces().has(piece))]).toEqual([
    2,
    [false, false, true],
  ])
  world.advance(999)
  expect(offered).toEqual([])
  world.advance(1)
  expect(offered).toEqual([3])
  missing.add([1])
  expect(missing.pieces().count).toBe(1)
  missing.stop()
  world.advance(5000)
  expect(offered).toEqual([3])
})
