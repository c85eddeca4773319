import { beforeEach, describe, expect, it } from 'vitest'
import { toHex, utf8, VirtualWorld } from '../../base/index.ts'
import type { Endpoint, Link } from '../../network/index.ts'
import { decodeLocalAnnouncement, encodeLocalAnnouncement } from '../../wire/index.ts'
import { Lsd, lsdConfig } from './index.ts'

const minute = 60_000
const wired: Link = { name: 'eth0', family: 4, ips: ['192.0.2.1'] }
const wired6: Link = { name: 'eth0', family: 6, ips: ['2001:db8::1'] }
const tunnel: Link = { name: 'tun0', family: 4, ips: ['198.51.100.1'] }
const nameOf = (n: number): Uint8Array =>
  new Uint8Array(20).fill(1).map((byte, i) => (i < 2 ? n >> (8 * i) : byte))
const host = '239.192.152.143:6771'

let world: VirtualWorld
let names: Uint8Array[]
let sent: { at: number; link: Link; packet: Uint8Array }[]
let met: { name: string; peer: Endpoint }[]
let lsd: Lsd

beforeEach(() => {
  world = new VirtualWorld(1)
  names = [nameOf(1)]
  sent = []
  met = []
  lsd = new Lsd({
    world,
    config: lsdConfig.parse({ maxPacketsPerMinute: 10, maxSenders: 3 }),
    port: {
      links: () => [wired, wired6, tunnel],
      send: (link, packet) => void sent.push({ at: world.now(), link, packet }),
    },
    listenPort: 6881,
    names: () => names,
    listensOn: link => link !== tunnel,
    isLocal: ip => ip.startsWith('192.0.2.'),
    onPeer: (name, peer) => void met.push({ name: toHex(name), peer }),
  })
})

const on = (link: Link): { at: number; names: string[] }[] =>
  sent
    .filter(one => one.link === link)
    .map(({ at, packet }) => ({ at, names: decodeLocalAnnouncement(packet).names.map(toHex) }))
const from = (source: string, ...heard: Uint8Array[]): void =>
  lsd.receive(encodeLocalAnnouncement(host, { port: 7000, names: heard }), source)

describe('announces', () => {
  it('on every network that we listen on, and nowhere else', () => {
    lsd.changed()
    world.advance(1_000)
    expect(sent.map(({ link }) => link)).toEqual([wired, wired6])
    expect(new TextDecoder().decode(sent[1]!.packet)).toContain(
      'Host: [ff15::efc0:988f]:6771\r\nPort: 6881\r\n',
    )
  })

  it('nothing while there is nothing', () => {
    names = []
    lsd.changed()
    world.advance(20 * minute)
    expect(sent).toEqual([])
  })

  it('every five minutes', () => {
    lsd.changed()
    world.advance(16 * minute)
    const times = on(wired).map(({ at }) => Math.round(at / minute))
    expect(times).toEqual([0, 5, 10, 15])
  })

  it('what is new at once, and nothing twice within a minute', () => {
    lsd.changed()
    world.advance(10_000)
    names.push(nameOf(2))
    for (let i = 0; i < 100; i++) lsd.changed()
    world.advance(10_000)
    lsd.moved()
    world.advance(10_000)
    expect(on(wired).map(({ names }) => names)).toEqual([[toHex(nameOf(1))], [toHex(nameOf(2))]])
  })

  it('all of it again when the networks change, but no sooner than after a minute', () => {
    lsd.changed()
    world.advance(10_000)
    lsd.moved()
    world.advance(2 * minute)
    expect(on(wired).map(({ at }) => Math.round(at / minute))).toEqual([0, 1])
  })

  it('a content that came back no sooner either', () => {
    lsd.changed()
    world.advance(1_000)
    const [name] = names.splice(0)
    lsd.changed()
    world.advance(1_000)
    names.push(name!)
    lsd.changed()
    world.advance(50_000)
    expect(on(wired)).toHaveLength(1)
  })

  it('a thousand contents with two names each as a trickle', () => {
    names = Array.from({ length: 2_000 }, (_, i) => nameOf(i))
    lsd.changed()
    world.advance(5 * minute)
    const packets = on(wired)
    expect(new Set(packets.flatMap(packet => packet.names)).size).toBe(2_000)
    expect(packets.length).toBe(Math.ceil(2_000 / 24))
    for (const { packet } of sent) expect(packet.length).toBeLessThanOrEqual(1_400)
    for (const [i, { at }] of packets.entries())
      if (i > 0) expect(at - packets[i - 1]!.at).toBeGreaterThanOrEqual(200)
    world.advance(10 * minute)
    expect(on(wired).length).toBeLessThanOrEqual(3 * Math.ceil(2_000 / 24) + 1)
  })

  it('nothing after it was stopped', () => {
    lsd.changed()
    lsd.stop()
    lsd.changed()
    world.advance(10 * minute)
    expect(sent).toEqual([])
  })
})

describe('hears', () => {
  it('who sends, at the port that it says', () => {
    from('192.0.2.9', nameOf(1), nameOf(2))
    const peer = { address: '192.0.2.9', port: 7000 }
    expect(met).toEqual([1, 2].map(n => ({ name: toHex(nameOf(n)), peer })))
  })

  it('an IPv4 address that came as IPv6', () => {
    from('::ffff:192.0.2.9', nameOf(1))
    expect(met[0]?.peer.address).toBe('192.0.2.9')
  })

  it('not itself', () => {
    lsd.changed()
    world.advance(1_000)
    lsd.receive(sent[0]!.packet, '192.0.2.1')
    expect(met).toEqual([])
  })

  it('nobody from elsewhere, and no address without its interface', () => {
    from('203.0.113.5', nameOf(1))
    from('fe80::1%eth0', nameOf(1))
    expect(met).toEqual([])
  })

  it('no nonsense', () => {
    lsd.receive(utf8('M-SEARCH * HTTP/1.1\r\n\r\n'), '192.0.2.9')
    lsd.receive(new Uint8Array(60_000), '192.0.2.9')
    expect(met).toEqual([])
  })

  it('a bounded number of packets of each sender in a minute', () => {
    for (let i = 0; i < 100; i++) from('192.0.2.9', nameOf(i))
    from('192.0.2.10', nameOf(1))
    expect(met).toHaveLength(11)
    world.advance(minute)
    from('192.0.2.9', nameOf(1))
    expect(met).toHaveLength(12)
  })

  it('a bounded number of senders in a minute', () => {
    for (let i = 0; i < 50; i++) from(`192.0.2.${i}`, nameOf(1))
    expect(met).toHaveLength(3)
  })
})
