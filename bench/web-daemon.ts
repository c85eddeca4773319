// A daemon whose transfers all change every second: `node bench/web-daemon.ts HOME COUNT`. Writes where its page is and its token, and runs until it is ended.
import { startDaemon } from '../src/daemon/index.ts'
import { createPeer, type Peer, peerSections } from '../src/peer/index.ts'
import type { Files } from '../src/services/files/index.ts'

const [home = '', count = ''] = process.argv.slice(2)
let peer: Peer | undefined
const daemon = await startDaemon({
  home,
  flags: {
    preset: 'open',
    'daemon.apiPort': 0,
    'daemon.logLevel': 'error',
    'network.hosts': ['127.0.0.1'],
    'network.lanOnly': true,
    'network.portMapping': false,
    'ipfsRouting.bootstrap': [],
  },
  environment: {},
  createPeer: async options => {
    peer = await createPeer(options)
    return peer
  },
  sections: peerSections,
})
const files = peer?.services.find(({ name }) => name === 'files')?.state as Files
const signal = new AbortController().signal
for (let number = 1; number <= Number(count); number++) {
  const hash = number.toString(16).padStart(40, '0')
  const link = `magnet:?xt=urn:btih:${hash}&dn=${encodeURIComponent(`Recording ${number}.mkv`)}`
  for await (const { infoHash } of files.get({ link, paused: true, background: true }, signal)) move(infoHash)
}
console.log(JSON.stringify({ url: daemon.info?.url, token: daemon.token }))

/** Everything about it is real but the bytes: nobody could send 5,000 transfers one every second. */
function move(infoHash: string): void {
  const transfer = files.find(infoHash)
  const { record } = transfer
  let downloaded = 0
  const swarm = {
    peerCount: 4,
    peerStats: () => [],
    stats: () => ({
      downRate: 1000 + (downloaded % 90_000),
      upRate: downloaded % 7_000,
      etaMs: downloaded % 900_000,
      downloaded,
      uploaded: Math.floor(downloaded / 3),
      publicDownloaded: 0,
      publicUploaded: 0,
      wasted: 0,
      missingBytes: 0,
    }),
  }
  Object.defineProperty(transfer, 'swarm', { value: swarm })
  setInterval(() => {
    downloaded += 10_000 + Math.floor(Math.random() * 90_000)
    record.totalBytes = 5_000_000 + downloaded
    const { downRate: downBytesPerSecond, upRate: upBytesPerSecond } = swarm.stats()
    files.host.emit({
      ...{ type: 'transfer.progressed', infoHash, bytes: downloaded, totalBytes: record.totalBytes },
      ...{ downBytesPerSecond, upBytesPerSecond, peers: 4 },
    })
  }, 1000)
}
