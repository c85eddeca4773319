import { readFileSync } from 'node:fs'
import { afterAll, describe, expect, it } from 'vitest'
import type { Peer } from '../../src/peer/index.ts'
import { get, Peers, share } from './peers.ts'
import { alone, until } from './public-peers.ts'
import { bytesOf, makeTree } from './trees.ts'

const peers = new Peers()
afterAll(() => peers.end())
const start = (name: string, set: object = {}): Promise<Peer> =>
  peers.start(name, { ...alone, 'bittorrent.enabled': false, ...set }, { transports: 'tcp' })

/** It does not listen: others reach it through relays only. */
const startHidden = (name: string, set: object = {}): Promise<Peer> =>
  start(name, { 'network.hosts': [], ...set })

async function meet(relay: Peer, others: Record<string, Peer>): Promise<void> {
  for (const [name, peer] of Object.entries(others)) {
    await relay.contacts.add({ peer: peer.peerId, name })
    await peer.contacts.add({ peer: relay.addresses()[0]!, name: 'relay' })
  }
}

describe('two peers that cannot connect', () => {
  it('share and get through a contact that relays, until it does so no more', async () => {
    const relay = await start('relay')
    expect(await relay.config.set('relay.relayFor', 'contacts')).toMatchObject({ needsRestart: false })
    const [ann, bob] = await Promise.all(['ann', 'bob'].map(name => startHidden(name)))
    await meet(relay, { ann: ann!, bob: bob! })
    await until(async () => (await relay.reach.relays({})).reachable.length === 2)
    const { link } = await share(ann!, makeTree(peers.path('Mine'), { x: bytesOf(1, 3_000_000) }))
    expect(link).toContain('p2p-circuit')
    await get(bob!, link, peers.path('into'))
    expect(readFileSync(peers.path('into', 'Mine', 'x')).equals(bytesOf(1, 3_000_000))).toBe(true)
    expect(await relay.reach.relays({})).toMatchObject({
      relayFor: 'contacts',
      circuits: [{ from: { contact: 'bob' }, to: { contact: 'ann' } }],
    })
    expect(await ann!.reach.relays({})).toMatchObject({ isWanted: true, used: [{ contact: 'relay' }] })
    expect(bob!.connections().find(({ peer }) => peer === ann!.peerId)).toMatchObject({
      path: 'relayed',
      via: relay.peerId,
    })

    await relay.contacts.block({ who: 'ann' })
    await until(async () => {
      const { reachable, circuits } = await relay.reach.relays({})
      return reachable.length === 1 && circuits.length === 0
    })
    await until(async () => (await ann!.reach.relays({})).used.length === 0)
    await relay.config.set('relay.relayFor', 'off')
    await until(async () => (await relay.reach.relays({})).reachable.length === 0)
    await relay.config.set('relay.relayFor', 'circle')
    expect(await relay.reach.relays({})).toMatchObject({ relayFor: 'circle' })
  }, 60_000)
})
