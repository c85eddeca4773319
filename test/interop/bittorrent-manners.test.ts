import { once } from 'node:events'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { type Lab, missingForLab } from '../lab/lab.ts'
import { expectSame, writeContent } from './bittorrent/content.ts'
import { libtorrent } from './bittorrent/libtorrent.ts'
import { inNetwork } from './bittorrent/network.ts'
import { peerage } from './bittorrent/peerage.ts'
import { makeTorrent } from './bittorrent/transfer.ts'

const missing = missingForLab() ?? libtorrent.missing()

test.skipIf(missing !== undefined)('private content is told to trackers alone (BEP 27)', async () => {
  await inNetwork({}, async network => {
    const from = await network.folder('from')
    const source = await writeContent(from)
    const tracker = await network.startTracker()
    await using node = await libtorrent.start(await network.place(2), { dht: [] })
    const options = { lsd: true, dht: [node.endpoint] }
    await using they = await libtorrent.start(await network.place(0), { ...options, encrypted: false })
    await using sent = await watchSent(network.lab, 1)
    await using we = await peerage.start(await network.place(1), options)
    const exchange = async (name: string, isPrivate: boolean): Promise<string> => {
      const torrent = join(network.root, `${name}.torrent`)
      const terms = {
        version: 'v1',
        trackers: [network.trackerUrl],
        webSeeds: [],
        private: isPrivate,
      } as const
      const { magnet } = await makeTorrent(source, torrent, terms)
      const into = await network.folder(name)
      await they.seed(torrent, from)
      await tracker.announced(0)
      await we.fetch({ torrent }, into)
      await expectSame(source, join(into, 'content'), true)
      return magnet.slice(-40)
    }
    const hidden = await exchange('hidden', true)
    expect(sent.offersPeerExchange()).toBe(false)
    const open = await exchange('open', false)
    // By then the same would have been told of the other one, too.
    while (!sent.asksDhtFor(open) || !sent.announcesLocally(open) || !sent.offersPeerExchange())
      await pause(50)
    expect([sent.asksDhtFor(hidden), sent.announcesLocally(hidden)]).toEqual([false, false])
  })
})

/** What one host sends, as tshark sees it. */
interface Sent extends AsyncDisposable {
  asksDhtFor(infoHash: string): boolean
  announcesLocally(infoHash: string): boolean
  offersPeerExchange(): boolean
}

async function watchSent(lab: Lab, host: number): Promise<Sent> {
  const payloads = ['-T', 'fields', '-e', 'udp.payload', '-e', 'tcp.payload']
  const words = ['-l', '-i', 'tun0', '-f', `src host ${lab.addressOf(host)}`, ...payloads]
  const child = lab.run(host, ['tshark', ...words])
  let lines: string[] = []
  let rest = ''
  child.stdout?.setEncoding('latin1').on('data', (chunk: string) => {
    lines = lines.concat((rest + chunk).replaceAll(':', '').split('\n'))
    rest = lines.pop() ?? ''
  })
  await once(child.stderr!, 'data')
  const some = (start: string, ...texts: readonly string[]): boolean =>
    lines.some(line => line.trim().startsWith(start) && texts.some(text => line.includes(text)))
  return {
    asksDhtFor: infoHash => some(hexOf('d1:ad2:id20:'), infoHash),
    announcesLocally: infoHash => some(hexOf('BT-SEARCH'), hexOf(infoHash), hexOf(infoHash.toUpperCase())),
    offersPeerExchange: () => some('', hexOf('6:ut_pex')),
    async [Symbol.asyncDispose]() {
      child.kill()
      await once(child, 'close')
    },
  }
}

const hexOf = (text: string): string => Buffer.from(text).toString('hex')

test.skipIf(missing !== undefined)(
  'libtorrent gets all from a super seed, which sends hardly more than one copy (BEP 16)',
  async () => {
    await inNetwork({}, async network => {
      const from = await network.folder('from')
      const source = await writeContent(from)
      const torrent = join(network.root, 'content.torrent')
      await makeTorrent(source, torrent, {
        version: 'v1',
        trackers: [network.trackerUrl],
        webSeeds: [],
        private: false,
      })
      const tracker = await network.startTracker()
      await using we = await peerage.start(await network.place(0), {})
      await we.seed(torrent, from)
      const [content] = (await we.daemon.call('files.list')) as { infoHash: string; totalBytes: number }[]
      await we.daemon.call('files.set', { content: content!.infoHash, superSeed: true })
      await tracker.announced(0)
      await using one = await libtorrent.start(await network.place(1), {})
      await using two = await libtorrent.start(await network.place(2), {})
      const folders = await Promise.all(['one', 'two'].map(name => network.folder(name)))
      await Promise.all([one, two].map((peer, at) => peer.fetch({ torrent }, folders[at]!)))
      for (const folder of folders) await expectSame(source, join(folder, 'content'), false)
      const [{ upBytes }] = (await we.daemon.call('files.list')) as [{ upBytes: number }]
      expect(upBytes / content!.totalBytes).toBeLessThan(1.3)
    })
  },
)
