import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { missingKubo, runKubo } from '../../bench/opponents/kubo.ts'
import { makeWorkFolder } from '../../bench/test-data.ts'
import { describeCid, get, Peers, share } from '../peer/peers.ts'

const missing = missingKubo()
const peers = new Peers()
afterAll(() => peers.end())

const entriesOf = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort()

describe.skipIf(missing !== undefined)(
  `Whole trees with Kubo${missing ? ` (skipped: ${missing})` : ''}`,
  () => {
    test('come from one that is always connected, and go to it, with empty files and folders and under one CID', async () => {
      await using work = await makeWorkFolder()
      const source = join(work.path, 'source')
      for (const folder of ['none/at/all', 'some']) mkdirSync(join(source, folder), { recursive: true })
      writeFileSync(join(source, 'some/empty'), '')
      writeFileSync(join(source, 'some/.hidden'), 'a few bytes')
      await using kubo = await runKubo(await work.folder('kubo'))
      await kubo.run('config', 'profile', 'apply', 'unixfs-v1-2025')
      const root = await kubo.run('add', '--quieter', '--recursive', '--hidden', source)
      const peer = await peers.start(
        'fetcher',
        {
          'network.hosts': ['127.0.0.1'],
          'network.mdns': false,
          'bittorrent.dht': false,
          'bittorrent.lsd': false,
          'ipfsRouting.dht': 'off',
          'ipfs.peers': [kubo.address],
        },
        { transports: 'tcp' },
      )
      const into = join(work.path, 'into')
      await get(peer, root, into, { timeout: 20 })
      const fetched = join(into, root)
      expect(entriesOf(fetched)).toEqual(entriesOf(source))
      await peer.pins.clear({})
      expect(await describeCid(peer, root)).toMatchObject({ cid: root, isWhole: true })

      // Back again, to one that has nothing of it.
      writeFileSync(join(fetched, 'some/more'), 'more bytes')
      const { cid } = await share(peer, fetched, { on: 'ipfs' })
      expect(await kubo.run('refs', '--recursive', cid!)).not.toBe('')
      const back = join(work.path, 'back')
      await kubo.run('get', '--output', back, cid!)
      expect(entriesOf(back)).toEqual(entriesOf(fetched))
      expect(await kubo.run('add', '--quieter', '--recursive', '--hidden', '--only-hash', back)).toBe(cid)
    })
  },
)
