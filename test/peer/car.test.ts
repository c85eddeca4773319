import { execFileSync } from 'node:child_process'
import { hash } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CarReader, CarWriter } from '@ipld/car'
import type { CID } from 'multiformats/cid'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { concat, PeerageError, seededRandom, sha256, toHex, utf8 } from '../../src/base/index.ts'
import {
  cidOfSha256,
  codecs,
  DirectoryBuilder,
  FileBuilder,
  legacyProfile,
  modernProfile,
} from '../../src/content/index.ts'
import { createPeer, type Peer } from '../../src/peer/index.ts'
import { CarIndex } from '../../src/services/car/car-index.ts'
import type { CarPreview, ExportCarUpdate } from '../../src/services/car/index.ts'
import {
  carSectionHead,
  carV2Head,
  encodeCarHeader,
  encodeDagPb,
  encodeUnixFs,
} from '../../src/wire/index.ts'

interface Block {
  readonly cid: CID
  readonly bytes: Uint8Array
}

let home: string
let peer: Peer
beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), 'peerage-car-'))
  peer = await createPeer({ home: join(home, 'peer'), offline: true })
})
afterAll(async () => {
  await peer.stop()
  rmSync(home, { recursive: true })
})

/** A folder with a few files, root first. */
function someTree(seed: number): Block[] {
  const blocks: Block[] = []
  const random = seededRandom(seed)
  const options = {
    profile: { ...modernProfile, leafBytes: 1_000, maxLinks: 4 },
    emit: (cid: CID, bytes: Uint8Array) => void blocks.unshift({ cid, bytes }),
  }
  const directory = new DirectoryBuilder(options)
  for (let i = 0; i < 3; i++) {
    const file = new FileBuilder(options)
    for (let leaf = 0; leaf < 9; leaf++) {
      const bytes = random.bytes(1_000)
      blocks.push({ cid: cidOfSha256(sha256(bytes), codecs.raw, 1), bytes })
      file.add(sha256(bytes), bytes.length)
    }
    directory.add(`file ${i}`, file.finish())
  }
  directory.finish()
  return blocks
}

const sectionOf = ({ cid, bytes }: Block): Uint8Array =>
  concat([carSectionHead(cid.bytes, bytes.length), bytes])
const carOf = (roots: readonly CID[], blocks: readonly Block[]): Uint8Array =>
  concat([encodeCarHeader(roots), ...blocks.map(sectionOf)])

function written(bytes: Uint8Array): string {
  const file = join(home, `${Math.random()}.car`)
  writeFileSync(file, bytes)
  return file
}

async function last<T>(updates: AsyncIterable<T>): Promise<T> {
  let one: T | undefined
  for await (const update of updates) one = update
  return one!
}

const imported = (bytes: Uint8Array) => last(peer.car.import({ file: written(bytes) }))

async function exported(
  input: Parameters<Peer['car']['export']>[0],
): Promise<Extract<ExportCarUpdate, { phase: 'exported' }>> {
  // Who hears of it and listens no longer has the file.
  for await (const update of peer.car.export(input)) if (update.phase === 'exported') return update
  throw new Error('it was not exported')
}

async function codeOf(promise: Promise<unknown>): Promise<string | undefined> {
  try {
    await promise
    return undefined
  } catch (error) {
    if (error instanceof PeerageError) return error.code
    throw error
  }
}

describe('an archive', () => {
  it.each([1, 2])('of version %d is imported, exported and read by @ipld/car', async version => {
    const blocks = someTree(version)
    const root = blocks[0]!.cid
    const v1 = carOf([root], blocks)
    const bytes = version === 1 ? v1 : concat([carV2Head(v1.length), v1])
    expect(await imported(bytes)).toEqual({
      phase: 'imported',
      roots: [root.toString()],
      blocks: blocks.length,
      bytes: bytes.length,
      missing: 0,
      pinned: 1,
    })
    const path = join(home, `out${version}.car`)
    const done = await exported({ what: root.toString(), path, version })
    expect(done).toMatchObject({ phase: 'exported', root: root.toString(), path, blocks: blocks.length })
    const file = readFileSync(path)
    expect(done.bytes).toBe(file.length)
    const theirs = await CarReader.fromBytes(file)
    expect(theirs.version).toBe(version)
    expect((await theirs.getRoots()).map(String)).toEqual([root.toString()])
    const found = new Map<string, string>()
    for await (const block of theirs.blocks()) found.set(block.cid.toString(), toHex(block.bytes))
    expect(found).toEqual(new Map(blocks.map(({ cid, bytes: one }) => [cid.toString(), toHex(one)])))
    expect([...found.keys()][0]).toBe(root.toString())
    expect(await codeOf(last(peer.car.export({ what: root.toString(), path })))).toBe('store.exists')
    await last(peer.car.export({ what: root.toString(), path, overwrite: true }))
    expect(readdirSync(home).filter(name => name.endsWith('.part'))).toEqual([])
  })

  it('of blocks of many sizes comes back byte for byte, also where they are long', async () => {
    const sizes = [4_194_304, 1, 1_048_576, 2_100_000, 16_384, 4_194_304, 16_385, 3_000_000, 262_144]
    const blocks = sizes.map((size, i): Block => {
      const bytes = new Uint8Array(size).fill(i)
      return { cid: cidOfSha256(hash('sha256', bytes, 'buffer'), codecs.raw, 1), bytes }
    })
    const links = blocks.map(({ cid, bytes }) => ({ hash: cid.bytes, name: '', size: bytes.length }))
    const node = encodeDagPb({ links, data: encodeUnixFs({ type: 'file', blockSizes: sizes }) })
    const root = cidOfSha256(sha256(node), codecs.dagPb, 1)
    blocks.push({ cid: root, bytes: node })
    const bytes = carOf([root], blocks)
    expect(await imported(bytes)).toMatchObject({ blocks: blocks.length, bytes: bytes.length, pinned: 1 })
    const path = join(home, 'long.car')
    await exported({ what: root.toString(), path })
    // Depth first, the root first.
    expect(readFileSync(path).equals(carOf([root], [blocks.at(-1)!, ...blocks.slice(0, -1)]))).toBe(true)
  })

  it('of version 2 with an index behind its data is imported, whatever the index says', async () => {
    const blocks = someTree(12)
    const v1 = carOf([blocks[0]!.cid], blocks)
    const head = carV2Head(v1.length)
    // Where the index begins: behind the pragma, the characteristics, and two numbers of 64 bits.
    new DataView(head.buffer, head.byteOffset).setBigUint64(11 + 32, BigInt(head.length + v1.length), true)
    const index = concat([Uint8Array.of(0x81, 0x08), new Uint8Array(300).fill(0xff)])
    expect(await imported(concat([head, v1, index]))).toMatchObject({ blocks: blocks.length, pinned: 1 })
  })

  it('of a part of a folder is exported, and one of @ipld/car imported', async () => {
    const blocks = someTree(3)
    const root = blocks[0]!.cid
    const { writer, out } = CarWriter.create([root])
    const writing = (async () => {
      for (const block of blocks) await writer.put(block)
      await writer.close()
    })()
    const chunks: Uint8Array[] = []
    for await (const chunk of out) chunks.push(chunk)
    await writing
    expect(await imported(concat(chunks))).toMatchObject({ roots: [root.toString()], missing: 0 })
    const path = join(home, 'part.car')
    const done = await exported({ what: `ipfs://${root}/file 1`, path })
    expect(done.blocks).toBe(9 + 4)
    const encoded = { what: `https://${root}.ipfs.dweb.link/file%201`, path, overwrite: true }
    expect((await exported(encoded)).blocks).toBe(9 + 4)
    expect(await codeOf(last(peer.car.export({ what: `${root}/file 9`, path })))).toBe('content.no-such-file')
  })

  it('of what is pinned already leaves its name as it was', async () => {
    const blocks = someTree(14)
    const root = blocks[0]!.cid
    const file = join(home, 'in.car')
    writeFileSync(file, carOf([root], blocks))
    await last(peer.car.import({ file }))
    const nameOf = async () => (await peer.pins.pins({})).find(({ cid }) => cid === String(root))?.name
    expect(await nameOf()).toBe('in.car')
    await last(peer.pins.pin({ cid: String(root), name: 'holidays' }))
    await imported(carOf([root], blocks))
    expect(await nameOf()).toBe('holidays')
  })

  it('that leaves blocks out is kept as far as it goes, and says so', async () => {
    const blocks = someTree(4)
    const some = blocks.slice(0, 1)
    const done = await imported(carOf([blocks[0]!.cid], some))
    expect(done).toMatchObject({ blocks: 1, missing: 3, pinned: 0 })
    const path = join(home, 'cut.car')
    expect(await codeOf(last(peer.car.export({ what: String(blocks[0]!.cid), path })))).toBe('block.missing')
    expect(readdirSync(home).filter(name => name.startsWith('cut'))).toEqual([])
  })

  it('that is longer than the cache is kept whole, and pushes out what nothing holds when it is pinned', async () => {
    const small = await createPeer({
      home: join(home, 'small'),
      offline: true,
      set: { 'store.cacheBytes': 20_000, 'store.checkpointBytes': 2 ** 20, 'store.checkpointMs': 50 },
    })
    try {
      const random = seededRandom(9)
      const leaf = (): Block => {
        const bytes = random.bytes(100)
        return { cid: cidOfSha256(sha256(bytes), codecs.raw, 1), bytes }
      }
      const loose = Array.from({ length: 50 }, leaf)
      await last(small.car.import({ file: written(carOf([], loose)), pin: false }))
      const leaves = Array.from({ length: 3000 }, leaf)
      const nodes: Block[] = []
      const file = new FileBuilder({
        profile: { ...modernProfile, leafBytes: 100 },
        emit: (cid: CID, bytes: Uint8Array) => void nodes.push({ cid, bytes }),
      })
      for (const { bytes } of leaves) file.add(sha256(bytes), bytes.length)
      const { cid } = file.finish()
      const path = written(carOf([cid], [...leaves, ...nodes]))
      expect(await last(small.car.import({ file: path }))).toMatchObject({
        blocks: 3004,
        missing: 0,
        pinned: 1,
      })
      const { heldBytes, bytes } = await small.pins.clear({})
      expect(heldBytes).toBe(bytes)
      expect(heldBytes).toBeGreaterThan(300_000)
      await last(small.car.export({ what: String(cid), path: join(home, 'small.car') }))
    } finally {
      await small.stop()
    }
  })

  it('may have no roots, or blocks that are dag-pb of version 0', async () => {
    const nodes: Block[] = []
    const emit = (cid: CID, bytes: Uint8Array) => void nodes.push({ cid, bytes })
    new DirectoryBuilder({ profile: legacyProfile, emit }).finish()
    expect(await imported(carOf([], nodes))).toMatchObject({ roots: [], blocks: 1 })
  })

  const tree = someTree(5)
  const whole = carOf([tree[0]!.cid], tree)
  const wrong = { cid: tree[1]!.cid, bytes: utf8('something else') }
  it.each([
    [
      'a root that is not in it',
      carOf([cidOfSha256(sha256(utf8('no')), codecs.raw, 1)], tree),
      'car.invalid',
    ],
    ['a block that is not what it says', carOf([tree[0]!.cid], [wrong, ...tree]), 'block.mismatch'],
    ['an end that is cut off', whole.subarray(0, -1), 'car.invalid'],
    ['a CID that is none', concat([encodeCarHeader([]), Uint8Array.of(3, 9, 9, 9)]), 'dag.invalid'],
    ['nothing in it', new Uint8Array(0), 'car.invalid'],
    [
      'a hash function that nobody knows',
      concat([encodeCarHeader([]), Uint8Array.of(7, 1, 0x55, 0x22, 1, 0, 9, 9)]),
      'dag.unsupported',
    ],
  ])('with %s is refused', async (_what, bytes, code) => {
    expect(await codeOf(imported(bytes))).toBe(code)
  })

  it('that cannot be read or written says so', async () => {
    expect(await codeOf(last(peer.car.import({ file: join(home, 'nothing') })))).toBe(
      'store.source-unreadable',
    )
    // Nobody writes to them: they would hold the threads that read files for ever.
    const pipes = Array.from({ length: 5 }, (_, i) => join(home, `pipe-${i}`))
    for (const pipe of pipes) {
      execFileSync('mkfifo', [pipe])
      await expect(last(peer.car.import({ file: pipe }))).rejects.toMatchObject({
        code: 'store.source-unreadable',
        message: `${pipe} is no file, but a folder, a pipe or a device.`,
      })
      expect(await codeOf(last(peer.car.preview({ file: pipe })))).toBe('store.source-unreadable')
      expect(await codeOf(last(peer.files.share({ path: pipe })))).toBe('store.source-unreadable')
    }
    await imported(whole)
    const path = join(home, 'no', 'folder.car')
    expect(await codeOf(last(peer.car.export({ what: String(tree[0]!.cid), path })))).toBe(
      'store.target-missing',
    )
    expect(await codeOf(last(peer.car.export({ what: 'nonsense', path })))).toBe('content.unknown')
  })

  it('that is broken off leaves no file', async () => {
    const controller = new AbortController()
    controller.abort(new Error('enough'))
    const path = join(home, 'broken.car')
    const options = { signal: controller.signal }
    await expect(last(peer.car.export({ what: String(tree[0]!.cid), path }, options))).rejects.toThrow(
      'enough',
    )
    await expect(last(peer.car.import({ file: written(whole) }, options))).rejects.toThrow('enough')
    expect(readdirSync(home).filter(name => name.startsWith('broken'))).toEqual([])
  })
})

describe('preview', () => {
  const preview = async (bytes: Uint8Array, files = 2_000) =>
    (await last(peer.car.preview({ file: written(bytes), files }))) as CarPreview

  it('says what is in an archive, and keeps nothing of it', async () => {
    const blocks = someTree(900)
    const root = blocks[0]!.cid
    for (const version of [1, 2] as const) {
      const one = carOf([root], blocks)
      const bytes = version === 1 ? one : concat([carV2Head(one.length), one])
      const told = await preview(bytes)
      expect(told).toMatchObject({ version, archiveBytes: bytes.length, blocks: blocks.length, missing: 0 })
      expect(told.roots).toEqual([
        {
          cid: root.toString(),
          kind: 'directory',
          totalBytes: 27_000,
          fileCount: 3,
          files: [0, 1, 2].map(i => ({ path: `file ${i}`, size: 9_000, isIn: true, warnings: [] })),
        },
      ])
    }
    // Nothing of it is here.
    await expect(exported({ what: root.toString(), path: join(home, 'none.car') })).rejects.toThrow(
      PeerageError,
    )
    expect((await preview(carOf([root], blocks), 1)).roots[0]).toMatchObject({ fileCount: 3, files: [{}] })
  })

  it('says what is missing, of folders, files and roots', async () => {
    const blocks = someTree(901)
    const [root, ...others] = blocks
    const isNode = ({ cid }: Block) => cid.code === codecs.dagPb
    const leaf = others.find(one => !isNode(one))!
    const withoutLeaf = await preview(
      carOf(
        [root!.cid],
        blocks.filter(one => one !== leaf),
      ),
    )
    expect(withoutLeaf).toMatchObject({ missing: 1, roots: [{ fileCount: 3, totalBytes: 27_000 }] })
    const alone = await preview(carOf([root!.cid], [root!]))
    expect(alone.missing).toBe(3)
    expect(alone.roots[0]!.files.map(({ isIn }) => isIn)).toEqual([false, false, false])
    const elsewhere = someTree(902)[0]!.cid
    expect((await preview(carOf([elsewhere], []))).roots).toEqual([
      { cid: elsewhere.toString(), kind: 'missing', totalBytes: 0, fileCount: 0, files: [] },
    ])
    const single = { cid: leaf.cid, kind: 'file', totalBytes: 1_000, fileCount: 1 }
    expect((await preview(carOf([leaf.cid], [leaf]))).roots[0]).toMatchObject({
      ...single,
      cid: leaf.cid.toString(),
    })
  })

  it('refuses what is damaged, and folders that are not what their hash says', async () => {
    const blocks = someTree(903)
    const root = blocks[0]!
    await expect(preview(carOf([root.cid], blocks).subarray(0, -1))).rejects.toMatchObject({
      code: 'car.invalid',
    })
    const forged = { cid: root.cid, bytes: root.bytes.map(byte => byte ^ 1) }
    await expect(preview(carOf([root.cid], [forged]))).rejects.toMatchObject({ code: 'block.mismatch' })
    await expect(last(peer.car.preview({ file: join(home, 'no.car') }))).rejects.toMatchObject({
      code: 'store.source-unreadable',
    })
  })

  it('refuses one that leads to more than can be followed, however many links a block has', async () => {
    // CIDs that carry nothing: more of them in a block than a function takes arguments.
    const link = Uint8Array.of(0xd8, 0x2a, 0x45, 0, 1, 0x55, 0, 0)
    const count = 270_000
    const bytes = new Uint8Array(5 + count * link.length)
    bytes[0] = 0x9a
    new DataView(bytes.buffer).setUint32(1, count)
    for (let i = 0; i < count; i++) bytes.set(link, 5 + i * link.length)
    const cid = cidOfSha256(sha256(bytes), codecs.dagCbor, 1)
    await expect(preview(carOf([cid], [{ cid, bytes }]))).rejects.toMatchObject({ code: 'dag.limit' })
  })

  it('remembers no more blocks than it may', () => {
    const index = new CarIndex(5)
    const blocks = someTree(904)
    expect(() => index.push(carOf([blocks[0]!.cid], blocks))).toThrow(
      expect.objectContaining({ code: 'dag.limit' }),
    )
  })
})
