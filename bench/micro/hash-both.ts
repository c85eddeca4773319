/**
 * What CIDs cost besides the info hash, and how fast blocks come and go: `node bench/micro/hash-both.ts [--workers N] [--big MiB] [--dir DIR]`.
 * Hashing is compared by CPU time, as other work on the machine changes the time by the clock.
 */
import { createHash } from 'node:crypto'
import fs from 'node:fs'
import { tmpdir } from 'node:os'
import { parseArgs } from 'node:util'
import { CID } from 'multiformats/cid'
import * as Digest from 'multiformats/hashes/digest'
import { systemWorld } from '../../src/base/index.ts'
import { openStore, type ShareOptions, type Store } from '../../src/store/index.ts'

const { values } = parseArgs({
  options: {
    workers: { type: 'string', default: '2' },
    big: { type: 'string', default: '1024' },
    runs: { type: 'string', default: '3' },
    dir: { type: 'string', default: tmpdir() },
  },
})
const mebibytes = Number(values.big)
const root = fs.mkdtempSync(`${values.dir}/peerage-bench-`)
const figures: Record<string, string> = {}

function makeBig(path: string): void {
  const bytes = Buffer.alloc(2 ** 20)
  const file = fs.openSync(path, 'w')
  for (let i = 0; i < mebibytes; i++) {
    for (let at = 0; at < bytes.length; at += 4) bytes.writeUInt32LE((i * 2654435761 + at * 40503) >>> 0, at)
    fs.writeSync(file, bytes)
  }
  fs.closeSync(file)
}

async function open(home: string): Promise<Store> {
  return await openStore({ home: `${root}/${home}`, world: systemWorld, workers: Number(values.workers) })
}

/** CPU seconds of one work, with the seconds by the clock. */
async function timed(work: () => Promise<unknown>): Promise<{ cpu: number; clock: number }> {
  const [before, from] = [process.cpuUsage(), performance.now()]
  await work()
  const { user, system } = process.cpuUsage(before)
  return { cpu: (user + system) / 1e6, clock: (performance.now() - from) / 1000 }
}

async function hashing(unixfs: ShareOptions['unixfs']): Promise<{ cpu: number; clock: number }> {
  const home = `home-${unixfs ?? 'v2'}`
  const store = await open(home)
  // The thread is there, and knows its code.
  await store.hash(new Uint8Array(1))
  const taken = await timed(() => store.createShare(`${root}/big`, { unixfs }))
  await store.close()
  if (unixfs !== undefined) {
    const { size } = fs.statSync(`${root}/${home}/blocks.db`)
    figures[`index of ${unixfs}`] = `${((size / 2 ** 20 / mebibytes) * 100).toFixed(4)} % of the share`
  }
  fs.rmSync(`${root}/${home}`, { recursive: true })
  return taken
}

async function benchHashing(): Promise<void> {
  makeBig(`${root}/big`)
  const ways = [undefined, 'unixfs-v1-2025', 'unixfs-v0-2015'] as const
  const least = new Map(
    ways.map(way => [way, { cpu: Number.POSITIVE_INFINITY, clock: Number.POSITIVE_INFINITY }]),
  )
  for (let run = 0; run < Number(values.runs); run++)
    for (const way of ways) {
      const taken = await hashing(way)
      const best = least.get(way)!
      least.set(way, { cpu: Math.min(best.cpu, taken.cpu), clock: Math.min(best.clock, taken.clock) })
    }
  const alone = least.get(undefined)!
  for (const [way, { cpu, clock }] of least) {
    const times = `${(cpu / alone.cpu).toFixed(2)} times the CPU, ${(clock / alone.clock).toFixed(2)} times the clock of v2 alone`
    figures[`hash ${way ?? 'v2 alone'}`] =
      `${cpu.toFixed(2)} CPU s, ${Math.round(mebibytes / clock)} MiB/s; ${times}`
  }
}

async function benchBlocks(): Promise<void> {
  const store = await open('home-blocks')
  const stored = await store.createShare(`${root}/big`, { unixfs: 'unixfs-v1-2025' })
  const count = Math.min(mebibytes, 512)
  const bytes = Array.from({ length: count }, (_, i) => readAt(i))
  const cids = bytes.map(block =>
    CID.createV1(0x55, Digest.create(0x12, createHash('sha256').update(block).digest())),
  )
  await inLanes(count, async i => void (await store.blocks.get(cids[i]!)))
  const reading = await timed(() => inLanes(count, async i => void (await store.blocks.get(cids[i]!))))
  figures['read leaves of a share'] =
    `${Math.round(count / reading.clock)} MiB/s, ${((reading.cpu / count) * 1024).toFixed(2)} CPU s/GiB`
  await store.remove(stored.hash, { deleteFiles: false })
  const putting = await timed(() =>
    inLanes(count, async i => void (await store.blocks.put(cids[i]!, bytes[i]!))),
  )
  figures['put blocks'] =
    `${Math.round(count / putting.clock)} MiB/s, ${((putting.cpu / count) * 1024).toFixed(2)} CPU s/GiB`
  const getting = await timed(() => inLanes(count, async i => void (await store.blocks.get(cids[i]!))))
  figures['get blocks of the cache'] =
    `${Math.round(count / getting.clock)} MiB/s, ${((getting.cpu / count) * 1024).toFixed(2)} CPU s/GiB`
  await store.close()
}

function readAt(block: number): Uint8Array {
  const bytes = Buffer.allocUnsafeSlow(2 ** 20)
  const fd = fs.openSync(`${root}/big`, 'r')
  fs.readSync(fd, bytes, 0, bytes.length, block * 2 ** 20)
  fs.closeSync(fd)
  return bytes
}

async function inLanes(count: number, action: (index: number) => Promise<void>): Promise<void> {
  let next = 0
  const lane = async (): Promise<void> => {
    while (next < count) await action(next++)
  }
  await Promise.all(Array.from({ length: 8 }, lane))
}

try {
  await benchHashing()
  await benchBlocks()
  console.log(JSON.stringify(figures, undefined, 2))
} finally {
  fs.rmSync(root, { recursive: true })
}
