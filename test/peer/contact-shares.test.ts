import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Peer } from '../../src/peer/index.ts'
import { codeOf, get, Peers, share } from './peers.ts'
import { bytesOf, makeTree, treeOf } from './trees.ts'

const peers = new Peers()
let owner: Peer
let friend: Peer
beforeAll(async () => {
  owner = await peers.start('owner')
  friend = await peers.start('friend')
  await owner.contacts.add({ peer: friend.peerId, name: 'Ben' })
  await friend.contacts.add({ peer: owner.addresses()[0]!, name: 'Ann Lee' })
})
afterAll(() => peers.end())

function sourceOf(name: string, seed: number): string {
  return makeTree(peers.path('src', name), { 'a.bin': bytesOf(seed, 100_000) })
}

const seen = async (): Promise<string[]> =>
  (await friend.files.shares({ contact: 'Ann Lee' })).map(({ name }) => name)

describe('shares among contacts', () => {
  it('are named by petnames, and fetched by them', async () => {
    const { who, audience } = await share(owner, sourceOf('for Ben', 1), { who: ['contact:Ben'] })
    expect(who).toEqual([`peer:${friend.peerId}`])
    expect(audience).toEqual([{ who: 'Ben' }])
    await share(owner, sourceOf('for contacts', 2), { who: ['contacts'], until: '1d' })
    expect(await friend.files.shares({ contact: 'Ann Lee' })).toMatchObject([
      { contact: 'Ann Lee', name: 'for Ben' },
      { contact: 'Ann Lee', name: 'for contacts' },
    ])
    for (const name of ['for Ben', 'for contacts']) {
      await get(friend, `Ann Lee/${name}`, peers.path('friend'))
      expect(treeOf(peers.path('friend', name))).toEqual(treeOf(peers.path('src', name)))
    }
  })

  it('of a contact that is no more: none; and none for one that is blocked', async () => {
    await owner.contacts.remove({ who: 'Ben' })
    await expect.poll(seen, { timeout: 5000 }).toEqual(['for Ben'])
    await owner.contacts.add({ peer: friend.peerId, name: 'Ben' })
    expect(await seen()).toEqual(['for Ben', 'for contacts'])
    await owner.contacts.block({ who: 'Ben' })
    expect(await codeOf(seen())).toMatch(/^(network|peer)\./)
    await owner.contacts.unblock({ who: 'Ben' })
    await expect.poll(() => seen().catch(() => []), { timeout: 5000 }).toHaveLength(2)
  })

  it('who is no contact cannot be named', async () => {
    expect(await codeOf(share(owner, sourceOf('x', 3), { who: ['contact:Carl'] }))).toBe('contact.unknown')
    expect(await codeOf(share(owner, sourceOf('x', 3), { who: ['circle:none'] }))).toBe('circle.unknown')
    expect(await codeOf(friend.files.shares({ contact: 'Carl' }))).toBe('contact.unknown')
  })

  it('a wish follows the person when it gets another name', async () => {
    await get(friend, 'Ann Lee/for Ben', peers.path('friend'), { keep: true })
    await friend.contacts.rename({ who: 'Ann Lee', name: 'Anna' })
    expect(await friend.files.wishes()).toMatchObject([{ contact: 'Anna', name: 'for Ben' }])
    expect(await friend.files.unwish({ share: 'Anna/for Ben' })).toMatchObject({ was: true })
  })
})
