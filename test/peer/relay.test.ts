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
    const relay = await start('relay', { 'relay.relayFor': 'contacts' })
    const [ann, bob] = await Promise.all(['ann', 'bob'].map(name => startHidden(name)))
    await meet(relay, { ann: ann!, bob: bob! })
    await until(async () => (await relay.reach.relays({})).reachable.length === 2)
    const { link } = await share(ann!, makeTree(peers.path('Mine'), { x: bytesOf(1, 3_000_000) }))
    expect(link).toContain('p2p-circuit')
    await get(bob!, link, peers.path('into'))
    expect(readFileSync(peers.path('into', 'Mine', 'x'))).toEqual(Buffer.from(bytesOf(1, 3_000_000)))
  })
})
