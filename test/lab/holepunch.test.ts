import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { expect, test } from 'vitest'
import type { Starter } from '../../bench/child.ts'
import { makeTorrent } from '../../bench/opponents/libtorrent.ts'
import { type PeerageDaemon, startPeerage } from '../../bench/peerage-daemon.ts'
import { createLab, missingForLab } from './lab.ts'

const port = 6881

/** Says what keeps routers from being made here, or undefined. */
function missing(): string | undefined {
  try {
    execFileSync('nft', ['--version'], { stdio: 'ignore' })
    return missingForLab()
  } catch {
    return 'nft is not installed (apt-get install nftables)'
  }
}

const why = missing()

/** Nothing finds a peer but what the peers tell each other. */
const settings = {
  'network.mdns': false,
  'bittorrent.dht': false,
  'bittorrent.lsd': false,
  'bittorrent.trackers': false,
}

test.skipIf(why !== undefined)(
  `two peers behind routers meet by uTP${why === undefined ? '' : ` (skipped: ${why})`}`,
  async () => {
    const root = await mkdtemp(join(tmpdir(), 'peerage-holepunch-'))
    try {
      await using lab = await createLab({ hosts: 3, uplinkMbit: 2, rttMs: 20 })
      const [source, torrent] = [join(root, 'from', 'content'), join(root, 'content.torrent')]
      await mkdir(join(root, 'from'))
      await writeFile(source, randomBytes(16_000_000))
      await makeTorrent(source, torrent)
      const start = (name: string, starter: Starter): Promise<PeerageDaemon> =>
        startPeerage(join(root, name), { start: starter, port, set: settings })
      const [left, right] = [lab.behind(0), lab.behind(1)]
      await using relay = await start('relay', command => lab.run(2, command))
      await using one = await start('one', command => left.run(command))
      await using two = await start('two', command => right.run(command))
      await relay.call('files.get', { link: torrent, into: join(root, 'from') })
      for (const [name, peer] of [
        ['one', one],
        ['two', two],
      ] as const) {
        peer.call('files.get', { link: torrent, into: join(root, `into-${name}`) }).catch(() => undefined)
        await addPeer(peer, `${lab.addressOf(2)}:${port}`)
      }
      // The routers let nothing in that nobody asked for: who is connected was met.
      const met = await until(async () =>
        (await namesOf(two)).find(name => name.startsWith(`${lab.addressOf(0)} `)),
      )
      expect(await namesOf(one)).toContainEqual(expect.stringContaining(`${lab.addressOf(1)} `))
      expect(met).toBeDefined()
    } finally {
      await rm(root, { recursive: true, force: true, maxRetries: 3 })
    }
  },
)

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
