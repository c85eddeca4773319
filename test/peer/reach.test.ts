import fs from 'node:fs'
import { connect } from 'node:net'
import { afterAll, describe, expect, it } from 'vitest'
import type { Peer } from '../../src/peer/index.ts'
import { codeOf, get, Peers, share } from './peers.ts'
import { alone, at, offer, portOf, until } from './public-peers.ts'
import { bytesOf, makeTree } from './trees.ts'

const peers = new Peers()
afterAll(() => peers.end())
const start = (name: string, set: object = {}): Promise<Peer> =>
  peers.start(name, { ...alone, ...set }, { transports: 'tcp' })

/** How a connection to a peer ends before anything was sent; `open` when it stays. */
function knockAt(peer: Peer): Promise<string> {
  return new Promise(resolve => {
    const socket = connect(portOf(peer), '127.0.0.1')
    const timer = setTimeout(() => end('open'), 300)
    const end = (how: string): void => {
      clearTimeout(timer)
      socket.destroy()
      resolve(how)
    }
    socket.once('close', () => end('closed'))
    socket.once('error', () => end('closed'))
  })
}

describe('a ban', () => {
  it('of a peer cuts it off at once, from all contents and both ways, until it is lifted', async () => {
    let a = await start('a')
    const b = await start('b', { 'files.downloadBytesPerSecond': 100_000 })
    const { link, infoHash } = await share(a, makeTree(peers.path('Mine'), { x: bytesOf(1, 500_000) }))
    for await (const _ of b.files.get({ link, into: peers.path('into'), background: true }));
    await until(async () => (await a.files.peers({ content: infoHash })).length === 1)
    expect(await a.reach.ban({ whom: b.peerId })).toMatchObject({ name: b.peerId, kind: 'user' })
    await until(async () => (await a.files.peers({})).length === 0 && a.connections().length === 0)
    await new Promise(resolve => setTimeout(resolve, 500))
    expect(await a.files.peers({})).toEqual([])
    await peers.stop(a)
    a = await start('a')
    expect(await a.reach.bans({})).toMatchObject([{ name: b.peerId, kind: 'user' }])
    await new Promise(resolve => setTimeout(resolve, 500))
    expect(a.connections()).toEqual([])
    await b.files.set({ content: infoHash, down: 0 })
    expect(await a.reach.unban({ whom: b.peerId })).toMatchObject({ was: true })
    expect(await a.reach.unban({ whom: b.peerId })).toMatchObject({ was: false })
    await get(b, (await a.files.show({ content: infoHash })).link, peers.path('into'))
    await Promise.all([a, b].map(peer => peers.stop(peer)))
  }, 60_000)

  it('of an address is about public peers, before a byte of theirs is read', async () => {
    const a = await start('public a')
    const b = await start('public b', { 'files.downloadBytesPerSecond': 100_000 })
    const { magnet } = await offer(a, makeTree(peers.path('Public'), { x: bytesOf(2, 1_000_000) }), {})
    for await (const _ of b.files.get({
      link: at(magnet, a),
      into: peers.path('into public'),
      background: true,
    }));
    await until(async () => (await a.files.peers({})).length === 1)
    expect(await knockAt(a)).toBe('open')
    await a.reach.ban({ whom: '127.0.0.0/24' })
    await until(async () => (await a.files.peers({})).length === 0)
    // A machine may take longer than one knock waits.
    await expect.poll(() => knockAt(a)).toBe('closed')
    await a.reach.unban({ whom: '127.0.0.0/24' })
    expect(await knockAt(a)).toBe('open')
    await Promise.all([a, b].map(peer => peers.stop(peer)))
  }, 60_000)

  it('of nobody is refused', async () => {
    const a = await peers.start('nobody')
    expect(await codeOf(a.reach.ban({ whom: 'somebody' }))).toBe('usage.invalid')
    expect(await a.reach.bans({})).toEqual([])
    await peers.stop(a)
  })
})

describe('a list of addresses', () => {
  it('is read at the start and when it is set, and told when it is bad', async () => {
    const list = peers.path('list.p2p')
    fs.writeFileSync(list, '# list\nBad people:198.51.100.0-198.51.100.255\nnonsense\n')
    const a = await peers.start('filter', { 'bittorrent.ipFilter': list })
    const status = { path: list, ranges: 1, lines: 1, junk: 1, junkLines: [3] }
    expect(await a.reach.filter({ address: '198.51.100.7' })).toMatchObject({ ...status, blocked: true })
    expect(await a.reach.filter({ address: '198.51.101.7' })).toMatchObject({ blocked: false })
    fs.writeFileSync(list, '203.0.113.0/24\n')
    expect(await a.reach.reload({})).toMatchObject({ ranges: 1, junk: 0 })
    expect(await a.reach.filter({ address: '198.51.100.7' })).toMatchObject({ blocked: false })
    fs.rmSync(list)
    expect(await codeOf(a.reach.reload({}))).toBe('config.invalid')
    expect(await a.reach.filter({ address: '203.0.113.9' })).toMatchObject({
      blocked: true,
      problem: expect.stringContaining('cannot be read'),
    })
    await peers.stop(a)
    const b = await peers.start('no filter', { 'bittorrent.ipFilter': list })
    expect(await b.reach.filter({})).toMatchObject({
      ranges: 0,
      problem: expect.stringContaining('cannot be read'),
    })
    await peers.stop(b)
  })
})

describe('the port', () => {
  it('is tested by a peer that dials back, by TCP and UDP, and not too often', async () => {
    const a = await start('port a')
    const b = await start('port b')
    // Public content too: whatever begins like nothing known is taken for an encrypted BitTorrent peer.
    const path = makeTree(peers.path('Port'), { x: bytesOf(3, 50_000) })
    await offer(a, path, {})
    const { link } = await share(b, makeTree(peers.path('Port b'), { x: bytesOf(4, 50_000) }))
    expect(await a.reach.port({})).toMatchObject({ port: portOf(a), verdict: 'unknown', asked: [] })
    await get(a, link, peers.path('into port'))
    const asked = { peer: b.peerId, path: 'loopback' }
    const first = await a.reach.port({})
    expect(first).toMatchObject({
      port: portOf(a),
      verdict: 'unknown',
      asked: [{ ...asked, tcp: true, udp: true }],
    })
    // Nobody tries again so soon; what was found counts for a while.
    expect((await a.reach.port({})).asked).toEqual(first.asked)
    await Promise.all([a, b].map(peer => peers.stop(peer)))
  }, 60_000)

  it('is not dialled by a peer that does not want to', async () => {
    const a = await start('quiet a')
    const b = await start('quiet b', { 'reach.dialBack': false })
    const { link } = await share(b, makeTree(peers.path('Quiet'), { x: bytesOf(5, 50_000) }))
    await get(a, link, peers.path('into quiet'))
    const { asked } = await a.reach.port({})
    expect(asked).toMatchObject([{ peer: b.peerId, problem: expect.stringContaining('does not offer') }])
    await Promise.all([a, b].map(peer => peers.stop(peer)))
  }, 60_000)
})

describe('the diagnosis', () => {
  it('tells which way a peer is reached, connects when asked to, and says why it could not', async () => {
    const a = await start('path a')
    const b = await start('path b')
    const { link } = await share(b, makeTree(peers.path('Path'), { x: bytesOf(6, 50_000) }))
    await get(a, link, peers.path('into path'))
    const [known] = await a.reach.path({})
    await until(async () => {
      const { rows } = await a.reach.connections({})
      return rows[0]?.peer === b.peerId && rows[0].networks.join() === 'private'
    })
    expect(await a.reach.connections({})).toMatchObject({ rows: [{ path: 'loopback' }], count: 1 })
    expect(known).toMatchObject({ peer: b.peerId, connected: true })
    expect(known?.ways[0]).toMatchObject({ path: 'loopback', state: 'used', rttMs: expect.any(Number) })
    await peers.stop(b)
    await until(async () => a.connections().length === 0)
    expect(await a.reach.path({ whom: b.peerId, noConnect: true })).toMatchObject([
      // What keeps the transfer going may have tried the way in the meantime.
      {
        connected: false,
        ways: expect.arrayContaining([
          expect.objectContaining({ path: 'loopback', state: expect.stringMatching(/^(spare|failed)$/) }),
        ]),
      },
    ])
    expect(await a.reach.path({ whom: b.peerId })).toMatchObject([
      {
        connected: false,
        ways: expect.arrayContaining([
          expect.objectContaining({ state: 'failed', problem: 'nobody listens there' }),
        ]),
        advice: expect.stringContaining('online'),
      },
    ])
    expect(await codeOf(a.reach.path({ whom: 'nobody' }))).toBe('contact.unknown')
    expect(await a.reach.connections({})).toEqual({ rows: [], rest: [], count: 0 })
    await peers.stop(a)
  }, 60_000)

  it('finds what is so on a machine that only this machine can reach', async () => {
    const a = await start('doctor')
    const { findings, facts } = await a.reach.doctor({})
    expect(facts).toMatchObject({ gateway: { state: 'off', off: 'loopback' }, connections: [] })
    expect(findings).toContainEqual(expect.objectContaining({ topic: 'Addresses', level: 'note' }))
    expect(findings.filter(({ level }) => level === 'bad')).toEqual([])
    await peers.stop(a)
  }, 60_000)

  it('has remedies that change what they say', async () => {
    const a = await start('remedies')
    expect(await a.reach.fix({ remedy: 'use-relays' })).toEqual({
      remedy: 'use-relays',
      changed: [{ key: 'relay.use', value: 'auto', needsRestart: false }],
      needsRestart: false,
    })
    const moved = await a.reach.fix({ remedy: 'another-port' })
    expect(moved).toMatchObject({
      changed: [{ key: 'network.port', needsRestart: true }],
      needsRestart: true,
    })
    expect(moved.changed[0]!.value).toBeGreaterThanOrEqual(20_000)
    expect(await a.reach.fix({ remedy: 'more-room' })).toMatchObject({
      changed: expect.arrayContaining([{ key: 'network.maxStreams', value: 8_192, needsRestart: true }]),
    })
    expect(await a.reach.fix({ remedy: 'restart' })).toMatchObject({ changed: [], needsRestart: true })
    await peers.stop(a)
  }, 60_000)

  it('switches the Kademlia network off and on while the peer runs', async () => {
    const a = await start('kademlia')
    expect(await a.reach.kademlia({})).toMatchObject({ state: 'on' })
    expect((await a.reach.doctor({})).facts.finders).toContain('kademlia')
    expect(await a.reach.stopKademlia({})).toEqual({ state: 'off' })
    expect((await a.reach.doctor({})).facts.finders).not.toContain('kademlia')
    expect(await a.reach.startKademlia({})).toMatchObject({ state: 'on' })
    expect(await codeOf(a.reach.testProxy({ proxy: 'http://127.0.0.1' }))).toBe('config.invalid')
    await peers.stop(a)
  }, 60_000)
})
