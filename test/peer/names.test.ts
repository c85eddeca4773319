import fs from 'node:fs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { publicKeyOf } from '../../src/access/index.ts'
import { nameOfKey } from '../../src/content/index.ts'
import type { Peer } from '../../src/peer/index.ts'
import { codeOf, get, Peers, share } from './peers.ts'
import { alone, portOf } from './public-peers.ts'

const peers = new Peers()
const start = (name: string, set: Readonly<Record<string, unknown>> = {}): Promise<Peer> =>
  peers.start(
    name,
    {
      ...alone,
      'bittorrent.dht': true,
      'dht.maxQueriesPerAddress': 1000,
      'ipfs.enabled': true,
      'ipfsRouting.dht': 'server',
      'ipfsNames.patienceMs': 1_000,
      ...set,
    },
    { transports: 'tcp' },
  )
const loopback = (peer: Peer): string[] => peer.addresses().filter(one => one.startsWith('/ip4/127.'))
const path = '/ipfs/bafkqaddwgevxmmraojswg33smq'
let first: Peer
let bootstrap: Readonly<Record<string, unknown>>
let a: Peer
let b: Peer
beforeAll(async () => {
  first = await start('first', { 'dht.bootstrap': [] })
  // Whoever asks begins its nodes; these find nobody yet.
  expect(await codeOf(first.names.resolve({ name: nameOfKey(new Uint8Array(32)) }))).toBe('name.unknown')
  bootstrap = { 'dht.bootstrap': [`127.0.0.1:${portOf(first)}`], 'ipfsRouting.bootstrap': loopback(first) }
  a = await start('a', bootstrap)
  b = await start('b', bootstrap)
})
afterAll(() => peers.end())

test('a name is published in both networks and resolved by others, under the key of the peer', async () => {
  const published = await a.names.publish({ what: path })
  const name = nameOfKey(publicKeyOf(a.peerId))
  expect(published).toMatchObject({ name, sequence: '1', path })
  expect(published.peers).toBeGreaterThanOrEqual(1)
  expect(published.nodes).toBeGreaterThanOrEqual(1)
  expect(await b.names.resolve({ name: a.peerId })).toMatchObject({ names: [name], path, sequence: '1' })
  expect(await b.names.resolve({ name: `ipns://${name}/a` })).toMatchObject({ path: `${path}/a` })
  expect(await a.names.list({})).toMatchObject([{ key: 'self', name, path, sequence: '1' }])
  // What stands in the CID itself need not be asked of anybody.
  const got = await get(b, `ipns://${name}`, peers.path('into'), { timeout: 10 })
  expect(got).toMatchObject({ state: 'complete', files: 1 })
  expect(fs.readFileSync(got.path!, 'utf8')).toBe('v1+v2 record')
})

test('it points at content that is here, and each network alone is enough', async () => {
  const file = peers.path('page.txt')
  fs.writeFileSync(file, 'a page')
  const { infoHash } = await share(a, file)
  const { key, name } = await a.names.createKey({ key: 'blog' })
  expect(key).toBe('blog')
  expect(await a.names.publish({ what: 'page.txt', key: 'blog' })).toMatchObject({
    name,
    infoHash,
    title: 'page.txt',
  })
  // One that takes no part in the Kademlia network of IPFS reads the item in the Mainline DHT, one without that the record.
  const mainline = await start('mainline', { ...bootstrap, 'ipfsRouting.dht': 'off' })
  expect(await mainline.names.resolve({ name: name! })).toMatchObject({ infoHash, sequence: '1' })
  const amino = await start('amino', { ...bootstrap, 'bittorrent.dht': false })
  expect(await amino.names.resolve({ name: name! })).toMatchObject({ infoHash, sequence: '1' })
})

test('after a restart the number goes on', async () => {
  await peers.stop(a)
  a = await start('a', bootstrap)
  expect(await a.names.list({})).toMatchObject([{ key: 'blog' }, { key: 'self', path }].reverse())
  expect(await a.names.publish({ what: '/ipns/example.org' })).toMatchObject({ sequence: '2' })
})

test('after a restart it is in the Mainline DHT again, without a word of its owner', async () => {
  const fresh = await start('fresh', { 'dht.bootstrap': [] })
  expect(await codeOf(fresh.names.resolve({ name: nameOfKey(new Uint8Array(32)) }))).toBe('name.unknown')
  expect(await fresh.dht.status({})).toMatchObject({ items: 0 })
  await peers.stop(a)
  a = await start('a', { ...bootstrap, 'dht.bootstrap': [`127.0.0.1:${portOf(fresh)}`] })
  await expect.poll(async () => (await fresh.dht.status({})).items, { timeout: 90_000 }).toBeGreaterThan(0)
  await peers.stop(fresh)
}, 120_000)

test('keys are listed and removed, and what cannot be is refused', async () => {
  expect(await a.names.keys({})).toMatchObject([{ key: 'self' }, { key: 'blog' }])
  expect(await codeOf(a.names.createKey({ key: 'blog' }))).toBe('name.key-exists')
  expect(await codeOf(a.names.createKey({ key: '../x' }))).toBe('usage.invalid')
  expect(await codeOf(a.names.removeKey({ key: 'self' }))).toBe('usage.invalid')
  await a.names.removeKey({ key: 'blog' })
  expect(await a.names.list({})).toMatchObject([{ key: 'self' }])
  expect(await codeOf(a.names.publish({ what: path, key: 'blog' }))).toBe('name.key-unknown')
  expect(await codeOf(a.names.publish({ what: 'nothing here' }))).toBe('content.unknown')
  expect(await codeOf(a.names.publish({ what: '/ipfs/' }))).toBe('link.invalid')
  expect(await codeOf(a.names.resolve({ name: 'no name' }))).toBe('link.invalid')
})
