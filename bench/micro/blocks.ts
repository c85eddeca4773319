/**
 * What blocks cost beside the files: `node bench/micro/blocks.ts [--only index|car|serve] [--files N] [--blocks N] [--big MiB] [--dir DIR]`.
 * The index of shares of small files in bytes a file; CAR archives of many small and of some large blocks in, out and looked at; and what it takes
 * to serve blocks to a peer over Bitswap, without the connection.
 */
import { execFileSync } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import fs from 'node:fs'
import { tmpdir } from 'node:os'
import { parseArgs } from 'node:util'
import { CID } from 'multiformats/cid'
import * as Digest from 'multiformats/hashes/digest'
import { Access, type KeyValue } from '../../src/access/index.ts'
import { systemWorld } from '../../src/base/index.ts'
import { type BlockReader, leafFrame, legacyProfile, type VerifiedBlock } from '../../src/content/index.ts'
import { bitswapConfig } from '../../src/ipfs/bitswap/config.ts'
import { Customer, Server } from '../../src/ipfs/bitswap/server.ts'
import { mayServe } from '../../src/peer/ipfs.ts'
import { type CarHost, carOperations } from '../../src/services/car/index.ts'
import { openStore, type Store } from '../../src/store/index.ts'
import { RateLimit } from '../../src/swarm/index.ts'
import {
  carSectionHead,
  encodeBitswap,
  encodeCarHeader,
  encodeDagPb,
  encodeUnixFs,
  type PbLink,
} from '../../src/wire/index.ts'

const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    files: { type: 'string', default: '10000' },
    blocks: { type: 'string', default: '10000' },
    big: { type: 'string', default: '1024' },
    dir: { type: 'string', default: tmpdir() },
    /** For itself: only makes an archive, PATH:BLOCKS:BYTES. */
    write: { type: 'string' },
  },
})
const peer = '12D3KooWKnDdG3iXw9eTFijk3EWSunZcFi54Zka4wmtqtt6rPxc8'
const root = fs.mkdtempSync(`${values.dir}/peerage-bench-`)

function note(name: string, value: string): void {
  console.log(`${name.padEnd(60)} ${value}`)
}

async function open(home: string): Promise<Store> {
  return await openStore({ home: `${root}/${home}`, world: systemWorld, config: { workers: 2 } })
}

async function timed(
  name: string,
  unit: (seconds: number) => string,
  work: () => Promise<unknown>,
): Promise<void> {
  const [before, from] = [process.cpuUsage(), performance.now()]
  await work()
  const seconds = (performance.now() - from) / 1000
  const { user, system } = process.cpuUsage(before)
  note(name, `${seconds.toFixed(2)} s, CPU ${((user + system) / 1e6).toFixed(2)} s, ${unit(seconds)}`)
}

async function emptyIndexBytes(): Promise<number> {
  const store = await open('empty')
  store.blocks.pins()
  await store.close()
  const { size } = fs.statSync(`${root}/empty/blocks.db`)
  fs.rmSync(`${root}/empty`, { recursive: true })
  return size
}

/** Bytes a file, and of the share, that the index takes besides what it takes when it is empty. */
async function indexOf(
  name: string,
  sizes: { count: number; bytes: number; perFolder: number; shares?: number },
): Promise<void> {
  const { count, bytes, perFolder, shares = 1 } = sizes
  const emptyBytes = await emptyIndexBytes()
  const store = await open('home')
  const profile = 'unixfs-v1-2025'
  for (let share = 0; share < shares; share++) {
    const folder = `${root}/files-${share}`
    for (let i = 0; i < count; i++) {
      if (i % perFolder === 0) fs.mkdirSync(`${folder}/${Math.floor(i / perFolder)}`, { recursive: true })
      fs.writeFileSync(`${folder}/${Math.floor(i / perFolder)}/file-number-${i}.txt`, randomBytes(bytes))
    }
    const from = performance.now()
    const stored = await store.createShare(folder)
    const between = performance.now()
    await store.blocks.addDag(stored, { profile })
    const dag = performance.now()
    if (share === 0)
      note(
        `${name}: ms to share, to give it CIDs`,
        `${Math.round(between - from)}, ${Math.round(dag - between)}`,
      )
  }
  await store.close()
  const { size } = fs.statSync(`${root}/home/blocks.db`)
  const each = (size - emptyBytes) / count / shares
  note(`${name}: index`, `${each.toFixed(1)} bytes a file, ${((100 * each) / bytes).toFixed(2)} %`)
  fs.rmSync(`${root}/home`, { recursive: true })
  for (let share = 0; share < shares; share++) fs.rmSync(`${root}/files-${share}`, { recursive: true })
}

function cidOf(code: number, bytes: Uint8Array): CID {
  return CID.createV1(code, Digest.create(0x12, createHash('sha256').update(bytes).digest()))
}

function fileNode(links: readonly PbLink[], blockSizes: readonly number[]): Uint8Array {
  const fileSize = blockSizes.reduce((sum, size) => sum + size, 0)
  return encodeDagPb({ links, data: encodeUnixFs({ type: 'file', fileSize, blockSizes }) })
}

/** An archive of that many blocks, and nodes of up to 1,000 links over them; the root comes last. */
function writeCar(path: string, count: number, bytes: number): void {
  const file = fs.openSync(path, 'w')
  const add = (cid: CID, block: Uint8Array): number =>
    fs.writevSync(file, [carSectionHead(cid.bytes, block.length), block])
  const [nodes, sizes]: [PbLink[], number[]] = [[], []]
  fs.writeSync(file, new Uint8Array(encodeCarHeader([cidOf(0x70, new Uint8Array(0))]).length))
  for (let at = 0; at < count; at += 1000) {
    const links = Array.from({ length: Math.min(1000, count - at) }, () => {
      const block = randomBytes(bytes)
      const cid = cidOf(0x55, block)
      add(cid, block)
      return { hash: cid.bytes, name: '', size: bytes }
    })
    const node = fileNode(
      links,
      links.map(() => bytes),
    )
    add(cidOf(0x70, node), node)
    nodes.push({ hash: cidOf(0x70, node).bytes, name: '', size: node.length })
    sizes.push(links.length * bytes)
  }
  const top = fileNode(nodes, sizes)
  add(cidOf(0x70, top), top)
  const header = encodeCarHeader([cidOf(0x70, top)])
  fs.writeSync(file, header, 0, header.length, 0)
  fs.closeSync(file)
}

function hostOf({ blocks }: Store): CarHost {
  const loans = new Map<VerifiedBlock, () => void>()
  const reader: BlockReader = {
    async get(cid, options) {
      const loan = (await blocks.loan(cid, options))!
      loans.set(loan.block, () => loan.release())
      return loan.block
    },
  }
  const release = (block: VerifiedBlock): void => {
    loans.get(block)?.()
    loans.delete(block)
  }
  return {
    world: systemWorld,
    rootOf: text => ({ cid: CID.parse(text), path: [] }),
    open: () => ({ reader, session: () => undefined, release, close: () => undefined }),
    refuse: () => undefined,
    has: cid => blocks.has(cid),
    put: (cid, bytes, options) => blocks.put(cid, bytes, options),
    keepAll: () => blocks.keepAll(),
    pin: (cid, name, signal) => blocks.pin(cid, { name, signal }),
  }
}

async function last<T>(updates: AsyncIterable<T>): Promise<T> {
  let update: T | undefined
  for await (update of updates);
  return update!
}

async function archive(name: string, count: number, bytes: number): Promise<void> {
  const [car, out] = [`${root}/in.car`, `${root}/out.car`]
  // By another process: what that leaves in memory is nothing of the import's.
  execFileSync(process.execPath, [import.meta.filename, '--write', `${car}:${count}:${bytes}`])
  const megabytes = fs.statSync(car).size / 1e6
  const unit = (seconds: number): string =>
    `${(megabytes / seconds).toFixed(0)} MB/s, ${Math.round(count / seconds)} blocks/s`
  const store = await open('home')
  await store.hash(new Uint8Array(1))
  const host = hostOf(store)
  const context = { signal: new AbortController().signal } as never
  let what = ''
  await timed(`${name}: import`, unit, async () => {
    const result = await last(
      carOperations.import.run(host, { file: car, public: true, pin: true }, context) as AsyncIterable<{
        phase: string
        roots?: readonly string[]
        pinned?: number
      }>,
    )
    if (result.pinned !== 1) throw new Error('not pinned')
    what = result.roots![0]!
  })
  const common = { what, path: out, version: 1, overwrite: true, timeout: 60 }
  await timed(`${name}: export`, unit, () =>
    last(carOperations.export.run(host, common, context) as AsyncIterable<unknown>),
  )
  await timed(`${name}: preview`, unit, () =>
    last(carOperations.preview.run(host, { file: car, files: 2000 }, context) as AsyncIterable<unknown>),
  )
  await timed(`${name}: import again`, unit, () =>
    last(
      carOperations.import.run(
        host,
        { file: car, public: true, pin: true },
        context,
      ) as AsyncIterable<unknown>,
    ),
  )
  await store.close()
  note(`${name}: peak memory`, `${Math.round(process.resourceUsage().maxRSS / 1024)} MB`)
  fs.rmSync(`${root}/home`, { recursive: true })
  fs.rmSync(car)
  fs.rmSync(out)
}

const kept = new Map<string, Map<string, unknown>>()
const inMemory: KeyValue = {
  get: (kind, key) => kept.get(kind)?.get(key),
  put: (kind, key, value) => void kept.set(kind, (kept.get(kind) ?? new Map()).set(key, value)),
  delete: (kind, key) => void kept.get(kind)?.delete(key),
  entries: kind => kept.get(kind) ?? [],
}

/** Wants of a message. */
const atOnce = 256
/** The least CPU of so many times counts. */
const times = 5

/** Serves all of these to one peer, whose answers are encoded and thrown away. */
async function serve(
  name: string,
  store: Store,
  cids: readonly CID[],
  type: 'block' | 'have',
): Promise<void> {
  const { blocks } = store
  const access = new Access({ self: peer, world: systemWorld, state: inMemory })
  for (const { hash } of store.contents())
    access.setPolicy(`content:${hash}`, { subjects: ['everyone'], actions: ['read'] })
  const server = new Server({
    world: systemWorld,
    config: bitswapConfig.parse({}),
    blocks,
    limit: new RateLimit(),
    mayServe: (to, _, block) => mayServe({ access, serves: () => true }, to, block),
  })
  let [bytes, answers] = [0, 0]
  let [all, done] = [0, Promise.withResolvers<void>()]
  const customer = new Customer(
    peer,
    {
      send(message, released = () => undefined) {
        const whole = { full: false, wants: [], blocks: [], presences: [], pendingBytes: 0, ...message }
        for (const piece of encodeBitswap(whole)) bytes += piece.length
        answers += whole.blocks.length + whole.presences.length
        setImmediate(released)
        if (answers === all) done.resolve()
      },
      dropAnswers: () => undefined,
    },
    1024,
  )
  let least = Number.POSITIVE_INFINITY
  for (let time = 0; time < times; time++) {
    const before = process.cpuUsage()
    for (let at = 0; at < cids.length; at += atOnce) {
      const some = cids.slice(at, at + atOnce)
      answers = 0
      all = some.length
      done = Promise.withResolvers()
      const more = { priority: 1, cancel: false, type, sendDontHave: true }
      const wants = some.map(({ bytes: cid }) => ({ cid, ...more }))
      server.noted(customer, { full: false, wants, presences: [], pendingBytes: 0 })
      await done.promise
    }
    const { user, system } = process.cpuUsage(before)
    least = Math.min(least, user + system)
  }
  server.stop()
  const each = least / cids.length
  note(`serve ${name}`, `${each.toFixed(1)} µs CPU each, ${(bytes / times / 1e6).toFixed(1)} MB`)
}

function wrapped(bytes: Uint8Array): Uint8Array {
  const { before, after } = leafFrame(legacyProfile, bytes.length)
  return Buffer.concat([before, bytes, after])
}

async function serving(count: number, bytes: number): Promise<void> {
  const store = await open('home')
  const contents = Array.from({ length: count }, () => randomBytes(bytes))
  const named = (blocks: readonly Uint8Array[]): CID[] => blocks.map(block => cidOf(0x55, block))
  const cached = named(contents)
  for (const [at, cid] of cached.entries()) await store.blocks.put(cid, contents[at]!)
  const files = contents.map(() => randomBytes(bytes))
  for (const [at, file] of files.entries()) {
    const folder = `${root}/files/${Math.floor(at / 100)}`
    fs.mkdirSync(folder, { recursive: true })
    fs.writeFileSync(`${folder}/${at}`, file)
  }
  const stored = await store.createShare(`${root}/files`)
  await store.blocks.addDag(stored, { profile: 'unixfs-v1-2025' })
  const kind = `${count} blocks of ${bytes} bytes`
  await serve(`${kind}, cached`, store, cached, 'block')
  await serve(`${kind}, files`, store, named(files), 'block')
  await store.blocks.addDag(stored, { profile: legacyProfile.name })
  await serve(`${kind}, files of CIDv0`, store, named(files.map(wrapped)), 'block')
  await serve(`${kind}, cached, asked after`, store, cached, 'have')
  await serve(`${kind}, files, asked after`, store, named(files), 'have')
  await serve(
    `${kind}, not here, asked after`,
    store,
    named(contents.map(block => Buffer.from(block).reverse())),
    'have',
  )
  await store.close()
  fs.rmSync(`${root}/home`, { recursive: true })
  fs.rmSync(`${root}/files`, { recursive: true })
}

try {
  const count = Number(values.files)
  if (values.write !== undefined) {
    const [path, blocks, bytes] = values.write.split(':')
    writeCar(path!, Number(blocks), Number(bytes))
    process.exit()
  }
  if (values.only === undefined || values.only === 'index') {
    await indexOf(`${count} files of 4 kB in folders of 100`, { count, bytes: 4096, perFolder: 100 })
    await indexOf(`${count} files of 1 kB in folders of 100`, { count, bytes: 1024, perFolder: 100 })
    await indexOf(`${count} files of 4 kB in one folder`, { count, bytes: 4096, perFolder: count })
    await indexOf(`${count} files of 1 kB in one folder`, { count, bytes: 1024, perFolder: count })
    await indexOf(`${count / 10} files of 20 kB in folders of 100`, {
      count: count / 10,
      bytes: 20_000,
      perFolder: 100,
    })
    await indexOf('twenty shares of 1,000 files of 4 kB', {
      count: 1000,
      bytes: 4096,
      perFolder: 100,
      shares: 20,
    })
  }
  if (values.only === undefined || values.only === 'car') {
    await archive(`${values.blocks} blocks of 200 bytes`, Number(values.blocks), 200)
    await archive(`${values.big} blocks of 1 MiB`, Number(values.big), 2 ** 20)
    await archive(`${4 * Number(values.big)} blocks of 256 KiB`, 4 * Number(values.big), 2 ** 18)
  }
  if (values.only === undefined || values.only === 'serve') {
    await serving(Number(values.blocks), 200)
    await serving(Number(values.big), 2 ** 18)
  }
} finally {
  fs.rmSync(root, { recursive: true, force: true })
}
