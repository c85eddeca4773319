/**
 * A whole peer on a host of the lab. `node source-peer.ts share HOME PATH INPUT...`: shares each with that input (JSON) and says in a line of JSON where it is;
 * `get HOME INTO HELLO LINK`: fetches HELLO, so that it is connected to whoever has that, then LINK, and says how many milliseconds that took and what
 * came from whom; `serve FOLDER PORT`: a web server that knows ranges. Ends with its input.
 */
import fs from 'node:fs'
import { createServer } from 'node:http'
import { createPeer, type Peer } from '../../src/peer/index.ts'

const set = {
  'network.mdns': false,
  'bittorrent.dht': false,
  'bittorrent.lsd': false,
  'ipfsRouting.bootstrap': [],
  'ipfsRouting.servers': [],
  'kademlia.enabled': false,
}
const [role, ...args] = process.argv.slice(2)

function say(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value)}\n`)
}

/** Each path with its input. */
async function share(home: string, ...pairs: readonly string[]): Promise<void> {
  const peer = await createPeer({ home, set })
  const shared: unknown[] = []
  for (let i = 0; i < pairs.length; i += 2)
    for await (const update of peer.files.share({ path: pairs[i]!, ...JSON.parse(pairs[i + 1]!) }))
      if (update.phase === 'shared') shared.push({ ...update, addresses: peer.addresses() })
  say(shared)
}

async function get(home: string, into: string, hello: string, link: string): Promise<void> {
  const peer = await createPeer({ home, set })
  await fetched(peer, hello, into)
  const began = performance.now()
  const last = new Map<string, number>()
  for await (const { peers } of peer.files.get({ link, into }))
    if (peers.length > 0)
      for (const { peer: name, downBytes } of await peer.files.peers({})) last.set(name, downBytes)
  say({ ms: performance.now() - began, from: Object.fromEntries(last) })
}

async function fetched(peer: Peer, link: string, into: string): Promise<void> {
  for await (const _ of peer.files.get({ link, into }));
}

function serve(folder: string, port: string): void {
  createServer((request, response) => {
    const path = `${folder}/${decodeURIComponent(new URL(request.url!, 'http://x').pathname)}`
    const [, first, last] = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '') ?? []
    const { size } = fs.statSync(path)
    const [start, end] = [Number(first ?? 0), Number(last ?? size - 1)]
    response.writeHead(206, {
      'content-range': `bytes ${start}-${end}/${size}`,
      'content-length': end - start + 1,
    })
    fs.createReadStream(path, { start, end }).pipe(response)
  }).listen(Number(port), () => say({}))
}

process.stdin.resume().on('end', () => process.exit())
if (role === 'share') await share(args[0]!, ...args.slice(1))
else if (role === 'get') await get(args[0]!, args[1]!, args[2]!, args[3]!)
else serve(args[0]!, args[1]!)
