import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { toHex, VirtualWorld } from '../../base/index.ts'
import {
  addressBytes,
  decodeCompactPeers,
  decodeTrackerQuery,
  decodeUdpTrackerReply,
  encodeUdpAnnounce,
  encodeUdpConnect,
  encodeUdpScrape,
  type UdpTrackerReply,
} from '../../wire/index.ts'
import { type TrackerConfig, trackerConfig } from './config.ts'
import { PeerTable } from './peer-table.ts'
import { Tracker } from './tracker.ts'

const hash = new Uint8Array(20).fill(7)
const other = new Uint8Array(20).fill(8)
const percent = (bytes: Uint8Array): string => toHex(bytes).replace(/../g, '%$&')

class Scene {
  readonly world: VirtualWorld = new VirtualWorld(5)
  readonly tracker: Tracker

  constructor(config: Partial<TrackerConfig> = {}, own: readonly Uint8Array[] = []) {
    const isOwn = (name: Uint8Array): boolean => own.some(one => toHex(one) === toHex(name))
    this.tracker = new Tracker({ world: this.world, config: trackerConfig.parse(config), isOwn })
  }

  /** The peers that somebody is told over HTTP. */
  http(from: string, query = 'port=1&left=1', name: Uint8Array = hash): string[] {
    const { peers, peers6 } = this.tracker.announce(
      decodeTrackerQuery(`info_hash=${percent(name)}&${query}`),
      from,
    )
    return [...decodeCompactPeers(peers, 4, 1e6), ...decodeCompactPeers(peers6, 6, 1e6)]
      .map(({ address, port }) => `${address} ${port}`)
      .sort()
  }

  udp(from: string, packet: Uint8Array): UdpTrackerReply {
    const answer = this.tracker.answerUdp(packet, { address: from, port: 1000 })
    return decodeUdpTrackerReply(answer!, from.includes(':') ? 6 : 4)
  }

  connect(from: string): bigint {
    const answer = this.udp(from, encodeUdpConnect(3))
    if (answer.type !== 'connected') throw new Error(answer.type)
    return answer.connection
  }

  announce(from: string, connection: bigint, more: object = {}): UdpTrackerReply {
    const request = {
      infoHash: hash,
      peerId: hash,
      port: 1,
      uploaded: 0,
      downloaded: 0,
      left: 1,
      wanted: -1,
      key: 0,
      ...more,
    }
    return this.udp(from, encodeUdpAnnounce(connection, 4, request, '/announce'))
  }
}

describe('announce', () => {
  test('peers are told of each other, not of themselves, over both families', () => {
    const scene = new Scene()
    expect(scene.http('192.0.2.1')).toEqual([])
    expect(scene.http('192.0.2.2')).toEqual(['192.0.2.1 1'])
    expect(scene.http('2001:db8::1')).toEqual(['192.0.2.1 1', '192.0.2.2 1'])
    expect(scene.http('192.0.2.1')).toEqual(['192.0.2.2 1', '2001:db8::1 1'])
    expect(scene.http('192.0.2.1', 'port=1&left=1', other)).toEqual([])
  })

  test('who stops is told no more', () => {
    const scene = new Scene()
    scene.http('192.0.2.1')
    expect(scene.http('192.0.2.1', 'port=1&left=1&event=stopped')).toEqual([])
    expect(scene.http('192.0.2.2')).toEqual([])
    expect(scene.tracker.counts()).toMatchObject({ peers: 1, contents: 1 })
  })

  test('seeds are not told of seeds', () => {
    const scene = new Scene()
    scene.http('192.0.2.1', 'port=1&left=0')
    scene.http('192.0.2.2', 'port=1&left=5')
    expect(scene.http('192.0.2.3', 'port=1&left=0')).toEqual(['192.0.2.2 1'])
    expect(scene.http('192.0.2.4')).toEqual(['192.0.2.1 1', '192.0.2.2 1', '192.0.2.3 1'])
  })

  test('completed counts once for who was not complete', () => {
    const scene = new Scene()
    scene.http('192.0.2.1')
    for (let i = 0; i < 3; i++) scene.http('192.0.2.1', 'port=1&left=0&event=completed')
    scene.http('192.0.2.2', 'port=1&left=5&event=completed')
    expect(scene.tracker.swarms.counts(hash)).toEqual({ seeds: 1, leeches: 1, completed: 1 })
  })

  test('numwant is heeded within bounds, and the choice is by chance', () => {
    const scene = new Scene({ maxWanted: 20 })
    for (let i = 0; i < 200; i++) scene.http(`192.0.${2 + (i >> 7)}.${i & 127}`)
    expect(scene.http('192.0.9.1', 'port=1&left=1&numwant=5')).toHaveLength(5)
    expect(scene.http('192.0.9.1', 'port=1&left=1&numwant=0')).toHaveLength(0)
    expect(scene.http('192.0.9.1', 'port=1&left=1&numwant=100000')).toHaveLength(20)
    const seen = new Set(Array.from({ length: 60 }, () => scene.http('192.0.9.1')).flat())
    expect(seen.size).toBeGreaterThan(190)
  })

  test('a peer that nobody can reach is told of others, and not to them', () => {
    const scene = new Scene()
    scene.http('192.0.2.1')
    expect(scene.http('192.0.2.2', 'port=0&left=1')).toEqual(['192.0.2.1 1'])
    expect(scene.http('192.0.2.1')).toEqual([])
  })

  test('addresses of a local network are told there only', () => {
    const scene = new Scene()
    scene.http('127.0.0.1')
    scene.http('192.168.1.2')
    scene.http('fd00::2')
    scene.http('192.0.2.1')
    expect(scene.http('192.0.2.9')).toEqual(['192.0.2.1 1'])
    expect(scene.http('10.0.0.1')).toEqual(['192.0.2.1 1', '192.0.2.9 1', '192.168.1.2 1', 'fd00::2 1'])
    expect(scene.http('127.0.0.1', 'port=2&left=1')).toContain('127.0.0.1 1')
  })

  test('another address than it comes from is believed from neighbours only', () => {
    const told = (believeIp: TrackerConfig['believeIp'], from: string, ip: string): string[] => {
      const scene = new Scene({ believeIp })
      scene.http(from, `port=1&left=1&ip=${ip}`)
      return scene.http('127.0.0.1', 'port=9&left=1')
    }
    expect(told('loopback', '127.0.0.1', '198.51.100.1')).toEqual(['198.51.100.1 1'])
    expect(told('loopback', '127.0.0.1', '::ffff:198.51.100.1')).toEqual(['198.51.100.1 1'])
    expect(told('loopback', '127.0.0.1', 'example.org')).toEqual(['127.0.0.1 1'])
    expect(told('never', '127.0.0.1', '198.51.100.1')).toEqual(['127.0.0.1 1'])
    expect(told('loopback', '10.0.0.1', '198.51.100.1')).toEqual(['10.0.0.1 1'])
    expect(told('lan', '10.0.0.1', '198.51.100.1')).toEqual(['198.51.100.1 1'])
    expect(told('lan', '192.0.2.1', '198.51.100.1')).toEqual(['192.0.2.1 1'])
  })

  test('who does not come again is forgotten', () => {
    const scene = new Scene()
    scene.http('192.0.2.1')
    scene.world.advance(1_500_000)
    scene.http('192.0.2.2')
    scene.world.advance(600_000)
    scene.tracker.swarms.expire()
    expect(scene.http('192.0.2.3')).toEqual(['192.0.2.2 1'])
    scene.world.advance(86_400_000)
    scene.tracker.swarms.expire()
    expect(scene.tracker.counts()).toMatchObject({ peers: 0, contents: 0 })
  })

  test('the next announce is asked for at various times, and our address is told', () => {
    const scene = new Scene()
    const query = decodeTrackerQuery(`info_hash=${percent(hash)}&port=1`)
    const replies = Array.from({ length: 100 }, () => scene.tracker.announce(query, '192.0.2.1'))
    const intervals = replies.map(({ interval }) => interval)
    expect(Math.min(...intervals)).toBeGreaterThanOrEqual(810)
    expect(Math.max(...intervals)).toBeLessThanOrEqual(990)
    expect(new Set(intervals).size).toBeGreaterThan(50)
    expect(replies[0]).toMatchObject({ externalIp: addressBytes('192.0.2.1'), minInterval: 60 })
  })

  test('what is asked wrongly is refused with words', () => {
    const scene = new Scene()
    const ask = (query: string) => () => scene.tracker.announce(decodeTrackerQuery(query), '192.0.2.1')
    expect(ask('port=1')).toThrow('no info_hash')
    expect(ask(`info_hash=${percent(hash)}`)).toThrow('no port')
    expect(() => scene.tracker.scrape([])).toThrow('lists none')
    expect(scene.tracker.counts().refused).toBe(3)
  })
})

describe('bounds', () => {
  test('contents', () => {
    const scene = new Scene({ maxContents: 2 })
    for (const i of [1, 2]) scene.http('192.0.2.1', undefined, new Uint8Array(20).fill(i))
    expect(() => scene.http('192.0.2.1', undefined, new Uint8Array(20).fill(3))).toThrow('full')
    expect(scene.http('192.0.2.2', undefined, new Uint8Array(20).fill(2))).toEqual(['192.0.2.1 1'])
  })

  test.each([
    ['peers in all', { maxPeers: 3 }, 3],
    ['peers of one content', { maxPeersPerContent: 2 }, 4],
    ['peers of one address', { maxPeersPerAddress: 3 }, 3],
    ['peers of one address for one content', { maxPortsPerAddress: 1 }, 2],
  ])('%s', (_, config, expected) => {
    const scene = new Scene(config)
    for (let port = 1; port < 10; port++)
      for (const name of [hash, other]) scene.http('192.0.2.1', `port=${port}&left=1`, name)
    expect(scene.tracker.counts().peers).toBe(expected)
    // Whoever is not remembered is told of the others all the same.
    expect(scene.http('192.0.2.2').length).toBeGreaterThan(0)
  })

  test('an IPv6 /56 is one owner', () => {
    const scene = new Scene({ maxPortsPerAddress: 2 })
    for (let i = 1; i < 9; i++) scene.http(`2001:db8:0:${i}::1`)
    expect(scene.tracker.counts().peers).toBe(2)
  })

  test('room comes back when peers go', () => {
    const scene = new Scene({ maxPeers: 1, maxPeersPerAddress: 1 })
    for (let i = 0; i < 5; i++) {
      scene.http('192.0.2.1')
      scene.http('192.0.2.1', 'port=1&event=stopped')
    }
    scene.http('192.0.2.2')
    expect(scene.tracker.counts().peers).toBe(1)
  })
})

test('what it tracks: any, own, listed', () => {
  const serves = (config: Partial<TrackerConfig>, own: Uint8Array[] = []): boolean[] =>
    [hash, other].map(name => {
      try {
        new Scene(config, own).http('192.0.2.1', undefined, name)
        return true
      } catch (error) {
        expect(error).toMatchObject({ code: 'access.denied' })
        return false
      }
    })
  expect(serves({})).toEqual([true, true])
  expect(serves({ contents: 'own' }, [hash])).toEqual([true, false])
  expect(serves({ contents: 'listed' }, [hash])).toEqual([false, false])
  expect(serves({ contents: 'listed', listed: [toHex(hash).toUpperCase() + '0'.repeat(24)] })).toEqual([
    true,
    false,
  ])
  expect(serves({ contents: 'own', listed: [toHex(other)] }, [hash])).toEqual([true, true])
})

describe('UDP', () => {
  test('connect, announce, scrape', () => {
    const scene = new Scene()
    scene.announce('192.0.2.1', scene.connect('192.0.2.1'), { left: 0 })
    const id = scene.connect('192.0.2.2')
    expect(scene.announce('192.0.2.2', id)).toMatchObject({
      type: 'announced',
      transaction: 4,
      reply: { seeds: 1, leeches: 1, peers: [{ address: '192.0.2.1', port: 1 }] },
    })
    expect(scene.udp('192.0.2.2', encodeUdpScrape(id, 5, [other, hash]))).toEqual({
      type: 'scraped',
      transaction: 5,
      counts: [
        { seeds: 0, leeches: 0, completed: 0 },
        { seeds: 1, leeches: 1, completed: 0 },
      ],
    })
  })

  test('IPv6 is told of IPv6 only, in one packet', () => {
    const scene = new Scene({ maxWanted: 2_000 })
    for (let i = 1; i < 200; i++) scene.http(`2001:db8:${i}::1`)
    scene.http('192.0.2.1')
    const id = scene.connect('2001:db8::1')
    const answer = scene.announce('2001:db8::1', id, { wanted: 1_000_000 })
    expect(answer.type === 'announced' && answer.reply.peers.length).toBe(76)
  })

  test('an id is good for its address only, and for two to three minutes', () => {
    const scene = new Scene()
    const id = scene.connect('192.0.2.1')
    expect(scene.announce('192.0.2.9', id)).toMatchObject({ type: 'refused', message: 'Connect again.' })
    expect(scene.announce('192.0.2.1', id ^ 1n)).toMatchObject({ type: 'refused' })
    scene.world.advance(120_000)
    expect(scene.announce('192.0.2.1', id)).toMatchObject({ type: 'announced' })
    scene.world.advance(61_000)
    expect(scene.announce('192.0.2.1', id)).toMatchObject({ type: 'refused' })
    expect(scene.tracker.counts().announces).toBe(1)
  })

  test('an address that is not proven gets no more than it sent', () => {
    const scene = new Scene()
    for (let i = 1; i < 100; i++) scene.http(`192.0.2.${i}`)
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 12, maxLength: 200 }),
        fc.constantFrom(0, 1, 2),
        (bytes, action) => {
          bytes.set([0, 0, 0, action], 8)
          const answer = scene.tracker.answerUdp(bytes, { address: '192.0.2.1', port: 1 })
          expect(answer?.length ?? 0).toBeLessThanOrEqual(bytes.length)
        },
      ),
    )
    const connect = encodeUdpConnect(1)
    expect(scene.tracker.answerUdp(connect, { address: '192.0.2.1', port: 1 })).toHaveLength(connect.length)
  })

  test('packets of other protocols on the port are left alone', () => {
    const scene = new Scene()
    expect(Tracker.isRequest(encodeUdpConnect(1))).toBe(true)
    expect(Tracker.isRequest(encodeUdpScrape(scene.connect('192.0.2.1'), 2, [hash]))).toBe(true)
    const utp = Uint8Array.from({ length: 20 }, () => 0)
    utp[0] = 0x41
    const krpc = Uint8Array.from(Buffer.from('d1:ad2:id20:aaaaaaaaaaaaaaaaaaaae1:q4:ping1:t2:aa1:y1:qe'))
    const answer = Uint8Array.from(Buffer.from('0000000100000009000007080000000100000002', 'hex'))
    for (const packet of [utp, krpc, answer, new Uint8Array(0)]) expect(Tracker.isRequest(packet)).toBe(false)
  })
})

test('the packed table is what a plain list is', () => {
  const peer = fc.record({ ip: fc.integer({ min: 1, max: 6 }), port: fc.integer({ min: 1, max: 5 }) })
  const step = fc.record({ peer, what: fc.constantFrom('seed', 'leech', 'gone', 'expire'), at: fc.nat(1000) })
  fc.assert(
    fc.property(
      fc.array(step, { maxLength: 60 }),
      fc.constantFrom(4 as const, 6 as const),
      (steps, family) => {
        const table = new PeerTable(family)
        const plain = new Map<string, { isSeed: boolean; at: number }>()
        const compactOf = (ip: number, port: number): Uint8Array => {
          const out = new Uint8Array(family === 4 ? 6 : 18)
          out[0] = 0x20
          out[family === 4 ? 3 : 15] = ip
          out[out.length - 1] = port
          return out
        }
        for (const { peer, what, at } of steps) {
          const compact = compactOf(peer.ip, peer.port)
          const name = toHex(compact)
          const row = table.find(compact)
          expect(row >= 0).toBe(plain.has(name))
          if (what === 'expire') {
            table.expire(at, () => undefined)
            for (const [one, seen] of plain) if (seen.at < at) plain.delete(one)
          } else if (what === 'gone') {
            if (row >= 0) table.remove(row)
            plain.delete(name)
          } else {
            if (row >= 0) table.touch(row, what === 'seed', at)
            else expect(table.add(compact, what === 'seed', at, 100)).toBe(true)
            plain.set(name, { isSeed: what === 'seed', at })
          }
          expect(table.count).toBe(plain.size)
          expect(table.seeds).toBe([...plain.values()].filter(({ isSeed }) => isSeed).length)
        }
        const world = new VirtualWorld(1)
        const sampled = (seedsToo: boolean): string[] => {
          const bytes = table.sample(1000, {
            self: -1,
            seedsToo,
            reach: 0,
            below: n => world.random.below(n),
          })
          const size = family === 4 ? 6 : 18
          return Array.from({ length: bytes.length / size }, (_, i) =>
            toHex(bytes.subarray(i * size, (i + 1) * size)),
          ).sort()
        }
        expect(sampled(true)).toEqual([...plain.keys()].sort())
        expect(sampled(false)).toEqual(
          [...plain]
            .filter(([, { isSeed }]) => !isSeed)
            .map(([one]) => one)
            .sort(),
        )
      },
    ),
  )
})
