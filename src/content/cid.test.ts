import fc from 'fast-check'
import { base2 } from 'multiformats/bases/base2'
import { base16 } from 'multiformats/bases/base16'
import { base58btc } from 'multiformats/bases/base58'
import { base256emoji } from 'multiformats/bases/base256emoji'
import { CID } from 'multiformats/cid'
import * as Digest from 'multiformats/hashes/digest'
import { describe, expect, it } from 'vitest'
import { concat, PeerageError, sha256, utf8 } from '../base/index.ts'
import { cidLimits, cidOfSha256, codecs, decodeCid, decodeCidFirst, hashCodes, parseCid } from './cid.ts'
import { pureBlockHashes, verifyBlock } from './verify-block.ts'

function codeOf(action: () => unknown): string | undefined {
  try {
    action()
    return undefined
  } catch (error) {
    if (error instanceof PeerageError) return error.code
    throw error
  }
}

const v0 = 'QmUNLLsPACCz1vLxQVkXqqLX5R1X345qqfHbsf67hvA3Nn'
const v1 = 'bafybeiczsscdsbs7ffqz55asqdf3smv6klcw3gofszvwlyarci47bgf354'
const identity = (length: number): CID =>
  CID.createV1(codecs.raw, Digest.create(hashCodes.identity, new Uint8Array(length).fill(1)))

describe('CIDs', () => {
  it('are read as text and as bytes', () => {
    for (const text of [v0, v1, 'bafkqaaa']) {
      const cid = parseCid(text)
      expect(cid.toString()).toBe(text)
      expect(decodeCid(cid.bytes).equals(cid)).toBe(true)
    }
    expect(parseCid(v1).toV0().toString()).toBe(v0)
    expect(parseCid(parseCid(v1).toString(base58btc)).toString()).toBe(v1)
    expect(parseCid(identity(cidLimits.identityBytes).toString()).multihash.digest).toHaveLength(128)
    // As long as any may be, in the bases that have the longest texts.
    const longest = CID.createV1(codecs.raw, Digest.create(0x22, new Uint8Array(cidLimits.bytes - 5)))
    for (const base of [base2, base16, base256emoji])
      expect(parseCid(longest.toString(base)).equals(longest)).toBe(true)
  })

  it('are read at the beginning of more', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 32, maxLength: 32 }),
        fc.constantFrom(0, 1),
        (digest, version) => {
          const cid = cidOfSha256(Uint8Array.from(digest), codecs.dagPb, version as 0 | 1)
          const { cid: back, length } = decodeCidFirst(concat([cid.bytes, utf8('more')]))
          expect(back.equals(cid)).toBe(true)
          expect(length).toBe(cid.bytes.length)
        },
      ),
    )
  })

  it.each([
    ['nothing', ''],
    ['one that is cut off', v1.slice(0, -3)],
    ['one too long', identity(cidLimits.identityBytes + 1).toString()],
    ['one of bits that is too long', `0${'01'.repeat(cidLimits.bytes * 4 + 1)}`],
    ['a text beyond all', `b${'a'.repeat(cidLimits.textLength)}`],
    ['a hash that is cut off', CID.createV1(0x55, Digest.create(0x12, new Uint8Array(20))).toString()],
    ['version 0 behind a base', `z${v0}`],
    ['another base', `9${v1}`],
  ])('text of %s is refused', (_what, text) => {
    expect(codeOf(() => parseCid(text))).toBe('link.invalid')
  })

  it.each([
    ['nothing', new Uint8Array(0)],
    ['a hash that is cut off', parseCid(v1).bytes.subarray(0, 30)],
    ['something behind it', concat([parseCid(v1).bytes, Uint8Array.of(0)])],
    ['version 2', Uint8Array.of(2, 0x55, 0, 0)],
    [
      'a hash of all bytes there are',
      concat([Uint8Array.of(1, 0x55, 0, 255, 255, 127), new Uint8Array(999)]),
    ],
    ['version 0 with a short hash', concat([Uint8Array.of(0x12, 20), new Uint8Array(20)])],
    ['more bytes of its own than it may', identity(cidLimits.identityBytes + 1).bytes],
  ])('bytes of %s are refused', (_what, bytes) => {
    expect(codeOf(() => decodeCid(bytes))).toBe('dag.invalid')
  })

  it('of any bytes are refused or read', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), bytes => {
        expect(['dag.invalid', undefined]).toContain(codeOf(() => decodeCidFirst(Uint8Array.from(bytes))))
      }),
    )
  })
})

describe('a block', () => {
  const bytes = utf8('hello world')

  it('is believed with each hash function that we know, and without its hash with none', () => {
    for (const [code, hash] of pureBlockHashes) {
      const cid = CID.createV1(codecs.raw, Digest.create(code, hash(bytes)))
      expect(verifyBlock(cid, bytes)).toEqual({ cid, bytes })
      expect(codeOf(() => verifyBlock(cid, utf8('hello worle')))).toBe('block.mismatch')
    }
    // Printed in IPIP-499, and in the vectors of BLAKE3 ("hello world").
    expect(cidOfSha256(sha256(bytes), codecs.raw, 1).toString()).toBe(
      'bafkreifzjut3te2nhyekklss27nh3k72ysco7y32koao5eei66wof36n5e',
    )
  })

  it('of an unknown hash function is not believed', () => {
    const cid = CID.createV1(codecs.raw, Digest.create(0x22, bytes))
    expect(codeOf(() => verifyBlock(cid, bytes))).toBe('dag.unsupported')
  })

  it('is hashed with the functions of the platform where they are given', () => {
    let asked = 0
    const hashes = new Map([[hashCodes.sha256, (input: Uint8Array) => sha256(input.subarray(++asked - 1))]])
    verifyBlock(cidOfSha256(sha256(bytes), codecs.raw, 1), bytes, hashes)
    expect(asked).toBe(1)
  })
})
