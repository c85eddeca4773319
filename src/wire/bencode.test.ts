import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { PeerageError, utf8 } from '../base/index.ts'
import { decode, decodeAround, decodeDictionary, decodeFirst } from './bencode-decode.ts'
import { encode } from './bencode-encode.ts'
import {
  type Bencoded,
  binaryString,
  bytesAt,
  bytesOfKey,
  dictionary,
  dictionaryAt,
  integerAt,
  key,
  keyText,
  listAt,
  textAt,
} from './bencoded.ts'

const text = (bytes: Uint8Array): string => binaryString(bytes)
const decodeText = (input: string, limits = {}): Bencoded => decode(bytesOfKey(input), limits)

function codeOf(action: () => unknown): string | undefined {
  try {
    action()
    return undefined
  } catch (error) {
    if (error instanceof PeerageError) return error.code
    throw error
  }
}

const byteString = fc.uint8Array({ maxLength: 40 }).map(bytes => Uint8Array.from(bytes))
const keyArbitrary = byteString.map(bytes => binaryString(bytes))
const value: fc.Arbitrary<Bencoded> = fc.letrec<{ value: Bencoded }>(tie => ({
  value: fc.oneof(
    { maxDepth: 5, depthSize: 'small' },
    fc.maxSafeInteger().map(n => n + 0),
    fc
      .bigInt({ min: -(2n ** 200n), max: 2n ** 200n })
      .map(n => (n >= Number.MIN_SAFE_INTEGER && n <= Number.MAX_SAFE_INTEGER ? Number(n) : n)),
    byteString,
    fc.array(tie('value'), { maxLength: 6 }),
    fc.array(fc.tuple(keyArbitrary, tie('value')), { maxLength: 6 }).map(entries => new Map(entries)),
  ),
})).value

describe('encode and decode', () => {
  it('read the examples of BEP 3', () => {
    expect(decodeText('4:spam')).toEqual(utf8('spam'))
    expect(decodeText('i3e')).toBe(3)
    expect(decodeText('i-3e')).toBe(-3)
    expect(decodeText('i0e')).toBe(0)
    expect(decodeText('l4:spam4:eggse')).toEqual([utf8('spam'), utf8('eggs')])
    expect(decodeText('d3:cow3:moo4:spam4:eggse')).toEqual(
      new Map([
        ['cow', utf8('moo')],
        ['spam', utf8('eggs')],
      ]),
    )
    expect(text(encode(new Map([['spam', ['a', 'b']]])))).toBe('d4:spaml1:a1:bee')
  })

  it('round-trip every value', () => {
    fc.assert(
      fc.property(value, original => {
        const bytes = encode(original)
        const back = decode(bytes)
        expect(back).toEqual(original)
        expect(encode(back)).toEqual(bytes)
      }),
    )
  })

  it('accept nothing that would encode to other bytes', () => {
    const soup = fc
      .array(fc.constantFrom('d', 'l', 'e', 'i', '0', '1', '-', ':', '1:a', '1:b', '0:', 'i7e', 'le', 'de'), {
        maxLength: 12,
      })
      .map(parts => bytesOfKey(parts.join('')))
    fc.assert(
      fc.property(soup, bytes => {
        let decoded: Bencoded
        try {
          decoded = decode(bytes)
        } catch (error) {
          expect(error).toBeInstanceOf(PeerageError)
          return
        }
        expect(encode(decoded)).toEqual(bytes)
      }),
      { numRuns: 2000 },
    )
  })

  it('throw nothing but PeerageError for mutations', () => {
    fc.assert(
      fc.property(value, fc.nat(), fc.nat(255), (original, at, byte) => {
        const bytes = encode(original)
        bytes[at % bytes.length] = byte
        codeOf(() => decode(bytes))
        codeOf(() => decode(bytes, { lenient: true }))
        codeOf(() => decode(bytes.subarray(0, at % bytes.length)))
      }),
    )
  })

  it.each([
    '',
    'i',
    'ie',
    'i-e',
    'i-0e',
    'i03e',
    'i-03e',
    'i3',
    'i+3e',
    'i3.5e',
    '01:a',
    '1',
    '1:',
    '2:a',
    ':',
    '-1:a',
    '99999999999999999999:a',
    'l',
    'li1e',
    'd',
    'd1:a',
    'd1:ae',
    'di1ei2ee',
    'd1:bi1e1:ai2ee',
    'd1:ai1e1:ai2ee',
    'x',
    'i1ei2e',
    '0:e',
  ])('refuse %j', input => {
    expect(codeOf(() => decodeText(input))).toBe('bencode.invalid')
  })

  it('give integers beyond 2^53 as bigint and safe ones as number', () => {
    expect(decodeText('i9007199254740991e')).toBe(Number.MAX_SAFE_INTEGER)
    expect(decodeText('i9007199254740992e')).toBe(9007199254740992n)
    expect(decodeText('i-9007199254740993e')).toBe(-9007199254740993n)
    expect(decodeText('i1234567890123456e')).toBe(1234567890123456)
    expect(text(encode(18446744073709551615n))).toBe('i18446744073709551615e')
  })

  it('refuse to encode what has no encoding', () => {
    expect(() => encode(1.5)).toThrow(TypeError)
    expect(() => encode(2 ** 53)).toThrow(TypeError)
    expect(() => encode(new Map([['ключ', 1]]))).toThrow(TypeError)
  })

  it('sort keys by bytes', () => {
    const map = new Map([
      [key('é'), 1],
      ['z', 2],
      ['', 3],
      [key('日'), 4],
    ])
    expect([...decodeDictionary(encode(map)).keys()]).toEqual(['', 'z', key('é'), key('日')])
  })
})

describe('limits', () => {
  it('bound bytes, depth, items and digits', () => {
    expect(codeOf(() => decodeText('4:spam', { maxBytes: 5 }))).toBe('bencode.limit')
    expect(codeOf(() => decodeText('4:spam', { maxBytes: 6 }))).toBeUndefined()
    expect(codeOf(() => decodeText('lllleeee', { maxDepth: 3 }))).toBe('bencode.limit')
    expect(codeOf(() => decodeText('lllleeee', { maxDepth: 4 }))).toBeUndefined()
    expect(codeOf(() => decodeText('li1ei2ee', { maxItems: 2 }))).toBe('bencode.limit')
    expect(codeOf(() => decodeText('li1ei2ee', { maxItems: 3 }))).toBeUndefined()
    expect(codeOf(() => decodeText(`i${'9'.repeat(257)}e`))).toBe('bencode.limit')
    expect(codeOf(() => decodeText('l'.repeat(1_000_000), { maxDepth: 1e9 }))).toBe('bencode.limit')
  })

  it('accept unordered but not repeated keys when lenient', () => {
    const limits = { lenient: true }
    expect(decodeText('d1:bi1e1:ai2ee', limits)).toEqual(
      new Map([
        ['b', 1],
        ['a', 2],
      ]),
    )
    expect(codeOf(() => decodeText('d1:ai1e1:ai2ee', limits))).toBe('bencode.invalid')
    expect(codeOf(() => decodeText('d1:bi1e1:ai1e1:bi2ee', limits))).toBe('bencode.invalid')
    expect(codeOf(() => decodeText('i03e', limits))).toBe('bencode.invalid')
  })
})

describe('parts', () => {
  it('tell where the first value ends', () => {
    const { value, end } = decodeFirst(bytesOfKey('d1:ai1eexyz'))
    expect(value).toEqual(new Map([['a', 1]]))
    expect(end).toBe(8)
  })

  it('give the exact bytes of one outermost value', () => {
    const torrent = bytesOfKey('d8:announce1:x4:infod4:infoi1e6:pieces0:e3:zzzi1ee')
    const around = decodeAround(torrent, 'info')
    expect(text(around.get('info') as Uint8Array)).toBe('d4:infoi1e6:pieces0:e')
    expect(around.get('zzz')).toBe(1)
    expect(decodeAround(torrent, 'pieces').has('pieces')).toBe(false)
    for (const wrong of [
      '4:info',
      'd4:infoi1eex',
      'd4:infoi1e',
      'd4:infod1:aee',
      'd4:infoi01ee',
      'd4:infoi1e4:infoi1ee',
    ])
      expect(
        codeOf(() => decodeAround(bytesOfKey(wrong), 'info', { lenient: true })),
        wrong,
      ).toBe('bencode.invalid')
    expect(codeOf(() => decodeAround(bytesOfKey(`d4:info${'l'.repeat(70)}${'e'.repeat(71)}`), 'info'))).toBe(
      'bencode.limit',
    )
    expect(codeOf(() => decodeAround(bytesOfKey('d4:infoli1ei1ei1ei1ei1eee'), 'info', { maxItems: 2 }))).toBe(
      'bencode.limit',
    )
  })

  it('give views of a Buffer that are plain arrays at the right place', () => {
    const bytes = Buffer.from('xx4:spam').subarray(2)
    const spam = decode(bytes)
    expect(spam).toEqual(utf8('spam'))
    expect(spam?.constructor).toBe(Uint8Array)
  })

  it('keep keys of any bytes and any length apart', () => {
    const map = new Map<string, number>()
    for (let i = 0; i < 5000; i++) map.set(String.fromCharCode(i & 255, i >> 8) + 'k'.repeat(i % 70), i)
    map.set('a'.repeat(10_000), 1)
    expect(decode(encode(map))).toEqual(new Map([...map].sort((a, b) => (a[0] < b[0] ? -1 : 1))))
  })

  it('convert keys from and to text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), name => {
        if (!name.startsWith('\ufeff')) expect(keyText(key(name))).toBe(name)
      }),
    )
    expect(keyText('\xff')).toBeUndefined()
  })

  it('read dictionaries by name and type', () => {
    const from = decodeDictionary(
      encode(dictionary({ n: 5, t: 'é', l: [1], d: dictionary({}), no: undefined })),
    )
    expect([...from.keys()]).toEqual(['d', 'l', 'n', 't'])
    expect(integerAt(from, 'n')).toBe(5)
    expect(integerAt(from, 'n', 6)).toBeUndefined()
    expect(integerAt(from, 'n', 0, 4)).toBeUndefined()
    expect(integerAt(from, 't')).toBeUndefined()
    expect(textAt(from, 't')).toBe('é')
    expect(textAt(from, 'n')).toBeUndefined()
    expect(bytesAt(from, 't')).toEqual(utf8('é'))
    expect(bytesAt(from, 'l')).toBeUndefined()
    expect(listAt(from, 'l')).toEqual([1])
    expect(dictionaryAt(from, 'd')).toEqual(new Map())
    expect(dictionaryAt(from, 'x')).toBeUndefined()
  })
})

describe('speed', () => {
  it('decodes an info dictionary of 11,000 files without blocking', () => {
    const files = Array.from({ length: 11_000 }, (_, i) => {
      const root = Uint8Array.from({ length: 32 }, (_, j) => (i * 31 + j * 7) & 255)
      return [`file-${i}.bin`, new Map([['', dictionary({ length: i, 'pieces root': root })]])] as const
    })
    const info = encode(dictionary({ 'file tree': new Map(files), 'meta version': 2, name: 'many' }))
    expect(info.length).toBeGreaterThan(900_000)
    // Processor time: what the machine does besides does not count.
    const times = Array.from({ length: 5 }, () => {
      const before = process.threadCpuUsage()
      decode(info)
      const { user, system } = process.threadCpuUsage(before)
      return (user + system) / 1_000
    })
    expect(Math.min(...times)).toBeLessThan(50)
  })
})
