// One Helia node on loopback, without routing. `helia-node.ts seed FILE` serves a file and prints its multiaddr and root;
// `helia-node.ts fetch INTO` says when it is up, and is then told an address and a root: it fetches the file and says so.
import { open } from 'node:fs/promises'
import { createInterface } from 'node:readline'
import { withBitswap } from '@helia/bitswap'
import { withLibp2pLight } from '@helia/libp2p'
import { unixfs } from '@helia/unixfs'
import { identify } from '@libp2p/identify'
import { noise } from '@libp2p/noise'
import { tcp } from '@libp2p/tcp'
import { tls } from '@libp2p/tls'
import { yamux } from '@libp2p/yamux'
import { multiaddr } from '@multiformats/multiaddr'
import { createHeliaLight } from 'helia'
import type { Blockstore } from 'interface-blockstore'
import { CID } from 'multiformats/cid'
import { BlockFile, dagOfFile } from '../ipfs-file.ts'

const [role, path = ''] = process.argv.slice(2)
const dag = role === 'seed' ? await dagOfFile(path) : undefined
const blocks = new BlockFile(await open(path, role === 'seed' ? 'r' : 'w+'), dag)

const missing = (): never => {
  throw new Error('not measured')
}
/** Blocks on disk, as Helia wants them. */
const blockstore: Blockstore = {
  has: async cid => blocks.has(cid),
  async *get(cid) {
    const bytes = await blocks.get(cid)
    if (bytes === undefined) throw Object.assign(new Error('not found'), { name: 'NotFoundError' })
    yield bytes
  },
  async put(cid, bytes) {
    if (!(bytes instanceof Uint8Array)) return missing()
    await blocks.put(cid, bytes)
    return cid
  },
  delete: missing,
  putMany: missing,
  getMany: missing,
  deleteMany: missing,
  getAll: missing,
}

const helia = await withBitswap(
  withLibp2pLight(createHeliaLight({ blockstore }), {
    addresses: { listen: ['/ip4/127.0.0.1/tcp/0'] },
    transports: [tcp()],
    // In the order of Helia's own defaults.
    connectionEncrypters: [noise(), tls()],
    streamMuxers: [yamux()],
    services: { identify: identify() },
  }),
).start()
const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]()

if (dag !== undefined) console.log(`${helia.libp2p.getMultiaddrs()[0]} ${dag.root}`)
else {
  console.log('up')
  const [address = '', root = ''] = String((await lines.next()).value).split(' ')
  await helia.libp2p.dial(multiaddr(address))
  let bytes = 0
  for await (const chunk of unixfs(helia).cat(CID.parse(root))) bytes += chunk.length
  console.log(`fetched ${bytes}`)
}
await lines.next()
process.exit()
