import fc from 'fast-check'
import { expect, test } from 'vitest'
import { binaryString } from './bencoded.ts'
import { encodeCompactPeers } from './compact-peers.ts'
import {
  type AnnounceRequest,
  announceUrl,
  decodeAnnounceReply,
  decodeScrapeReply,
  scrapeUrl,
} from './http-tracker.ts'
import {
  decodeTrackerQuery,
  encodeAnnounced,
  encodeScraped,
  encodeTrackerFailure,
} from './http-tracker-server.ts'
import { decodeUdpTrackerReply, encodeUdpAnnounce, encodeUdpConnect, encodeUdpScrape } from './udp-tracker.ts'
import {
  decodeUdpTrackerRequest,
  encodeUdpAnnounced,
  encodeUdpConnected,
  encodeUdpRefused,
  encodeUdpScraped,
} from './udp-tracker-server.ts'

const bytes20 = fc.uint8Array({ minLength: 20, maxLength: 20 })
const requests: fc.Arbitrary<AnnounceRequest> = fc.record({
  infoHash: bytes20,
  peerId: bytes20,
  port: fc.integer({ min: 0, max: 65_535 }),
  uploaded: fc.maxSafeNat(),
  downloaded: fc.maxSafeNat(),
  left: fc.maxSafeNat(),
  event: fc.constantFrom(undefined, 'started', 'completed'),
  wanted: fc.nat(1000),
  key: fc.nat(),
})
const peers = encodeCompactPeers([{ address: '192.0.2.1', port: 1 }], 4)
const peers6 = encodeCompactPeers([{ address: '2001:db8::1', port: 2 }], 6)

test('what our client asks over HTTP is what our tracker reads', () => {
  fc.assert(
    fc.property(requests, request => {
      const url = announceUrl('http://t/announce', request)
      const { infoHash, port, left, event, wanted } = request
      expect(decodeTrackerQuery(url.slice(url.indexOf('?') + 1))).toEqual({
        infoHashes: [infoHash],
        port,
        left,
        event,
        wanted,
        compact: true,
        ip: undefined,
      })
    }),
  )
})

test('what our client asks over UDP is what our tracker reads', () => {
  fc.assert(
    fc.property(requests, fc.nat(), (request, transaction) => {
      const { infoHash, port, left, event, wanted } = request
      const packet = encodeUdpAnnounce(5n, transaction, request, '/announce?a=b')
      expect(decodeUdpTrackerRequest(packet)).toEqual({
        type: 'announce',
        connection: Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 5),
        transaction,
        infoHash,
        port,
        left,
        event,
        wanted,
      })
    }),
  )
  expect(decodeUdpTrackerRequest(encodeUdpConnect(7))).toEqual({ type: 'connect', transaction: 7 })
  const hashes = Array.from({ length: 80 }, (_, i) => new Uint8Array(20).fill(i))
  expect(decodeUdpTrackerRequest(encodeUdpScrape(5n, 9, hashes))).toMatchObject({
    infoHashes: hashes.slice(0, 74),
  })
})

test.each([
  new Uint8Array(15),
  Uint8Array.from({ length: 16 }, () => 0),
  encodeUdpAnnounce(
    5n,
    1,
    {
      infoHash: new Uint8Array(20),
      peerId: new Uint8Array(20),
      port: 1,
      uploaded: 0,
      downloaded: 0,
      left: 0,
      wanted: 0,
      key: 0,
    },
    '',
  ).subarray(0, 97),
  encodeUdpScrape(5n, 9, []),
])('a packet that is no request is none', packet => {
  expect(decodeUdpTrackerRequest(packet)).toBeUndefined()
})

test('malformed queries', () => {
  for (const wrong of ['info_hash=short', 'info_hash=%zz', `info_hash=${'a'.repeat(19)}%`])
    expect(() => decodeTrackerQuery(wrong)).toThrow('20 bytes')
  expect(decodeTrackerQuery('port=-1&left=x&numwant=1e9&event=paused&=&a&&ip=%')).toEqual({
    infoHashes: [],
    port: undefined,
    left: undefined,
    event: undefined,
    wanted: undefined,
    compact: true,
    ip: undefined,
  })
  expect(decodeTrackerQuery('port=70000').port).toBe(65_535)
  const many = Array.from({ length: 100 }, () => `info_hash=${'a'.repeat(20)}`).join('&')
  expect(decodeTrackerQuery(many).infoHashes).toHaveLength(74)
})

test('the answers are what our client reads', () => {
  const announced = {
    interval: 900,
    minInterval: 60,
    seeds: 1,
    leeches: 2,
    completed: 3,
    peers,
    peers6,
    externalIp: Uint8Array.of(192, 0, 2, 9),
  }
  const both = [
    { address: '192.0.2.1', port: 1 },
    { address: '2001:db8::1', port: 2 },
  ]
  for (const compact of [true, false])
    expect(decodeAnnounceReply(encodeAnnounced(announced, compact))).toEqual({
      interval: 900,
      minInterval: 60,
      seeds: 1,
      leeches: 2,
      peers: both,
      externalIp: announced.externalIp,
    })
  const counts = { seeds: 1, leeches: 2, completed: 3 }
  const hash = new Uint8Array(20).fill(200)
  expect(decodeScrapeReply(encodeScraped(new Map([[binaryString(hash), counts]]), 60))).toEqual({
    counts: new Map([['c8'.repeat(20), counts]]),
    minInterval: 60,
  })
  expect(() => decodeAnnounceReply(encodeTrackerFailure('no', true))).toThrow(
    expect.objectContaining({ details: { retryMinutes: Number.POSITIVE_INFINITY } }),
  )
  expect(scrapeUrl('http://t/announce', [hash])).toContain('/scrape?info_hash=%C8')
  const id = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8)
  expect(decodeUdpTrackerReply(encodeUdpConnected(7, id), 4)).toMatchObject({
    type: 'connected',
    connection: 0x0102030405060708n,
  })
  expect(decodeUdpTrackerReply(encodeUdpAnnounced(7, announced, peers), 4)).toMatchObject({
    reply: { interval: 900, seeds: 1, leeches: 2, peers: [both[0]] },
  })
  expect(decodeUdpTrackerReply(encodeUdpScraped(7, [counts]), 4)).toMatchObject({ counts: [counts] })
  expect(decodeUdpTrackerReply(encodeUdpRefused(7, 'no'), 4)).toMatchObject({ message: 'no' })
})
