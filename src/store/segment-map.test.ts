import fc from 'fast-check'
import { expect, it } from 'vitest'
import { buildInfo, type Content, PieceMap, parseContent } from '../content/index.ts'
import { SegmentMap, segmentCountOf } from './segment-map.ts'

function contentOf(sizes: readonly number[], pieceLength: number): Content {
  const piecesRoot = new Uint8Array(32).fill(1)
  const files = sizes.map((size, i) => ({ path: [String(i).padStart(4, '0')], size, piecesRoot }))
  return parseContent(buildInfo({ name: 'x', pieceLength, files }), { infoHash: new Uint8Array(32) })
}

function empty(content: Content): SegmentMap {
  const map = new PieceMap(content)
  return new SegmentMap(map, new Uint8Array((segmentCountOf(content, map.segmentLength) + 7) >> 3))
}

const sizes = fc.array(fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 9_000_000 })), {
  minLength: 1,
  maxLength: 12,
})
const pieceLength = fc.constantFrom(16_384, 262_144, 1_048_576, 4_194_304)

it('property: setting every segment completes every piece and file, in any order, and survives a restart', () => {
  fc.assert(
    fc.property(sizes, pieceLength, fc.integer(), (fileSizes, length, turn) => {
      const content = contentOf(fileSizes, length)
      const map = new PieceMap(content)
      const bits = empty(content)
      const all = Array.from({ length: content.pieceCount }, (_, piece) => map.segments(piece)).flat()
      all.sort((a, b) => ((a.piece * 31 + a.begin + turn) % 101) - ((b.piece * 31 + b.begin + turn) % 101))
      const half = all.length >> 1
      for (const { fileIndex, piece, begin } of all.slice(0, half))
        bits.set(fileIndex, bits.number(piece, begin))
      const again = new SegmentMap(map, bits.segments.bytes.slice())
      expect(again.have.bytes).toEqual(bits.have.bytes)
      for (const file of content.files) {
        expect(again.missing(file.index)).toBe(bits.missing(file.index))
        const there = all.slice(0, half).filter(segment => segment.fileIndex === file.index)
        expect(again.bytesOf(file.index)).toBe(there.reduce((sum, segment) => sum + segment.length, 0))
      }
      for (const { fileIndex, piece, begin } of all) again.set(fileIndex, again.number(piece, begin))
      expect(again.isFull).toBe(true)
      expect(content.files.every(file => again.missing(file.index) === 0)).toBe(true)
      for (const file of content.files) expect(again.clearFile(file.index)).toHaveLength(file.pieceCount)
      expect(again.segments.count).toBe(0)
    }),
    { numRuns: 60 },
  )
})

it('believes nothing of a row that is too short', () => {
  const content = contentOf([100_000], 16_384)
  expect(new SegmentMap(new PieceMap(content), new Uint8Array(0)).have.count).toBe(0)
})
