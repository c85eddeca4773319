import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parseLink } from '../../src/content/index.ts'
import type { Peer } from '../../src/peer/index.ts'
import { codeOf, get, Peers, share } from './peers.ts'
import { bytesOf, makeTree, treeOf } from './trees.ts'

const peers = new Peers()
let owner: Peer
let friend: Peer
let stranger: Peer
beforeAll(async () => {
  owner = await peers.start('owner')
  friend = await peers.start('friend')
  stranger = await peers.start('stranger')
})
afterAll(() => peers.end())

function sourceOf(name: string, seed: number, folder = 'src'): string {
  return makeTree(peers.path(folder, name), { 'a.bin': bytesOf(seed, 100_000), 'b/c.txt': bytesOf(seed, 50) })
}

const forFriend = (): string[] => [`peer:${friend.peerId}`]

/** Names that a peer sees of another one, which it reaches by its address. */
async function seen(by: Peer, of: Peer = owner): Promise<string[]> {
  return (await by.files.shares({ contact: of.addresses()[0]! })).map(({ name }) => name)
}

describe('what a peer is told of the shares of another', () => {
  it('is what it may see, and no more', async () => {
    const none = await peers.start('none')
    expect(await seen(friend, none)).toEqual([])
    await peers.stop(none)
    await share(owner, sourceOf('for all', 1), { who: ['everyone'] })
    await share(owner, sourceOf('for you', 2), { who: forFriend() })
    await share(owner, sourceOf('by link', 3))
    await share(owner, sourceOf('paused', 4), { who: ['everyone'], paused: true })
    expect(await seen(friend)).toEqual(['for all', 'for you'])
    expect(await seen(stranger)).toEqual(['for all'])
  })

  it('carries what a fetch needs, and never a secret', async () => {
    const who = ['secret', ...forFriend()]
    const { infoHash, bytes, files } = await share(owner, sourceOf('both', 5), { who })
    const row = (await friend.files.shares({ contact: owner.peerId })).find(({ name }) => name === 'both')!
    expect(row).toMatchObject({ contact: owner.peerId, infoHash, bytes, files, here: 'no' })
    expect(row.sharedAt).toBe(row.changedAt)
    const link = parseLink(row.link)
    expect(link.secret).toBeUndefined()
    expect(link.owner).toBe(owner.peerId)
    await get(friend, row.link, peers.path('friend'))
    const again = await friend.files.shares({ contact: owner.peerId })
    expect(again.find(({ name }) => name === 'both')?.here).toBe('all')
  })

  it('does not hold what was fetched from others, unless it is shared in turn', async () => {
    expect(await seen(owner, friend)).toEqual([])
    const { who } = await share(friend, peers.path('friend', 'both'), { who: [`peer:${stranger.peerId}`] })
    expect(who).toEqual([`peer:${stranger.peerId}`])
    expect(await seen(stranger, friend)).toEqual(['both'])
    await get(stranger, 'both', peers.path('stranger'), { from: friend.addresses()[0]! })
    expect(treeOf(peers.path('stranger', 'both'))).toEqual(treeOf(peers.path('src', 'both')))
  })
})

describe('get by name', () => {
  it('fetches what the contact shares by that name', async () => {
    await share(owner, sourceOf('Sommer/Übung'.replace('/', '∕'), 7), { who: forFriend() })
    const name = 'Sommer∕Übung'
    const last = await get(friend, `${owner.peerId}/${name}`, peers.path('friend'))
    expect(last).toMatchObject({ state: 'complete', name })
    expect(treeOf(peers.path('friend', name))).toEqual(treeOf(peers.path('src', name)))
  })

  it('or beside the contact', async () => {
    const input = { from: owner.addresses()[0]! }
    await get(friend, 'for all', peers.path('friend'), input)
    expect(treeOf(peers.path('friend', 'for all'))).toEqual(treeOf(peers.path('src', 'for all')))
  })

  it('tells what there is when there is no such share, and when there are two', async () => {
    await share(owner, sourceOf('twice', 8), { who: forFriend() })
    const second = await share(owner, sourceOf('twice', 9, 'other'), { who: forFriend() })
    const into = peers.path('friend')
    const fetching = (what: string): Promise<unknown> => get(friend, `${owner.peerId}/${what}`, into)
    await expect(fetching('thrice')).rejects.toMatchObject({
      code: 'content.unknown',
      message: expect.stringContaining('"for all"'),
    })
    await expect(fetching('twice')).rejects.toMatchObject({
      code: 'content.unknown',
      message: expect.stringContaining(second.infoHash.slice(0, 12)),
    })
    expect(await fetching(second.infoHash.slice(0, 12))).toMatchObject({ infoHash: second.infoHash })
    expect(await codeOf(get(friend, 'nobody/twice', into))).toBe('contact.unknown')
    expect(await codeOf(get(stranger, `${owner.peerId}/for you`, into))).toBe('content.unknown')
  })
})

describe('who may have a share', () => {
  it('is said with limits, in words, and can be changed without hashing again', async () => {
    const path = sourceOf('limited', 20)
    const first = await share(owner, path, { who: forFriend(), until: '2d', bytes: '10GB', rate: '1MB/s' })
    expect(first.audience).toEqual([
      {
        subject: expect.stringMatching(/^peer:/),
        who: forFriend()[0],
        limits: [expect.stringMatching(/^until /), '10 GB in all', '1 MB/s'],
      },
    ])
    const link = parseLink(first.link)
    expect([link.secret, link.owner]).toEqual([undefined, owner.peerId])
    const limits = ['at 00:00-24:00', '3 times']
    const again = await share(owner, path, { who: ['everyone'], hours: '00:00-24:00', uses: 3 })
    expect(again).toMatchObject({
      infoHash: first.infoHash,
      audience: [{ subject: 'everyone', who: 'everyone', limits }],
    })
    const kept = await share(owner, path)
    expect(kept.who).toEqual(['everyone'])
    const row = (await owner.files.list()).find(one => one.name === 'limited')
    expect(row?.audience).toEqual([{ subject: 'everyone', who: 'everyone', limits }])
    expect((await owner.files.show({ content: 'limited' })).audience).toEqual(row?.audience)
    await share(owner, path, { until: '1s', who: ['everyone'] })
    await expect.poll(() => seen(stranger), { timeout: 5000 }).not.toContain('limited')
  })

  it('what cannot be read, or does not go together, changes nothing', async () => {
    const path = sourceOf('wrong', 21)
    for (const input of [{ until: 'soon' }, { bytes: 'many' }, { public: true, uses: 3 }, { hours: '8-9' }])
      expect(await codeOf(share(owner, path, input))).toBe('usage.invalid')
    expect(await codeOf(share(owner, path, { who: ['circle:nobody'] }))).not.toBe('none')
    expect((await owner.files.list()).map(({ name }) => name)).not.toContain('wrong')
  })
})
