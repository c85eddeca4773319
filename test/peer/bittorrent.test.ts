import fs from 'node:fs'
import { createServer, type Server } from 'node:http'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import type { Peer } from '../../src/peer/index.ts'
import { StoredContent } from '../../src/store/stored-content.ts'
import { codeOf, get, Peers } from './peers.ts'
import { alone, at, offer, portOf, until } from './public-peers.ts'
import { bytesOf, makeTree, treeOf } from './trees.ts'

const peers = new Peers()
const start = (name: string, set: Readonly<Record<string, unknown>> = {}): Promise<Peer> =>
  peers.start(name, { ...alone, ...set }, { transports: 'tcp' })

let a: Peer
let folder: string
beforeAll(async () => {
  a = await start('a')
  folder = makeTree(peers.path('Films'), {
    'one.bin': bytesOf(1, 300_000),
    'sub/two.bin': bytesOf(2, 70_001),
    'sub/empty': new Uint8Array(0),
    'three.bin': bytesOf(3, 1),
  })
})
afterAll(() => peers.end())

describe('by an address in the link alone', () => {
  it.each([
    ['v2', {}, (magnet: string) => magnet],
    ['hybrid, by both names', { hybrid: true }, (magnet: string) => magnet],
    [
      'hybrid, by its v1 name',
      { hybrid: true },
      (magnet: string) => magnet.replace(/xt=urn:btmh:[0-9a-f]+&/, ''),
    ],
    [
      'hybrid, by its v2 name',
      { hybrid: true },
      (magnet: string) => magnet.replace(/xt=urn:btih:[0-9a-f]+&/, ''),
    ],
  ])('%s', async (name, input, link) => {
    const { magnet } = await offer(a, folder, input)
    const b = await start(`b ${name}`)
    const into = peers.path('into', name)
    expect(await get(b, at(link(magnet), a), into)).toMatchObject({ state: 'complete' })
    expect(treeOf(`${into}/Films`)).toEqual(treeOf(folder))
    await peers.stop(b)
  })

  it('a content that is not public is not there for strangers', async () => {
    const secret = makeTree(peers.path('Secret'), { x: bytesOf(9, 20_000) })
    let magnet = ''
    for await (const update of a.files.share({ path: secret }))
      if (update.phase === 'shared') magnet = update.magnet
    const b = await start('stranger')
    await expect(get(b, at(magnet, a), peers.path('into', 'none'), { timeout: 1 })).rejects.toThrow()
    await peers.stop(b)
  })

  it('only some files, as the magnet link says (BEP 53)', async () => {
    const { magnet } = await offer(a, folder, {})
    const b = await start('some')
    await get(b, `${at(magnet, a)}&so=0`, peers.path('into', 'some'))
    expect(fs.readdirSync(peers.path('into', 'some', 'Films'), { recursive: true })).toEqual(['one.bin'])
    await peers.stop(b)
  })
})

it('hybrid content that is here is found by its v1 name, too, and stays one', async () => {
  const { magnet, infoHash } = await offer(a, folder, { hybrid: true })
  const b = await start('b, by both names')
  const into = peers.path('into', 'both names')
  await get(b, at(magnet, a), into)
  const byV1 = magnet.replace(/xt=urn:btmh:[0-9a-f]+&/, '')
  expect(await get(b, byV1, into)).toMatchObject({ infoHash, state: 'complete' })
  expect(await b.files.list()).toHaveLength(1)
  await peers.stop(b)
})

it('what is removed and asked for again at once is fetched anew', async () => {
  const { magnet, infoHash } = await offer(a, folder, {})
  const b = await start('b, fickle')
  const into = peers.path('into', 'fickle')
  await get(b, at(magnet, a), into)
  const removed = b.files.remove({ content: infoHash, deleteFiles: true })
  const again = get(b, at(magnet, a), into)
  await removed
  expect(await again).toMatchObject({ state: 'complete' })
  expect(treeOf(`${into}/Films`)).toEqual(treeOf(folder))
  await peers.stop(b)
  const later = await start('b, fickle')
  expect(await later.files.list()).toMatchObject([{ infoHash, state: 'complete' }])
  await peers.stop(later)
})

it('a seed that nobody can dial dials those who fetch', async () => {
  const seed = await start('behind', { 'network.hosts': [] })
  const { magnet, infoHash } = await offer(seed, folder, {})
  const b = await start('in front')
  const into = peers.path('into', 'in front')
  const fetched = get(b, magnet, into)
  await seed.files.addPeer({ content: infoHash, address: [`127.0.0.1:${portOf(b)}`] })
  expect(await fetched).toMatchObject({ state: 'complete' })
  await Promise.all([peers.stop(seed), peers.stop(b)])
})

describe('message stream encryption', () => {
  it.each([
    ['require', 'require', true],
    ['require', 'prefer', true],
    ['prefer', 'require', true],
    ['prefer', 'off', false],
  ])('who has it on %s serves who has it on %s; all is enciphered: %s', async (ours, theirs, encrypted) => {
    const owner = await start(`owner ${ours} ${theirs}`, { 'bittorrent.encryption': ours })
    const { magnet, infoHash } = await offer(owner, folder, {})
    const b = await start(`getter ${ours} ${theirs}`, { 'bittorrent.encryption': theirs })
    const into = peers.path('into', `${ours} ${theirs}`)
    expect(await get(b, at(magnet, owner), into)).toMatchObject({ state: 'complete' })
    expect(treeOf(`${into}/Films`)).toEqual(treeOf(folder))
    expect(await owner.files.peers({ content: infoHash })).toMatchObject([{ encrypted }])
    await peers.stop(b)
    await peers.stop(owner)
  })

  it('who insists does not meet who has none', async () => {
    const owner = await start('owner, insisting', { 'bittorrent.encryption': 'require' })
    const { magnet } = await offer(owner, folder, {})
    const b = await start('getter without', { 'bittorrent.encryption': 'off' })
    await expect(get(b, at(magnet, owner), peers.path('into', 'never'), { timeout: 1 })).rejects.toThrow()
    await peers.stop(b)
    await peers.stop(owner)
  })
})

describe('a .torrent file', () => {
  it('is written, read, and leads to the same', async () => {
    const { infoHash } = await offer(a, folder, { hybrid: true })
    const path = peers.path('films.torrent')
    await a.files.export({ content: infoHash, path })
    expect(await codeOf(a.files.export({ content: infoHash, path }))).toBe('store.exists')
    const b = await start('file')
    const getting = get(b, path, peers.path('into', 'file'))
    // It names no peer and no tracker, so nothing would ever come.
    await until(() =>
      b.files.show({ content: infoHash }).then(
        () => true,
        () => false,
      ),
    )
    await b.files.addPeer({ content: infoHash, address: [`127.0.0.1:${portOf(a)}`] })
    expect(await getting).toMatchObject({ state: 'complete' })
    const [row] = await a.files.peers({ content: infoHash })
    expect(row).toMatchObject({ path: 'loopback', client: expect.stringContaining('Peerage') })
    await peers.stop(b)
  })
})

describe('a tracker', () => {
  it('tells who has it, is told of completion and of the end', async () => {
    const asked: string[] = []
    const server = await tracker(asked, portOf(a))
    const tracked = makeTree(peers.path('Tracked'), { x: bytesOf(4, 400_000) })
    const { magnet, infoHash } = await offer(a, tracked, { tracker: [urlOf(server)] })
    const b = await start('tracked')
    await get(b, magnet, peers.path('into', 'tracked'))
    await until(async () => asked.filter(event => event === 'completed').length === 1)
    await until(async () => (await b.files.trackers({ content: infoHash }))[0]?.state === 'ok')
    await peers.stop(b)
    expect(asked).toContain('started')
    expect(asked[asked.length - 1]).toBe('stopped')
    server.close()
  })

  it('that fails says why, and costs nothing else', async () => {
    const server = createServer((_request, response) => response.end('d14:failure reason7:go awaye'))
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
    const { magnet, infoHash } = await offer(a, folder, { tracker: [urlOf(server)] })
    const b = await start('refused')
    await get(b, at(magnet, a), peers.path('into', 'refused'))
    await until(async () => (await b.files.trackers({ content: infoHash }))[0]?.state === 'failed')
    const [status] = await b.files.trackers({ content: infoHash })
    expect(status?.message).toContain('go away')
    await peers.stop(b)
    server.close()
  })
})

describe('peers tell of each other (BEP 11)', () => {
  it('a newcomer that knows one finds the other', async () => {
    const told = makeTree(peers.path('Told'), { x: bytesOf(5, 900_000) })
    const { magnet, infoHash } = await offer(a, told, {})
    const b = await start('pex b', { 'swarm.peerUploadBytesPerSecond': 200_000 })
    await get(b, at(magnet, a), peers.path('into', 'pex b'))
    // b stays in the swarm as a seed; c is told of it by a.
    const c = await start('pex c', { 'swarm.downloadBytesPerSecond': 1_000_000 })
    const getting = get(c, at(magnet, a), peers.path('into', 'pex c'))
    await getting
    expect((await c.files.trackers({ content: infoHash })).find(({ kind }) => kind === 'pex')).toBeDefined()
    await Promise.all([peers.stop(b), peers.stop(c)])
  })
})

describe('private torrents (BEP 27)', () => {
  it('are found by their trackers only, and say so', async () => {
    const path = makeTree(peers.path('Members'), { x: bytesOf(6, 50_000) })
    const { infoHash } = await offer(a, path, { private: true })
    const rows = await a.files.trackers({ content: infoHash })
    for (const kind of ['dht', 'lan', 'pex']) {
      const row = rows.find(one => one.kind === kind)
      expect(row).toMatchObject({ state: 'off', message: 'The torrent is private.' })
    }
  })
})

function urlOf(server: Server): string {
  return `http://127.0.0.1:${(server.address() as { port: number }).port}/announce`
}

/** Answers every announce with the one peer. */
async function tracker(asked: string[], port: number): Promise<Server> {
  const server = createServer((request, response) => {
    const event = /event=(\w+)/.exec(request.url ?? '')?.[1]
    if (event !== undefined) asked.push(event)
    const peer = Buffer.from([127, 0, 0, 1, port >> 8, port & 255])
    response.end(Buffer.concat([Buffer.from('d8:intervali60e5:peers6:'), peer, Buffer.from('e')]))
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  return server
}

it('what describes many files is read by a thread when they are offered again after a restart', async () => {
  const names = Array.from({ length: 2_001 }, (_, i) => `${i >> 7}/${i}`)
  const many = makeTree(peers.path('Many'), Object.fromEntries(names.map((name, i) => [name, bytesOf(i, 1)])))
  const dht = { 'bittorrent.dht': true, 'dht.bootstrap': [] }
  const first = await start('of many', dht)
  const { magnet, infoHash } = await offer(first, many, {})
  await peers.stop(first)
  const { get: content } = Object.getOwnPropertyDescriptor(StoredContent.prototype, 'content')!
  let [early, late] = [0, 0]
  const watched = vi.spyOn(StoredContent.prototype, 'content', 'get').mockImplementation(function (
    this: StoredContent,
  ) {
    if (this.isLoaded) late++
    else early++
    return content!.call(this)
  })
  const again = await start('of many', dht)
  const b = await start('wants one of many')
  await get(b, `${at(magnet, again)}&so=0`, peers.path('into', 'many'))
  expect((await again.files.show({ content: infoHash })).pieces).toBe(2_001)
  expect(early).toBe(0)
  expect(late).toBeGreaterThan(0)
  watched.mockRestore()
})
