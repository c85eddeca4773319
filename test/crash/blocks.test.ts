import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import fs from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { CID } from 'multiformats/cid'
import * as Digest from 'multiformats/hashes/digest'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { seededRandom, systemWorld } from '../../src/base/index.ts'
import { linksOf } from '../../src/content/index.ts'
import { openStore, type Store } from '../../src/store/index.ts'
import { treeOptions, treeRoot, treeSources } from './blocks-tree.ts'
import { scratchFolder } from './copy-content.ts'

const seed = Number(process.env.SEED ?? Date.now() % 1_000_000)
let root: string

beforeEach(() => {
  root = scratchFolder()
})

afterEach(() => fs.rmSync(root, { recursive: true, force: true }))

/** Runs the child and kills it some time after it said `word` first; returns what it said. */
async function runAndKill(what: string, word: string, afterMs: number): Promise<string[]> {
  const args = [`${import.meta.dirname}/blocks-child.ts`, what, `${root}/home`, `${root}/into`]
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  let text = ''
  let timer: NodeJS.Timeout | undefined
  child.stdout.setEncoding('utf8')
  child.stdout.on('data', chunk => {
    text += chunk
    if (text.includes(word)) timer ??= setTimeout(() => child.kill('SIGKILL'), afterMs)
  })
  const [code, signal] = await once(child, 'close')
  clearTimeout(timer)
  expect(signal ?? code, 'how it ended').toBeOneOf(['SIGKILL', 0])
  return text.split('\n').slice(0, -1)
}

async function inStore<T>(action: (store: Store) => Promise<T>): Promise<T> {
  const store = await openStore({ home: `${root}/home`, world: systemWorld })
  try {
    return await action(store)
  } finally {
    await store.close()
  }
}

it(`a tree whose writer is killed again and again is fetched once (seed ${seed})`, async () => {
  const random = seededRandom(seed)
  let saved = 0
  let hash: string | undefined
  for (let round = 0; hash === undefined; round++) {
    const lines = await runAndKill('tree', 'started', round < 6 ? 5 + random.fraction() * 250 : 60_000)
    hash = lines.find(line => line.startsWith('completed'))?.slice(10)
    for (const line of lines) if (line.startsWith('saved')) saved = Math.max(saved, Number(line.slice(6)))
    if (hash !== undefined) break
    const bytes = await inStore(async store => {
      const known = store.get([...store.contents()][0]?.hash ?? '')
      if (known !== undefined) return known.totalSize
      const writer = await store.openTree(treeOptions(`${root}/into`))
      const there = writer.bytes
      await writer.close()
      return there
    })
    expect(bytes, `durable before round ${round} was killed`).toBeGreaterThanOrEqual(saved)
  }
  expect(hash).toBeDefined()
  for (const [path, bytes] of treeSources)
    expect(fs.readFileSync(`${root}/into/tree/${path}`).equals(bytes), path).toBe(true)
  await inStore(async store => {
    expect(String(store.blocks.dagOf(hash!))).toBe(String(treeRoot))
    expect(await store.get(hash!)!.verify()).toEqual({ bad: [] })
    const leaf = treeSources.get('larger')!.subarray(65_536, 131_072)
    const cid = CID.createV1(0x55, Digest.create(0x12, createHash('sha256').update(leaf).digest()))
    expect(Buffer.from((await store.blocks.get(cid))!.bytes).equals(leaf)).toBe(true)
  })
})

/** Of a store that is closed. */
function smallBlocks(path: string): { blocks: number; bytes: number } {
  if (!fs.existsSync(path)) return { blocks: 0, bytes: 0 }
  using db = new DatabaseSync(path)
  const { blocks, bytes } = db
    .prepare('SELECT count(*) AS blocks, total(length(bytes)) AS bytes FROM blocks')
    .get()!
  return { blocks: Number(blocks), bytes: Number(bytes) }
}

it(`what was pinned is there after any crash, and the cache is what its files are (seed ${seed})`, async () => {
  const random = seededRandom(seed + 1)
  const pinned: string[] = []
  let [cached, large]: [unknown, { blocks: number; bytes: number }] = [undefined, { blocks: 0, bytes: 0 }]
  for (let round = 0; round < 5; round++) {
    const lines = await runAndKill('cache', 'pinned', random.fraction() * 400)
    for (const line of lines) if (line.startsWith('pinned')) pinned.push(line.slice(7))
    if (round === 3) fs.writeFileSync(`${root}/home/blocks.db`, 'no database')
    await inStore(async store => {
      await store.blocks.recovered
      for (const text of pinned) {
        const node = await store.blocks.get(CID.parse(text))
        expect(node, text).toBeDefined()
        for (const link of linksOf(node!)) expect(await store.blocks.get(link), text).toBeDefined()
      }
      await store.blocks.collect({ all: true })
      const files = fs
        .readdirSync(`${root}/home/blocks`, { recursive: true, withFileTypes: true })
        .filter(entry => entry.isFile() && !entry.name.startsWith('small.db'))
        .map(({ parentPath, name }) => fs.statSync(`${parentPath}/${name}`).size)
      cached = store.blocks.cache()
      large = { blocks: files.length, bytes: files.reduce((sum, size) => sum + size, 0) }
    })
    const small = smallBlocks(`${root}/home/blocks/small.db`)
    expect(cached).toMatchObject({ blocks: large.blocks + small.blocks, bytes: large.bytes + small.bytes })
  }
  expect(pinned.length).toBeGreaterThan(3)
})
