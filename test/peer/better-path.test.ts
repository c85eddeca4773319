import fs from 'node:fs'
import { afterAll, expect, it } from 'vitest'
import { formatLink, parseLink } from '../../src/content/index.ts'
import type { Peer } from '../../src/peer/index.ts'
import { Peers, share } from './peers.ts'
import { alone, until } from './public-peers.ts'
import { bytesOf, makeTree } from './trees.ts'

const peers = new Peers()
afterAll(() => peers.end())
const start = (name: string, set: object): Promise<Peer> =>
  peers.start(name, { ...alone, ...set }, { transports: 'tcp' })
const size = 3_000_000
const isRelayed = (address: string): boolean => address.includes('/p2p-circuit')

it('a transfer that began through a relay goes on over the direct way, and nothing is fetched twice', async () => {
  const relay = await start('relay', { 'relay.relayFor': 'everyone', 'relay.use': 'never' })
  const owner = await start('owner', { 'relay.use': 'always', 'relay.relays': relay.addresses().slice(0, 1) })
  await until(async () => owner.addresses().some(isRelayed))
  const bytes = bytesOf(7, size)
  const { link, infoHash } = await share(owner, makeTree(peers.path('Mine'), { film: bytes }))
  const getter = await start('getter', { 'relay.use': 'never', 'files.downloadBytesPerSecond': 600_000 })
  // Of the owner nothing is known but the relay.
  const parsed = parseLink(link)
  const only = formatLink({ ...parsed, peers: owner.addresses().filter(isRelayed) })
  for await (const _ of getter.files.get({ link: only, into: peers.path('into'), background: true }));
  const paths: string[] = []
  const look = async () => {
    const [peer] = await getter.files.peers({ content: infoHash })
    if (peer !== undefined && paths.at(-1) !== peer.path) paths.push(peer.path)
    return (await getter.files.list({}))[0]!
  }
  await until(async () => (await look()).completedAt !== undefined, 20_000)
  expect(paths.at(-1)).toBe('loopback')
  expect((await look()).downBytes).toBeLessThan(size * 1.2)
  expect(fs.readFileSync(peers.path('into', 'Mine', 'film')).equals(bytes)).toBe(true)
}, 60_000)
