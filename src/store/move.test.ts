import fs from 'node:fs'
import { tmpdir } from 'node:os'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { copyMissing, copyPiece, treeOf } from '../../test/crash/copy-content.ts'
import { codeOf, makeFolder, pair, root, start, stop } from '../../test/crash/store-fixture.ts'
import type { Store, StoredContent } from './index.ts'

/** A folder on another file system than `root`. */
let elsewhere: string

beforeEach(() => {
  const [here, there] = root.startsWith('/dev/shm/') ? ['/dev/shm', tmpdir()] : [root, '/dev/shm']
  expect(fs.statSync(here).dev, 'these tests need two file systems').not.toBe(fs.statSync(there).dev)
  elsewhere = fs.mkdtempSync(`${there}/peerage-move-`)
})

afterEach(() => fs.rmSync(elsewhere, { recursive: true, force: true }))

/** Everything that is believed reads as it should, and nothing was hashed to find out. */
async function expectServed(share: StoredContent, moved: StoredContent): Promise<void> {
  for (let piece = 0; piece < share.pieceCount; piece++) {
    if (!moved.have.has(piece)) continue
    const length = share.pieces.pieceSize(piece)
    expect(await moved.read(piece, 0, length)).toEqual(await share.read(piece, 0, length))
  }
}

const places = [
  ['by new names', () => `${root}/new place`],
  ['by copies', () => `${elsewhere}/new`],
] as const

describe.each(places)('a download is moved %s', { timeout: 60_000 }, (_, into) => {
  it('complete, with empty files, modes and links, and is read there also after a restart', async () => {
    const { b, share, download } = await pair()
    await copyMissing(share, download)
    await download.completed
    const before = treeOf(`${root}/out/src`)
    fs.mkdirSync(`${root}/out/src/none/at all`, { recursive: true })
    const progress: number[] = []
    let let_go = 0
    const moved = await b.move(download.hash, into(), {
      onProgress: ({ bytes }) => progress.push(bytes),
      beforeSwitch: async () => void let_go++,
    })
    expect(let_go).toBe(1)
    expect(progress.length).toBeGreaterThan(0)
    expect(moved.root).toBe(`${fs.realpathSync(into())}/src`)
    expect(fs.existsSync(`${into()}/src/none/at all`)).toBe(true)
    fs.rmSync(`${into()}/src/none`, { recursive: true })
    expect(treeOf(`${into()}/src`)).toEqual(before)
    expect(fs.readdirSync(`${root}/out`)).toEqual([])
    expect(moved.isComplete && moved.have.isFull).toBe(true)
    await expectServed(share, moved)
    expect(b.get(download.hash)).toBe(moved)
    await stop(b)
    const again = await start('B')
    const found = again.get(download.hash)!
    expect(found.isComplete && found.have.isFull).toBe(true)
    await expectServed(share, found)
    expect(await found.verify()).toEqual({ bad: [] })
  })

  it('half done, and goes on there', async () => {
    const { b, share, download } = await pair()
    const half = Math.floor(share.pieceCount / 2)
    for (const { index } of share.content.files) {
      const layer = share.pieceLayer(index)
      if (layer !== undefined) download.setPieceLayer(index, layer)
    }
    for (let piece = 0; piece < half; piece++) await copyPiece(share, download, piece)
    const moved = await b.move(download.hash, into())
    expect([...Array(share.pieceCount).keys()].filter(piece => moved.have.has(piece))).toHaveLength(half)
    await expectServed(share, moved)
    await stop(b)
    const again = (await start('B')).get(download.hash)!
    await again.ready
    expect([...Array(share.pieceCount).keys()].filter(piece => again.have.has(piece))).toHaveLength(half)
    await copyMissing(share, again)
    await again.completed
    expect(treeOf(`${into()}/src`)).toEqual(treeOf(`${root}/src`))
  })

  it('not, when something stands there: nothing is touched', async () => {
    const { b, share, download } = await pair()
    await copyMissing(share, download)
    await download.completed
    fs.mkdirSync(`${into()}/src/sub`, { recursive: true })
    fs.writeFileSync(`${into()}/src/sub/big.bin`, 'mine')
    expect(await codeOf(b.move(download.hash, into()))).toBe('store.exists')
    expect(fs.readdirSync(`${into()}/src`)).toEqual(['sub'])
    expect(fs.readFileSync(`${into()}/src/sub/big.bin`, 'utf8')).toBe('mine')
    const kept = b.get(download.hash)!
    expect(kept.root).toBe(`${root}/out/src`)
    expect(kept.isComplete).toBe(true)
    await expectServed(share, kept)
  })

  it('and left where it was when the user changes his mind', async () => {
    const { b, share, download } = await pair()
    await copyMissing(share, download)
    await download.completed
    const before = treeOf(`${root}/out/src`)
    const controller = new AbortController()
    const moving = b.move(download.hash, into(), {
      signal: controller.signal,
      onProgress: () => controller.abort(new Error('changed my mind')),
    })
    // By new names it may be over before anybody could change his mind.
    await moving.catch(error => expect(String(error)).toContain('changed my mind'))
    const kept = b.get(download.hash)!
    if (kept.root === `${root}/out/src`) {
      expect(treeOf(`${root}/out/src`)).toEqual(before)
      expect(fs.existsSync(`${into()}/src`)).toBe(false)
    }
    await expectServed(share, kept)
    expect([...b.brokenMoves()]).toEqual([])
  })
})

it('a copy that a stop broke off goes on where it was', { timeout: 60_000 }, async () => {
  const { b, share, download } = await pair()
  await copyMissing(share, download)
  await download.completed
  let closing: Promise<void> | undefined
  const moving = b.move(download.hash, `${elsewhere}/new`, {
    onProgress: () => {
      closing ??= stop(b)
    },
  })
  expect(await codeOf(moving)).toBe('content.unknown')
  await closing
  const again = await start('B')
  expect([...again.brokenMoves()]).toEqual([[download.hash, `${fs.realpathSync(elsewhere)}/new`]])
  expect(again.get(download.hash)!.root).toBe(`${root}/out/src`)
  await expectServed(share, again.get(download.hash)!)
  const moved = await again.move(download.hash, `${elsewhere}/new`)
  await expectServed(share, moved)
  expect(treeOf(`${elsewhere}/new/src`)).toEqual(treeOf(`${root}/src`))
  expect(fs.readdirSync(`${root}/out`)).toEqual([])
})

it('a file that somebody changes while it is copied ends the move', async () => {
  const { b, share, download } = await pair()
  await copyMissing(share, download)
  await download.completed
  const moving = b.move(download.hash, `${elsewhere}/new`, {
    beforeSwitch: async () => fs.writeFileSync(`${root}/out/src/sub/big.bin`, 'changed'),
  })
  expect(await codeOf(moving)).toBe('store.source-changed')
  expect(fs.readFileSync(`${root}/out/src/sub/big.bin`, 'utf8')).toBe('changed')
  expect(fs.existsSync(`${elsewhere}/new/src`)).toBe(false)
  expect([...b.brokenMoves()]).toEqual([])
})

describe('what the user moved himself', () => {
  async function shared(): Promise<{ a: Store; share: StoredContent }> {
    makeFolder()
    const a = await start('A')
    return { a, share: await a.createShare(`${root}/src`) }
  }

  it.each([
    ['below a folder', () => `${root}/attic`, () => `${root}/attic/src`],
    ['under another name', () => `${root}/renamed`, () => `${root}/renamed`],
  ])('is found %s, without hashing', async (_, told, at) => {
    const { a, share } = await shared()
    fs.mkdirSync(`${root}/attic`)
    fs.renameSync(`${root}/src`, at())
    const found = await a.repoint(share.hash, told())
    expect(found.root).toBe(at())
    expect(found.isComplete && found.have.isFull).toBe(true)
    expect((await found.read(0, 0, 5)).length).toBe(5)
  })

  it('is hashed where it looks different, and said to be gone where it is not', async () => {
    const { a, share } = await shared()
    fs.cpSync(`${root}/src`, `${root}/attic/src`, { recursive: true, verbatimSymlinks: true })
    fs.rmSync(`${root}/src`, { recursive: true })
    fs.writeFileSync(`${root}/attic/src/a.txt`, 'hallo')
    const found = await a.repoint(share.hash, `${root}/attic`)
    expect(found.have.isFull).toBe(false)
    const wrong = found.content.files.find(({ path }) => path.join('/') === 'a.txt')!
    for (let piece = 0; piece < found.pieceCount; piece++)
      expect(found.have.has(piece)).toBe(piece !== wrong.firstPiece)
    expect(await codeOf(a.repoint(share.hash, `${root}/nowhere`))).toBe('store.source-unreadable')
  })
})
