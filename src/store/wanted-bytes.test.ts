import fc from 'fast-check'
import { expect, it } from 'vitest'
import { memoryV1Share } from '../../test/simulation/memory-content.ts'
import { buildInfo, type Content, PieceMap, parseContent } from '../content/index.ts'
import { SegmentMap, segmentCountOf } from './segment-map.ts'
import { WantedBytes } from './wanted-bytes.ts'

const piecesRoot = new Uint8Array(32).fill(1)

function contentOf(sizes: readonly number[], pieceLength: number): Content {
  const files = sizes.map((size, i) => ({ path: [String(i).padStart(6, '0')], size, piecesRoot }))
  return parseContent(buildInfo({ name: 'x', pieceLength, files }), { infoHash: new Uint8Array(32) })
}

function v1ContentOf(sizes: readonly number[], pieceLength: number): Content {
  const named = [1, ...sizes].map((size, i) => ({ name: `f${i}`, bytes: new Uint8Array(size), pad: i % 3 }))
  return memoryV1Share(named, pieceLength).content
}

const steps = fc.array(
  fc.record({ piece: fc.nat(), what: fc.constantFrom('set', 'clear piece', 'clear file', 'choose', 'ask') }),
  { maxLength: 60 },
)
const v1Sizes = fc.array(fc.integer({ min: 0, max: 500 }), { minLength: 1, maxLength: 20 })
const v2Sizes = fc.array(fc.integer({ min: 0, max: 9_000_000 }), { minLength: 1, maxLength: 12 })
const contents = fc.oneof(
  fc.tuple(v1Sizes, fc.integer({ min: 1, max: 300 })).map(([sizes, length]) => v1ContentOf(sizes, length)),
  fc.tuple(v2Sizes, fc.constantFrom(16_384, 4_194_304)).map(([sizes, length]) => contentOf(sizes, length)),
)

it('property: is what all files have in sum, whatever comes, goes and is chosen', () => {
  fc.assert(
    fc.property(contents, steps, (content, all) => {
      const map = new PieceMap(content)
      const bits = new SegmentMap(map, new Uint8Array((segmentCountOf(content, map.segmentLength) + 7) >> 3))
      const skipped = new Set<number>()
      const wanted = new WantedBytes(content, { isSkipped: file => skipped.has(file) }, bits)
      for (const { piece, what } of all) {
        const file = piece % content.files.length
        const at = content.pieceCount === 0 ? undefined : piece % content.pieceCount
        const owner = at === undefined ? 0 : (map.filesOf(at)[0] ?? 0)
        if (what === 'set' && at !== undefined) bits.setPiece(owner, at)
        else if (what === 'clear piece' && at !== undefined) bits.clearPiece(owner, at)
        else if (what === 'clear file') bits.clearFile(file)
        else if (what === 'choose') {
          if (!skipped.delete(file)) skipped.add(file)
          wanted.chosen()
        }
        if (what === 'ask') expect(wanted.sum.bytes).toBeGreaterThanOrEqual(wanted.sum.verified)
      }
      const files = content.files.filter(({ index }) => !skipped.has(index))
      expect(wanted.sum).toEqual({
        bytes: files.reduce((sum, { size }) => sum + size, 0),
        verified: files.reduce((sum, { index }) => sum + bits.bytesOf(index), 0),
      })
    }),
    { numRuns: 200 },
  )
})

it('looks at all files once, and after that only at those that come', () => {
  const content = contentOf(Array(5_000).fill(1_000), 16_384)
  const bits = new SegmentMap(new PieceMap(content), new Uint8Array(625))
  let looked = 0
  const isSkipped = (): boolean => {
    looked++
    return false
  }
  const wanted = new WantedBytes(content, { isSkipped }, bits)
  for (let file = 0; file < 1_000; file++) {
    bits.setPiece(file, file)
    expect(wanted.sum).toEqual({ bytes: 5_000_000, verified: 1_000 * (file + 1) })
  }
  expect(looked).toBeLessThan(6_000)
})
