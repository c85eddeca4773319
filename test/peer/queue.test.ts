import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Peer } from '../../src/peer/index.ts'
import type { TransferSnapshot } from '../../src/services/files/index.ts'
import { get, nextEvent, Peers, share } from './peers.ts'
import { alone, at, offer, until } from './public-peers.ts'
import { bytesOf, makeTree } from './trees.ts'

const peers = new Peers()
let a: Peer
beforeAll(async () => {
  a = await peers.start('a')
})
afterAll(() => peers.end())

async function links(count: number, bytes = 400_000): Promise<string[]> {
  const made = ++rounds
  const all: string[] = []
  for (let i = 0; i < count; i++) {
    const path = makeTree(peers.path(`q${made}-${i}`), { x: bytesOf(made * 100 + i, bytes) })
    all.push((await share(a, path)).link)
  }
  return all
}
let rounds = 0

/** Begins and does not wait. */
async function begin(peer: Peer, link: string, input: object = {}): Promise<TransferSnapshot> {
  for await (const update of peer.files.get({ link, into: peers.path('into'), background: true, ...input }))
    return update
  throw new Error('nothing was told')
}

const stateOf = async (peer: Peer, content: string): Promise<string> =>
  (await peer.files.show({ content })).state

describe('a queue of downloads', () => {
  it('lets one run after the other, and says why others wait', async () => {
    const all = await links(3, 400_000)
    const b = await peers.start('b', {
      'files.maxActiveDownloads': 1,
      'files.downloadBytesPerSecond': 400_000,
    })
    const first = await begin(b, all[0]!)
    const others = [await begin(b, all[1]!), await begin(b, all[2]!)]
    expect(first.state).not.toBe('queued')
    expect(others.map(({ state }) => state)).toEqual(['queued', 'queued'])
    expect(others[1]?.queue).toEqual({
      position: 2,
      reason: '1 download runs already (files.maxActiveDownloads); `peerage set --forced` starts it at once',
    })
    for await (const { rows } of b.files.watch()) {
      // Also of the one that runs.
      const positions = new Map(rows.map(({ infoHash, position }) => [infoHash, position]))
      expect([first, ...others].map(({ infoHash }) => positions.get(infoHash))).toEqual([0, 1, 2])
      break
    }
    const last = others[1]!.infoHash
    expect(await b.files.set({ content: last, position: 0 })).toMatchObject({ state: 'finding' })
    expect(await stateOf(b, first.infoHash)).toBe('queued')
    await b.files.set({ content: first.infoHash, forced: true })
    expect(await stateOf(b, first.infoHash)).not.toBe('queued')
    await b.files.set({ content: first.infoHash, forced: false })
    await until(async () => (await b.files.list()).every(({ state }) => state === 'complete'))
    const done = (await b.files.list()).sort((x, y) => x.completedAt! - y.completedAt!)
    expect(done.map(({ infoHash }) => infoHash)).toEqual([last, first.infoHash, others[0]!.infoHash])
    await peers.stop(b)
  })

  it('does not wait for content that nobody has', async () => {
    const [link] = await links(1)
    const b = await peers.start('slow', { 'files.maxActiveDownloads': 1, 'files.slowMs': 0 })
    const none = `magnet:?xt=urn:btmh:1220${'ab'.repeat(32)}`
    const nobody = await begin(b, none)
    await get(b, link!, peers.path('into'))
    expect(await stateOf(b, nobody.infoHash)).toBe('finding')
    await peers.stop(b)
  })

  it('follows the configuration, also over a restart', async () => {
    const all = await links(2, 900_000)
    const set = { 'files.maxActiveDownloads': 1, 'files.downloadBytesPerSecond': 100_000 }
    let b = await peers.start('again', set)
    await begin(b, all[0]!)
    const { infoHash } = await begin(b, all[1]!)
    await b.files.set({ content: infoHash, position: 0 })
    await peers.stop(b)
    b = await peers.start('again', set)
    expect(await stateOf(b, infoHash)).not.toBe('queued')
    expect((await b.files.list()).filter(({ state }) => state === 'queued')).toHaveLength(1)
    await peers.stop(b)
  })
})

describe('added paused', () => {
  it('a download begins when it is resumed', async () => {
    const all = await links(2)
    const b = await peers.start('paused')
    const last = await get(b, all[0]!, peers.path('into'), { paused: true })
    expect(last).toMatchObject({ state: 'paused', bytes: 0, peers: [] })
    await b.files.resume({ content: last.infoHash })
    await get(b, all[0]!, peers.path('into'))
    await peers.stop(b)
    const c = await peers.start('paused too', { 'files.addPaused': true })
    expect(await get(c, all[1]!, peers.path('into c'))).toMatchObject({ state: 'paused' })
    await peers.stop(c)
  })

  it('a share is not there for anybody until it is resumed', async () => {
    const path = makeTree(peers.path('quiet'), { x: bytesOf(77, 50_000) })
    const { link, infoHash } = await share(a, path, { paused: true })
    const b = await peers.start('quiet b')
    await expect(get(b, link, peers.path('into'), { timeout: 1 })).rejects.toThrow()
    await a.files.resume({ content: infoHash })
    await get(b, link, peers.path('into'))
    await peers.stop(b)
  })
})

describe('the order in which pieces come', () => {
  const count = 8
  const bytes = 131_072

  /** How much of each file is here when so much of all has come. */
  async function halfway(name: string, wishes: object): Promise<number[]> {
    const plan = Object.fromEntries(
      Array.from({ length: count }, (_, i) => [`f${i}`, bytesOf(name.length * 10 + i, bytes)]),
    )
    const { link } = await share(a, makeTree(peers.path(name), plan), { pieceLength: 16_384 })
    const b = await peers.start(name, { 'files.downloadBytesPerSecond': 400_000 })
    const into = peers.path('into', name)
    const { infoHash } = await get(b, link, into, { paused: true })
    await b.files.set({ content: infoHash, ...wishes })
    await b.files.resume({ content: infoHash })
    await until(async () => (await b.files.show({ content: infoHash })).bytes > (count * bytes) / 3)
    const rows = await b.files.files({ content: infoHash })
    await peers.stop(b)
    return rows.map(row => row.bytes)
  }

  it('in order, for watching while it comes', async () => {
    const here = await halfway('in order', { sequential: true })
    expect(here[0]).toBe(bytes)
    expect(here[count - 1]).toBe(0)
  })

  it('the first and last piece of each file first', async () => {
    const here = await halfway('ends first', { firstLast: true })
    for (const got of here) expect(got).toBeGreaterThanOrEqual(2 * 16_384)
  })
})

describe('on the public network', () => {
  const start = (name: string, set: object = {}): Promise<Peer> =>
    peers.start(name, { ...alone, ...set }, { transports: 'tcp' })

  it('a seeding goal ends seeding, is told, and lasts; whoever resumes goes beyond it', async () => {
    const path = makeTree(peers.path('Given'), { x: bytesOf(5, 600_000) })
    let s = await start('seed')
    const { magnet, infoHash } = await offer(s, path, {})
    await s.files.set({ content: infoHash, ratio: 0.9 })
    const told = nextEvent(s, 'transfer.goal-reached')
    const b = await start('given b')
    await get(b, at(magnet, s), peers.path('into given'))
    expect(await told).toMatchObject({ infoHash, goal: 'ratio' })
    expect(await s.files.show({ content: infoHash })).toMatchObject({
      state: 'paused',
      goal: 'ratio',
      peers: [],
    })
    await peers.stop(b)
    await peers.stop(s)
    s = await start('seed')
    const after = await s.files.show({ content: infoHash })
    expect(after).toMatchObject({ state: 'paused', goal: 'ratio', upBytesEver: 600_000, ratio: 1 })
    expect(await s.files.totals({})).toMatchObject({
      uploaded: 600_000,
      publicUploaded: 600_000,
      downloaded: 0,
    })
    await s.files.resume({ content: infoHash })
    const c = await start('given c')
    await get(c, at(magnet, s), peers.path('into given c'))
    expect(await stateOf(s, infoHash)).toBe('complete')
    await peers.stop(c)
    await peers.stop(s)
  }, 30_000)

  it('friends get what is queued or has given enough', async () => {
    const path = makeTree(peers.path('Friends'), { x: bytesOf(6, 100_000) })
    const s = await start('friendly', { 'files.seedRatio': 0.5 })
    const { magnet, link, infoHash } = await offer(s, path, {})
    const b = await start('stranger')
    await get(b, at(magnet, s), peers.path('into stranger'))
    await until(async () => (await stateOf(s, infoHash)) === 'paused')
    const c = await start('friend')
    await get(c, link, peers.path('into friend'))
    expect((await s.files.totals({})).publicUploaded).toBe(100_000)
    expect((await s.files.totals({})).uploaded).toBe(200_000)
    await Promise.all([b, c, s].map(peer => peers.stop(peer)))
  }, 30_000)

  it('so many contents are seeded at a time, those that nobody asks for not counted', async () => {
    const s = await start('seeds', { 'files.maxActiveSeeds': 1, 'files.slowMs': 0 })
    const offers = []
    for (const i of [1, 2])
      offers.push(await offer(s, makeTree(peers.path(`Seed ${i}`), { x: bytesOf(20 + i, 250_000) }), {}))
    const [one, two] = offers
    const states = async (): Promise<string[]> =>
      Promise.all([one, two].map(each => stateOf(s, each!.infoHash)))
    await until(async () => (await states()).every(state => state === 'complete'))
    const b = await start('seeds b', {
      'files.downloadBytesPerSecond': 150_000,
      'bittorrent.redialMs': 200,
    })
    for (const each of [one, two]) await begin(b, at(each!.magnet, s), { into: peers.path('into seeds') })
    // Both are asked for: the one that came first stays. It is done in its time, and the other one follows.
    await until(async () => (await states()).includes('queued'))
    await s.files.set({ content: two!.infoHash, forced: true })
    expect(await states()).toEqual(['complete', 'complete'])
    await until(async () => (await b.files.list()).every(({ state }) => state === 'complete'), 30_000)
    await Promise.all([b, s].map(peer => peers.stop(peer)))
  }, 60_000)

  it('super seeding shows each piece to one peer until others have it, and ends when it is set off', async () => {
    const path = makeTree(peers.path('Super'), { x: bytesOf(9, 600_000) })
    const s = await start('super')
    const { magnet, infoHash } = await offer(s, path, { pieceLength: 16_384 })
    await s.files.set({ content: infoHash, superSeed: true })
    const b = await start('super b', { 'files.downloadBytesPerSecond': 200_000 })
    await begin(b, at(magnet, s), { into: peers.path('into super') })
    await until(async () => ((await b.files.list())[0]?.bytes ?? 0) > 0)
    const shown = (await b.files.peers({}))[0]?.progress ?? 1
    expect(shown).toBeLessThan(1)
    await s.files.set({ content: infoHash, superSeed: false })
    await until(async () => (await b.files.peers({}))[0]?.progress === 1)
    await until(async () => (await b.files.list()).every(({ state }) => state === 'complete'))
    await Promise.all([b, s].map(peer => peers.stop(peer)))
  }, 60_000)

  it.each<[string, (peer: Peer, content: string, up: number) => Promise<unknown>]>([
    ['one content', (peer, content, up) => peer.files.set({ content, up })],
    ['the whole peer', (peer, _content, up) => peer.config.set('files.uploadBytesPerSecond', up)],
  ])(
    'limits of %s hold from the moment at which they are set',
    async (name, limit) => {
      const path = makeTree(peers.path(`Slow ${name}`), { x: bytesOf(name.length, 1_500_000) })
      const s = await start(`limited ${name}`)
      const { magnet, infoHash } = await offer(s, path, {})
      await limit(s, infoHash, 200_000)
      const b = await start(`limited b ${name}`)
      const startedAt = performance.now()
      const getting = get(b, at(magnet, s), peers.path('into slow', name))
      await new Promise(resolve => setTimeout(resolve, 1500))
      expect((await b.files.list())[0]!.bytes).toBeLessThan(900_000)
      await limit(s, infoHash, 0)
      await getting
      // 7.5 seconds with the limit.
      expect(performance.now() - startedAt).toBeLessThan(6_500)
      await Promise.all([b, s].map(peer => peers.stop(peer)))
    },
    30_000,
  )
})
