import { expect, test } from 'vitest'
import { utf8 } from '../base/index.ts'
import {
  type AnnounceRequest,
  announceUrl,
  decodeAnnounceReply,
  decodeScrapeReply,
  scrapeUrl,
} from './http-tracker.ts'
import { decodeUdpTrackerReply, encodeUdpAnnounce, encodeUdpConnect } from './udp-tracker.ts'

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
  expect(url).toContain('&peer_id=-PG0100-abcdefghijkl&port=6881&uploaded=1&downloaded=2&left=3&compact=1')
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

test('scrape', () => {
  const hash = new Uint8Array(20).fill(97)
  expect(scrapeUrl('http://t.example/x/announce.php?k=1', hash)).toBe(
    `http://t.example/x/scrape.php?k=1&info_hash=${'a'.repeat(20)}`,
  )
  expect(scrapeUrl('http://t.example/a', hash)).toBeUndefined()
  const reply = utf8(`d5:filesd20:${'a'.repeat(20)}d8:completei5e10:downloadedi6e10:incompletei7eeee`)
  expect(decodeScrapeReply(reply, hash)).toEqual({ seeds: 5, completed: 6, leeches: 7 })
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
