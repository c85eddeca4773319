import fs from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { systemWorld, type World } from '../../src/base/index.ts'
import type { Peer } from '../../src/peer/index.ts'
import { codeOf, get, getUntil, nextEvent, Peers, recorded, share } from './peers.ts'
import { bytesOf, makeTree, sameBytes, treeOf } from './trees.ts'

const peers = new Peers()
afterAll(() => peers.end())

const MiB = 1_048_576

describe('three peers', () => {
  it('the first leaves half-way: the others complete each other', async () => {
    const first = await peers.start('first', { 'files.uploadBytesPerSecond': 3 * MiB })
    const one = await peers.start('one')
    const two = await peers.start('two')
    const path = makeTree(peers.path('src', 'third'), { a: bytesOf(1, 4 * MiB), b: bytesOf(2, 300_000) })
    const { link, infoHash } = await share(first, path, { pieceLength: 65_536 })
    // Each fetches another part, so that together they have all of it.
    const parts = [
      get(one, link, peers.path('1'), { choose: ['a'] }),
      get(two, link, peers.path('2'), { choose: ['b'] }),
    ]
    await expect.poll(async () => (await one.files.peers()).length, { timeout: 5000 }).toBe(2)
    await Promise.all(parts)
    await peers.stop(first)
    await one.files.files({ content: infoHash, normal: ['b'] })
    await two.files.files({ content: infoHash, normal: ['a'] })
    const last = await Promise.all([get(one, link, peers.path('1')), get(two, link, peers.path('2'))])
    expect(last.map(one => one.state)).toEqual(['complete', 'complete'])
    expect(treeOf(peers.path('1', 'third'))).toEqual(treeOf(path))
    expect(treeOf(peers.path('2', 'third'))).toEqual(treeOf(path))
    await Promise.all([peers.stop(one), peers.stop(two)])
  })

  it('the first leaves as soon as one copy is out', async () => {
    const first = await peers.start('first2', { 'files.uploadBytesPerSecond': 3 * MiB })
    const one = await peers.start('one2')
    const two = await peers.start('two2')
    const path = makeTree(peers.path('src', 'left'), { x: bytesOf(3, 6 * MiB) })
    const { link, infoHash } = await share(first, path, { pieceLength: 65_536 })
    const gets = [get(one, link, peers.path('1')), get(two, link, peers.path('2'))]
    // Its own copy, and a second one somewhere among the others.
    const copies = async (): Promise<number> => (await first.files.show({ content: infoHash })).copies ?? 0
    await expect.poll(copies, { timeout: 10_000, interval: 5 }).toBeGreaterThanOrEqual(2)
    const { upBytes } = await first.files.show({ content: infoHash })
    expect(upBytes).toBeGreaterThanOrEqual(6 * MiB)
    expect(upBytes).toBeLessThan(8 * MiB)
    await peers.stop(first)
    await Promise.all(gets)
    expect(sameBytes(`${path}/x`, peers.path('1', 'left', 'x'))).toBe(true)
    expect(sameBytes(`${path}/x`, peers.path('2', 'left', 'x'))).toBe(true)
    await Promise.all([peers.stop(one), peers.stop(two)])
  })
})

describe('what is wanted', () => {
  let a: Peer
  let b: Peer
  beforeAll(async () => {
    a = await peers.start('a')
    b = await peers.start('b')
    return () => Promise.all([peers.stop(a), peers.stop(b)])
  })

  it('some files only, and later more', async () => {
    const plan = Object.fromEntries(
      ['day1/a', 'day1/b', 'day2/a', 'raw/x'].map((name, i) => [name, bytesOf(i + 10, 150_000)]),
    )
    const path = makeTree(peers.path('src', 'trip'), plan)
    const { link, infoHash } = await share(a, path)
    const some = await get(b, link, peers.path('b'), { choose: ['day1', 'raw/*'] })
    expect(some).toMatchObject({ state: 'complete', totalBytes: 450_000, bytes: 450_000, downBytes: 450_000 })
    expect(Object.keys(treeOf(peers.path('b', 'trip'))).sort()).toEqual(['day1/a', 'day1/b', 'raw/x'])
    await b.files.files({ content: infoHash, high: ['day2'] })
    const all = await get(b, link, peers.path('b'))
    expect(all).toMatchObject({ state: 'complete', totalBytes: 600_000 })
    expect(treeOf(peers.path('b', 'trip'))).toEqual(treeOf(path))
    expect(await codeOf(b.files.files({ content: infoHash, skip: ['nothing'] }))).toBe('content.no-such-file')
  })

  it('what is skipped while it comes does not come, and ends it', async () => {
    const slow = await peers.start('slow', { 'files.uploadBytesPerSecond': 2 * MiB })
    const path = makeTree(peers.path('src', 'skip'), { x: bytesOf(20, MiB), y: bytesOf(21, 8 * MiB) })
    const { link, infoHash } = await share(slow, path, { pieceLength: 65_536 })
    await getUntil(b, link, peers.path('b'), snapshot => snapshot.bytes > 0)
    await b.files.files({ content: infoHash, skip: ['y'] })
    const last = await get(b, link, peers.path('b'))
    expect(last).toMatchObject({ state: 'complete', totalBytes: MiB })
    expect(sameBytes(`${path}/x`, peers.path('b', 'skip', 'x'))).toBe(true)
    expect(fs.existsSync(peers.path('b', 'skip', 'y'))).toBe(false)
    await peers.stop(slow)
  })

  it('high priority comes first', async () => {
    const slow = await peers.start('slow2', { 'files.uploadBytesPerSecond': 4 * MiB })
    const plan = Object.fromEntries([...'abcdef'].map((name, i) => [name, bytesOf(i + 30, 700_000)]))
    const { link, infoHash } = await share(slow, makeTree(peers.path('src', 'order'), plan), {
      pieceLength: 65_536,
    })
    await getUntil(
      b,
      link,
      peers.path('b'),
      snapshot => snapshot.totalBytes > 0 && snapshot.state === 'fetching',
    )
    await b.files.files({ content: infoHash, high: ['e'], low: ['a', 'b', 'c', 'd'] })
    const events = recorded(b)
    await get(b, link, peers.path('b'))
    const order = events.flatMap(event => (event.type === 'file.completed' ? [event.path] : []))
    expect(order.slice(0, 3)).toContain('e')
    await peers.stop(slow)
  })

  it('paused: nothing comes; resumed: it goes on where it was', async () => {
    const slow = await peers.start('slow3', { 'files.uploadBytesPerSecond': 3 * MiB })
    const path = makeTree(peers.path('src', 'pause'), { x: bytesOf(40, 4 * MiB) })
    const { link, infoHash } = await share(slow, path, { pieceLength: 65_536 })
    await getUntil(b, link, peers.path('b'), snapshot => snapshot.bytes > MiB)
    const paused = await b.files.pause({ content: infoHash })
    expect(paused).toMatchObject({ state: 'paused', peers: [] })
    // The limit lets bytes through only slowly: a little later there would be more, if it went on.
    await new Promise(resolve => systemWorld.after(150, () => resolve(undefined)))
    const still = await b.files.show({ content: infoHash })
    expect(still.bytes).toBeGreaterThan(MiB)
    await new Promise(resolve => systemWorld.after(150, () => resolve(undefined)))
    expect((await b.files.show({ content: infoHash })).bytes).toBe(still.bytes)
    await b.files.resume({ content: infoHash })
    const last = await get(b, link, peers.path('b'))
    expect(last.downBytes).toBeLessThan(4 * MiB - still.bytes + 8 * 65_536)
    expect(sameBytes(`${path}/x`, peers.path('b', 'pause', 'x'))).toBe(true)
    await peers.stop(slow)
  })

  it('removed: forgotten, and its files go only when asked for', async () => {
    const path = makeTree(peers.path('src', 'gone'), { 'x/y': bytesOf(50, 100_000) })
    const { link, infoHash } = await share(a, path)
    await get(b, link, peers.path('b'))
    await b.files.remove({ content: infoHash })
    expect(treeOf(peers.path('b', 'gone'))).toEqual(treeOf(path))
    expect(await codeOf(b.files.show({ content: infoHash }))).toBe('content.unknown')
    const again = await get(b, link, peers.path('b'))
    expect(again.downBytes).toBe(0)
    const removed = nextEvent(b, 'content.removed')
    await b.files.remove({ content: infoHash, deleteFiles: true })
    expect((await removed).infoHash).toBe(infoHash)
    expect(fs.existsSync(peers.path('b', 'gone'))).toBe(false)
    await a.files.remove({ content: infoHash, deleteFiles: true })
    expect(fs.existsSync(path)).toBe(true)
  })

  it('removed while it comes: parts go too', async () => {
    const slow = await peers.start('slow4', { 'files.uploadBytesPerSecond': 2 * MiB })
    const path = makeTree(peers.path('src', 'midway'), { 'x/y': bytesOf(51, 4 * MiB) })
    const { link, infoHash } = await share(slow, path, { pieceLength: 65_536 })
    await getUntil(b, link, peers.path('b'), snapshot => snapshot.bytes > 0)
    expect(fs.existsSync(peers.path('b', 'midway'))).toBe(true)
    await b.files.remove({ content: infoHash, deleteFiles: true })
    expect(fs.existsSync(peers.path('b', 'midway'))).toBe(false)
    await peers.stop(slow)
  })
})

describe('time and restarts', () => {
  it('goes on after a restart with what it had', async () => {
    const slow = await peers.start('slow5', { 'files.uploadBytesPerSecond': 3 * MiB })
    const path = makeTree(peers.path('src', 'resume'), { x: bytesOf(60, 4 * MiB) })
    const { link, infoHash } = await share(slow, path, { pieceLength: 65_536 })
    const before = await peers.start('restarted')
    await getUntil(before, link, peers.path('r'), snapshot => snapshot.bytes > 1.5 * MiB)
    await peers.stop(before)
    const after = await peers.start('restarted')
    const had = (await after.files.show({ content: infoHash })).bytes
    expect(had).toBeGreaterThan(1.5 * MiB)
    const done = nextEvent(after, 'transfer.completed')
    // By itself: nobody gives the link again.
    await done
    expect((await after.files.show({ content: infoHash })).downBytes).toBeLessThanOrEqual(4 * MiB - had)
    expect(sameBytes(`${path}/x`, peers.path('r', 'resume', 'x'))).toBe(true)
    await Promise.all([peers.stop(slow), peers.stop(after)])
  })

  it('does not mind that the clock of the machine jumps', async () => {
    const days = 86_400_000
    const jumps = [0, 400 * days, -400 * days, 3 * days, -3 * days]
    let at = 0
    const world: World = { ...systemWorld, wallTime: () => Date.now() + jumps[at++ % jumps.length]! }
    const a = await peers.start('jumpy-a', { 'files.uploadBytesPerSecond': 8 * MiB }, { world })
    const b = await peers.start('jumpy-b', {}, { world })
    const path = makeTree(peers.path('src', 'jump'), { x: bytesOf(70, 4 * MiB) })
    const secret = await share(a, path)
    await get(b, secret.link, peers.path('jump-secret'))
    expect(sameBytes(`${path}/x`, peers.path('jump-secret', 'jump', 'x'))).toBe(true)
    const other = makeTree(peers.path('src', 'jump-grant'), { x: bytesOf(71, MiB) })
    const granted = await share(a, other, { who: [`peer:${b.peerId}`] })
    await get(b, granted.link, peers.path('jump-secret'))
    expect(sameBytes(`${other}/x`, peers.path('jump-secret', 'jump-grant', 'x'))).toBe(true)
    expect(at).toBeGreaterThan(4)
    await Promise.all([peers.stop(a), peers.stop(b)])
  })
})
