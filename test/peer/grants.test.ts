import fs from 'node:fs'
import { afterAll, describe, expect, it } from 'vitest'
import type { Peer } from '../../src/peer/index.ts'
import { codeOf, get, getUntil, Peers, share } from './peers.ts'
import { bytesOf, makeTree, treeOf } from './trees.ts'

const peers = new Peers()
afterAll(() => peers.end())

function sourceOf(name: string, seed: number, bytes = 200_000): string {
  return makeTree(peers.path('src', name), { 'a.bin': bytesOf(seed, bytes) })
}

async function all(...names: string[]): Promise<Peer[]> {
  const started: Peer[] = []
  for (const name of names) started.push(await peers.start(name))
  return started
}

/** The link as whoever has neither the secret nor been named gets it. */
function withoutSecret(link: string): string {
  return link.replace(/([?&])s=[^&]*&?/, '$1')
}

describe('a grant in writing', () => {
  it('lets its holder in, and whom it was passed on to, and ends for both when it is taken back', async () => {
    const [owner, bob, carol, dave] = (await all('g-owner', 'g-bob', 'g-carol', 'g-dave')) as [
      Peer,
      Peer,
      Peer,
      Peer,
    ]
    const { infoHash } = await share(owner, sourceOf('given', 1))
    const given = await owner.grants.give({
      who: bob.peerId,
      actions: 'list,read',
      resource: infoHash,
      until: '7d',
      delegate: 1,
    })
    expect(given).toMatchObject({
      subject: bob.peerId,
      actions: ['list', 'read'],
      delegate: 1,
      title: 'given',
    })
    const link = withoutSecret((await owner.files.show({ content: infoHash })).link)
    expect(link).toContain(`o=${owner.peerId}`)
    expect(await codeOf(carol.grants.import({ grant: given.text }))).toBe('grant.invalid')
    await bob.grants.import({ grant: given.text })
    await get(bob, link, peers.path('g-bob'))
    expect(treeOf(peers.path('g-bob', 'given'))).toEqual(treeOf(peers.path('src', 'given')))

    expect(await codeOf(get(carol, link, peers.path('g-carol')))).toBe('access.denied')
    const passedOn = await bob.grants.give({
      who: carol.peerId,
      actions: 'read',
      resource: infoHash,
      until: '30d',
      delegate: 0,
    })
    expect(passedOn.expires).toBe(given.expires)
    const file = peers.path('carol.grant')
    fs.writeFileSync(file, `${passedOn.text}\n`)
    expect(await carol.grants.import({ grant: file })).toMatchObject({
      owner: owner.peerId,
      issuer: bob.peerId,
    })
    await get(carol, link, peers.path('g-carol'))
    const more = { who: dave.peerId, actions: 'read', resource: infoHash, until: '1d', delegate: 0 }
    expect(await codeOf(carol.grants.give(more))).toBe('grant.invalid')

    const { grants } = await owner.grants.revoke({ grant: bob.peerId, resource: infoHash })
    expect(grants.map(({ id }) => id)).toEqual([given.id])
    expect(await owner.grants.list({})).toEqual([])
    await carol.files.remove({ content: infoHash })
    await carol.grants.import({ grant: file })
    const again = get(carol, link, peers.path('g-carol-again'), { timeout: 1 })
    // Bob may not have heard of it yet; the owner knows.
    expect(['access.denied', 'none', 'content.not-found', 'peer.unreachable']).toContain(await codeOf(again))
    for (const one of [owner, bob, carol, dave]) await peers.stop(one)
  })
})

describe('a list of what was taken back', () => {
  it('is honoured by members that serve, in the middle of a transfer', async () => {
    const owner = await peers.start('r-owner')
    const bob = await peers.start('r-bob', { 'files.uploadBytesPerSecond': 300_000 })
    const carol = await peers.start('r-carol')
    for (const [one, other, name] of [
      [owner, bob, 'Bob'],
      [bob, owner, 'Owner'],
    ] as const)
      await one.contacts.add({ peer: other.peerId, name })
    const who = [`peer:${bob.peerId}`]
    const { link, infoHash } = await share(owner, sourceOf('revoked', 3, 4_000_000), { who })
    await get(bob, link, peers.path('r-bob'))
    const { text } = await owner.grants.give({
      who: carol.peerId,
      actions: 'read',
      resource: infoHash,
      delegate: 0,
    })
    await carol.grants.import({ grant: text })
    const fromBob = (await bob.files.show({ content: infoHash })).link
    const onlyBob = fromBob
      .split('&')
      .filter(part => !part.includes(owner.peerId) || part.startsWith('o='))
      .join('&')
    await getUntil(carol, onlyBob, peers.path('r-carol'), ({ bytes }) => bytes > 0)
    const served = async (): Promise<boolean> =>
      (await bob.files.peers({ content: infoHash })).some(({ peer }) => peer === carol.peerId)
    expect(await served()).toBe(true)
    await owner.grants.revoke({ grant: carol.peerId })
    // Five seconds are what a revocation may take to every member that runs.
    await expect.poll(served, { timeout: 5000, interval: 20 }).toBe(false)
    expect((await carol.files.show({ content: infoHash })).bytes).toBeLessThan(4_000_000)
    for (const one of [owner, bob, carol]) await peers.stop(one)
  })
})
