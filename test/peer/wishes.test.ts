import fs from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Peer } from '../../src/peer/index.ts'
import { codeOf, get, getUntil, nextEvent, Peers, share } from './peers.ts'
import { bytesOf, makeTree, treeOf } from './trees.ts'

const peers = new Peers()
let owner: Peer
let friend: Peer
beforeAll(async () => {
  owner = await peers.start('owner')
  friend = await peers.start('friend')
})
afterAll(() => peers.end())

const quick = { timeout: 10_000, interval: 50 }

/** A folder with two files, shared with the friend. */
async function offer(name: string, seed: number): Promise<{ path: string; infoHash: string }> {
  const path = makeTree(peers.path('src', name), {
    'large.bin': bytesOf(seed, 3_000_000),
    'notes.txt': Buffer.from('first'),
  })
  const { infoHash } = await share(owner, path, { who: [`peer:${friend.peerId}`] })
  return { path, infoHash }
}

const sharesOf = async (peer: Peer, name: string): Promise<string[]> =>
  (await peer.files.list()).filter(one => one.name === name).map(({ infoHash }) => infoHash)

describe('a share that changed', () => {
  it('takes the place of what was shared from there, for the same people', async () => {
    const { path, infoHash } = await offer('album', 1)
    fs.writeFileSync(`${path}/notes.txt`, 'second')
    const again = await share(owner, path)
    expect(again.infoHash).not.toBe(infoHash)
    expect(again.who).toEqual([`peer:${friend.peerId}`])
    await expect.poll(() => sharesOf(owner, 'album'), quick).toEqual([again.infoHash])
    const [row] = (await friend.files.shares({ contact: owner.addresses()[0]! })).filter(
      one => one.name === 'album',
    )
    expect(row).toMatchObject({ infoHash: again.infoHash })
    expect(row!.sharedAt).toBeLessThan(row!.changedAt)
  })

  it('is offered to whoever fetches the old version until that one leaves', async () => {
    const slow = await peers.start('slow', { 'files.uploadBytesPerSecond': 300_000 })
    const path = makeTree(peers.path('src', 'slow'), { x: bytesOf(2, 3_000_000) })
    const { link, infoHash } = await share(slow, path)
    await getUntil(friend, link, peers.path('friend'), ({ bytes }) => bytes > 0)
    makeTree(path, { y: bytesOf(3, 10) })
    const again = await share(slow, path)
    expect(await sharesOf(slow, 'slow')).toHaveLength(2)
    // The one that counts is meant by the name.
    expect((await slow.files.show({ content: 'slow' })).infoHash).toBe(again.infoHash)
    await friend.files.remove({ content: infoHash, deleteFiles: true })
    await expect.poll(() => sharesOf(slow, 'slow'), quick).toEqual([again.infoHash])
    await peers.stop(slow)
  })

  it('stands beside another one from the same place that is made otherwise', async () => {
    const { path, infoHash } = await offer('two ways', 4)
    const hybrid = await share(owner, path, { hybrid: true })
    expect((await sharesOf(owner, 'two ways')).sort()).toEqual([infoHash, hybrid.infoHash].sort())
  })

  it('comes back when its files do', async () => {
    const { path, infoHash } = await offer('to and fro', 5)
    fs.writeFileSync(`${path}/notes.txt`, 'second')
    await share(owner, path)
    await expect.poll(() => sharesOf(owner, 'to and fro'), quick).toHaveLength(1)
    fs.writeFileSync(`${path}/notes.txt`, 'first')
    expect((await share(owner, path)).infoHash).toBe(infoHash)
    await expect.poll(() => sharesOf(owner, 'to and fro'), quick).toEqual([infoHash])
  })
})

describe('a wish', () => {
  it('fetches each new version to the same place, and of it only what changed', async () => {
    const { path } = await offer('kept', 10)
    const into = peers.path('friend')
    await get(friend, `${owner.peerId}/kept`, into, { keep: true })
    expect(await friend.files.wishes()).toMatchObject([{ name: 'kept', into, reached: expect.any(Boolean) }])
    fs.writeFileSync(`${path}/notes.txt`, 'second, longer')
    fs.writeFileSync(`${path}/new.txt`, 'new')
    const told = nextEvent(friend, 'wish.updated')
    const { infoHash } = await share(owner, path)
    expect(await told).toMatchObject({ name: 'kept', infoHash })
    await expect.poll(() => treeOf(`${into}/kept`), quick).toEqual(treeOf(path))
    await expect.poll(() => sharesOf(friend, 'kept'), quick).toEqual([infoHash])
    const show = (): ReturnType<Peer['files']['show']> => friend.files.show({ content: 'kept' })
    await expect.poll(async () => (await show()).state, quick).toBe('complete')
    expect((await show()).downBytesEver).toBeLessThan(1_000_000)
    await friend.files.unwish({ share: `${owner.peerId}/kept` })
    expect(await friend.files.wishes()).toEqual([])
  })

  it('waits for whoever is away, over a restart, and goes on with what was changed meanwhile', async () => {
    const away = await peers.start('away')
    const path = makeTree(peers.path('src', 'later'), { 'a.txt': Buffer.from('one') })
    await share(away, path, { who: ['everyone'] })
    const later = await peers.start('later', { 'files.wishMs': 200 })
    const into = peers.path('later')
    const addresses = [...away.addresses()]
    await get(later, 'later', into, { from: addresses[0]!, keep: true })
    await peers.stop(later)
    fs.writeFileSync(`${path}/a.txt`, 'two')
    await share(away, path)
    await peers.stop(away)
    const again = await peers.start('later', { 'files.wishMs': 200 })
    expect(await again.files.wishes()).toMatchObject([{ name: 'later', reached: false }])
    expect(treeOf(`${into}/later`)).not.toEqual(treeOf(path))
    const back = await peers.start('away')
    // In this process a peer has another address after each start.
    await again.files.shares({ contact: back.addresses()[0]! })
    await expect.poll(() => treeOf(`${into}/later`), quick).toEqual(treeOf(path))
    await peers.stop(back)
    await peers.stop(again)
  })

  it('can be made before there is anything', async () => {
    const contact = owner.peerId
    const into = peers.path('early')
    const row = await friend.files.wish({ share: `${contact}/early`, into })
    expect(row).toMatchObject({ name: 'early', into })
    expect(row.transfer).toBeUndefined()
    const { path } = await offer('early', 20)
    await expect.poll(() => fs.existsSync(`${into}/early/notes.txt`), quick).toBe(true)
    await expect.poll(() => treeOf(`${into}/early`), quick).toEqual(treeOf(path))
  })

  it('can be made for what is there already, of somebody who is asked anyway', async () => {
    const { path } = await offer('second', 25)
    const into = peers.path('early')
    expect((await friend.files.wishes()).some(({ reached }) => reached)).toBe(true)
    await friend.files.wish({ share: `${owner.peerId}/second`, into })
    await expect.poll(() => fs.existsSync(`${into}/second/notes.txt`), quick).toBe(true)
    await expect.poll(() => treeOf(`${into}/second`), quick).toEqual(treeOf(path))
  })

  it('does not touch what somebody has worked on, and says so', async () => {
    const { path } = await offer('worked on', 30)
    const into = peers.path('friend')
    await get(friend, `${owner.peerId}/worked on`, into, { keep: true })
    fs.writeFileSync(`${into}/worked on/notes.txt`, 'mine')
    fs.writeFileSync(`${path}/notes.txt`, 'theirs')
    await share(owner, path)
    const problem = async (): Promise<unknown> =>
      (await friend.files.wishes()).find(({ name }) => name === 'worked on')?.problem
    await expect.poll(problem, quick).toMatchObject({ code: 'store.exists' })
    expect(fs.readFileSync(`${into}/worked on/notes.txt`, 'utf8')).toBe('mine')
  })

  it('leaves a file alone that was there before and is new in the share', async () => {
    const { path } = await offer('in the way', 40)
    const into = peers.path('friend')
    await get(friend, `${owner.peerId}/in the way`, into, { keep: true })
    fs.writeFileSync(`${into}/in the way/diary.txt`, 'mine')
    fs.writeFileSync(`${path}/diary.txt`, 'theirs')
    const { infoHash } = await share(owner, path)
    const error = async (): Promise<unknown> =>
      (await friend.files.list()).find(one => one.infoHash === infoHash)?.error
    await expect.poll(error, quick).toMatchObject({ code: 'store.exists' })
    expect(fs.readFileSync(`${into}/in the way/diary.txt`, 'utf8')).toBe('mine')
  })

  it('is over when what it fetched is removed', async () => {
    await offer('enough', 50)
    await get(friend, `${owner.peerId}/enough`, peers.path('friend'), { keep: true })
    await friend.files.remove({ content: 'enough' })
    expect((await friend.files.wishes()).map(({ name }) => name)).not.toContain('enough')
  })

  it('is for names only, and there is a bound', async () => {
    const { link } = await share(owner, makeTree(peers.path('src', 'x'), { x: bytesOf(60, 10) }))
    expect(await codeOf(get(friend, link, peers.path('friend'), { keep: true }))).toBe('usage.invalid')
    const few = await peers.start('few', { 'files.maxWishes': 1 })
    await few.files.wish({ share: `${owner.peerId}/a` })
    expect(await codeOf(few.files.wish({ share: `${owner.peerId}/b` }))).toBe('access.limit')
    expect(await codeOf(few.files.wish({ share: 'nameless' }))).toBe('usage.invalid')
    expect(await few.files.unwish({ share: `${owner.peerId}/b` })).toMatchObject({ was: false })
    await peers.stop(few)
  })
})
