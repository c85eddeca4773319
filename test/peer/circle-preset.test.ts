import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Peer } from '../../src/peer/index.ts'
import { codeOf, get, nextEvent, Peers, share } from './peers.ts'
import { bytesOf, makeTree } from './trees.ts'

let peers: Peers
beforeEach(() => {
  peers = new Peers()
})
afterEach(() => peers.end())

describe('the preset circle', () => {
  it('talks to contacts and to nobody else', async () => {
    const ann = await peers.start('ann', { preset: 'circle' })
    const [ben, eve] = [await peers.start('ben'), await peers.start('eve')]
    const path = makeTree(peers.path('source'), { 'a.bin': bytesOf(1, 100_000) })
    const { link } = await share(ann, path, { who: ['everyone'] })

    const stranger = get(eve, link, peers.path('eve'), { timeout: 2 })
    expect(await codeOf(stranger)).not.toBe('none')
    expect(ann.connections()).toEqual([])

    await ann.contacts.add({ peer: ben.peerId, name: 'ben' })
    expect(await codeOf(get(ben, link, peers.path('ben')))).toBe('none')
    expect(ann.connections().map(({ peer }) => peer)).toEqual([ben.peerId])

    // Who is known no more is cut off at once.
    const gone = nextEvent(ann, 'peer.disconnected', ({ peer }) => peer === ben.peerId)
    await ann.contacts.remove({ who: 'ben' })
    await gone
    expect(ann.connections()).toEqual([])
  })

  it('dials nobody else, and holds as soon as it is set', async () => {
    const [ann, eve] = [await peers.start('ann'), await peers.start('eve')]
    const path = makeTree(peers.path('source'), { 'a.bin': bytesOf(1, 100_000) })
    const { link } = await share(eve, path, { who: ['everyone'] })
    expect(await codeOf(get(ann, link, peers.path('before')))).toBe('none')
    const gone = nextEvent(ann, 'peer.disconnected', ({ peer }) => peer === eve.peerId)
    await ann.config.set('access.onlyKnown', true)
    await gone
    const second = await share(eve, makeTree(peers.path('more'), { 'b.bin': bytesOf(2, 1_000) }), {
      who: ['everyone'],
    })
    expect(await codeOf(get(ann, second.link, peers.path('after'), { timeout: 2 }))).not.toBe('none')
    expect(ann.connections()).toEqual([])
  })

  it('lets in who comes for an invite, from where they are contacts', async () => {
    const ann = await peers.start('ann', { preset: 'circle' })
    const ben = await peers.start('ben', { preset: 'circle' })
    const eve = await peers.start('eve')
    let link: string | undefined
    for await (const update of ann.invites.invite({ expires: '1h' }))
      if (update.phase === 'ready') link = update.link
    for await (const _ of ben.invites.accept({ invite: [link!] }));
    expect(ann.connections().map(({ peer }) => peer)).toEqual([ben.peerId])
    // The invite is used up: nobody is expected any more.
    expect(await codeOf(connect(eve, ann))).not.toBe('none')
    expect(ann.connections().map(({ peer }) => peer)).toEqual([ben.peerId])
  })
})

/** Tries to see what somebody shares. */
async function connect(from: Peer, to: Peer): Promise<unknown> {
  await from.contacts.add({ peer: to.addresses()[0]!, name: 'somebody' })
  return await from.files.shares({ contact: 'somebody' })
}
