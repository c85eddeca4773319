import fs from 'node:fs'
import { createServer } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createPeer, type Peer } from '../../src/peer/index.ts'
import { codeOf, get, getUntil, nextEvent, Peers, recorded, share, verify } from './peers.ts'
import { bytesOf, makeTree, sameBytes, treeOf } from './trees.ts'

const peers = new Peers()
let a: Peer
let b: Peer
beforeAll(async () => {
  a = await peers.start('a')
  b = await peers.start('b')
})
afterAll(() => peers.end())

const MiB = 1_048_576
const isRoot = process.getuid?.() === 0

describe('what is shared', () => {
  it('does not exist', async () => {
    expect(await codeOf(share(a, peers.path('src', 'nothing')))).toBe('store.source-unreadable')
    expect(await codeOf(share(a, peers.path('src', 'nothing\0')))).not.toBe('none')
  })

  it.skipIf(isRoot)('may not be read', async () => {
    const path = makeTree(peers.path('src', 'locked'), { x: bytesOf(1, 100) })
    fs.chmodSync(`${path}/x`, 0)
    expect(await codeOf(share(a, path))).toBe('store.source-unreadable')
  })

  it('is no file: a socket is not shared', async () => {
    const path = makeTree(peers.path('src', 'special'), { x: bytesOf(1, 100) })
    const server = createServer().listen(`${path}/socket`)
    await new Promise(resolve => server.once('listening', resolve))
    const { link } = await share(a, path)
    await get(b, link, peers.path('b'))
    expect(Object.keys(treeOf(peers.path('b', 'special')))).toEqual(['x'])
    await new Promise(resolve => server.close(resolve))
  })

  it('changes before it is served: never sent, told, and shared anew it goes on', async () => {
    const path = makeTree(peers.path('src', 'changing'), { x: bytesOf(2, 400_000), y: bytesOf(3, 100_000) })
    const { link, infoHash } = await share(a, path)
    fs.writeFileSync(`${path}/x`, bytesOf(4, 400_000))
    const changed = nextEvent(a, 'file.changed')
    expect(await codeOf(get(b, link, peers.path('b'), { timeout: 0.6 }))).toBe('network.no-peers')
    expect(await changed).toMatchObject({ path: 'x', infoHash })
    expect(sameBytes(`${path}/y`, peers.path('b', 'changing', 'y'))).toBe(true)
    expect(fs.existsSync(peers.path('b', 'changing', 'x'))).toBe(false)
    const anew = await share(a, path)
    expect(anew.infoHash).not.toBe(infoHash)
    await get(b, anew.link, peers.path('b2'))
    expect(treeOf(peers.path('b2', 'changing'))).toEqual(treeOf(path))
  })

  it('vanishes while it is served: told, nothing false arrives, and it goes on when it is back', async () => {
    const slow = await peers.start('slow', { 'files.uploadBytesPerSecond': 4 * MiB })
    const path = makeTree(peers.path('src', 'vanishing'), { x: bytesOf(5, 4 * MiB) })
    const { link } = await share(slow, path, { pieceLength: 65_536 })
    const getting = getUntil(b, link, peers.path('b'), snapshot => snapshot.bytes > MiB)
    await getting
    const told = nextEvent(slow, 'error.occurred')
    fs.renameSync(`${path}/x`, `${path}/x.away`)
    expect((await told).code).toMatch(/^store\.source-(changed|unreadable)$/)
    fs.renameSync(`${path}/x.away`, `${path}/x`)
    await share(slow, path, { pieceLength: 65_536 })
    await get(b, link, peers.path('b'))
    expect(sameBytes(`${path}/x`, peers.path('b', 'vanishing', 'x'))).toBe(true)
    await peers.stop(slow)
  })
})

describe('where it goes', () => {
  it.skipIf(isRoot)('may not be written', async () => {
    const { link } = await share(a, makeTree(peers.path('src', 'ro'), { x: bytesOf(6, 100) }))
    fs.mkdirSync(peers.path('read-only'), { mode: 0o500 })
    expect(await codeOf(get(b, link, peers.path('read-only')))).toBe('store.read-only')
  })

  it('is no folder', async () => {
    const { link } = await share(a, makeTree(peers.path('src', 'nofolder'), { x: bytesOf(7, 100) }))
    fs.writeFileSync(peers.path('a-file'), 'x')
    expect(await codeOf(get(b, link, peers.path('a-file')))).toMatch(/^store\./)
    expect(await codeOf(get(b, link, peers.path('b'), { timeout: 5 }))).toMatch(/^(none|store\..*)$/)
    expect(fs.readFileSync(peers.path('a-file'), 'utf8')).toBe('x')
  })

  it('holds something else: refused, and replaced only with overwrite', async () => {
    const path = makeTree(peers.path('src', 'taken'), { x: bytesOf(8, 300_000), y: bytesOf(9, 10) })
    const { link, infoHash } = await share(a, path)
    makeTree(peers.path('b', 'taken'), { x: bytesOf(10, 300_000), mine: bytesOf(11, 5) })
    const before = treeOf(peers.path('b', 'taken'))
    expect(await codeOf(get(b, link, peers.path('b')))).toBe('store.exists')
    expect(treeOf(peers.path('b', 'taken'))).toEqual(before)
    await get(b, link, peers.path('b'), { overwrite: true })
    expect(treeOf(peers.path('b', 'taken'))).toEqual({ ...treeOf(path), mine: before.mine })
    expect((await b.files.show({ content: infoHash })).state).toBe('complete')
  })

  it('has a symlink where the folder should be: never followed', async () => {
    const { link } = await share(a, makeTree(peers.path('src', 'linked'), { x: bytesOf(12, 100) }))
    makeTree(peers.path('victim'), { keep: bytesOf(13, 5) })
    fs.mkdirSync(peers.path('b'), { recursive: true })
    fs.symlinkSync(peers.path('victim'), peers.path('b', 'linked'))
    expect(await codeOf(get(b, link, peers.path('b')))).toMatch(/^(store\.exists|path\.unsafe)$/)
    expect(await codeOf(get(b, link, peers.path('b'), { overwrite: true }))).toMatch(
      /^(store\.exists|path\.unsafe)$/,
    )
    expect(fs.readdirSync(peers.path('victim'))).toEqual(['keep'])
  })

  it('vanishes in the middle: told what to do, and goes on after it', async () => {
    const slow = await peers.start('slow2', { 'files.uploadBytesPerSecond': 4 * MiB })
    const path = makeTree(peers.path('src', 'unplugged'), {
      x: bytesOf(14, 3 * MiB),
      y: bytesOf(15, 2 * MiB),
    })
    const { link, infoHash } = await share(slow, path, { pieceLength: 65_536 })
    await getUntil(b, link, peers.path('stick'), snapshot => snapshot.bytes > MiB)
    const told = nextEvent(b, 'error.occurred', ({ code }) => code === 'store.target-missing')
    fs.renameSync(peers.path('stick'), peers.path('stick-away'))
    await told
    expect(await b.files.show({ content: infoHash })).toMatchObject({
      state: 'failed',
      error: { code: 'store.target-missing' },
    })
    fs.renameSync(peers.path('stick-away'), peers.path('stick'))
    await b.files.resume({ content: infoHash })
    const last = await get(b, link, peers.path('stick'))
    expect(last.state).toBe('complete')
    expect(treeOf(peers.path('stick', 'unplugged'))).toEqual(treeOf(path))
    await peers.stop(slow)
  })
})

describe('damage', () => {
  it('verify finds it, and it is fetched again', async () => {
    const path = makeTree(peers.path('src', 'decay'), { x: bytesOf(20, MiB), y: bytesOf(21, 50_000) })
    const { link, infoHash } = await share(a, path, { pieceLength: 65_536 })
    await get(b, link, peers.path('b'))
    expect(await verify(b, infoHash)).toBe(0)
    const file = fs.openSync(peers.path('b', 'decay', 'x'), 'r+')
    fs.writeSync(file, 'rotten', 200_000)
    fs.closeSync(file)
    expect(await verify(b, infoHash)).toBe(1)
    const last = await get(b, link, peers.path('b'))
    expect(last.state).toBe('complete')
    expect(treeOf(peers.path('b', 'decay'))).toEqual(treeOf(path))
  })

  it('what was deleted or changed after it was complete is fetched again when it is asked for', async () => {
    const path = makeTree(peers.path('src', 'lost'), { x: bytesOf(27, 400_000), y: bytesOf(28, 50_000) })
    const { link } = await share(a, path)
    await get(b, link, peers.path('b'))
    fs.rmSync(peers.path('b', 'lost', 'y'))
    await get(b, link, peers.path('b'))
    expect(treeOf(peers.path('b', 'lost'))).toEqual(treeOf(path))
    fs.rmSync(peers.path('b', 'lost'), { recursive: true })
    const last = await get(b, link, peers.path('b-new'))
    expect(last).toMatchObject({ state: 'complete', path: peers.path('b-new', 'lost') })
    expect(treeOf(peers.path('b-new', 'lost'))).toEqual(treeOf(path))
    expect(await get(b, link, peers.path('b'))).toMatchObject({ path: peers.path('b-new', 'lost') })
  })

  it('a part file that is corrupt or cut short is noticed after a restart', async () => {
    for (const harm of ['corrupt', 'cut'] as const) {
      const slow = await peers.start(`slow-${harm}`, { 'files.uploadBytesPerSecond': 4 * MiB })
      const path = makeTree(peers.path('src', harm), { x: bytesOf(22, 3 * MiB) })
      const { link } = await share(slow, path, { pieceLength: 65_536 })
      const before = await peers.start(`c-${harm}`)
      await getUntil(before, link, peers.path('c'), snapshot => snapshot.bytes > 1.5 * MiB)
      await peers.stop(before)
      const part = peers.path('c', harm, 'x.part')
      if (harm === 'cut') fs.truncateSync(part, 500_000)
      else fs.writeFileSync(part, bytesOf(99, fs.statSync(part).size))
      const after = await peers.start(`c-${harm}`)
      await get(after, link, peers.path('c'))
      expect(sameBytes(`${path}/x`, peers.path('c', harm, 'x'))).toBe(true)
      await Promise.all([peers.stop(slow), peers.stop(after)])
    }
  })

  it('an index database full of garbage is rebuilt from the files', async () => {
    const path = makeTree(peers.path('src', 'garbage'), { x: bytesOf(23, MiB), 'y/z': bytesOf(24, 1000) })
    const { link, infoHash } = await share(a, path, { pieceLength: 65_536 })
    const before = await peers.start('g')
    await get(before, link, peers.path('g'))
    const own = await share(before, makeTree(peers.path('src', 'g-own'), { x: bytesOf(25, 1000) }))
    await peers.stop(before)
    for (const name of fs.readdirSync(peers.home('g')))
      if (/^index\.db-/.test(name)) fs.rmSync(`${peers.home('g')}/${name}`)
    fs.writeFileSync(`${peers.home('g')}/index.db`, bytesOf(26, 100_000))
    const after = await peers.start('g')
    expect(after.peerId).toBe(before.peerId)
    const rows = await after.files.list()
    expect(rows.map(row => row.infoHash).sort()).toEqual([infoHash, own.infoHash].sort())
    const last = await get(after, link, peers.path('g'))
    expect(last).toMatchObject({ state: 'complete', downBytes: 0 })
    expect(treeOf(peers.path('g', 'garbage'))).toEqual(treeOf(path))
    // What it shared is still for those with its secret, and for nobody else.
    await get(b, (await after.files.show({ content: own.infoHash })).link, peers.path('b'))
    await peers.stop(after)
  })

  it('a port that is taken is told, and no peer is left behind', async () => {
    const events = recorded(a)
    const server = createServer().listen(0, '127.0.0.1')
    await new Promise(resolve => server.once('listening', resolve))
    const port = (server.address() as { port: number }).port
    const home = peers.home('port')
    const set = {
      'network.port': port,
      'network.hosts': ['127.0.0.1'],
      'network.mdns': false,
      'store.workers': 1,
    }
    expect(await codeOf(createPeer({ home, set }))).toBe('network.port-in-use')
    await new Promise(resolve => server.close(resolve))
    const peer = await createPeer({ home, set })
    expect(peer.addresses()[0]).toContain(`/tcp/${port}/`)
    await peer.stop()
    expect(events).toEqual([])
  })
})
