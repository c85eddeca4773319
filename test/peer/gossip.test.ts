import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { get, getUntil, nextEvent, Peers, share } from './peers.ts'
import { bytesOf, makeTree } from './trees.ts'

let peers: Peers
beforeEach(() => {
  peers = new Peers()
})
afterEach(() => peers.end())

describe('contacts', () => {
  it('are kept in touch with, after a restart, too', async () => {
    const ann = await peers.start('ann')
    let ben = await peers.start('ben')
    const connected = nextEvent(ben, 'peer.connected', ({ peer }) => peer === ann.peerId)
    await ann.contacts.add({ peer: ben.peerId, name: 'ben' })
    await ben.contacts.add({ peer: ann.addresses()[0]!, name: 'ann' })
    await connected
    await peers.stop(ben)
    const again = nextEvent(ann, 'peer.connected', ({ peer }) => peer === ben.peerId)
    ben = await peers.start('ben')
    await again
    expect(ben.connections().map(({ peer }) => peer)).toEqual([ann.peerId])
  })
})

describe('members of a private swarm', () => {
  it('hear what its owner took back, although nobody is a contact of anybody', async () => {
    const owner = await peers.start('owner')
    const ben = await peers.start('ben', { 'files.uploadBytesPerSecond': 300_000 })
    const cat = await peers.start('cat')
    const path = makeTree(peers.path('source'), { 'a.bin': bytesOf(1, 4_000_000) })
    const { link, infoHash } = await share(owner, path, { who: [`peer:${ben.peerId}`] })
    await get(ben, link, peers.path('ben'))
    // Cat hears of it by peer exchange; it shall not be done before anything can be taken back.
    await owner.files.set({ content: infoHash, up: 100_000 })
    const given = { who: cat.peerId, actions: 'read', resource: infoHash, delegate: 0 }
    await cat.grants.import({ grant: (await owner.grants.give(given)).text })
    const byBen = (await ben.files.show({ content: infoHash })).link.split('&')
    const onlyBen = byBen.filter(part => !part.includes(owner.peerId) || part.startsWith('o=')).join('&')
    await getUntil(cat, onlyBen, peers.path('cat'), ({ bytes }) => bytes > 0)
    const served = async (): Promise<boolean> =>
      (await ben.files.peers({ content: infoHash })).some(({ peer }) => peer === cat.peerId)
    expect(await served()).toBe(true)
    await owner.grants.revoke({ grant: cat.peerId })
    await expect.poll(served, { timeout: 5_000, interval: 20 }).toBe(false)
    expect((await cat.files.show({ content: infoHash })).bytes).toBeLessThan(4_000_000)
  })
})
