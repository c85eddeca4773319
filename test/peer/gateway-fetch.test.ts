import { once } from 'node:events'
import fs from 'node:fs'
import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { listenForGateway } from '../../src/daemon/gateway-server.ts'
import type { Peer } from '../../src/peer/index.ts'
import { Peers, share } from './peers.ts'

const peers = new Peers()
const text = 'what is in the file\n'.repeat(100_000)
const usual = { 'gateway.port': 0, 'ipfsRouting.bootstrap': [], 'bittorrent.enabled': false }
const servers: Server[] = []
afterAll(async () => {
  await peers.end()
  for (const server of servers) {
    server.closeAllConnections()
    server.close()
  }
})

async function gatewayOf(peer: Peer): Promise<string> {
  await peer.attachGateway(options => listenForGateway(options, false))
  return (await peer.gateway.start({})).url!.replace('localhost', '127.0.0.1')
}

let cid: string
let other: string
/** The gateway of who has it. */
let theirs: string
beforeAll(async () => {
  const holder = await peers.start('holder', { ...usual, 'gateway.fetch': false })
  fs.mkdirSync(peers.path('held'))
  fs.writeFileSync(peers.path('held', 'a.txt'), text)
  cid = (await share(holder, peers.path('held'), { on: 'ipfs' })).cid!
  fs.writeFileSync(peers.path('other.txt'), `other ${text}`)
  other = (await share(holder, peers.path('other.txt'), { on: 'ipfs' })).cid!
  theirs = await gatewayOf(holder)
})

it('fetches what is not here, from another gateway', async () => {
  const ours = await gatewayOf(await peers.start('asker', { ...usual, 'ipfs.gateways': [theirs] }))
  const told = await fetch(`${ours}/ipfs/${cid}/a.txt`)
  expect(await told.text()).toBe(text)
})

it('drops a gateway that lies, and passes over one that is broken', async () => {
  const asked = { liar: 0, broken: 0 }
  const liar = await serve((_, response) => {
    asked.liar++
    response.end('something else')
  })
  const broken = await serve((_, response) => {
    asked.broken++
    response.writeHead(500).end()
  })
  const peer = await peers.start('choosy', { ...usual, 'ipfs.gateways': [liar, broken, theirs] })
  const ours = await gatewayOf(peer)
  const told = await fetch(`${ours}/ipfs/${cid}/a.txt`)
  expect(await told.text()).toBe(text)
  // All that was asked of it before its first answer was known, and never again.
  const { liar: before } = asked
  expect(before).toBeLessThanOrEqual(8)
  expect(await (await fetch(`${ours}/ipfs/${other}`)).text()).toBe(`other ${text}`)
  expect(asked.liar).toBe(before)
  expect(asked.broken).toBeGreaterThan(0)
})

async function serve(answer: RequestListener): Promise<string> {
  const server = createServer(answer).listen(0, '127.0.0.1')
  await once(server, 'listening')
  servers.push(server)
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}
