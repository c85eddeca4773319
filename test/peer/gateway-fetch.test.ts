import fs from 'node:fs'
import { afterAll, expect, it } from 'vitest'
import { listenForGateway } from '../../src/daemon/gateway-server.ts'
import type { Peer } from '../../src/peer/index.ts'
import { Peers, share } from './peers.ts'

const peers = new Peers()
const text = 'what is in the file\n'.repeat(100_000)
const usual = { 'gateway.port': 0, 'ipfsRouting.bootstrap': [], 'bittorrent.enabled': false }
afterAll(() => peers.end())

async function gatewayOf(peer: Peer): Promise<string> {
  await peer.attachGateway(options => listenForGateway(options, false))
  return (await peer.gateway.start({})).url!.replace('localhost', '127.0.0.1')
}

it('fetches what is not here, from another gateway', async () => {
  const holder = await peers.start('holder', { ...usual, 'gateway.fetch': false })
  fs.mkdirSync(peers.path('held'))
  fs.writeFileSync(peers.path('held', 'a.txt'), text)
  const { cid } = await share(holder, peers.path('held'), { on: 'ipfs' })
  const theirs = await gatewayOf(holder)
  const ours = await gatewayOf(await peers.start('asker', { ...usual, 'ipfs.gateways': [theirs] }))
  const told = await fetch(`${ours}/ipfs/${cid}/a.txt`)
  expect(await told.text()).toBe(text)
})
