import { spawn } from 'node:child_process'
import { once } from 'node:events'
import fs from 'node:fs'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { seededRandom, systemWorld, toHex } from '../../src/base/index.ts'
import { openStore, type StoredContent } from '../../src/store/index.ts'
import { MemoryContent, type MemoryShare, memoryV1Share } from '../simulation/memory-content.ts'
import { bytesOf, scratchFolder, treeOf } from './copy-content.ts'

const seed = Number(process.env.SEED ?? Date.now() % 1_000_000)
let root: string
let share: MemoryShare
let hash: string

beforeEach(() => {
  root = scratchFolder()
  const sizes = [...Array.from({ length: 200 }, (_, i) => 300 + i * 50), 6_000_123, 0, 3_000_001, 17]
  const described = sizes.map((size, i) => ({
    name: `${i % 10}/f${i}`,
    bytes: bytesOf(i + 1, size),
    pad: i % 50 === 49 ? 100_000 : 0,
  }))
  share = memoryV1Share(described, 40_001)
  for (const { path, index } of share.content.files) {
    fs.mkdirSync(`${root}/src/share/${path[0]}`, { recursive: true })
    fs.writeFileSync(`${root}/src/share/${path.join('/')}`, share.files[index]!)
  }
  hash = toHex(share.content.infoHash)
  const about = { infoHash: hash, info: toHex(share.content.info), layers: {} }
  fs.writeFileSync(`${root}/about.json`, JSON.stringify(about))
})

afterEach(() => fs.rmSync(root, { recursive: true, force: true }))

/** Runs the receiver and kills it some time after it said `started`; returns what it said. */
async function runAndKill(order: string, afterMs: number): Promise<string[]> {
  const child = `${import.meta.dirname}/store-child.ts`
  const args = [child, `${root}/B`, `${root}/out`, `${root}/src/share`, `${root}/about.json`, order]
  const running = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  let text = ''
  running.stdout.setEncoding('utf8')
  running.stdout.on('data', chunk => {
    if (text === '') setTimeout(() => running.kill('SIGKILL'), afterMs)
    text += chunk
  })
  await once(running, 'close')
  return text.split('\n').slice(0, -1)
}

/** Everything that is believed is right: read back and compared with the source. */
async function expectRight(stored: StoredContent): Promise<void> {
  const source = new MemoryContent(share.content, share)
  for (let piece = 0; piece < stored.pieceCount; piece++) {
    if (!stored.have.has(piece)) continue
    const length = stored.pieces.pieceSize(piece)
    const [mine, theirs] = await Promise.all([stored.read(piece, 0, length), source.loan(piece, 0, length)])
    if (Buffer.compare(mine, theirs.bytes) !== 0)
      throw new Error(`piece ${piece} is believed and wrong (seed ${seed})`)
  }
}

/** Pieces taken before the last finished checkpoint. */
function acknowledged(lines: readonly string[]): number[] {
  const saved = lines.filter(line => line.startsWith('saved ')).map(line => Number(line.slice(6)))
  const before = lines.slice(0, Math.max(0, ...saved))
  return before.filter(line => line.startsWith('took ')).map(line => Number(line.slice(5)))
}

it.each(['in order', 'scattered'])(
  `v1 content killed again and again, pieces %s (seed ${seed})`,
  async order => {
    const random = seededRandom(seed + order.length)
    let lines: string[] = []
    for (let round = 0; round < 6 && !lines.includes('completed'); round++) {
      lines = await runAndKill(order, 5 + random.fraction() * 120)
      const store = await openStore({ home: `${root}/B`, world: systemWorld })
      try {
        const stored = store.get(hash)
        await stored?.ready
        const lost = acknowledged(lines).filter(piece => stored?.have.has(piece) !== true)
        expect({ seed, round, lost }).toEqual({ seed, round, lost: [] })
        if (stored !== undefined) await expectRight(stored)
      } finally {
        await store.close()
      }
    }
    while (!lines.includes('completed')) lines = await runAndKill(order, 60_000)
    expect(treeOf(`${root}/out/share`)).toEqual(treeOf(`${root}/src/share`))
  },
)
