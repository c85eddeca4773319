import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { concat, PeerageError, toHex } from '../base/index.ts'
import { encode } from './bencode-encode.ts'
import { dictionary, type Encodable } from './bencoded.ts'
import { encodeFrame } from './frame-reader.ts'
import {
  decodeSharesMessage,
  encodeSharePages,
  encodeSharesWord,
  type ListedShare,
  type SharesMessage,
  sharesFrameReader,
  sharesLimits,
} from './shares.ts'

const count = fc.maxSafeNat()
const share: fc.Arbitrary<ListedShare> = fc.record(
  {
    infoHash: fc.uint8Array({ minLength: 32, maxLength: 32 }).map(array => Uint8Array.from(array)),
    name: fc.string({ minLength: 1, maxLength: 250, unit: 'grapheme' }).filter(name => fits(name)),
    bytes: count,
    files: count,
    sharedAt: count,
    changedAt: count,
    owner: fc.constant('12D3KooWJWoaqZhDaoEFshF7Rh1bpY9ohihFhzcW6d69Lr2NASuq'),
  },
  { requiredKeys: ['infoHash', 'name', 'bytes', 'files', 'sharedAt', 'changedAt'] },
)

function fits(name: string): boolean {
  return Buffer.byteLength(name) <= sharesLimits.nameBytes
}

const one: ListedShare = {
  infoHash: new Uint8Array(32).fill(7),
  name: 'Summer',
  bytes: 5,
  files: 1,
  sharedAt: 1,
  changedAt: 2,
}

function readAll(stream: Uint8Array, size: number): SharesMessage[] {
  const reader = sharesFrameReader()
  const messages: SharesMessage[] = []
  for (let at = 0; at < stream.length; at += size) {
    const chunk = stream.slice(at, at + size)
    for (const frame of reader.push(chunk)) messages.push(decodeSharesMessage(frame))
    chunk.fill(0xaa)
  }
  return messages
}

function codeOf(action: () => unknown): string {
  try {
    action()
    return 'none'
  } catch (error) {
    if (error instanceof PeerageError) return error.code
    throw error
  }
}

const entry = (changes: Record<string, Encodable | undefined>): Encodable =>
  dictionary({ h: one.infoHash, n: 'x', s: 1, f: 1, t: 1, c: 1, ...changes })
const page = (changes: Record<string, Encodable | undefined>): Uint8Array =>
  encode(dictionary({ v: 1, m: 'page', list: [], last: 1, ...changes }))

describe('a list of shares', () => {
  it('comes back as it was told, in whatever chunks', () => {
    fc.assert(
      fc.property(fc.array(share, { maxLength: 300 }), fc.integer({ min: 1, max: 5000 }), (shares, size) => {
        const messages = readAll(concat([...encodeSharePages(shares), encodeSharesWord('changed')]), size)
        expect(messages.pop()).toEqual({ type: 'changed' })
        const pages = messages.map(message => (message.type === 'page' ? message : undefined))
        expect(pages.flatMap(one => one?.shares)).toEqual(shares)
        expect(pages.map(one => one?.isLast)).toEqual(pages.map((_, at) => at === pages.length - 1))
      }),
      { numRuns: 30 },
    )
  })

  it('has pages of bounded length, also with the longest names', () => {
    const long = { ...one, name: 'x'.repeat(sharesLimits.nameBytes), owner: 'o'.repeat(64) }
    const numbers = { bytes: 2 ** 53 - 1, files: 2 ** 53 - 1, sharedAt: 2 ** 53 - 1, changedAt: 2 ** 53 - 1 }
    const pages = [...encodeSharePages(Array(500).fill({ ...long, ...numbers }))]
    expect(Math.max(...pages.map(({ length }) => length))).toBeLessThanOrEqual(sharesLimits.frameBytes + 2)
    expect(pages.length).toBeGreaterThan(10)
  })

  it('has always the same bytes', () => {
    expect(Buffer.from(concat([...encodeSharePages([])])).toString('latin1')).toBe(
      '\x00\x22d4:lasti1e4:listle1:m4:page1:vi1ee',
    )
    expect(toHex(encodeSharesWord('ask'))).toBe(toHex(encodeFrame(Buffer.from('d1:m3:ask1:vi1ee'), 100)))
  })
})

describe('refused', () => {
  it.each<[string, Uint8Array, string]>([
    ['no dictionary', encode('x'), 'bencode.invalid'],
    ['another version', encode(dictionary({ v: 2, m: 'ask' })), 'wire.invalid'],
    ['an unknown word', encode(dictionary({ v: 1, m: 'give' })), 'wire.invalid'],
    ['a page without a list', page({ list: undefined }), 'wire.invalid'],
    ['a page that does not say whether it is the last', page({ last: undefined }), 'wire.invalid'],
    ['an empty page that is not the last', page({ last: 0 }), 'wire.invalid'],
    [
      'too many in one page',
      page({ list: Array(sharesLimits.pageShares + 1).fill(entry({})) }),
      'wire.limit',
    ],
    ['no name', page({ list: [entry({ n: '' })] }), 'wire.invalid'],
    ['a name that is no text', page({ list: [entry({ n: Uint8Array.of(0xff) })] }), 'wire.invalid'],
    [
      'a name that is too long',
      page({ list: [entry({ n: 'x'.repeat(sharesLimits.nameBytes + 1) })] }),
      'wire.limit',
    ],
    ['a short hash', page({ list: [entry({ h: new Uint8Array(20) })] }), 'wire.invalid'],
    ['no size', page({ list: [entry({ s: undefined })] }), 'wire.invalid'],
    ['a negative size', page({ list: [entry({ s: -1 })] }), 'wire.invalid'],
    ['an owner that is no PeerId', page({ list: [entry({ o: 'me' })] }), 'wire.invalid'],
    ['an owner that is a number', page({ list: [entry({ o: 1 })] }), 'wire.invalid'],
    ['something else than a share', page({ list: [1] }), 'wire.invalid'],
  ])('%s', (_, frame, code) => {
    expect(codeOf(() => decodeSharesMessage(frame))).toBe(code)
  })

  it('a frame that is too long, by its prefix alone', () => {
    expect(codeOf(() => [...sharesFrameReader().push(Uint8Array.of(0xff, 0xff))])).toBe('wire.limit')
  })
})
