import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Content, FileEntry } from './content.ts'
import { choosePieceLength } from './piece-length.ts'
import { PieceMap } from './piece-map.ts'

/** A content as `parseContent` would give it, of files of these sizes. */
function contentOf(sizes: readonly number[], pieceLength: number, version: 'v1' | 'v2'): Content {
  let piece = 0
  let offset = 0
  const files = sizes.map((size, index): FileEntry => {
    const firstPiece = version === 'v1' ? Math.floor(offset / pieceLength) : piece
    const end =
      version === 'v1' ? Math.ceil((offset + size) / pieceLength) : piece + Math.ceil(size / pieceLength)
    const v1Offset = version === 'v1' ? offset : piece * pieceLength
    offset += size
    piece = end
    return {
      index,
      path: [`${index}`],
      size,
      firstPiece,
      pieceCount: size === 0 ? 0 : end - firstPiece,
      v1Offset,
    }
  })
  return {
    name: 'x',
    version,
    infoHash: new Uint8Array(32),
    info: new Uint8Array(),
    pieceLength,
    pieceCount: piece,
    totalSize: offset,
    files,
    singleFile: false,
    isPrivate: false,
    ...(version === 'v1' ? { v1Size: offset } : {}),
  }
}

const mebibyte = 1_048_576
const sizes = fc
  .array(
    fc.oneof(
      fc.constant(0),
      fc.integer({ min: 1, max: 100_000 }),
      fc.constantFrom(16_384, 65_536, 5_000_000),
    ),
    {
      minLength: 1,
      maxLength: 8,
    },
  )
  .filter(list => list.some(size => size > 0))
const pieceLengths = fc.constantFrom(16_384, 65_536, 1_048_576, 4_194_304)

describe('PieceMap', () => {
  test.each(['v1', 'v2'] as const)('cuts every file into segments without gap or overlap (%s)', version => {
    fc.assert(
      fc.property(sizes, pieceLengths, (list, pieceLength) => {
        const content = contentOf(list, pieceLength, version)
        const map = new PieceMap(content)
        const covered = list.map(() => 0)
        for (let piece = 0; piece < content.pieceCount; piece++) {
          let begin = 0
          for (const segment of map.segments(piece)) {
            expect([segment.piece, segment.begin]).toEqual([piece, begin])
            expect(segment.fileOffset).toBe(covered[segment.fileIndex])
            expect(segment.length).toBeGreaterThan(0)
            expect(segment.length).toBeLessThanOrEqual(map.segmentLength)
            covered[segment.fileIndex]! += segment.length
            begin += segment.length
          }
          expect(begin).toBe(map.pieceSize(piece))
        }
        expect(covered).toEqual(list)
      }),
    )
  })

  test.each(['v1', 'v2'] as const)('finds the pieces of any range of a file (%s)', version => {
    fc.assert(
      fc.property(sizes, pieceLengths, fc.nat(), fc.nat(), (list, pieceLength, at, span) => {
        const content = contentOf(list, pieceLength, version)
        const map = new PieceMap(content)
        const file = content.files.find(({ size }) => size > 0)!
        const offset = at % file.size
        const length = 1 + (span % (file.size - offset))
        const { first, count } = map.piecesOfRange(file.index, offset, length)
        const start = map.placeOf(file.index, offset)
        const end = map.placeOf(file.index, offset + length - 1)
        expect([first, first + count - 1]).toEqual([start.piece, end.piece])
        const [part] = map.parts(start.piece, start.begin, 1)
        expect(part).toMatchObject({ fileIndex: file.index, fileOffset: offset, length: 1 })
        expect(map.piecesOfRange(file.index, 0, file.size)).toEqual(map.piecesOf(file.index))
      }),
    )
  })

  test('knows the file of each piece, empty files passed over', () => {
    const map = new PieceMap(contentOf([0, 20_000, 0, 5, 0, 16_384], 16_384, 'v2'))
    expect([0, 1, 2, 3].map(piece => map.pieceFile(piece).index)).toEqual([1, 1, 3, 5])
    expect([0, 1, 2, 3].map(piece => map.pieceSize(piece))).toEqual([16_384, 3_616, 5, 16_384])
    expect(map.piecesOf(2)).toEqual({ first: 2, count: 0 })
    expect(map.piecesOfRange(2, 0, 10)).toEqual({ first: 2, count: 0 })
    expect(map.piecesOfRange(1, 30_000, 10)).toEqual({ first: 0, count: 0 })
  })

  test('cuts long pieces into segments of 1 MiB', () => {
    const map = new PieceMap(contentOf([4 * mebibyte + 9, 3], 4 * mebibyte, 'v2'))
    expect(map.segmentLength).toBe(mebibyte)
    expect([0, 1, 2].map(piece => map.segmentCount(piece))).toEqual([4, 1, 1])
    expect(map.segment(0, 3)).toEqual({
      piece: 0,
      begin: 3 * mebibyte,
      length: mebibyte,
      fileIndex: 0,
      fileOffset: 3 * mebibyte,
    })
    expect(map.segment(1, 0)).toMatchObject({ length: 9, fileOffset: 4 * mebibyte })
    expect(() => map.segment(1, 1)).toThrow(TypeError)
    expect(() => map.segment(0, 4)).toThrow(TypeError)
  })

  test('refuses pieces and files that are not there', () => {
    const map = new PieceMap(contentOf([5], 16_384, 'v2'))
    for (const piece of [-1, 1, 0.5, Number.NaN]) expect(() => map.pieceSize(piece)).toThrow(TypeError)
    expect(() => map.piecesOf(1)).toThrow(TypeError)
    expect(() => map.v1PieceSize(0)).toThrow(TypeError)
  })
})

describe('choosePieceLength', () => {
  const gibibyte = 2 ** 30

  test('grows from 16 KiB to 1 MiB, and beyond 256 GiB to 16 MiB', () => {
    expect(choosePieceLength(0, 1)).toBe(16_384)
    expect(choosePieceLength(4 * mebibyte, 1)).toBe(16_384)
    expect(choosePieceLength(64 * mebibyte, 1)).toBe(262_144)
    expect(choosePieceLength(gibibyte, 1)).toBe(mebibyte)
    expect(choosePieceLength(256 * gibibyte, 60_000)).toBe(mebibyte)
    expect(choosePieceLength(257 * gibibyte, 1)).toBe(2 * mebibyte)
    expect(choosePieceLength(2 ** 50, 1)).toBe(16 * mebibyte)
  })

  test('is always a power of two within bounds', () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), fc.nat(1_000_000), (size, files) => {
        const length = choosePieceLength(size, files)
        expect(Number.isInteger(Math.log2(length))).toBe(true)
        expect(length).toBeGreaterThanOrEqual(16_384)
        expect(length).toBeLessThanOrEqual(size <= 256 * gibibyte ? mebibyte : 16 * mebibyte)
      }),
    )
  })
})
