import { afterAll, describe, expect, it } from 'vitest'
import type { Peer } from '../../src/peer/index.ts'
import { get, Peers } from './peers.ts'
import { bytesOf, makeTree, treeOf } from './trees.ts'

// Real sockets: the loopback interface is their local network, and nothing else may lead them to each other.
const peers = new Peers()
const start = (name: string, set: Readonly<Record<string, unknown>> = {}): Promise<Peer> =>
  peers.start(
    name,
    { 'network.hosts': ['127.0.0.1'], 'network.mdns': false, 'bittorrent.dht': false, ...set },
    { transports: 'tcp' },
  )
afterAll(() => peers.end())

async function offer(peer: Peer, name: string, input: object): Promise<{ magnet: string; infoHash: string }> {
  const path = makeTree(peers.path(name), {
    'one.bin': bytesOf(1, 300_000),
    'sub/two.bin': bytesOf(2, 70_001),
  })
  for await (const update of peer.files.share({ path, public: true, ...input }))
    if (update.phase === 'shared') return update
  throw new Error('it was not shared')
}

describe('on the local network alone (BEP 14)', () => {
  it.each([
    ['whoever seeds is found', 'Seeded', (magnet: string) => magnet],
    ['a hybrid by its v1 name', 'V1', (magnet: string) => magnet.replace(/xt=urn:btmh:[0-9a-f]+&/, '')],
    ['a hybrid by its v2 name', 'V2', (magnet: string) => magnet.replace(/xt=urn:btih:[0-9a-f]+&/, '')],
  ])('%s', async (title, name, link) => {
    const a = await start(`a ${title}`)
    const { magnet } = await offer(a, name, { hybrid: true })
    const b = await start(`b ${title}`)
    const into = peers.path('into', name)
    expect(await get(b, link(magnet), into)).toMatchObject({ state: 'complete' })
    expect(treeOf(`${into}/${name}`)).toEqual(treeOf(peers.path(name)))
    await Promise.all([peers.stop(a), peers.stop(b)])
  })

  it('a private torrent is not', async () => {
    const a = await start('a private')
    const { infoHash } = await offer(a, 'Hidden', { private: true })
    const torrent = peers.path('hidden.torrent')
    await a.files.export({ content: infoHash, path: torrent })
    const b = await start('b private')
    await expect(get(b, torrent, peers.path('into', 'Hidden'), { timeout: 2 })).rejects.toMatchObject({
      code: 'network.no-peers',
    })
    const lan = (await b.files.trackers({ content: infoHash })).find(({ kind }) => kind === 'lan')
    expect(lan).toMatchObject({ state: 'off', message: 'The torrent is private.', peers: 0 })
    await Promise.all([peers.stop(a), peers.stop(b)])
  })

  it('a private torrent is not, though there was no place for it before a restart', async () => {
    const a = await start('a no place')
    const { infoHash } = await offer(a, 'Nowhere', { private: true })
    const torrent = peers.path('nowhere.torrent')
    await a.files.export({ content: infoHash, path: torrent })
    const b = await start('b no place')
    const into = makeTree(peers.path('full'), { Nowhere: bytesOf(5, 10) })
    await expect(get(b, torrent, into)).rejects.toThrow()
    await peers.stop(b)
    const again = await start('b no place')
    await again.files.resume({ content: infoHash })
    const rows = await again.files.trackers({ content: infoHash })
    for (const kind of ['lan', 'pex', 'dht'])
      expect(rows.find(row => row.kind === kind)).toMatchObject({
        state: 'off',
        message: 'The torrent is private.',
      })
    await Promise.all([peers.stop(a), peers.stop(again)])
  })
})
