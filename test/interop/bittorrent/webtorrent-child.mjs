// A WebTorrent peer: `webtorrent-child.mjs HOME OPTIONS`. Says its port, then reads one JSON line a torrent
// ({torrent, folder, peers}) and says `{}` when all of it is in the folder. Ends with its standard input.
import { registerHooks } from 'node:module'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { pathToFileURL } from 'node:url'

const [home = '', options = '{}'] = process.argv.slice(2)

// A native addon that needs a compiler and is of no use here.
const nothing = `data:text/javascript,${encodeURIComponent(
  'export default {}; export const RTCPeerConnection = undefined, RTCSessionDescription = undefined, RTCIceCandidate = undefined',
)}`
registerHooks({
  resolve: (name, context, next) =>
    name === 'webrtc-polyfill' ? { url: nothing, shortCircuit: true } : next(name, context),
})
const entry = pathToFileURL(join(home, 'node_modules/webtorrent/index.js')).href
const { default: WebTorrent } = await import(entry)
const client = new WebTorrent({ dht: false, natUpnp: false, natPmp: false, ...JSON.parse(options) })
client.on('error', error => say({ failed: String(error) }))
const say = answer => process.stdout.write(`${JSON.stringify(answer)}\n`)

const started = setInterval(() => {
  if (!client.listening) return
  clearInterval(started)
  say({ port: client.torrentPort })
}, 10)

for await (const line of createInterface({ input: process.stdin })) {
  const { torrent, folder, peers = [] } = JSON.parse(line)
  client.add(torrent, { path: folder }, added => {
    for (const peer of peers) added.addPeer(peer)
    if (added.done) say({})
    else added.once('done', () => say({}))
  })
}
process.exit()
