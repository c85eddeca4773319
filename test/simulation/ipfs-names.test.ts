import { beforeAll, expect, test } from 'vitest'
import { identityFromSeed } from '../../src/access/index.ts'
import { MemoryKeyValue } from '../../src/access/memory-key-value.ts'
import { concat, PeerageError, utf8 } from '../../src/base/index.ts'
import { type Name, nameOfKey, parseName, routingKeyOfName } from '../../src/content/index.ts'
import { ipfsNamesConfig } from '../../src/ipfs/names/config.ts'
import { IpfsNames, type NameKey, type Pointers, recordValidators } from '../../src/ipfs/names/index.ts'
import type { RecordRouting } from '../../src/ipfs/routing/index.ts'
import { SimulatedKademlia, type SimulatedPeer } from '../../src/network/kademlia/simulated-kademlia.ts'
import { bytesField, decodeIpnsRecord, encodeIpnsRecord, varintField } from '../../src/wire/index.ts'

const hour = 3_600_000
const net = new SimulatedKademlia(20_262)
const { world } = net
const never = new AbortController().signal
const config = ipfsNamesConfig.parse({ republishMs: hour / 3, validityMs: 4 * hour })
let peers: SimulatedPeer[] = []
const one = { path: '/ipfs/bafkqaddwgevxmmraojswg33smq' }
const other = { path: '/ipfs/bafkqadtwgiww63tmpeqhezldn5zgi', infoHash: new Uint8Array(32).fill(5) }

beforeAll(async () => {
  const validators = recordValidators(world)
  for (let i = 0; i < 30; i++) {
    const start = i === 0 ? [] : [peers[0]!.contact]
    peers = [...peers, net.join(net.address(i), start, { valueMs: 4 * hour }, { foreign: true, validators })]
  }
  await net.pass(60_000)
})

/** The records that the Kademlia network has, over one of its nodes. */
function routingOf({ node }: SimulatedPeer): RecordRouting {
  return {
    async *getRecords(name, signal) {
      const record = await node.getValue(routingKeyOfName(name), signal)
      if (record !== undefined) yield record
    },
    putRecord: async (name, record, signal) => ({
      peers: await node.putValue(routingKeyOfName(name), record, signal),
      servers: 0,
    }),
  }
}

function keyOf(fill: number): NameKey {
  const { publicKey, sign } = identityFromSeed(new Uint8Array(32).fill(fill))
  return { name: `k${fill}`, publicKey, sign }
}

interface Options {
  readonly state?: MemoryKeyValue
  readonly texts?: Readonly<Record<string, string>>
  readonly pointers?: Pointers
  readonly routing?: RecordRouting
  readonly refuse?: (name: Name, path: readonly string[]) => void
}

function namesOf(
  peer: number,
  key: NameKey,
  { state, texts = {}, pointers, routing, refuse }: Options = {},
): IpfsNames {
  return new IpfsNames({
    world,
    config,
    state: state ?? new MemoryKeyValue(),
    routing: routing ?? routingOf(peers[peer]!),
    keys: { open: async () => key },
    texts: async host => ({ texts: texts[host] === undefined ? [] : [texts[host]], ttlSeconds: 60 }),
    ...(pointers && { pointers }),
    ...(refuse && { refuse }),
  })
}

/** A record that somebody made with a key, whatever it says. */
function recordOf(key: NameKey, sequence: bigint, path: string, validMs = hour): Uint8Array {
  const validUntil = BigInt(world.wallTime() + validMs) * 1_000_000n
  return encodeIpnsRecord({ value: utf8(path), validUntil, sequence, ttl: 0n }, message => key.sign(message))
}

const only = (...records: readonly Uint8Array[]): RecordRouting => ({
  async *getRecords() {
    yield* records
  },
  putRecord: async () => ({ peers: 0, servers: 0 }),
})

const publish = (names: IpfsNames, target: typeof one) => net.run(names.publish(target, { signal: never }))
const resolve = (names: IpfsNames, name: string) => net.run(names.resolve(name, never))
const refusal = expect.objectContaining({ code: 'name.refused' })

test('what one publishes another resolves, and then what is published next', async () => {
  const key = keyOf(1)
  const owner = namesOf(3, key)
  const name = nameOfKey(key.publicKey)
  const published = await publish(owner, one)
  expect(published).toMatchObject({ name, sequence: 1n, ...one })
  expect(published.peers).toBeGreaterThanOrEqual(15)
  const seeker = namesOf(20, keyOf(99))
  expect(await resolve(seeker, name)).toMatchObject({ ...one, names: [name], sequence: 1n })
  expect((await publish(owner, other)).sequence).toBe(2n)
  // It need not ask again for five minutes.
  expect(await resolve(seeker, name)).toMatchObject(one)
  await net.pass(5 * 60_000 + 1)
  expect(await resolve(seeker, `/ipns/${name}/a/b`)).toMatchObject({
    path: `${other.path}/a/b`,
    infoHash: other.infoHash,
    sequence: 2n,
  })
  await owner.stop()
})

test('it is put again with a later end as long as its owner runs, and expires when it does not', async () => {
  const key = keyOf(2)
  const name = nameOfKey(key.publicKey)
  const owner = namesOf(4, key)
  await publish(owner, one)
  await net.pass(5 * hour, 5_000)
  const held = await resolve(namesOf(21, keyOf(99)), name)
  expect(held).toMatchObject({ ...one, sequence: 1n })
  expect(held.validUntil - world.wallTime()).toBeGreaterThan(3.5 * hour)
  await owner.stop()
  await net.pass(4 * hour, 5_000)
  await expect(resolve(namesOf(22, keyOf(99)), name)).rejects.toMatchObject({ code: 'name.unknown' })
}, 60_000)

test('the number never goes back: after a restart, after a restore, and beside another device', async () => {
  const key = keyOf(3)
  const name = nameOfKey(key.publicKey)
  const state = new MemoryKeyValue()
  const before = namesOf(5, key, { state })
  await publish(before, one)
  await publish(before, other)
  await before.stop()
  const again = namesOf(5, key, { state })
  expect(again.own()).toMatchObject([{ name, key: 'k3', sequence: 2n, ...other }])
  expect((await publish(again, one)).sequence).toBe(3n)
  // Restored from a phrase: nothing is remembered but the key.
  const restored = namesOf(6, key)
  expect((await publish(restored, other)).sequence).toBe(4n)
  // The first device takes over what the second published.
  await net.pass(hour / 2, 5_000)
  await net.run(again.renew())
  expect(again.own()).toMatchObject([{ sequence: 4n, ...other }])
  expect(await resolve(namesOf(23, keyOf(99)), name)).toMatchObject({ ...other, sequence: 4n })
  await Promise.all([again.stop(), restored.stop()])
}, 60_000)

test('what nobody took is put as soon as somebody is there', async () => {
  const key = keyOf(12)
  const listeners = new Set<() => void>()
  const taken: bigint[] = []
  let isThere = false
  const routing: RecordRouting = {
    async *getRecords() {},
    putRecord: async (_, record) => {
      if (isThere) taken.push(decodeIpnsRecord(record).sequence)
      return { peers: isThere ? 20 : 0, servers: 0 }
    },
    onEntered(listener) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
  }
  const owner = namesOf(9, key, { routing })
  await expect(publish(owner, one)).rejects.toMatchObject({ code: 'network.unreachable' })
  await net.pass(60_000)
  isThere = true
  await net.pass(10_000)
  expect(taken).toEqual([])
  for (const listener of listeners) listener()
  await net.pass(1_000)
  expect(taken).toEqual([1n])
  expect(owner.own()[0]?.putAt).toBeGreaterThan(0)
  await owner.stop()
  expect(listeners.size).toBe(0)
})

test('a name whose key has no more numbers is not published', async () => {
  const key = keyOf(4)
  const routing = only(recordOf(key, 2n ** 64n - 1n, one.path))
  await expect(publish(namesOf(7, key, { routing }), one)).rejects.toEqual(refusal)
})

test('records of another key, expired, rolled back or malformed are refused', async () => {
  const key = keyOf(5)
  const name = nameOfKey(key.publicKey)
  const asked = (...records: readonly Uint8Array[]) =>
    resolve(namesOf(8, key, { routing: only(...records) }), name)
  await expect(asked(recordOf(keyOf(6), 9n, one.path))).rejects.toEqual(refusal)
  await expect(asked(recordOf(key, 9n, one.path, -1))).rejects.toEqual(refusal)
  await expect(asked(new Uint8Array(20_000))).rejects.toEqual(refusal)
  await expect(asked(recordOf(key, 9n, '/etc/passwd'))).rejects.toEqual(refusal)
  await expect(asked()).rejects.toMatchObject({ code: 'name.unknown' })
  // Who lies does not hide what is true.
  const good = recordOf(key, 3n, one.path)
  expect(await asked(recordOf(keyOf(6), 9n, other.path), good, recordOf(key, 2n, other.path))).toMatchObject(
    one,
  )

  const state = new MemoryKeyValue()
  await resolve(namesOf(8, key, { state, routing: only(good) }), name)
  const old = only(recordOf(key, 2n, other.path, 10 * hour))
  await expect(resolve(namesOf(8, key, { state, routing: old }), name)).rejects.toEqual(refusal)
  // When the newer one has expired the older one is what there is.
  await net.pass(2 * hour, 60_000)
  expect(await resolve(namesOf(8, key, { state, routing: old }), name)).toMatchObject(
    other.path ? { path: other.path } : {},
  )
})

test('something else under the number that was seen before is refused, and what was seen holds', async () => {
  const key = keyOf(13)
  const name = nameOfKey(key.publicKey)
  const state = new MemoryKeyValue()
  const seeker = (...records: readonly Uint8Array[]) => namesOf(14, key, { state, routing: only(...records) })
  const first = recordOf(key, 3n, one.path)
  const second = recordOf(key, 3n, other.path, 2 * hour)
  await resolve(seeker(first), name)
  await expect(resolve(seeker(second), name)).rejects.toEqual(refusal)
  await expect(net.run(seeker(second).record(name, never))).rejects.toEqual(refusal)
  expect(await resolve(seeker(second, first), name)).toMatchObject(one)
  // The same put again with a later end is what was seen.
  const later = recordOf(key, 3n, one.path, 3 * hour)
  expect(await resolve(seeker(later), name)).toMatchObject({ ...one, sequence: 3n })
  // The next number decides.
  expect(await resolve(seeker(recordOf(key, 4n, other.path, 2 * hour)), name)).toMatchObject({
    path: other.path,
  })
  // Whoever sees both for the first time takes the one that holds longer (IPNS specification, "Record Verification").
  expect(await resolve(namesOf(14, key, { routing: only(first, second) }), name)).toMatchObject({
    path: other.path,
  })
})

test('of two devices that published at once the one that comes back first holds, with the next number', async () => {
  const key = keyOf(14)
  const [mine, theirs] = [only(recordOf(key, 1n, other.path, 4 * hour)), new MemoryKeyValue()]
  const taken: Uint8Array[] = []
  const routing: RecordRouting = {
    getRecords: (name, signal) => (taken.length === 0 ? only() : mine).getRecords(name, signal),
    putRecord: async (_, record) => {
      taken.push(record)
      return { peers: 1, servers: 0 }
    },
  }
  const names = namesOf(15, key, { routing, state: theirs })
  expect(await publish(names, one)).toMatchObject({ sequence: 1n })
  await names.stop()
  await net.pass(hour / 2, 60_000)
  const again = namesOf(15, key, { routing, state: theirs })
  await net.run(again.renew())
  expect(again.own()).toMatchObject([{ ...one, sequence: 2n }])
  await again.stop()
})

test('an old record that somebody keeps up does not hide what the other network knows', async () => {
  const key = keyOf(15)
  const name = nameOfKey(key.publicKey)
  const state = new MemoryKeyValue()
  const pointers: Pointers = {
    get: async () => ({ path: other.path, sequence: 5n }),
    put: async () => 0,
  }
  const routing = only(recordOf(key, 4n, one.path, 4 * hour))
  const newest = { path: other.path, sequence: 5n }
  expect(await resolve(namesOf(16, key, { pointers, routing, state }), name)).toMatchObject(newest)
  // It is remembered, too; the record with that number says more.
  await expect(resolve(namesOf(16, key, { routing, state }), name)).rejects.toEqual(refusal)
  const said = only(recordOf(key, 5n, other.path))
  expect(await resolve(namesOf(16, key, { pointers, routing: said, state }), name)).toMatchObject(newest)
  // An item that was taken back is refused like a record.
  const old: Pointers = { ...pointers, get: async () => ({ ...one, sequence: 2n }) }
  await expect(resolve(namesOf(16, key, { pointers: old, routing: only(), state }), name)).rejects.toEqual(
    refusal,
  )
})

test('what its owner says of times is bounded: how long it need not be asked for again, and for how long it holds', async () => {
  const key = keyOf(16)
  const name = nameOfKey(key.publicKey)
  const validUntil = BigInt(world.wallTime() + 2 * hour) * 1_000_000n
  const signed = (what: { validUntil: bigint; ttl: bigint }) =>
    only(encodeIpnsRecord({ value: utf8(one.path), sequence: 1n, ...what }, message => key.sign(message)))
  const asked = (what: { validUntil: bigint; ttl: bigint }) =>
    resolve(namesOf(17, key, { routing: signed(what) }), name)
  const ever = await asked({ validUntil, ttl: 2n ** 64n - 1n })
  expect(ever.freshUntil - world.wallTime()).toBe(config.maxTtlMs)
  expect(ever.validUntil - world.wallTime()).toBe(2 * hour)
  // It need not be asked for again longer than it holds.
  const short = await asked({ validUntil: BigInt(world.wallTime() + 1_000) * 1_000_000n, ttl: 2n ** 63n })
  expect(short.freshUntil - world.wallTime()).toBe(1_000)
  // The last moment, and the one after.
  expect(await asked({ validUntil: BigInt(world.wallTime()) * 1_000_000n + 1n, ttl: 0n })).toMatchObject(one)
  await expect(asked({ validUntil: BigInt(world.wallTime()) * 1_000_000n, ttl: 0n })).rejects.toEqual(refusal)
})

test('a record with a signature of version 1 only is refused', async () => {
  const key = keyOf(17)
  const validity = utf8('2100-01-01T00:00:00.000000000Z')
  const value = utf8(one.path)
  const v1 = concat([
    ...bytesField(1, value),
    ...bytesField(2, key.sign(concat([value, validity, utf8('EOL')]))),
    ...varintField(3, 0),
    ...bytesField(4, validity),
    ...varintField(5, 1),
  ])
  await expect(resolve(namesOf(18, key, { routing: only(v1) }), nameOfKey(key.publicKey))).rejects.toEqual(
    refusal,
  )
})

test('no peer keeps a record of another key, an expired or an older one', async () => {
  const key = keyOf(7)
  const { multihash } = parseName(nameOfKey(key.publicKey)) as { multihash: Uint8Array }
  const at = routingKeyOfName(multihash)
  const { node } = peers[9]!
  const put = (value: Uint8Array) => net.run(node.putValue(at, value, never))
  expect(await put(recordOf(key, 5n, one.path))).toBeGreaterThan(10)
  expect(await put(recordOf(key, 4n, one.path))).toBe(0)
  for (const value of [recordOf(keyOf(8), 6n, one.path), recordOf(key, 6n, one.path, -1), new Uint8Array(9)])
    await expect(put(value)).rejects.toMatchObject({ code: 'usage.invalid' })
})

test('names and domains lead on to one another, but not in a circle', async () => {
  const [a, b] = [keyOf(10), keyOf(11)].map(key => ({ key, name: nameOfKey(key.publicKey) }))
  const texts = {
    '_dnslink.docs.example': `dnslink=/ipns/${a!.name}`,
    '_dnslink.loop.example': 'dnslink=/ipns/loop.example',
    '_dnslink.one.example': 'dnslink=/ipns/two.example',
    '_dnslink.two.example': 'dnslink=/ipns/one.example',
    '_dnslink.bad.example': 'dnslink=/ipns/nonsense',
    ...Object.fromEntries(
      Array.from({ length: 20 }, (_, i) => [`_dnslink.n${i}.example`, `dnslink=/ipns/n${i + 1}.example`]),
    ),
  }
  await publish(namesOf(10, b!.key), one)
  await publish(namesOf(10, a!.key), { path: `/ipns/${b!.name}/sub` })
  const seeker = namesOf(24, keyOf(99), { texts })
  expect(await resolve(seeker, 'docs.example/page')).toMatchObject({
    path: `${one.path}/sub/page`,
    names: ['docs.example', a!.name, b!.name],
  })
  for (const loop of ['loop.example', 'one.example', 'n0.example'])
    await expect(resolve(seeker, loop)).rejects.toEqual(refusal)
  await expect(resolve(seeker, 'bad.example')).rejects.toEqual(refusal)
  await expect(resolve(seeker, 'none.example')).rejects.toMatchObject({ code: 'name.no-link' })
})

test('what is in the other network is asked when the first one knows nothing', async () => {
  const key = keyOf(12)
  const name = nameOfKey(key.publicKey)
  const kept: { sequence?: bigint; infoHash?: Uint8Array } = {}
  const pointers: Pointers = {
    get: async () =>
      kept.sequence === undefined ? undefined : { infoHash: kept.infoHash!, sequence: kept.sequence },
    put: async (_, { sequence, infoHash }) => {
      Object.assign(kept, { sequence, infoHash })
      return 8
    },
  }
  const routing = only()
  const infoHash = new Uint8Array(32).fill(9)
  const owner = namesOf(11, key, { pointers, routing })
  const published = await net.run(owner.publish({ infoHash }, { signal: never }))
  expect(published).toMatchObject({ nodes: 8, peers: 0, sequence: 1n })
  await owner.stop()
  expect(await resolve(namesOf(12, key, { pointers, routing }), name)).toMatchObject({
    infoHash,
    sequence: 1n,
  })
  // Restored: the number of the other network counts, too.
  expect(
    (await net.run(namesOf(13, key, { pointers }).publish({ infoHash }, { signal: never }))).sequence,
  ).toBe(2n)
  // Whoever knows nothing of info hashes reads a magnet link.
  const seen = await resolve(namesOf(25, keyOf(99)), name)
  expect(seen.infoHash).toEqual(infoHash)
  expect(seen.path).toBeUndefined()
})

test('a name that is refused is not asked for, nor one that it leads over', async () => {
  const key = keyOf(77)
  const told: string[] = []
  const asked: string[] = []
  const denial = new PeerageError('content.denied', 'A list names it.')
  const names = namesOf(0, key, {
    texts: {
      '_dnslink.first.example': 'dnslink=/ipns/second.example/b',
      '_dnslink.second.example': 'dnslink=/ipfs/bafkqaaa',
    },
    refuse(name, path) {
      const text = [name.kind === 'domain' ? name.domain : 'key', ...path].join('/')
      told.push(text)
      if (text === 'second.example/b/a' || text === 'key') throw denial
    },
    routing: {
      async *getRecords() {
        asked.push('record')
        yield* []
      },
      putRecord: async () => ({ peers: 0, servers: 0 }),
    },
  })
  await expect(resolve(names, 'first.example/a')).rejects.toBe(denial)
  expect(told).toEqual(['first.example/a', 'second.example/b/a'])
  expect(await resolve(names, 'first.example')).toMatchObject({ path: '/ipfs/bafkqaaa/b' })
  const name = nameOfKey(key.publicKey)
  await expect(resolve(names, name)).rejects.toBe(denial)
  await expect(names.record(name, never)).rejects.toBe(denial)
  expect(asked).toEqual([])
})
