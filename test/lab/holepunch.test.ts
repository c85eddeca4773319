import { randomBytes } from 'node:crypto'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { expect, test } from 'vitest'
import type { Starter } from '../../bench/child.ts'
import { makeTorrent } from '../../bench/opponents/libtorrent.ts'
import { type PeerageDaemon, startPeerage } from '../../bench/peerage-daemon.ts'
import { startLibtorrent } from '../interop/bittorrent/libtorrent.ts'
import { createLab, type Lab, missingForLab } from './lab.ts'

const port = 6881

const why = missingForLab()

/** Nothing finds a peer but what the peers tell each other. */
const settings = {
  'network.mdns': false,
  'bittorrent.dht': false,
  'bittorrent.lsd': false,
  'bittorrent.trackers': false,
}

const skipped = why === undefined ? '' : ` (skipped: ${why})`

test.skipIf(why !== undefined)(`two peers behind routers meet by uTP${skipped}`, () =>
  behindRouters(async ({ lab, root, torrent, relay, left, right, start }) => {
    await using one = await start('one', left)
    await using two = await start('two', right)
    for (const [name, peer] of [
      ['one', one],
      ['two', two],
    ] as const) {
      peer.call('files.get', { link: torrent, into: join(root, `into-${name}`) }).catch(() => undefined)
      await addPeer(peer, relay)
    }
    // The routers let nothing in that nobody asked for: who is connected was met.
    const met = await until(async () =>
      (await namesOf(two)).find(name => name.startsWith(`${lab.addressOf(0)} `)),
    )
    // One side may have read the other's handshake before the other has.
    await expect.poll(() => namesOf(one)).toContainEqual(expect.stringContaining(`${lab.addressOf(1)} `))
    expect(met).toBeDefined()
  }),
)

test.skipIf(why !== undefined)(`we and libtorrent, behind routers, meet by uTP${skipped}`, () =>
  behindRouters(async ({ lab, root, torrent, relay, left, right, start }) => {
    await using we = await start('we', left)
    await using they = await startLibtorrent('', { listen_interfaces: `0.0.0.0:${port}` }, right)
    we.call('files.get', { link: torrent, into: join(root, 'into-we') }).catch(() => undefined)
    await addPeer(we, relay)
    await mkdir(join(root, 'into-they'))
    await they.ask('add', { torrent, folder: join(root, 'into-they'), peers: [relay] })
    const isMet = async (): Promise<boolean | undefined> =>
      (await they.status()).peers.find(({ address, handshake }) => handshake && address === lab.addressOf(0))
        ?.utp
    expect(await until(isMet)).toBe(true)
    await expect.poll(() => namesOf(we)).toContainEqual(expect.stringContaining(`${lab.addressOf(1)} `))
  }),
)

interface Routers {
  readonly lab: Lab
  readonly root: string
  readonly torrent: string
  /** `host:port` of a seed that both sides can reach. */
  readonly relay: string
  readonly left: Starter
  readonly right: Starter
  start(name: string, on: Starter): Promise<PeerageDaemon>
}

/** A seed of 16 MB that takes its time, and machines behind the routers 0 and 1. */
async function behindRouters(act: (routers: Routers) => Promise<void>): Promise<void> {
  const root = await mkdtemp(join(tmpdir(), 'peerage-holepunch-'))
  try {
    await using lab = await createLab({ hosts: 3, uplinkMbit: 2, rttMs: 20, internet: true })
    const [source, torrent] = [join(root, 'from', 'content'), join(root, 'content.torrent')]
    await mkdir(join(root, 'from'))
    await writeFile(source, randomBytes(16_000_000))
    await makeTorrent(source, torrent)
    const start = (name: string, on: Starter): Promise<PeerageDaemon> =>
      startPeerage(join(root, name), { start: on, port, set: settings })
    const [left, right] = [await lab.behind(0), await lab.behind(1)]
    await using seed = await start('relay', command => lab.run(2, command))
    await seed.call('files.get', { link: torrent, into: join(root, 'from') })
    const relay = `${lab.addressOf(2)}:${port}`
    await act({ lab, root, torrent, relay, left: left.run, right: right.run, start })
  } finally {
    await rm(root, { recursive: true, force: true, maxRetries: 3 })
  }
}

async function addPeer(peer: PeerageDaemon, address: string): Promise<void> {
  const content = await until(async () => ((await peer.call('files.list')) as { infoHash: string }[])[0])
  await peer.call('files.addPeer', { content: content.infoHash, address: [address] })
}

async function namesOf(daemon: PeerageDaemon): Promise<readonly string[]> {
  return ((await daemon.call('files.peers')) as { peer: string }[]).map(({ peer }) => peer)
}

async function until<T>(look: () => Promise<T | undefined>): Promise<T> {
  for (;;) {
    const found = await look()
    if (found !== undefined) return found
    await pause(200)
  }
}
