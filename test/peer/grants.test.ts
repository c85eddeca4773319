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
    await dave.grants.import({ grant: (await bob.grants.give(more)).text })

    const { grants } = await owner.grants.revoke({ grant: bob.peerId, resource: infoHash })
    expect(grants.map(({ id }) => id)).toEqual([given.id])
    expect(await owner.grants.list({})).toEqual([])
    for (const one of [bob, carol]) await peers.stop(one)
    expect(await codeOf(get(dave, link, peers.path('g-dave')))).toBe('access.denied')
    for (const one of [owner, dave]) await peers.stop(one)
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
    // Bob tells Carol of its owner, who would give the rest at once.
    await owner.files.pause({ content: infoHash })
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

describe('a circle', () => {
  /** An owner with a circle of two, who all know each other, and what is shared with it. */
  async function circleOf(name: string, set: Readonly<Record<string, unknown>> = {}) {
    const owner = await peers.start(`${name}-owner`)
    const bob = await peers.start(`${name}-bob`, set)
    const carol = await peers.start(`${name}-carol`)
    for (const one of [owner, bob, carol])
      for (const [i, other] of [owner, bob, carol].entries())
        if (one !== other)
          await one.contacts.add({ peer: other.addresses()[0]!, name: ['Ann', 'Bob', 'Carol'][i]! })
    await owner.circles.create({ name: 'family' })
    await owner.circles.add({ circle: 'family', who: ['Bob', 'Carol'], role: 'member' })
    for (const one of [bob, carol])
      await expect.poll(async () => (await one.circles.list({})).length, { timeout: 5000 }).toBe(1)
    return { owner, bob, carol }
  }

  /** The link without what leads to the owner, but that it is the owner. */
  function onlyTo(link: string, owner: Peer): string {
    return link
      .split('&')
      .filter(part => !part.includes(owner.peerId) || part.startsWith('o='))
      .join('&')
  }

  it('is served by its members while the owner is away, also those who never met the owner in this', async () => {
    const { owner, bob, carol } = await circleOf('away')
    const eve = await peers.start('away-eve')
    const { link, infoHash } = await share(owner, sourceOf('circle', 5), { who: ['circle:family'] })
    await get(bob, link, peers.path('away-bob'))
    await peers.stop(owner)
    const fromBob = (await bob.files.show({ content: infoHash })).link
    await get(carol, fromBob, peers.path('away-carol'))
    expect(treeOf(peers.path('away-carol', 'circle'))).toEqual(treeOf(peers.path('src', 'circle')))
    // The owner cannot answer, and half a second is not enough for Bob on every machine.
    const outcome = (): Promise<string> => codeOf(get(eve, fromBob, peers.path('away-eve'), { timeout: 0.5 }))
    await expect.poll(outcome).toBe('access.denied')
    // And on: Carol has the grant now, and serves by it.
    await bob.files.remove({ content: infoHash, deleteFiles: true })
    await get(bob, (await carol.files.show({ content: infoHash })).link, peers.path('away-again'))
    for (const one of [bob, carol, eve]) await peers.stop(one)
  })

  it('cuts off who is removed, at members that the remover never talked to about this', async () => {
    const { owner, bob, carol } = await circleOf('cut', { 'files.uploadBytesPerSecond': 300_000 })
    const { link, infoHash } = await share(owner, sourceOf('removed', 7, 4_000_000), {
      who: ['circle:family'],
    })
    await get(bob, link, peers.path('cut-bob'))
    const fromBob = onlyTo((await bob.files.show({ content: infoHash })).link, owner)
    await owner.files.pause({ content: infoHash })
    await getUntil(carol, fromBob, peers.path('cut-carol'), ({ bytes }) => bytes > 0)
    const served = async (): Promise<boolean> =>
      (await bob.files.peers({ content: infoHash })).some(({ peer }) => peer === carol.peerId)
    expect(await served()).toBe(true)
    await owner.circles.remove({ circle: 'family', who: ['Carol'] })
    await expect.poll(served, { timeout: 5000, interval: 20 }).toBe(false)
    expect((await carol.files.show({ content: infoHash })).bytes).toBeLessThan(4_000_000)
    for (const one of [owner, bob, carol]) await peers.stop(one)
  })
})
