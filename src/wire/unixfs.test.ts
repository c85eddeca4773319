import fc from 'fast-check'
import { UnixFS } from 'ipfs-unixfs'
import { describe, expect, it } from 'vitest'
import { concat, fromHex, PeerageError, utf8 } from '../base/index.ts'
import { bytesField, varintField } from './protobuf.ts'
import { decodeUnixFs, encodeUnixFs, type UnixFsData, unixFsLimits, unixFsTypes } from './unixfs.ts'

function codeOf(action: () => unknown): string | undefined {
  try {
    action()
    return undefined
  } catch (error) {
    if (error instanceof PeerageError) return error.code
    throw error
  }
}

const size = fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER - 1 })
const data: fc.Arbitrary<UnixFsData> = fc.record(
  {
    type: fc.constantFrom(...unixFsTypes),
    data: fc.uint8Array({ maxLength: 40 }).map(bytes => Uint8Array.from(bytes)),
    fileSize: size,
    blockSizes: fc.array(size, { maxLength: 5 }),
    hashType: fc.nat(),
    fanout: fc.nat(),
    mode: fc.nat({ max: 2 ** 32 - 1 }),
    mtime: fc.record({
      seconds: fc.integer({ min: Number.MIN_SAFE_INTEGER, max: Number.MAX_SAFE_INTEGER }),
      nanoseconds: fc.nat({ max: 999_999_999 }),
    }),
  },
  { requiredKeys: ['type', 'blockSizes'] },
)
const file = (...more: Uint8Array[][]): Uint8Array => concat([...varintField(1, 2), ...more.flat()])

describe('UnixFS data', () => {
  it('comes back as it went', () => {
    fc.assert(
      fc.property(data, value => {
        expect(decodeUnixFs(encodeUnixFs(value))).toEqual(value)
      }),
    )
  })

  it('is what ipfs-unixfs writes, and it reads ours', () => {
    const sizes = [1_048_576, 7]
    const theirs = new UnixFS({
      type: 'file',
      blockSizes: sizes.map(BigInt),
      mode: 0o755,
      mtime: { secs: -5n, nsecs: 6 },
    })
    const ours = encodeUnixFs({
      type: 'file',
      fileSize: 1_048_583,
      blockSizes: sizes,
      mode: 0o755,
      mtime: { seconds: -5, nanoseconds: 6 },
    })
    expect(ours).toEqual(theirs.marshal())
    expect(UnixFS.unmarshal(ours)).toMatchObject({ type: 'file', mtime: { secs: -5n, nsecs: 6 } })
    expect(encodeUnixFs({ type: 'directory', blockSizes: [] })).toEqual(fromHex('0801'))
  })

  it('may have its sizes packed and its fields in any order', () => {
    const packed = concat([
      ...bytesField(4, fromHex('808001ff01')),
      ...varintField(99, 1),
      ...varintField(1, 2),
    ])
    expect(decodeUnixFs(packed)).toEqual({ type: 'file', blockSizes: [16_384, 255] })
  })

  it.each([
    ['no type', concat(varintField(3, 1))],
    ['a type that there is not', concat(varintField(1, 6))],
    ['a type that is no number', concat(bytesField(1, utf8('x')))],
    ['data that are a number', file(varintField(2, 1))],
    ['a size beyond all sizes', concat([file(), fromHex('18ffffffffffffffffff01')])],
    ['packed sizes that are cut off', file(bytesField(4, fromHex('80')))],
    ['packed sizes without an end', file(bytesField(4, new Uint8Array(20).fill(255)))],
    ['a time without seconds', file(bytesField(8, new Uint8Array(0)))],
    ['a time with a fraction of 0', file(bytesField(8, fromHex('08011500000000')))],
    ['a time with a fraction of 1 s', file(bytesField(8, fromHex('08011500ca9a3b')))],
    ['a time that is cut off', file(bytesField(8, fromHex('08ff')))],
    ['a time beyond all times', file(bytesField(8, fromHex('08ffffffffffffffff7f')))],
    ['a length beyond the end', fromHex('08021205')],
  ])('with %s is refused', (_what, bytes) => {
    expect(codeOf(() => decodeUnixFs(bytes))).toBe('wire.invalid')
  })

  it.each([
    ['bytes', new Uint8Array(unixFsLimits.bytes + 1)],
    ['sizes', file(bytesField(4, new Uint8Array(unixFsLimits.blockSizes + 1)))],
    ['fields', concat([file(), new Uint8Array(2 * (unixFsLimits.blockSizes + 64)).fill(0x20)])],
  ])('with too many %s is refused', (_what, bytes) => {
    expect(codeOf(() => decodeUnixFs(bytes))).toBe('wire.limit')
  })
})
