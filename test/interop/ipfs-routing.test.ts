import { IPNSEntry, ipnsSelector, ipnsValidator } from '@helia/ipns'
import { publicKeyFromProtobuf } from '@libp2p/crypto/keys'
import { identify } from '@libp2p/identify'
import type { Libp2p } from '@libp2p/interface'
import { type KadDHT, kadDHT, passthroughMapper } from '@libp2p/kad-dht'
import { noise } from '@libp2p/noise'
import { ping } from '@libp2p/ping'
import { tcp } from '@libp2p/tcp'
import { yamux } from '@libp2p/yamux'
import { createLibp2p } from 'libp2p'
import { CID } from 'multiformats/cid'
import { afterEach, expect, test } from 'vitest'
import { identityFromSeed } from '../../src/access/index.ts'
import { MemoryKeyValue } from '../../src/access/memory-key-value.ts'
import { systemWorld, utf8 } from '../../src/base/index.ts'
import { nameOfKey, parseName, routingKeyOfName } from '../../src/content/index.ts'
import { recordValidators } from '../../src/ipfs/names/index.ts'
import { aminoProtocol } from '../../src/ipfs/routing/amino.ts'
import { ipfsRoutingConfig } from '../../src/ipfs/routing/config.ts'
import { IpfsRouting } from '../../src/ipfs/routing/ipfs-routing.ts'
import { TestNetworks } from '../../src/network/test-networks.ts'
import { encodeIpnsRecord } from '../../src/wire/index.ts'

const world = systemWorld
const networks = new TestNetworks()
const ends: (() => unknown)[] = []
afterEach(async () => {
  for (const end of ends.splice(0)) await end()
  await networks.stop()
})

type Plain = Libp2p<{ dht: KadDHT }>
const keychain = { loadPublicKeyFromProtobuf: async (bytes: Uint8Array) => publicKeyFromProtobuf(bytes) }

/** A libp2p node with libp2p's own Kademlia, which keeps records of names. */
async function plain(to?: Plain): Promise<Plain> {
  const node = await createLibp2p({
    addresses: { listen: ['/ip4/127.0.0.1/tcp/0'] },
    transports: [tcp()],
    connectionEncrypters: [noise()],
    streamMuxers: [yamux()],
    services: {
      identify: identify(),
      ping: ping(),
      dht: kadDHT({
        protocol: aminoProtocol,
        clientMode: false,
        peerInfoMapper: passthroughMapper,
        validators: {
          ipns: async (key, record) => {
            await ipnsValidator(key, record, keychain as never)
          },
        },
        selectors: {
          ipns: (key, records) =>
            ipnsSelector(
              key,
              records.map(record => IPNSEntry.decode(record)),
            ),
        },
      }),
    },
  })
  ends.push(() => node.stop())
  if (to !== undefined) await node.dial(to.getMultiaddrs())
  return node
}

/** Whose name it is, the key under which its record stands, and a record. */
function signed(fill: number, path: string): { name: Uint8Array; key: Uint8Array; record: Uint8Array } {
  const { publicKey, sign } = identityFromSeed(new Uint8Array(32).fill(fill))
  const name = parseName(nameOfKey(publicKey))
  if (name.kind !== 'key') throw new Error('no key')
  const validUntil = BigInt(world.wallTime() + 3_600_000) * 1_000_000n
  const record = encodeIpnsRecord({ value: utf8(path), validUntil, sequence: 1n, ttl: 0n }, sign)
  return { name: name.multihash, key: routingKeyOfName(name.multihash), record }
}

async function allOf<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const all: Item[] = []
  for await (const item of items) all.push(item)
  return all
}

test('records of names, providers and peers go both ways between libp2p and us', async () => {
  const first = await plain()
  const other = await plain(first)
  const network = await networks.create()
  const bootstrap = [first, other].flatMap(node => node.getMultiaddrs().map(String))
  const routing = new IpfsRouting({
    world,
    network,
    config: ipfsRoutingConfig.parse({ dht: 'server', bootstrap }),
    state: new MemoryKeyValue(),
    validators: recordValidators(world),
    mayAsk: () => true,
  })
  ends.push(() => routing.stop())
  routing.start()
  const signal = AbortSignal.timeout(80_000)

  // PUT_VALUE and GET_VALUE.
  const ours = signed(1, '/ipfs/bafkqaddwgevxmmraojswg33smq')
  await expect
    .poll(() => routing.putRecord(ours.name, ours.record, signal), { timeout: 30_000 })
    .toEqual({ peers: 2, servers: 0 })
  expect(Buffer.from(await other.contentRouting.get(ours.key, { signal }))).toEqual(Buffer.from(ours.record))
  const theirs = signed(2, '/ipfs/bafkqadtwgiww63tmpeqhezldn5zgi')
  await other.contentRouting.put(theirs.key, theirs.record, { signal })
  expect((await allOf(routing.getRecords(theirs.name, signal))).map(Buffer.from)).toEqual([
    Buffer.from(theirs.record),
  ])

  // ADD_PROVIDER and GET_PROVIDERS: roots are announced by themselves.
  const root = CID.parse('bafkreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy')
  routing.provide(root)
  await expect.poll(() => routing.status.provided, { timeout: 30_000 }).toBe(1)
  const found = await allOf(other.contentRouting.findProviders(root, { signal }))
  expect(found.map(({ id }) => id.toString())).toContain(network.peerId)
  const next = CID.parse('bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku')
  for await (const event of other.services.dht.provide(next, { signal })) void event
  const providers = await allOf(routing.findProviders(next, signal))
  expect(providers.map(({ peer }) => peer)).toContain(other.peerId.toString())

  // FIND_NODE.
  const [where] = await allOf(routing.findPeer(other.peerId.toString(), signal))
  expect(where?.addresses.join()).toContain('/ip4/127.0.0.1/tcp/')
}, 100_000)

test('a put that was given up before it began leaves nothing behind that nobody handles', async () => {
  const routing = new IpfsRouting({
    world,
    network: await networks.create(),
    config: ipfsRoutingConfig.parse({ dht: 'client', bootstrap: [], servers: ['http://127.0.0.1:1'] }),
    state: new MemoryKeyValue(),
    validators: recordValidators(world),
    mayAsk: () => true,
  })
  ends.push(() => routing.stop())
  const { name, record } = signed(3, '/ipfs/bafkqaddwgevxmmraojswg33smq')
  const given = AbortSignal.abort(new Error('enough'))
  await expect(routing.putRecord(name, record, given)).rejects.toThrow('enough')
})
