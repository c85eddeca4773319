// One Peerage peer with nothing but Bitswap on loopback; told and telling the same as `opponents/helia-node.ts`.
import { createHash } from 'node:crypto'
import { open } from 'node:fs/promises'
import { createInterface } from 'node:readline'
import { decode } from '@ipld/dag-pb'
import { CID } from 'multiformats/cid'
import { PeerageError, systemWorld } from '../src/base/index.ts'
import type { VerifiedBlock } from '../src/content/index.ts'
import { Bitswap, bitswapConfig, type FoundBlock, Session, sessionConfig } from '../src/ipfs/index.ts'
import { createNetwork } from '../src/network/index.ts'
import { BlockFile, dagOfFile } from './ipfs-file.ts'

const [role, path = ''] = process.argv.slice(2)
const dag = role === 'seed' ? await dagOfFile(path) : undefined
const file = new BlockFile(await open(path, role === 'seed' ? 'r' : 'w+'), dag)
const world = systemWorld
const blocks = {
  find(cid: CID): FoundBlock | undefined {
    const size = file.sizeOf(cid)
    return size === undefined ? undefined : { size, contents: [], isPublic: true, ...readerOf(cid) }
  },
  async verify(cid: CID, bytes: Uint8Array): Promise<VerifiedBlock> {
    const digest = createHash('sha256').update(bytes).digest()
    if (digest.compare(cid.multihash.digest) !== 0)
      throw new PeerageError('block.mismatch', 'It is another block.')
    return { cid, bytes } as VerifiedBlock
  },
  async put(cid: CID, bytes: Uint8Array): Promise<VerifiedBlock> {
    const block = await blocks.verify(cid, bytes)
    await file.put(cid, bytes)
    return block
  },
}
function readerOf(cid: CID): Pick<FoundBlock, 'get' | 'loan'> {
  return {
    async get() {
      const bytes = await file.get(cid)
      return bytes && ({ cid, bytes } as VerifiedBlock)
    },
    /** As the store lends what it reads. */
    async loan() {
      const bytes = await file.loan(cid)
      return bytes && { block: { cid, bytes } as VerifiedBlock, release: () => file.giveBack(bytes) }
    },
  }
}
const network = await createNetwork({
  identity: { seed: world.random.bytes(32) },
  world,
  config: { hosts: ['127.0.0.1'], mdns: false },
})
const bitswap = new Bitswap({ world, network, config: bitswapConfig.parse({}), blocks, mayServe: () => true })
bitswap.start()
const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]()

if (dag !== undefined)
  console.log(`${network.addresses().find(address => address.includes('/tcp/'))} ${dag.root}`)
else {
  console.log('up')
  const [address = '', name = ''] = String((await lines.next()).value).split(' ')
  const root = CID.parse(name)
  const peer = address.split('/').at(-1) ?? ''
  network.rememberAddresses(peer, [address])
  const session = new Session(root, {
    world,
    config: sessionConfig.parse({}),
    blocks,
    connected: () => [],
    sourceOf: () => undefined,
  })
  session.add(bitswap.source(peer))
  const { Links } = decode((await session.get(root)).bytes)
  let bytes = 0
  await Promise.all(
    Links.map(async ({ Hash }, order) => {
      const block = await session.get(Hash, { order, transient: true })
      bytes += block.bytes.length
    }),
  )
  console.log(`fetched ${bytes}`)
}
await lines.next()
process.exit()
