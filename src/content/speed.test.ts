import { expect, test } from 'vitest'
import { buildInfo } from './build-info.ts'
import { parseContent } from './parse-content.ts'
import { PieceMap } from './piece-map.ts'

function infoOf(count: number): Uint8Array {
  const files = Array.from({ length: count }, (_, i) => ({
    path: [`folder-${i % 251}`, `sub-${i % 17}`, `some-file-name-${i}.dat`],
    size: 1_000 + i,
    piecesRoot: new Uint8Array(32).fill((i % 255) + 1),
  }))
  return buildInfo({ name: 'large', pieceLength: 1_048_576, files })
}

/** The least processor time of some runs, in milliseconds: what the machine does besides does not count. */
function leastMs(run: () => void): number {
  const times = Array.from({ length: 8 }, () => {
    const before = process.threadCpuUsage()
    run()
    const { user, system } = process.threadCpuUsage(before)
    return (user + system) / 1_000
  })
  return Math.min(...times)
}

const hashes = { infoHash: new Uint8Array(32) }

test('10,000 files parse in less than 50 ms', () => {
  const info = infoOf(10_000)
  expect(leastMs(() => parseContent(info, hashes))).toBeLessThan(50)
})

test('60,000 files parse and map in less than half a second', () => {
  const info = infoOf(60_000)
  const parseAndMap = (): void => {
    const content = parseContent(info, hashes)
    const map = new PieceMap(content)
    for (let piece = 0; piece < content.pieceCount; piece++) map.pieceSize(piece)
  }
  expect(leastMs(parseAndMap)).toBeLessThan(500)
})
