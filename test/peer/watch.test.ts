import fs from 'node:fs'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { VirtualWorld } from '../../src/base/index.ts'
import type { Peer, PeerEvent } from '../../src/peer/index.ts'
import { patienceMs, WatchedFolder } from '../../src/services/files/watched-folder.ts'
import { Peers } from './peers.ts'

const peers = new Peers()
let peer: Peer
const events: PeerEvent[] = []

beforeEach(async () => {
  events.length = 0
  fs.mkdirSync(peers.path('in'), { recursive: true })
  fs.mkdirSync(peers.path('watched'), { recursive: true })
  fs.writeFileSync(peers.path('in/a'), Buffer.alloc(50_000, 'a'))
  peer = await peers.start('A', {
    'files.watchFolder': peers.path('watched'),
    'files.watchInto': peers.path('out'),
    'files.watchMs': 200,
  })
  peer.events.listen(event => events.push(event))
})
afterEach(() => peers.end())

async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await holds())) await new Promise(resolve => setTimeout(resolve, 10))
}

async function torrent(to: string): Promise<string> {
  for await (const update of peer.files.create({ path: peers.path('in'), torrent: to, overwrite: true }))
    if (update.phase === 'created') return update.infoHash
  throw new Error('no torrent')
}

test('a .torrent file is added once, into the folder for such things, and renamed', async () => {
  const hash = await torrent(peers.path('made.torrent'))
  fs.copyFileSync(peers.path('made.torrent'), peers.path('watched/x.torrent'))
  await until(() => fs.existsSync(peers.path('watched/x.torrent.added')))
  const list = await peer.files.list({})
  expect(list).toMatchObject([{ infoHash: hash }])
  await until(() => events.some(event => event.type === 'watch.added'))
  await until(async () => (await peer.files.list({}))[0]?.path === peers.path('out/in'))
  fs.copyFileSync(peers.path('made.torrent'), peers.path('watched/x.torrent'))
  await until(() => fs.existsSync(peers.path('watched/x.torrent.added.2')))
  expect(await peer.files.list({})).toHaveLength(1)
})

test('a .magnet file may hold several links', async () => {
  const links = ['a', 'b'].map(digit => `magnet:?xt=urn:btih:${digit.repeat(40)}&dn=${digit}`)
  fs.writeFileSync(peers.path('watched/links.magnet'), `${links.join('\n')}\n`)
  await until(() => fs.existsSync(peers.path('watched/links.magnet.added')))
  expect((await peer.files.list({})).map(({ name }) => name).sort()).toEqual(['a', 'b'])
})

test('what is half written is waited for; what stays wrong is renamed, and told', async () => {
  const world = new VirtualWorld(1)
  const folder = peers.path('slow')
  fs.mkdirSync(folder)
  const told: string[] = []
  const added: string[] = []
  const watched = new WatchedFolder({
    world,
    folder,
    lookMs: 1000,
    add: async link => {
      if (fs.readFileSync(link, 'utf8') !== 'whole') throw new Error('not yet')
      added.push(link)
    },
    done: (path, error) => told.push(`${path.slice(folder.length + 1)} ${error?.code ?? 'added'}`),
  })
  const pass = async (ms: number): Promise<void> => {
    world.advance(ms)
    await watched.look()
  }
  watched.start()
  fs.writeFileSync(`${folder}/a.torrent`, 'wh')
  fs.writeFileSync(`${folder}/b.torrent`, 'nonsense')
  fs.mkdirSync(`${folder}/c.torrent`)
  fs.symlinkSync('/etc/hostname', `${folder}/d.torrent`)
  fs.writeFileSync(`${folder}/e.magnet`, ' \n')
  await pass(1000)
  await pass(patienceMs - 2000)
  fs.writeFileSync(`${folder}/a.torrent`, 'whole')
  await pass(1000)
  expect(told).toEqual(['a.torrent added'])
  await pass(2000)
  await pass(1000)
  expect(told.sort()).toEqual(['a.torrent added', 'b.torrent link.invalid', 'e.magnet link.invalid'])
  expect(fs.readdirSync(folder).sort()).toEqual([
    'a.torrent.added',
    'b.torrent.invalid',
    'c.torrent',
    'd.torrent',
    'e.magnet.invalid',
  ])
  await watched.stop()
})
