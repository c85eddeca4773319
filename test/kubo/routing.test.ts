import { CID } from 'multiformats/cid'
import { afterEach, describe, expect, test } from 'vitest'
import { type Kubo, missingKubo, runKubo } from '../../bench/opponents/kubo.ts'
import { makeWorkFolder } from '../../bench/test-data.ts'
import { identityFromSeed } from '../../src/access/index.ts'
import { MemoryKeyValue } from '../../src/access/memory-key-value.ts'
import { systemWorld } from '../../src/base/index.ts'
import { nameOfKey, routingKeyOfName } from '../../src/content/index.ts'
import { ipfsNamesConfig } from '../../src/ipfs/names/config.ts'
import { IpfsNames, recordValidators } from '../../src/ipfs/names/index.ts'
import { KademliaNetwork, kademliaConfig } from '../../src/network/index.ts'
import { TestNetworks } from '../../src/network/test-networks.ts'

const missing = missingKubo()
/** On loopback Kubo uses its Kademlia network of local networks, which differs in its name only. */
const protocol = '/ipfs/lan/kad/1.0.0'
const settings = {
  'Routing.Type': 'dhtserver',
  'Routing.LoopbackAddressesOnLanDHT': true,
  'Provide.Enabled': true,
}
const path = '/ipfs/bafkqaddwgevxmmraojswg33smq'
const networks = new TestNetworks()
const ends: (() => void | Promise<void>)[] = []
afterEach(async () => {
  for (const end of ends.splice(0)) await end()
  await networks.stop()
})

/** Our node among two of Kubo. */
async function together(
  one: Kubo,
  other: Kubo,
): Promise<{ peer: string; dht: KademliaNetwork; names: IpfsNames; key: string }> {
  const world = systemWorld
  const network = await networks.create()
  const dht = new KademliaNetwork({
    world,
    network,
    config: kademliaConfig.parse({ mode: 'server', bootstrap: [one.address, other.address] }),
    protocol,
    foreign: true,
    validators: recordValidators(world),
  })
  dht.start()
  ends.push(() => dht.stop())
  await expect.poll(() => dht.status.nodes, { timeout: 20_000 }).toBe(2)
  const { publicKey, sign } = identityFromSeed(new Uint8Array(32).fill(7))
  const names = new IpfsNames({
    world,
    config: ipfsNamesConfig.parse({ patienceMs: 1_000 }),
    state: new MemoryKeyValue(),
    routing: {
      async *getRecords(name, signal) {
        const record = await dht.node.getValue(routingKeyOfName(name), signal)
        if (record !== undefined) yield record
      },
      putRecord: async (name, record, signal) => ({
        peers: await dht.node.putValue(routingKeyOfName(name), record, signal),
        servers: 0,
      }),
    },
    keys: { open: async () => ({ name: 'self', publicKey, sign }) },
    texts: async () => ({ texts: [], ttlSeconds: 60 }),
  })
  ends.push(() => names.stop())
  return { peer: network.peerId, dht, names, key: nameOfKey(publicKey) }
}

describe.skipIf(missing !== undefined)(`Routing with Kubo${missing ? ` (skipped: ${missing})` : ''}`, () => {
  test('providers are announced and found, and names published and resolved, both ways', async () => {
    await using work = await makeWorkFolder()
    await using one = await runKubo(await work.folder('one'), settings)
    await using other = await runKubo(await work.folder('other'), settings)
    await one.run('swarm', 'connect', other.address)
    const { peer, dht, names, key } = await together(one, other)
    const signal = AbortSignal.timeout(80_000)
    const kuboId = other.address.split('/p2p/')[1]

    // Kubo announces, we find it; we announce, Kubo finds us.
    const theirs = await other.run('add', '--quieter', '--cid-version=1', `${process.cwd()}/package.json`)
    await other.run('routing', 'provide', theirs)
    const found: string[] = []
    for await (const provider of dht.node.findProviders(CID.parse(theirs).multihash.bytes, signal))
      found.push(provider.peer)
    expect(found).toContain(kuboId)
    const ours = CID.parse('bafkreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy')
    expect(await dht.node.provide(ours.multihash.bytes, signal)).toBe(2)
    expect(await one.run('routing', 'findprovs', '--num-providers=1', String(ours))).toContain(peer)
    expect(await one.run('routing', 'findpeer', peer)).toContain('/ip4/127.0.0.1/tcp/')

    // Names.
    expect((await names.publish({ path }, { signal })).peers).toBe(2)
    expect(await one.run('name', 'resolve', '--nocache', key)).toBe(path)
    const told = await other.run('name', 'publish', '--allow-offline=false', path)
    expect(told).toContain(path)
    const resolved = await names.resolve(kuboId!, signal)
    expect(resolved).toMatchObject({ path })
    // The next one replaces it, at Kubo, too.
    await names.publish({ path: `${path}/next` }, { signal })
    expect(await other.run('name', 'resolve', '--nocache', key)).toBe(`${path}/next`)
  })
})
