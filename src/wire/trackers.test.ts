import { expect, test } from 'vitest'
import { utf8 } from '../base/index.ts'
import {
  type AnnounceRequest,
  announceUrl,
  decodeAnnounceReply,
  decodeScrapeReply,
  scrapeUrl,
} from './http-tracker.ts'
import { decodeUdpTrackerReply, encodeUdpAnnounce, encodeUdpConnect, encodeUdpScrape } from './udp-tracker.ts'

const request: AnnounceRequest = {
  infoHash: Uint8Array.from({ length: 20 }, (_, i) => i * 13),
  peerId: utf8('-PG0100-abcdefghijkl'),
  port: 6881,
  uploaded: 1,
  downloaded: 2,
  left: 3,
  event: 'started',
  wanted: 50,
  key: 0xabcd,
}

test('the URL of an announce escapes every byte that needs it', () => {
  const url = announceUrl('http://t.example/announce?x=1', request)
  expect(url).toContain('http://t.example/announce?x=1&info_hash=%00%0D%1A')
  expect(url).toContain(
    '&peer_id=-PG0100-abcdefghijkl&port=6881&uploaded=1&downloaded=2&left=3&compact=1&no_peer_id=1',
  )
  expect(url).toContain('&event=started')
  expect(announceUrl('http://t.example/a', { ...request, event: undefined, left: undefined })).toMatch(
    /left=16384(?!.*event=)/,
  )
})

test('replies: compact, as a list, and refused', () => {
  expect(decodeAnnounceReply(utf8('d8:intervali900e12:min intervali60e5:peers6:abcdef6:peers60:e'))).toEqual({
    interval: 900,
    minInterval: 60,
    peers: [{ address: '97.98.99.100', port: 0x6566 }],
  })
  const list = utf8('d8:intervali60e5:peersld2:ip9:192.0.2.14:porti1eed2:ip5:<a>xx4:porti2eeee')
  expect(decodeAnnounceReply(list).peers).toEqual([{ address: '192.0.2.1', port: 1 }])
  expect(() => decodeAnnounceReply(utf8('d14:failure reason7:go away\x1be'.replace('\x1b', '')))).toThrow(
    'go away',
  )
  expect(() => decodeAnnounceReply(utf8('<html>'))).toThrow()
})

test('a reply with 10,000 peers gives 2,000', () => {
  const reply = utf8(`d8:intervali60e5:peers${60_000}:${'abcdef'.repeat(10_000)}e`)
  expect(decodeAnnounceReply(reply).peers).toHaveLength(2_000)
})

test('encryption is told as the convention says', () => {
  const url = (encryption: 'off' | 'prefer' | 'require'): string =>
    announceUrl('http://t.example/announce', { ...request, encryption })
  expect(url('off')).not.toContain('crypto')
  expect(url('prefer')).toMatch(/supportcrypto=1(?!.*requirecrypto)/)
  expect(url('require')).toContain('supportcrypto=1&requirecrypto=1')
})

test('a refusal says when to ask again (BEP 31)', () => {
  const refused = (retry: string): unknown => {
    try {
      return decodeAnnounceReply(utf8(`d14:failure reason4:full8:retry in${retry}e`))
    } catch (error) {
      return error
    }
  }
  expect(refused('i5e')).toMatchObject({ code: 'peer.protocol', details: { retryMinutes: 5 } })
  expect(refused('5:never')).toMatchObject({ details: { retryMinutes: Number.POSITIVE_INFINITY } })
  for (const wrong of ['i-5e', 'i0e', 'i1000000000000e', '3:now'])
    expect(refused(wrong)).toMatchObject({ details: {} })
})

test('intervals that make no sense are not taken', () => {
  for (const wrong of ['i-1e', 'i1000000000000e', '2:no'])
    expect(decodeAnnounceReply(utf8(`d8:intervali60e12:min interval${wrong}e`)).minInterval).toBeUndefined()
  expect(decodeAnnounceReply(utf8('d8:intervali-7ee')).interval).toBe(1800)
})

test('scrape over HTTP, several at once', () => {
  const hash = new Uint8Array(20).fill(97)
  const other = new Uint8Array(20).fill(98)
  expect(scrapeUrl('http://t.example/x/announce.php?k=1/2', [hash, other])).toBe(
    `http://t.example/x/scrape.php?k=1/2&info_hash=${'a'.repeat(20)}&info_hash=${'b'.repeat(20)}`,
  )
  expect(scrapeUrl('http://t.example/a', [hash])).toBeUndefined()
  const reply = utf8(
    `d5:filesd20:${'a'.repeat(20)}d8:completei5e10:downloadedi6e10:incompletei7eee5:flagsd20:min_request_intervali9eee`,
  )
  expect(decodeScrapeReply(reply)).toEqual({
    counts: new Map([['61'.repeat(20), { seeds: 5, completed: 6, leeches: 7 }]]),
    minInterval: 9,
  })
  expect(() => decodeScrapeReply(utf8('d14:failure reason2:noe'))).toThrow('no')
})

test('scrape over UDP, several at once', () => {
  const hashes = [new Uint8Array(20).fill(1), new Uint8Array(20).fill(2)]
  const packet = encodeUdpScrape(5n, 9, hashes)
  expect(Buffer.from(packet).toString('hex')).toBe(
    `00000000000000050000000200000009${'01'.repeat(20)}${'02'.repeat(20)}`,
  )
  const reply = Uint8Array.from(Buffer.from('0000000200000009000000010000000200000003ffff', 'hex'))
  expect(decodeUdpTrackerReply(reply, 4)).toEqual({
    type: 'scraped',
    transaction: 9,
    counts: [{ seeds: 1, completed: 2, leeches: 3 }],
  })
})

test('UDP: packets as BEP 15 and BEP 41 lay them out', () => {
  expect(Buffer.from(encodeUdpConnect(7)).toString('hex')).toBe('00000417271019800000000000000007')
  const packet = encodeUdpAnnounce(5n, 9, request, '/announce?a=b')
  expect(packet.length).toBe(98 + 2 + 13)
  const view = new DataView(packet.buffer)
  expect([view.getBigUint64(0), view.getUint32(8), view.getUint32(12)]).toEqual([5n, 1, 9])
  expect([view.getUint32(80), view.getInt32(92), view.getUint16(96)]).toEqual([2, 50, 6881])
  expect(Buffer.from(packet.subarray(98, 100)).toString('hex')).toBe('020d')
})

test('UDP: answers, each bounded', () => {
  const announced = Uint8Array.of(
    0,
    0,
    0,
    1,
    0,
    0,
    0,
    9,
    0,
    0,
    7,
    8,
    0,
    0,
    0,
    1,
    0,
    0,
    0,
    2,
    1,
    2,
    3,
    4,
    5,
    6,
  )
  expect(decodeUdpTrackerReply(announced, 4)).toEqual({
    type: 'announced',
    transaction: 9,
    reply: { interval: 1800, leeches: 1, seeds: 2, peers: [{ address: '1.2.3.4', port: 0x0506 }] },
  })
  expect(decodeUdpTrackerReply(Uint8Array.of(0, 0, 0, 3, 0, 0, 0, 9, 110, 111), 4)).toMatchObject({
    type: 'refused',
    message: 'no',
  })
  for (const wrong of [new Uint8Array(4), new Uint8Array(8), announced.subarray(0, 19)])
    expect(() => decodeUdpTrackerReply(wrong, 4)).toThrow('no answer of a UDP tracker')
})
