import fc from 'fast-check'
import { CID } from 'multiformats/cid'
import * as Digest from 'multiformats/hashes/digest'
import { describe, expect, test } from 'vitest'
import { PeerageError, toBase32, toBase58, toHex } from '../base/index.ts'
import { formatLink, parseLink } from './link.ts'
import type { Link } from './link-type.ts'

const peerIdOf = (fill: number): string =>
  toBase58(Uint8Array.from([0, 0x24, 8, 1, 0x12, 0x20, ...Array<number>(32).fill(fill)]))
const bytes = (length: number): fc.Arbitrary<Uint8Array> =>
  fc.uint8Array({ minLength: length, maxLength: length })
const name = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 60 }).filter(text => text.isWellFormed())
const optional = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.option(arbitrary, { nil: undefined })
/** Without members that are undefined. */
const compact = (link: object): Link =>
  Object.fromEntries(Object.entries(link).filter(([, value]) => value !== undefined)) as unknown as Link

const address = fc
  .tuple(fc.ipV4(), fc.integer({ min: 1, max: 65_535 }), fc.nat(255))
  .map(([ip, port, fill]) => `/ip4/${ip}/tcp/${port}/p2p/${peerIdOf(fill)}`)
const cid = bytes(32).map(hash => CID.createV1(0x70, Digest.create(0x12, hash)).toString())
const peerageLink = fc
  .record({
    kind: fc.constant('peerage'),
    infoHash: bytes(32),
    name: optional(name),
    peers: fc.array(address, { maxLength: 4 }),
    secret: optional(bytes(32)),
    owner: optional(fc.nat(255).map(peerIdOf)),
    cid: optional(cid),
    trackers: fc.constant([]),
    webSeeds: fc.constant([]),
  })
  .map(compact)
const magnetLink = fc
  .record({
    kind: fc.constant('magnet'),
    infoHash: bytes(32),
    infoHashV1: optional(bytes(20)),
    cid: optional(cid),
    name: optional(name),
    peers: fc.uniqueArray(
      fc.tuple(fc.ipV4(), fc.integer({ min: 1, max: 65_535 })).map(([ip, port]) => `${ip}:${port}`),
      { maxLength: 4 },
    ),
    trackers: fc.uniqueArray(fc.webUrl({ withQueryParameters: true }), { maxLength: 3 }),
    webSeeds: fc.uniqueArray(fc.webUrl(), { maxLength: 3 }),
    selectOnly: optional(
      fc.uniqueArray(fc.nat(50), { minLength: 1, maxLength: 9 }).map(list => list.sort((a, b) => a - b)),
    ),
  })
  .map(compact)

function refusal(text: string): string {
  try {
    parseLink(text)
  } catch (error) {
    if (error instanceof PeerageError && error.code === 'link.invalid') return error.message
    throw error
  }
  return 'accepted'
}

describe('links', () => {
  test('come back as they were written', () => {
    fc.assert(
      fc.property(fc.oneof(peerageLink, magnetLink), link => {
        const text = formatLink(link)
        expect(text).toMatch(/^[!-~]+$/)
        expect(parseLink(text)).toEqual(link)
        expect(parseLink(`  ${text}\n`)).toEqual(link)
      }),
    )
  })

  test('of no known kind are refused', () => {
    for (const text of ['', 'hello', 'http://example.com', 'magnet', 'peerage', 'gemini://x'])
      expect(refusal(text)).toMatch(/starts with magnet:, peerage:/)
    expect(refusal(`magnet:?dn=${'x'.repeat(9_000)}`)).toMatch(/longer than 8192/)
  })
})

const hash = `${'a'.repeat(51)}q`
const id = peerIdOf(7)

describe('peerage: links', () => {
  test('look as the contract says', () => {
    const link: Link = {
      kind: 'peerage',
      infoHash: new Uint8Array(32),
      name: 'Große Datei & mehr.iso',
      secret: new Uint8Array(32).fill(1),
      owner: id,
      peers: [`/ip4/192.0.2.1/tcp/4001/p2p/${id}`],
      trackers: [],
      webSeeds: [],
    }
    expect(formatLink(link)).toBe(
      `peerage:${'a'.repeat(52)}?n=Gro%C3%9Fe%20Datei%20%26%20mehr.iso&s=${'AQEB'.repeat(10)}AQE&o=${id}&p=/ip4/192.0.2.1/tcp/4001/p2p/${id}`,
    )
  })

  test('are read in any case, as from QR codes', () => {
    const infoHash = Uint8Array.from({ length: 32 }, (_, i) => i * 7)
    const text = `PEERAGE:${toBase32(infoHash).toUpperCase()}`
    expect(parseLink(text)).toMatchObject({ kind: 'peerage', infoHash })
  })

  test('are refused whenever they are cut off in hash, secret or owner', () => {
    const whole = `peerage:${hash}?s=${'AQEB'.repeat(10)}AQE&o=${id}`
    expect(refusal(whole)).toBe('accepted')
    const separators = new Set([
      whole.indexOf('?'),
      whole.indexOf('?') + 1,
      whole.indexOf('&'),
      whole.indexOf('&') + 1,
    ])
    for (let length = 0; length < whole.length; length++)
      if (!separators.has(length)) expect(refusal(whole.slice(0, length))).not.toBe('accepted')
  })

  test.each([
    ['', /0 of 52/],
    [hash.slice(1), /51 of 52/],
    [`${hash}a`, /too long/],
    [`${'a'.repeat(51)}b`, /changed or mistyped/],
    [`1${hash.slice(1)}`, /base 32/],
    [`${hash}?s=AQEB`, /4 of 43/],
    [`${hash}?s=${'A'.repeat(42)}B`, /changed or mistyped/],
    [`${hash}?s=${'A'.repeat(44)}`, /changed or mistyped/],
    [`${hash}?o=${id.slice(1)}`, /owner/],
    [`${hash}?o=QmYyQSo1c1Ym7orWxLYvCrM2EmxFTANf8wXmmE7DWjhx5N`, /owner/],
    [`${hash}?n=a&n=b`, /twice/],
    [`${hash}?n=`, /name/],
    [`${hash}?n=%`, /percent/],
    [`${hash}?n=%ff`, /percent/],
    [`${hash}?n`, /no value/],
    [`${hash}?n=a?s=b`, /two question marks/],
    [`${hash}?p=127.0.0.1:80`, /address/],
    [`${hash}?p=/ip4/192.0.2.1/tcp/1/p2p/${id.slice(2)}`, /address/],
    [`${hash}?p=/ip4/192.0.2.1/tcp/1/p2p`, /address/],
    [`${hash}?p=/dns/${'a'.repeat(250)}/tcp/1`, /address/],
    [`${hash}?${'p=/ip4/192.0.2.1/tcp/1&'.repeat(33)}`, /more than 32/],
    [`${hash}?${'x=1&'.repeat(600)}`, /too many parts/],
  ])('%s is refused with a reason', (rest, message) => {
    expect(refusal(`peerage:${rest}`)).toMatch(message)
  })

  test('may hold parts that a later version knows', () => {
    expect(refusal(`peerage:${hash}?future=1&n=a`)).toBe('accepted')
  })

  test('are not written with what they cannot carry', () => {
    const link: Link = {
      kind: 'peerage',
      infoHash: new Uint8Array(32),
      peers: [],
      trackers: [],
      webSeeds: [],
    }
    for (const change of [
      { infoHash: new Uint8Array(20) },
      { secret: new Uint8Array(31) },
      { owner: 'me' },
      { trackers: ['udp://a.example:80'] },
      { selectOnly: [1] },
      { infoHashV1: new Uint8Array(20) },
      { peers: ['nowhere'] },
      { peers: Array<string>(33).fill('/ip4/192.0.2.1/tcp/1') },
      { name: '\ud800' },
    ])
      expect(() => formatLink({ ...link, ...change })).toThrow(PeerageError)
  })
})

describe('magnet: links', () => {
  const v1 = '631a31dd0a46257d5078c0dee4e66e26f73e42ac'
  const v2 = 'd8dd32ac93357c368556af3ac1d95c9d76bd0dff6fa9833ecdac3d53134efabb'

  test('of the hybrid that is spread for tests are read', () => {
    const link = parseLink(`magnet:?xt=urn:btih:${v1}&xt=urn:btmh:1220${v2}&dn=bittorrent-v1-v2-hybrid-test`)
    expect(toHex(link.infoHash!)).toBe(v2)
    expect(toHex(link.infoHashV1!)).toBe(v1)
    expect(link.name).toBe('bittorrent-v1-v2-hybrid-test')
  })

  test('may have base 32 hashes, numbers and capitals', () => {
    const text = `MAGNET:?xt.1=URN:BTIH:MMNDDXIKIYSX2UDYYDPOJZTOE33T4QVM&tr.1=udp%3A%2F%2Fa.example%3A1&tr.2=udp://b.example:2`
    const link = parseLink(text)
    expect(toHex(link.infoHashV1!)).toBe(v1)
    expect(link.trackers).toEqual(['udp://a.example:1', 'udp://b.example:2'])
  })

  test('take hints that are good and pass over others', () => {
    const link = parseLink(
      `magnet:?xt=urn:btih:${v1}&xt=urn:sha1:ABC&dn=a+b%2Bc&tr=nonsense&tr=file:///etc/passwd&ws=ftp://x.example/&ws=http://s.example/&x.pe=192.0.2.1:80&x.pe=[2001:db8::1]:81&x.pe=host.example:0&x.pe=nobody&kt=words&so=0,2,4-6`,
    )
    expect(link).toMatchObject({ name: 'a b+c', trackers: [], webSeeds: ['http://s.example/'] })
    expect(link.peers).toEqual(['192.0.2.1:80', '[2001:db8::1]:81'])
    expect(link.selectOnly).toEqual([0, 2, 4, 5, 6])
  })

  test('have at most 32 peers', () => {
    const peers = Array.from({ length: 50 }, (_, i) => `x.pe=192.0.2.1:${i + 1}`).join('&')
    expect(parseLink(`magnet:?xt=urn:btih:${v1}&${peers}`).peers.length).toBe(32)
  })

  test.each([
    ['', /magnet:\?/],
    ['?dn=x', /names no content/],
    ['?xt=urn:sha1:ABC', /names no content/],
    [`?xt=urn:btih:${v1.slice(1)}`, /39 characters/],
    [`?xt=urn:btih:${v1}&xt=urn:btih:${v1}`, /two v1/],
    [`?xt=urn:btmh:1220${v2}&xt=urn:btmh:1220${v2}`, /two v2/],
    [`?xt=urn:btmh:1220${v2.slice(2)}`, /66 characters/],
    [`?xt=urn:btmh:1114${v1}`, /no SHA-256/],
    [`?xt=urn:btih:${v1}&so=`, /selection/],
    [`?xt=urn:btih:${v1}&so=5-2`, /selection/],
    [`?xt=urn:btih:${v1}&so=0-999999999`, /selection/],
    [`?xt=urn:btih:${v1}&so=0-60000,60001-90000`, /selection/],
    [`?xt=urn:btih:${v1}&dn=%zz`, /percent/],
  ])('%s is refused with a reason', (rest, message) => {
    expect(refusal(`magnet:${rest}`)).toMatch(message)
  })

  test('are not written with what they cannot carry', () => {
    const link: Link = { kind: 'magnet', infoHash: new Uint8Array(32), peers: [], trackers: [], webSeeds: [] }
    for (const change of [
      { secret: new Uint8Array(32) },
      { owner: id },
      { peers: ['/ip4/192.0.2.1/tcp/1'] },
      { trackers: ['nonsense'] },
      { webSeeds: ['ftp://x.example/'] },
      { selectOnly: [] },
      { name: 'x'.repeat(9_000) },
    ])
      expect(() => formatLink({ ...link, ...change })).toThrow(PeerageError)
    const { infoHash: _, ...without } = link
    expect(() => formatLink(without)).toThrow(/info hash/)
  })
})
