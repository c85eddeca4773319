import { type AddressInfo, createServer } from 'node:net'
import { afterAll, expect, test, vi } from 'vitest'
import type { Peer } from '../../src/peer/index.ts'
import { get, Peers, share } from './peers.ts'
import { bytesOf, makeTree, treeOf } from './trees.ts'

// Real sockets on loopback. Each way of finding peers alone, with a link that carries no address or only a dead one.
// Several whole peers each: on a busy machine that takes longer than other tests may.
vi.setConfig({ testTimeout: 60_000 })
const peers = new Peers()
afterAll(() => peers.end())

const nothing = {
  'network.hosts': ['127.0.0.1'],
  'network.mdns': false,
  'bittorrent.enabled': false,
  'discovery.contacts': false,
  'discovery.overlayFor': 'off',
  'kademlia.enabled': false,
}
const start = (name: string, set: Readonly<Record<string, unknown>> = {}): Promise<Peer> =>
  peers.start(name, { ...nothing, ...set }, { transports: 'tcp' })

async function offer(peer: Peer, name: string): Promise<{ bare: string; dead: string; name: string }> {
  const path = makeTree(peers.path(name), {
    'one.bin': bytesOf(1, 300_000),
    'sub/two.bin': bytesOf(2, 70_001),
  })
  const { link } = await share(peer, path)
  const bare = link.replace(/&p=[^&]*/g, '')
  const dead = link.replace(/(\/tcp\/)\d+/g, '$11')
  expect(bare).not.toContain('127.0.0.1')
  return { bare, dead, name }
}

async function fetched(peer: Peer, link: string, name: string): Promise<void> {
  const into = peers.path('into', peer.peerId, name)
  expect(await get(peer, link, into)).toMatchObject({ state: 'complete' })
  expect(treeOf(`${into}/${name}`)).toEqual(treeOf(peers.path(name)))
}

const fullAddress = (peer: Peer): string => peer.addresses()[0]!

test('hybrid: by a rendezvous that both know', async () => {
  const point = await start('point', { 'discovery.rendezvousFor': 'everyone' })
  const use = { 'discovery.rendezvousPoints': [fullAddress(point)] }
  const [a, b] = await Promise.all([start('a hybrid', use), start('b hybrid', use)])
  const { bare, dead, name } = await offer(a, 'Hybrid')
  await expect.poll(() => point.discovery.rendezvous({})).toMatchObject({ topics: 3 })
  await fetched(b, bare, name)
  const c = await start('c hybrid', use)
  await fetched(c, dead, name)
  expect(await rowsOf(c, b.peerId)).toMatchObject([{ peer: b.peerId, how: 'rendezvous' }])
  await Promise.all([a, b, c, point].map(peer => peers.stop(peer)))
})

test('pure: by a contact of both, and the two meet again by what they remember', async () => {
  const known = { 'discovery.contacts': true }
  const [a, b, c] = await Promise.all([
    start('a pure', known),
    start('b pure', known),
    start('c pure', known),
  ])
  for (const [peer, name] of [
    [a, 'Ann'],
    [b, 'Ben'],
  ] as const) {
    await c.contacts.add({ peer: fullAddress(peer), name })
    await peer.contacts.add({ peer: fullAddress(c), name: 'Cat' })
  }
  await expect.poll(() => new Set(c.connections().map(({ peer }) => peer)).size, { timeout: 10_000 }).toBe(2)
  const { bare, name } = await offer(a, 'Pure')
  await expect.poll(() => rowsOf(b, a.peerId), { timeout: 10_000 }).toMatchObject([{ how: 'contacts' }])
  await fetched(b, bare, name)
  await Promise.all([a, b, c].map(peer => peers.stop(peer)))

  // All were off. One is where it was, the other is not, and nobody else is there.
  const again = await start('c pure', known)
  const moved = await start('a pure', { ...known, 'network.port': await freePort() })
  const meets = (): boolean => again.connections().some(({ peer }) => peer === moved.peerId)
  await expect.poll(meets, { timeout: 15_000 }).toBe(true)
  await Promise.all([again, moved].map(peer => peers.stop(peer)))
})

test('unstructured: by nodes of the overlay, none of whom both know', async () => {
  const first = await start('n0', { 'discovery.overlayFor': 'everyone' })
  const enter = { 'discovery.overlayFor': 'everyone', 'discovery.bootstrap': [fullAddress(first)] }
  const others = await Promise.all(['n1', 'n2', 'a overlay', 'b overlay'].map(name => start(name, enter)))
  const [a, b] = [others[2]!, others[3]!]
  await expect.poll(() => b.connections().length, { timeout: 15_000 }).toBeGreaterThan(0)
  const { bare, name } = await offer(a, 'Overlay')
  await fetched(b, bare, name)
  await Promise.all([first, ...others].map(peer => peers.stop(peer)))
})

test('all together: when one of them leads anywhere', async () => {
  const node = await start('node', { 'discovery.overlayFor': 'everyone' })
  const dead = fullAddress(node).replace(/\/tcp\/\d+/, '/tcp/1')
  const all = {
    'discovery.contacts': true,
    'discovery.overlayFor': 'everyone',
    'discovery.bootstrap': [dead, fullAddress(node)],
    'discovery.rendezvousPoints': [dead],
    'kademlia.enabled': true,
    'kademlia.bootstrap': [dead],
  }
  const [a, b] = await Promise.all([start('a all', all), start('b all', all)])
  await expect.poll(() => b.connections().length, { timeout: 15_000 }).toBeGreaterThan(0)
  const { dead: link, name } = await offer(a, 'All')
  await fetched(b, link, name)
  await Promise.all([a, b, node].map(peer => peers.stop(peer)))
})

/** One that nothing listens on now. */
async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise(resolve => server.close(resolve))
  return port
}

async function rowsOf(peer: Peer, who: string): Promise<unknown[]> {
  const rows = []
  for await (const row of peer.discovery.find({ who })) rows.push(row)
  return rows
}
