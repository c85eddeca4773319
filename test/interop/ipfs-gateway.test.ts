import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { withHTTP } from '@helia/http'
import { unixfs } from '@helia/unixfs'
import { createHeliaLight } from 'helia'
import { CID } from 'multiformats/cid'
import { expect, test } from 'vitest'
import { seededRandom, toHex } from '../../src/base/index.ts'
import { listenForGateway } from '../../src/daemon/gateway-server.ts'
import { Peers, share } from '../peer/peers.ts'

/** Anybody's: Helia wants one beside the address of a gateway. */
const peerId = '12D3KooWRBy97UB99e3J6hiPesre1MZeuNQvfan4gBziswrRJsNK'

test('Helia fetches over HTTP alone, from our gateway, which its router names', async () => {
  const peers = new Peers()
  const bytes = seededRandom(3).bytes(2 ** 20 + 5)
  const file = peers.path('random.bin')
  writeFileSync(file, bytes)
  const holder = await peers.start('holder', {
    'gateway.port': 0,
    'gateway.fetch': false,
    'bittorrent.enabled': false,
  })
  await holder.attachGateway(options => listenForGateway(options, false))
  const { cid } = await share(holder, file, { on: 'ipfs' })
  const { port } = new URL((await holder.gateway.start({})).url!)
  const router = createServer((_, response) => {
    const named = { Addrs: [`/ip4/127.0.0.1/tcp/${port}/http`], Protocols: ['transport-ipfs-gateway-http'] }
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify({ Providers: [{ Schema: 'peer', ID: peerId, ...named }] }))
  }).listen(0, '127.0.0.1')
  await once(router, 'listening')
  const helia = await withHTTP(createHeliaLight(), {
    delegatedRouters: [`http://127.0.0.1:${(router.address() as AddressInfo).port}`],
    recursiveGateways: [],
    allowInsecure: true,
    allowLocal: true,
  }).start()
  try {
    const parts: Uint8Array[] = []
    for await (const part of unixfs(helia).cat(CID.parse(cid!))) parts.push(part)
    expect(toHex(Buffer.concat(parts))).toBe(toHex(bytes))
    expect((await holder.gateway.status({})).answered).toBeGreaterThan(1)
  } finally {
    await helia.stop()
    router.closeAllConnections()
    router.close()
    await peers.end()
  }
})
