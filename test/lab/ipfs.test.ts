import { randomBytes } from 'node:crypto'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { expect, test } from 'vitest'
import type { Starter } from '../../bench/child.ts'
import { type PeerageDaemon, startPeerage } from '../../bench/peerage-daemon.ts'
import { createLab, missingForLab } from './lab.ts'

const missing = missingForLab()
const skipped = missing === undefined ? '' : ` (skipped: ${missing})`
const port = 4001
/** More than a relay passes on for strangers at once. */
const size = 17_500_000

/** Nothing finds a peer but the DHT of IPFS. */
const settings = {
  'network.mdns': false,
  'bittorrent.enabled': false,
  'kademlia.enabled': false,
  'discovery.contacts': false,
  'discovery.overlayFor': 'off',
}

async function until(what: string, holds: () => Promise<boolean>): Promise<void> {
  const end = performance.now() + 60_000
  while (!(await holds())) {
    if (performance.now() > end) throw new Error(`not within a minute: ${what}`)
    await pause(50)
  }
}

test.skipIf(missing !== undefined)(
  `a CID is fetched by a peer behind a router from one behind another, of which nobody but the DHT knows${skipped}`,
  async () => {
    const root = await mkdtemp(join(tmpdir(), 'peerage-ipfs-nat-'))
    try {
      await using lab = await createLab({ hosts: 3, uplinkMbit: 200, rttMs: 20, internet: true })
      const [left, right] = [await lab.behind(0, 'port-restricted'), await lab.behind(1, 'port-restricted')]
      for (const folder of ['from', 'into']) await mkdir(join(root, folder))
      const start = (name: string, on: Starter, set: Record<string, string>): Promise<PeerageDaemon> =>
        startPeerage(join(root, name), { port, start: on, set: { ...settings, ...set } })

      await using server = await start('server', command => lab.run(2, command), {
        'ipfsRouting.dht': 'server',
        'ipfsRouting.bootstrap': '',
        'relay.relayFor': 'everyone',
        'relay.bytesPerSecond': '2000000',
      })
      const source = join(root, 'from', 'film.bin')
      await writeFile(join(root, 'from', 'other.bin'), randomBytes(1_000))
      await writeFile(source, randomBytes(size))
      // Whoever shares on it takes part.
      await server.call('files.share', { path: join(root, 'from', 'other.bin'), on: 'ipfs' })
      const { peerId } = (await server.call('identity.show')) as { peerId: string }
      const at = `/ip4/${lab.addressOf(2)}/tcp/${port}/p2p/${peerId}`
      const hidden = { 'ipfsRouting.bootstrap': at, 'relay.relays': at }

      await using ann = await start('ann', left.run, hidden)
      await using bob = await start('bob', right.run, hidden)
      await until('ann is reached through the relay', async () => {
        const { used } = (await ann.call('reach.relays')) as { used: readonly object[] }
        return used.length === 1
      })
      const { cid } = (await ann.call('files.share', { path: source, on: 'ipfs' })) as { cid: string }
      await until('the DHT knows of ann', async () => {
        const { announced } = (await ann.call('ipfs.status')) as { announced: number }
        return announced === 1
      })

      const id = ((await ann.call('identity.show')) as { peerId: string }).peerId
      expect(JSON.stringify(await bob.call('reach.connections'))).not.toContain(id)
      await bob.call('files.get', { link: `ipfs://${cid}`, into: join(root, 'into'), timeout: 30 })
      expect((await readFile(join(root, 'into', cid))).equals(await readFile(source))).toBe(true)
      const { bytes } = (await server.call('reach.relays')) as { bytes: number }
      // They met through the relay, and soon went on past it.
      expect(bytes).toBeGreaterThan(0)
      expect(bytes).toBeLessThan(size / 2)
    } finally {
      await rm(root, { recursive: true, force: true, maxRetries: 3 })
    }
  },
)
