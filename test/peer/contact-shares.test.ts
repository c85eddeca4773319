import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parseLink } from '../../src/content/index.ts'
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
    expect(audience).toEqual([{ subject: expect.stringMatching(/^peer:/), who: 'Ben' }])
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

describe('shares for a circle', () => {
  const seenOf = async (by: Peer, of: Peer): Promise<string[]> =>
    (await by.files.shares({ contact: of.addresses()[0]! })).map(({ name }) => name)

  it('are seen by those who are in it in that role, and by no others', async () => {
    const guest = await peers.start('guest')
    await owner.circles.create({ name: 'family' })
    await owner.circles.add({ circle: 'family', who: ['Ben'] })
    await owner.circles.add({ circle: 'family', who: [guest.peerId], role: 'guest' })
    const { link, audience } = await share(owner, sourceOf('for family', 10), { who: ['circle:family'] })
    expect(audience).toEqual([{ subject: expect.stringMatching(/^circle:/), who: 'circle family' }])
    const terms = parseLink(link)
    expect([terms.secret, terms.owner]).toEqual([undefined, owner.peerId])
    const members = await share(owner, sourceOf('for members', 11), { who: ['circle:family/member'] })
    expect(members.audience).toEqual([
      { subject: expect.stringMatching(/^circle:.*\/member$/), who: 'members of family' },
    ])
    expect(await seenOf(friend, owner)).toEqual(expect.arrayContaining(['for family', 'for members']))
    expect(await seenOf(guest, owner)).toEqual(['for family'])
    await get(guest, 'for family', peers.path('guest'), { from: owner.addresses()[0]! })
    await owner.circles.remove({ circle: 'family', who: [guest.peerId] })
    expect(await seenOf(guest, owner)).toEqual([])
    await peers.stop(guest)
  })
})

describe('rules about a share', () => {
  it('hide it from one person, also when it is shared again with others', async () => {
    const path = sourceOf('not for Ben', 30)
    const names = async (): Promise<string[]> =>
      (await friend.files.shares({ contact: owner.addresses()[0]! })).map(({ name }) => name)
    await share(owner, path, { who: ['contacts'] })
    expect(await names()).toContain('not for Ben')
    await owner.access.deny({ who: 'contact:Ben', action: [], resource: 'not for Ben' })
    expect(await names()).not.toContain('not for Ben')
    const again = await share(owner, path, { who: ['everyone'] })
    expect(again.audience).toEqual([
      { subject: 'everyone', who: 'everyone' },
      { subject: expect.stringMatching(/^peer:/), who: 'not Ben', denied: true },
    ])
    expect(await names()).not.toContain('not for Ben')
  })

  it('and who looked, with what came of it, is in the log', async () => {
    const stranger = await peers.start('stranger')
    const lone = await peers.start('lone')
    await stranger.files.shares({ contact: lone.addresses()[0]! })
    const log: unknown[] = []
    for await (const row of lone.access.audit({ peer: stranger.peerId })) log.push(row)
    expect(log).toMatchObject([{ action: 'list', resource: 'service:shares', allowed: false }])
    for (const peer of [stranger, lone]) await peers.stop(peer)
  })
})

describe('somebody with two devices', () => {
  it('shares what each of them shares, and what both have counts once', async () => {
    const desk = await peers.start('desk')
    const phone = await peers.start('phone')
    const reader = await peers.start('reader')
    const { code } = await phone.identity.join({ main: desk.peerId })
    await phone.identity.accept({ code: (await desk.identity.add({ code })).code })
    const who = [`peer:${reader.peerId}`]
    await share(desk, sourceOf('on the desk', 20), { who })
    await share(phone, sourceOf('on the phone', 21), { who })
    await share(desk, sourceOf('on both', 22), { who })
    const both = await share(phone, peers.path('src', 'on both'), { who })
    await desk.contacts.add({ peer: reader.addresses()[0]!, name: 'Ben' })
    await reader.contacts.add({ peer: desk.addresses()[0]!, name: 'Ann' })
    // The phone is met; that it is Ann's is told by the desk.
    await phone.files.shares({ contact: reader.addresses()[0]! })
    const seen = async (): Promise<unknown[]> =>
      (await reader.files.shares({ contact: 'Ann' })).map(({ name }) => name)
    await expect
      .poll(seen, { timeout: 10_000, interval: 100 })
      .toEqual(['on both', 'on the desk', 'on the phone'])
    await get(reader, 'Ann/on the phone', peers.path('reader'))
    await peers.stop(desk)
    expect(await get(reader, 'Ann/on both', peers.path('reader'))).toMatchObject({
      infoHash: both.infoHash,
      state: 'complete',
    })
    for (const peer of [phone, reader]) await peers.stop(peer)
  })
})
