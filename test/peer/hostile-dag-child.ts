/**
 * A peer with little memory that is asked for hostile DAGs: HOME, the URL of the gateway that has them, and a list of `Job`s in JSON. Prints a
 * line of JSON for each, and at last one with the memory that all of it took.
 */
import { listenForGateway } from '../../src/daemon/gateway-server.ts'
import type { Peer } from '../../src/peer/index.ts'
import { createPeer } from '../../src/peer/index.ts'
import type { Job, JobReport, MemoryReport } from './hostile-dags.ts'

const [home = '', url = '', jobs = '[]'] = process.argv.slice(2)
const peer = await createPeer({
  home,
  transports: 'memory',
  set: {
    'ipfs.gateways': [url],
    'ipfsRouting.bootstrap': [],
    'bittorrent.enabled': false,
    'store.workers': 1,
    'gateway.port': 0,
    'gateway.maxCarBlocks': 500,
    'files.maxTreeEntries': 10_000,
    'ipfs.maxListedEntries': 20_000,
  },
})
await peer.attachGateway(options => listenForGateway(options, false))
const at = (await peer.gateway.start({})).url!.replace('localhost', '127.0.0.1')

const faces: Readonly<Record<Job['face'], (peer: Peer, what: string) => Promise<string>>> = {
  async get({ files }, link) {
    let last: unknown
    for await (const update of files.get({ link, into: `${home}/into`, timeout: 120 })) last = update.state
    return `${last}`
  },
  async cat({ files }, content) {
    let bytes = 0
    for await (const part of files.cat({ content, length: 100, timeout: 120 }))
      if (part instanceof Uint8Array) bytes += part.length
    return `${bytes}`
  },
  async ls({ ipfs }, link) {
    for await (const update of ipfs.ls({ link, timeout: 120 }))
      if (update.phase === 'listed') return `${update.entries.length}`
    return 'nothing'
  },
  async export({ car }, what) {
    let blocks = 0
    const input = { what, path: `${home}/out.car`, overwrite: true, timeout: 120 }
    for await (const update of car.export(input)) if (update.phase === 'exported') blocks = update.blocks
    return `${blocks}`
  },
  async pin({ pins }, cid) {
    for await (const update of pins.pin({ cid, timeout: 120 }))
      if (update.phase === 'pinned') return `${update.blocks}`
    return 'nothing'
  },
  async preview({ files }, link) {
    for await (const update of files.preview({ link, timeout: 120 }))
      if (update.phase === 'ready') return `${update.fileCount}`
    return 'nothing'
  },
  page: (_, path) => fetched(`${path}/`, 'text/html'),
  car: (_, path) => fetched(`${path}?format=car&car-dups=n`),
  carWithDups: (_, path) => fetched(`${path}?format=car&car-dups=y`),
}

/** The status, and `cut` when the body broke off. */
async function fetched(path: string, accept = '*/*'): Promise<string> {
  const told = await fetch(`${at}/ipfs/${path}`, { headers: { accept } })
  try {
    for await (const _ of told.body!);
    return `${told.status}`
  } catch {
    return `${told.status} cut`
  }
}

for (const { face, what } of JSON.parse(jobs) as Job[]) {
  const begun = performance.now()
  let result: string
  try {
    result = await faces[face](peer, what)
  } catch (error) {
    result = error instanceof Error && 'code' in error ? String(error.code) : String((error as Error).stack)
  }
  if (face === 'get' && result !== 'complete') await peer.files.remove({ content: what, deleteFiles: true })
  const report: JobReport = { face, what, result, ms: performance.now() - begun }
  process.stdout.write(`${JSON.stringify(report)}\n`)
}
await peer.stop()
const memory: MemoryReport = { maxRss: process.resourceUsage().maxRSS * 1_024 }
process.stdout.write(`${JSON.stringify(memory)}\n`)
