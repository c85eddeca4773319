import { spawn } from 'node:child_process'
import { once } from 'node:events'
import fs from 'node:fs'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { seededRandom, systemWorld, toHex } from '../../src/base/index.ts'
import { openStore, type StoredContent } from '../../src/store/index.ts'
import { bytesOf, scratchFolder, treeOf } from './copy-content.ts'

const seed = Number(process.env.SEED ?? Date.now() % 1_000_000)
let root: string
let share: StoredContent
let closeShare: () => Promise<void>

beforeEach(async () => {
  root = scratchFolder()
  for (let i = 0; i < 300; i++) {
    fs.mkdirSync(`${root}/src/${i % 10}`, { recursive: true })
    fs.writeFileSync(`${root}/src/${i % 10}/${i}`, bytesOf(i + 1, 500 + i * 40))
  }
  for (const name of ['large', 'larger'])
    fs.writeFileSync(`${root}/src/${name}`, bytesOf(name.length, 6_000_123))
  fs.writeFileSync(`${root}/src/empty`, '')
  const store = await openStore({ home: `${root}/A`, world: systemWorld })
  share = await store.createShare(`${root}/src`, { pieceLength: 32768 })
  closeShare = () => store.close()
  const layers: Record<number, string> = {}
  for (const { index } of share.content.files) {
    const layer = share.pieceLayer(index)
    if (layer !== undefined) layers[index] = toHex(layer)
  }
  const about = { infoHash: share.hash, info: toHex(share.content.info), layers }
  fs.writeFileSync(`${root}/about.json`, JSON.stringify(about))
})

afterEach(async () => {
  await closeShare()
  fs.rmSync(root, { recursive: true, force: true })
})

/** Runs the receiver and kills it some time after it said `started`; returns what it said. */
async function runAndKill(order: string, afterMs: number): Promise<string[]> {
  const args = [
    `${import.meta.dirname}/store-child.ts`,
    `${root}/B`,
    `${root}/out`,
    `${root}/src`,
    `${root}/about.json`,
  ]
  const child = spawn(process.execPath, [...args, order], { stdio: ['ignore', 'pipe', 'inherit'] })
  let text = ''
  child.stdout.setEncoding('utf8')
  child.stdout.on('data', chunk => {
    if (text === '') setTimeout(() => child.kill('SIGKILL'), afterMs)
    text += chunk
  })
  await once(child, 'close')
  return text.split('\n').slice(0, -1)
}

function piecesOf(lines: readonly string[]): number[] {
  return lines.filter(line => line.startsWith('took ')).map(line => Number(line.slice(5)))
}

/** Everything that is believed is right: read back and compared with the source. */
async function expectRight(stored: StoredContent): Promise<void> {
  for (let piece = 0; piece < stored.pieceCount; piece++) {
    if (!stored.have.has(piece)) continue
    const length = stored.pieces.pieceSize(piece)
    const [mine, theirs] = await Promise.all([stored.read(piece, 0, length), share.read(piece, 0, length)])
    if (Buffer.compare(mine, theirs) !== 0)
      throw new Error(`piece ${piece} is believed and wrong (seed ${seed})`)
  }
}

it.each(['in order', 'scattered'])(`killed again and again, pieces %s (seed ${seed})`, async order => {
  const random = seededRandom(seed + order.length)
  const taken = new Set<number>()
  let lines: string[] = []
  for (let round = 0; round < 8 && !lines.includes('completed'); round++) {
    lines = await runAndKill(order, 5 + random.fraction() * 250)
    for (const piece of piecesOf(lines)) taken.add(piece)
    const store = await openStore({ home: `${root}/B`, world: systemWorld })
    try {
      const stored = store.get(share.hash)
      if (stored === undefined) {
        expect(taken.size).toBe(0)
        continue
      }
      await stored.ready
      const lost = [...taken].filter(piece => !stored.have.has(piece))
      expect({ seed, round, lost }).toEqual({ seed, round, lost: [] })
      await expectRight(stored)
    } finally {
      await store.close()
    }
  }
  while (!lines.includes('completed')) lines = await runAndKill(order, 60_000)
  expect(treeOf(`${root}/out/src`)).toEqual(treeOf(`${root}/src`))
})

it('what a checkpoint acknowledged is in the index before anything is hashed', async () => {
  const lines = await runAndKill('scattered', 250)
  const saved = lines.filter(line => line.startsWith('saved ')).map(line => Number(line.slice(6)))
  const acknowledged = piecesOf(lines.slice(0, Math.max(0, ...saved)))
  const store = await openStore({ home: `${root}/B`, world: systemWorld })
  const stored = store.get(share.hash)
  const lost = acknowledged.filter(piece => !stored!.have.has(piece))
  expect(lost).toEqual([])
  await store.close()
})

it('a part that was changed long after a crash is not believed', async () => {
  await runAndKill('in order', 200)
  const parts = fs.existsSync(`${root}/out/src`)
    ? fs.readdirSync(`${root}/out/src`).filter(name => name.endsWith('.part'))
    : []
  for (const name of parts) {
    const path = `${root}/out/src/${name}`
    const bytes = fs.readFileSync(path)
    bytes[100]! ^= 1
    fs.writeFileSync(path, bytes)
    const later = Date.now() / 1000 + 3600
    fs.utimesSync(path, later, later)
  }
  const store = await openStore({ home: `${root}/B`, world: systemWorld })
  const stored = store.get(share.hash)
  await stored?.ready
  if (stored !== undefined) await expectRight(stored)
  await store.close()
})
