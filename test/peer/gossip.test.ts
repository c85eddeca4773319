import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { nextEvent, Peers } from './peers.ts'

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
