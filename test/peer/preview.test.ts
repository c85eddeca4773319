import fs from 'node:fs'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Peer } from '../../src/peer/index.ts'
import type { Preview } from '../../src/services/files/index.ts'
import { get, Peers, share } from './peers.ts'
import { bytesOf, makeTree, sameBytes } from './trees.ts'

const peers = new Peers()
let a: Peer
let b: Peer
beforeAll(async () => {
  a = await peers.start('a')
  b = await peers.start('b')
})
afterAll(() => peers.end())

async function preview(peer: Peer, link: string, into: string, files?: number): Promise<Preview> {
  const signal = AbortSignal.timeout(15_000)
  for await (const update of peer.files.preview({ link, into, ...(files && { files }) }, { signal }))
    if (update.phase === 'ready') return update
  throw new Error('nothing was told')
}

async function collected<Value>(values: AsyncIterable<Value>): Promise<Value[]> {
  const all: Value[] = []
  for await (const value of values) all.push(value)
  return all
}

it('says what a link names and where it would go, and takes nothing', async () => {
  const source = makeTree(peers.path('Summer'), {
    'day 1.jpg': bytesOf(1, 70_000),
    'photo.jpg.exe': bytesOf(2, 10),
    'deep/er.txt': bytesOf(3, 5),
  })
  const { link, infoHash } = await share(a, source)
  const into = peers.path('into')
  const found = await preview(b, link, into)
  expect(found).toMatchObject({
    kind: 'private',
    id: infoHash,
    name: 'Summer',
    totalBytes: 70_015,
    fileCount: 3,
    path: `${into}/Summer`,
    isTaken: false,
    warnings: { disguised: 1 },
  })
  expect(found.files.map(({ path, target, standing }) => [path, target, standing])).toEqual(
    ['day 1.jpg', 'deep/er.txt', 'photo.jpg.exe'].map(path => [path, `${into}/Summer/${path}`, 'nothing']),
  )
  expect(found.freeBytes).toBeGreaterThan(0)
  expect(b.files.list).toBeDefined()
  expect(await b.files.list()).toEqual([])
  expect(fs.existsSync(into)).toBe(false)

  // What was told is fetched by what was learned: its owner is not asked for it again.
  fs.mkdirSync(into)
  makeTree(`${into}/Summer`, { 'deep/er.txt': bytesOf(4, 9) })
  const again = await preview(b, link, into)
  expect(again.isTaken).toBe(true)
  expect(again.files[1]!.standing).toBe('other')
  const last = await get(b, link, peers.path('elsewhere'), { choose: ['day 1.jpg'] })
  expect(last.state).toBe('complete')
  expect(sameBytes(`${source}/day 1.jpg`, peers.path('elsewhere', 'Summer', 'day 1.jpg'))).toBe(true)
  expect((await preview(b, link, into)).known).toMatchObject({ infoHash, state: 'complete' })
})

it('is told with the owner away once it was looked at, and get begins with that', async () => {
  const c = await peers.start('c')
  const source = makeTree(peers.path('Winter'), { 'a.txt': bytesOf(5, 100) })
  const { link, infoHash } = await share(c, source)
  await preview(b, link, peers.path('w'))
  await peers.stop(c)
  expect(await preview(b, link, peers.path('w'))).toMatchObject({ name: 'Winter', fileCount: 1 })
  const [first] = await collected(b.files.get({ link, into: peers.path('w'), background: true }))
  expect(first?.infoHash).toBe(infoHash)
  await expect.poll(() => b.files.files({ content: infoHash }).catch(() => [])).toHaveLength(1)
  await b.files.remove({ content: infoHash })
})

it('leaves nothing behind when it is cancelled, or when nobody is there', async () => {
  const unknown = `magnet:?xt=urn:btmh:1220${'12'.repeat(32)}&dn=Autumn`
  const stop = new AbortController()
  const looking = (async () => {
    for await (const update of b.files.preview({ link: unknown }, { signal: stop.signal })) {
      expect(update).toEqual({ phase: 'finding', name: 'Autumn', peers: 0 })
      stop.abort(new Error('enough'))
    }
  })()
  await expect(looking).rejects.toThrow('enough')
  // The same again at once, and by two at a time: each has its own patience.
  const late = [0.2, 0.3].map(timeout => collected(b.files.preview({ link: unknown, timeout })))
  for (const { reason } of (await Promise.allSettled(late)) as PromiseRejectedResult[])
    expect(reason).toMatchObject({ code: 'network.no-peers' })
  expect(await b.files.list()).not.toContainEqual(expect.objectContaining({ name: 'Autumn' }))
})

it('reads a .torrent file, and refuses names that lead out', async () => {
  const source = makeTree(peers.path('Spring'), { 'a.txt': bytesOf(7, 100), 'b.txt': bytesOf(8, 100) })
  const torrent = peers.path('spring.torrent')
  for await (const _ of a.files.create({ path: source, torrent }));
  const found = await preview(b, torrent, peers.path('into'), 1)
  expect(found).toMatchObject({
    kind: 'bittorrent',
    link: torrent,
    name: 'Spring',
    fileCount: 2,
    trackers: 0,
  })
  expect(found.files).toHaveLength(1)
  await expect(preview(b, 'no link at all', peers.path('into'))).rejects.toMatchObject({
    code: 'link.invalid',
  })
})
