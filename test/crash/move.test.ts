import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import fs from 'node:fs'
import { tmpdir } from 'node:os'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { PeerageError, seededRandom, systemWorld } from '../../src/base/index.ts'
import { openStore, type Store, type StoredContent } from '../../src/store/index.ts'
import { bytesOf, copyMissing, copyPiece, scratchFolder, treeOf } from './copy-content.ts'

const seed = Number(process.env.SEED ?? Date.now() % 1_000_000)
let root: string
let elsewhere: string
let share: StoredContent
let source: Store

beforeEach(async () => {
  root = scratchFolder()
  elsewhere = fs.mkdtempSync(`${root.startsWith('/dev/shm/') ? tmpdir() : '/dev/shm'}/peerage-move-`)
  for (let i = 0; i < 200; i++) {
    fs.mkdirSync(`${root}/src/${i % 10}`, { recursive: true })
    fs.writeFileSync(`${root}/src/${i % 10}/${i}`, bytesOf(i + 1, 500 + i * 40))
  }
  fs.writeFileSync(`${root}/src/large`, bytesOf(7, 6_000_123))
  fs.writeFileSync(`${root}/src/empty`, '')
  source = await openStore({ home: `${root}/A`, world: systemWorld })
  share = await source.createShare(`${root}/src`, { pieceLength: 32_768 })
})

afterEach(async () => {
  await source.close()
  fs.rmSync(root, { recursive: true, force: true })
  fs.rmSync(elsewhere, { recursive: true, force: true })
})

/** A download of which `pieces` are there. */
async function prepare(pieces: number): Promise<void> {
  const store = await openStore({ home: `${root}/B`, world: systemWorld })
  const download = await store.addDownload(share.content, { into: `${root}/one` })
  if (pieces >= share.pieceCount) {
    await copyMissing(share, download)
    await download.completed
  } else {
    for (const { index } of share.content.files) {
      const layer = share.pieceLayer(index)
      if (layer !== undefined) download.setPieceLayer(index, layer)
    }
    for (let piece = 0; piece < pieces; piece++) await copyPiece(share, download, piece)
  }
  await store.close()
}

/** Moves in a process of its own and kills it some time after it began. */
async function moveAndKill(into: string, afterMs: number): Promise<string> {
  const args = [`${import.meta.dirname}/move-child.ts`, `${root}/B`, share.hash, into]
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  let text = ''
  child.stdout.setEncoding('utf8')
  child.stdout.on('data', chunk => {
    if (text === '') setTimeout(() => child.kill('SIGKILL'), afterMs)
    text += chunk
  })
  await once(child, 'close')
  return text
}

/** All that was there before is there, believed at once and right, at one of the two places. */
async function expectWhole(stored: StoredContent, pieces: number): Promise<void> {
  const had = [...Array(share.pieceCount).keys()].filter(piece => stored.have.has(piece))
  expect({ seed, had: had.length }).toEqual({ seed, had: pieces })
  for (const piece of had) {
    const length = share.pieces.pieceSize(piece)
    const [mine, theirs] = await Promise.all([stored.read(piece, 0, length), share.read(piece, 0, length)])
    if (Buffer.compare(mine, theirs) !== 0) throw new Error(`piece ${piece} is wrong (seed ${seed})`)
  }
}

const places = [
  ['by new names', () => `${root}/two`],
  ['by copies', () => `${elsewhere}/two`],
] as const

describe.each(places)(`moved %s and killed again and again (seed ${seed})`, (_, other) => {
  it.each([
    ['complete', Number.POSITIVE_INFINITY],
    ['half of it', 150],
  ])('%s', async (_name, wanted) => {
    const pieces = Math.min(wanted, share.pieceCount)
    await prepare(pieces)
    const random = seededRandom(seed)
    let told = ''
    for (let round = 0; round < 8; round++) {
      const into = round % 2 === 0 ? other() : `${root}/one`
      told = await moveAndKill(into, random.fraction() * 120)
      const store = await openStore({ home: `${root}/B`, world: systemWorld })
      try {
        const stored = store.get(share.hash)!
        await expectWhole(stored, pieces)
        if (told.includes('moved')) expect(stored.root).toBe(`${fs.realpathSync(into)}/src`)
        for (const [hash, to] of [...store.brokenMoves()])
          await expectWhole(await store.move(hash, to), pieces)
      } finally {
        await store.close()
      }
    }
    const store = await openStore({ home: `${root}/B`, world: systemWorld })
    const last = await store.move(share.hash, other())
    if (pieces < share.pieceCount) await copyMissing(share, last)
    await last.completed
    await store.close()
    expect(treeOf(`${other()}/src`)).toEqual(treeOf(`${root}/src`))
    expect(fs.existsSync(`${root}/one/src`)).toBe(false)
  })
})

it('a disk that gets full leaves everything where it was', async () => {
  await prepare(Number.POSITIVE_INFINITY)
  const disk = fs.mkdtempSync(`${tmpdir()}/peerage-full-`)
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=4m', 'peerage-test', disk])
  const store = await openStore({ home: `${root}/B`, world: systemWorld })
  try {
    const before = treeOf(`${root}/one/src`)
    const code = await store.move(share.hash, disk).then(
      () => 'moved',
      error => (error instanceof PeerageError ? error.code : String(error)),
    )
    expect(code).toBe('store.disk-full')
    expect(treeOf(`${root}/one/src`)).toEqual(before)
    expect(fs.readdirSync(disk)).toEqual([])
    await expectWhole(store.get(share.hash)!, share.pieceCount)
  } finally {
    await store.close()
    execFileSync('umount', [disk])
    fs.rmdirSync(disk)
  }
})
