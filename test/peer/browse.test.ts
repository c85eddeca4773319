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

  it('does not hold what was fetched from others', async () => {
    expect(await seen(owner, friend)).toEqual([])
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
