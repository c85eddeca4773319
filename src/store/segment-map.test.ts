import fc from 'fast-check'
import { expect, it } from 'vitest'
import { memoryV1Share } from '../../test/simulation/memory-content.ts'
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

it('property: of v1 content, each file counts the pieces and bytes that it shares with others', () => {
  const sizes = fc.array(fc.integer({ min: 0, max: 500 }), { minLength: 1, maxLength: 20 })
  const step = fc.record({ piece: fc.nat(), file: fc.nat(), clears: fc.boolean() })
  fc.assert(
    fc.property(
      sizes,
      fc.integer({ min: 1, max: 300 }),
      fc.array(step, { maxLength: 60 }),
      (all, length, steps) => {
        const named = [1, ...all].map((size, i) => ({
          name: `f${i}`,
          bytes: new Uint8Array(size),
          pad: i % 3,
        }))
        const { content } = memoryV1Share(named, length)
        const map = new PieceMap(content)
        const bits = new SegmentMap(map, new Uint8Array((content.pieceCount + 7) >> 3))
        for (const { piece, file, clears } of steps) {
          const at = piece % content.pieceCount
          if (clears) bits.clearFile(file % content.files.length)
          else bits.setPiece(map.filesOf(at)[0] ?? 0, at)
        }
        for (const { index, firstPiece, pieceCount } of content.files) {
          const own = Array.from({ length: pieceCount }, (_, i) => firstPiece + i)
          const had = own.filter(piece => bits.have.has(piece))
          const parts = had.flatMap(piece => map.segments(piece).filter(part => part.fileIndex === index))
          expect(bits.missing(index)).toBe(pieceCount - had.length)
          expect(bits.bytesOf(index)).toBe(parts.reduce((sum, part) => sum + part.length, 0))
          const sharers = content.files.filter(
            other => other.index !== index && own.some(piece => map.filesOf(piece).includes(other.index)),
          )
          expect(bits.sharers(index).sort((a, b) => a - b)).toEqual(sharers.map(other => other.index))
        }
      },
    ),
    { numRuns: 60 },
  )
})
