import { execFileSync } from 'node:child_process'
import fs from 'node:fs'
import { describe, expect, it } from 'vitest'
import { bytesOf, copyLayers, copyMissing, copyPiece, treeOf } from '../../test/crash/copy-content.ts'
import { codeOf, heard, pair, root, start, stop, write } from '../../test/crash/store-fixture.ts'
import { systemWorld } from '../base/index.ts'
import { openStore } from './index.ts'

describe('resuming', () => {
  it('keeps parts over a restart without hashing them', async () => {
    const { b, share, download } = await pair()
    copyLayers(share, download)
    for (let piece = 0; piece < share.pieceCount; piece += 2) await copyPiece(share, download, piece)
    const had = download.have.count
    await stop(b)
    const again = await start('B')
    const stored = again.get(share.hash)!
    expect(stored.have.count).toBe(had)
    await copyMissing(share, stored)
    await stored.completed
    expect(treeOf(`${root}/out/src`)).toEqual(treeOf(`${root}/src`))
  })

  it('hashes a part that was tampered with after a clean stop', async () => {
    const { b, share, download } = await pair()
    copyLayers(share, download)
    const file = share.content.files.find(entry => entry.path.at(-1) === 'big.bin')!
    const last = file.firstPiece + file.pieceCount - 1
    for (let piece = file.firstPiece; piece < last; piece++) await copyPiece(share, download, piece)
    await stop(b)
    const part = `${root}/out/src/sub/big.bin.part`
    const bytes = fs.readFileSync(part)
    bytes[share.content.pieceLength + 5]! ^= 1
    fs.writeFileSync(part, bytes)
    const stored = (await start('B')).get(share.hash)!
    await stored.ready
    expect(stored.have.has(file.firstPiece)).toBe(true)
    expect(stored.have.has(file.firstPiece + 1)).toBe(false)
    await copyMissing(share, stored)
    await stored.completed
    expect(treeOf(`${root}/out/src`)).toEqual(treeOf(`${root}/src`))
  })

  it('uses the parts that a forgotten download left, once their layer is known', async () => {
    const { b, share, download } = await pair()
    copyLayers(share, download)
    const file = share.content.files.find(entry => entry.path.at(-1) === 'big.bin')!
    await copyPiece(share, download, file.firstPiece)
    await b.remove(share.hash, { deleteFiles: false })
    const stored = await b.addDownload(share.content, { into: `${root}/out` })
    await stored.ready
    expect(stored.have.count).toBe(0)
    const found = heard(stored, 'recovered')
    copyLayers(share, stored)
    expect(await found).toEqual({ file: file.index, pieces: [file.firstPiece] })
  })
})

describe('the index', () => {
  it('is rebuilt from the files when it is damaged', async () => {
    const { a, b, share, download } = await pair()
    copyLayers(share, download)
    for (let piece = 0; piece < share.pieceCount - 3; piece++) await copyPiece(share, download, piece)
    a.state.put('policy', share.hash, { subjects: ['secret'], n: 1 })
    a.state.put('gone', 'x', 1)
    a.state.delete('gone', 'x')
    const had = download.have.count
    await stop(a)
    await stop(b)
    for (const home of ['A', 'B']) fs.writeFileSync(`${root}/${home}/index.db`, 'garbage'.repeat(2000))
    const a2 = await start('A')
    expect(a2.notices.map(notice => notice.code)).toEqual(['index.damaged'])
    expect(fs.readdirSync(`${root}/A`).some(name => name.startsWith('index.db.damaged-'))).toBe(true)
    expect([...a2.state.entries('policy')]).toEqual([[share.hash, { subjects: ['secret'], n: 1 }]])
    expect(a2.state.get('gone', 'x')).toBeUndefined()
    const share2 = a2.get(share.hash)!
    await share2.ready
    expect(share2.have.isFull).toBe(true)
    await share2.completed
    const download2 = (await start('B')).get(share.hash)!
    await download2.ready
    copyLayers(share2, download2)
    await expect.poll(() => download2.have.count).toBe(had)
    await copyMissing(share2, download2)
    await download2.completed
    expect(treeOf(`${root}/out/src`)).toEqual(treeOf(`${root}/src`))
  })

  it('belongs to one process at a time', async () => {
    await start('A')
    const code = await codeOf(openStore({ home: `${root}/A`, world: systemWorld }))
    expect(code).toBe('daemon.running')
  })

  it('forgets, and deletes what was downloaded but never what is shared', async () => {
    const { a, b, share, download } = await pair()
    await copyMissing(share, download)
    await download.completed
    write('out/src/mine.txt', 'mine')
    await b.remove(share.hash, { deleteFiles: true })
    expect(treeOf(`${root}/out/src`)).toEqual({ 'mine.txt': expect.any(String) })
    await a.remove(share.hash, { deleteFiles: true })
    expect(fs.existsSync(`${root}/src/a.txt`)).toBe(true)
    expect(await codeOf(a.remove(share.hash, { deleteFiles: true }))).toBe('content.unknown')
  })
})

it('finds, after a crash, even one piece that was written since the last checkpoint', async () => {
  write('src/big', bytesOf(3, 200_000))
  const a = await start('A')
  const b = await start('B')
  const share = await a.createShare(`${root}/src/big`, { pieceLength: 16_384 })
  const download = await b.addDownload(share.content, { into: `${root}/out` })
  copyLayers(share, download)
  for (const piece of [0, 1, 2, 5]) await copyPiece(share, download, piece)
  await download.checkpoint()
  await copyPiece(share, download, 7)
  // What a process that is killed now leaves behind.
  fs.cpSync(`${root}/B`, `${root}/crashed`, { recursive: true })
  const stored = (await start('crashed')).get(share.hash)!
  expect(stored.have.count).toBe(4)
  await stored.ready
  expect([0, 1, 2, 5, 7].every(piece => stored.have.has(piece))).toBe(true)
  expect(stored.have.count).toBe(5)
})

describe('asked for again', () => {
  it('fetches what was deleted since', async () => {
    const { b, share, download } = await pair()
    await copyMissing(share, download)
    await download.completed
    fs.rmSync(`${root}/out/src/a.txt`)
    fs.rmSync(`${root}/out/src/sub`, { recursive: true })
    const again = await b.addDownload(share.content, { into: `${root}/out` })
    expect(again).toBe(download)
    expect(again.isComplete).toBe(false)
    await copyMissing(share, again)
    await again.completed
    expect(treeOf(`${root}/out/src`)).toEqual(treeOf(`${root}/src`))
  })

  it('may overwrite now what it might not before', async () => {
    const { b, share, download } = await pair()
    write('out/src/a.txt', 'other')
    expect(await codeOf(copyMissing(share, download))).toBe('store.exists')
    await b.addDownload(share.content, { into: `${root}/out`, overwrite: true })
    await copyMissing(share, download)
    await download.completed
    expect(treeOf(`${root}/out/src`)).toEqual(treeOf(`${root}/src`))
  })

  it('elsewhere: refused while it is kept, allowed when it is gone', async () => {
    const { b, share, download } = await pair()
    await copyMissing(share, download)
    await download.completed
    expect(await codeOf(b.addDownload(share.content, { into: `${root}/more` }))).toBe('store.exists')
    fs.rmSync(`${root}/out`, { recursive: true })
    const more = await b.addDownload(share.content, { into: `${root}/more` })
    await copyMissing(share, more)
    await more.completed
    expect(treeOf(`${root}/more/src`)).toEqual(treeOf(`${root}/src`))
  })
})

it('verify repairs decay of a downloaded file, but leaves alone what a person changed', async () => {
  const { share, download } = await pair()
  await copyMissing(share, download)
  await download.completed
  const big = share.content.files.find(entry => entry.path.at(-1) === 'big.bin')!
  const path = `${root}/out/src/sub/big.bin`
  execFileSync('touch', ['-r', path, `${root}/time`])
  const bytes = fs.readFileSync(path)
  bytes[share.content.pieceLength + 1]! ^= 1
  fs.writeFileSync(path, bytes)
  execFileSync('touch', ['-r', `${root}/time`, path])
  expect(await download.verify()).toEqual({ bad: [big.firstPiece + 1] })
  expect(download.have.count).toBe(share.pieceCount - 1)
  await copyMissing(share, download)
  await download.completed
  expect(treeOf(`${root}/out/src`)).toEqual(treeOf(`${root}/src`))
  write('out/src/a.txt', 'HELLO')
  expect((await download.verify()).bad).toHaveLength(1)
  expect(await codeOf(copyMissing(share, download))).toBe('store.exists')
  expect(fs.readFileSync(`${root}/out/src/a.txt`, 'utf8')).toBe('HELLO')
})
