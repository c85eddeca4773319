import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { CID } from 'multiformats/cid'
import { afterEach, describe, expect, test } from 'vitest'
import { missingKubo, runKubo } from '../../bench/opponents/kubo.ts'
import { makeWorkFolder } from '../../bench/test-data.ts'
import { MemoryKeyValue } from '../../src/access/memory-key-value.ts'
import { systemWorld } from '../../src/base/index.ts'
import { parseName } from '../../src/content/index.ts'
import { ipfsRoutingConfig } from '../../src/ipfs/index.ts'
import { recordValidators } from '../../src/ipfs/names/index.ts'
import { IpfsRouting } from '../../src/ipfs/routing/index.ts'
import { TestNetworks } from '../../src/network/test-networks.ts'
import { get, Peers } from '../peer/peers.ts'
import { alone } from '../peer/public-peers.ts'

const missing = missingKubo()
const settings = {
  'Routing.Type': 'dhtserver',
  'Routing.LoopbackAddressesOnLanDHT': true,
  'Provide.Enabled': true,
}
/** One that answers the HTTP API of delegated routing, too. */
const router = {
  ...settings,
  'Addresses.Gateway': '/ip4/127.0.0.1/tcp/0',
  'Gateway.ExposeRoutingAPI': true,
}
const networks = new TestNetworks()
const peers = new Peers()
afterEach(async () => {
  await peers.end()
  await networks.stop()
})

async function allOf<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const all: Item[] = []
  for await (const item of items) all.push(item)
  return all
}

describe.skipIf(missing !== undefined)(
  `Delegated routing by Kubo${missing ? ` (skipped: ${missing})` : ''}`,
  () => {
    test('providers, peers and records come over HTTP, and a peer fetches what it finds by nothing else', async () => {
      await using work = await makeWorkFolder()
      const home = await work.folder('one')
      await using one = await runKubo(home, router)
      await using other = await runKubo(await work.folder('other'), settings)
      await one.run('swarm', 'connect', other.address)
      const server = readFileSync(join(home, 'gateway'), 'utf8').trim()
      const kuboId = other.address.split('/p2p/')[1]!
      const file = join(work.path, 'page.txt')
      writeFileSync(file, 'a page')
      const root = await other.run('add', '--quieter', '--cid-version=1', file)
      await other.run('routing', 'provide', root)
      const path = `/ipfs/${root}`
      await other.run('name', 'publish', '--allow-offline=false', path)

      const config = ipfsRoutingConfig.parse({ dht: 'off', bootstrap: [], servers: [server] })
      const routing = new IpfsRouting({
        world: systemWorld,
        network: await networks.create(),
        config,
        state: new MemoryKeyValue(),
        validators: recordValidators(systemWorld),
        mayAsk: () => true,
      })
      const signal = AbortSignal.timeout(60_000)
      const found = await allOf(routing.findProviders(CID.parse(root), signal))
      expect(found.map(({ peer }) => peer)).toContain(kuboId)
      const [where] = await allOf(routing.findPeer(kuboId, signal))
      expect(where?.addresses.join()).toContain('/ip4/127.0.0.1/tcp/')
      const name = parseName(kuboId)
      if (name.kind !== 'key') throw new Error('no key')
      const [record] = await allOf(routing.getRecords(name.multihash, signal))
      expect(record?.length).toBeGreaterThan(100)
      expect(await routing.putRecord(name.multihash, record!, signal)).toEqual({ peers: 0, servers: 1 })

      // A whole peer that is told of nobody.
      const peer = await peers.start(
        'a',
        { ...alone, 'ipfsRouting.dht': 'off', 'ipfsRouting.servers': [server] },
        { transports: 'tcp' },
      )
      expect(await peer.names.resolve({ name: kuboId })).toMatchObject({ path })
      const got = await get(peer, `ipfs://${root}`, peers.path('into'), { timeout: 30 })
      expect(got).toMatchObject({ state: 'complete', totalBytes: 6 })
    })
  },
)
