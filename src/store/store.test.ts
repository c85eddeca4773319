import fs from 'node:fs'
import { describe, expect, it, vi } from 'vitest'
import {
  bytesOf,
  copyLayers,
  copyMissing,
  copyPiece,
  expectedRoot,
  treeOf,
} from '../../test/crash/copy-content.ts'
import { codeOf, heard, makeFolder, pair, root, start, stop, write } from '../../test/crash/store-fixture.ts'
import { buildInfo, parseContent, rootOfSegment, segmentLeaves } from '../content/index.ts'
import { FileTable } from './file-table.ts'

describe('from share to download', () => {
  it('gives the same tree, and a restart believes it without hashing', async () => {
    const { a, b, share, download } = await pair()
    expect(share.have.isFull).toBe(true)
    expect(download.have.count).toBe(0)
    await copyMissing(share, download)
    await download.completed
    expect(treeOf(`${root}/out/src`)).toEqual(treeOf(`${root}/src`))
    await stop(b)
    await stop(a)
    const again = await start('B')
    const stored = again.get(share.hash)!
    expect(stored.isComplete).toBe(true)
    expect(stored.have.isFull).toBe(true)
    expect(await stored.read(0, 0, 5)).toHaveLength(5)
    expect(await stored.verify()).toEqual({ bad: [] })
  })

  it('loses nothing when it is stopped while the index is brought up to date', async () => {
    const { b, share, download } = await pair()
    copyLayers(share, download)
    for (const piece of [0, 1, 2]) await copyPiece(share, download, piece)
    const saving = download.checkpoint()
    await stop(b)
    await saving
    const stored = (await start('B')).get(share.hash)!
    expect([0, 1, 2].map(piece => stored.have.has(piece))).toEqual([true, true, true])
  })

  it('keeps nothing of each file that it makes durable', async () => {
    const { share, download } = await pair()
    copyLayers(share, download)
    for (const piece of [0, 1, 2]) await copyPiece(share, download, piece)
    const opened = vi.spyOn(FileTable.prototype, 'ref')
    const named = vi.spyOn(FileTable.prototype, 'path')
    await download.checkpoint()
    expect(named).toHaveBeenCalled()
    expect(opened).not.toHaveBeenCalled()
    vi.restoreAllMocks()
  })

  it('serves slices and leaves', async () => {
    const { share } = await pair()
    const file = share.content.files.find(entry => entry.path.at(-1) === 'big.bin')!
    const whole = bytesOf(1, 700_001)
    const { pieceLength } = share.content
    const got = await share.read(file.firstPiece + 1, 100, 1000)
    expect(Buffer.compare(got, whole.subarray(pieceLength + 100, pieceLength + 1100))).toBe(0)
    expect(await share.leaves(file.firstPiece, 0, pieceLength)).toHaveLength((pieceLength / 16384) * 32)
    const last = file.firstPiece + file.pieceCount - 1
    const padded = Buffer.alloc(pieceLength)
    padded.set(whole.subarray(pieceLength * (file.pieceCount - 1)))
    expect(Buffer.compare(await share.read(last, 0, pieceLength), padded)).toBe(0)
    await expect(share.read(file.firstPiece, 0, pieceLength + 1)).rejects.toThrow(TypeError)
  })

  it('refuses wrong bytes, says which leaves they had, and writes nothing', async () => {
    const { share, download } = await pair()
    const length = share.pieces.pieceSize(0)
    const lease = download.lease(length)!
    lease.bytes.fill(9)
    const verdict = await download.accept({
      piece: 0,
      begin: 0,
      length,
      lease,
      expected: expectedRoot(share, 0),
    })
    expect(verdict.ok).toBe(false)
    expect(!verdict.ok && verdict.leaves).toHaveLength(Math.ceil(length / 16384) * 32)
    expect(download.have.count).toBe(0)
    expect(fs.existsSync(`${root}/out/src`)).toBe(false)
    await copyPiece(share, download, 0)
    expect(download.have.has(0)).toBe(true)
  })

  it('takes the same segment twice at once', async () => {
    const { share, download } = await pair()
    await Promise.all([0, 0, 0].map(piece => copyPiece(share, download, piece)))
    expect(download.have.count).toBe(1)
  })

  it('completes content of nothing but empty files', async () => {
    write('none/x/empty', '')
    const a = await start('A')
    const b = await start('B')
    const share = await a.createShare(`${root}/none`)
    const download = await b.addDownload(share.content, { into: `${root}/out` })
    await download.completed
    expect(treeOf(`${root}/out/none`)).toEqual({ 'x/empty': expect.stringMatching(/^0 e3b0c442/) })
  })
})

describe('choosing files', () => {
  it('never creates what is skipped, and fetches it when chosen later', async () => {
    const { share, download } = await pair({ select: [0] })
    await copyMissing(share, download)
    await download.completed
    expect(Object.keys(treeOf(`${root}/out/src`))).toEqual(['a.txt'])
    expect(download.isComplete).toBe(true)
    for (const { index } of share.content.files) download.select(index, 'normal')
    expect(download.isComplete).toBe(false)
    await copyMissing(share, download)
    await download.completed
    expect(treeOf(`${root}/out/src`)).toEqual(treeOf(`${root}/src`))
  })
})

describe('what stands at the target', () => {
  it('is used when it is right', async () => {
    makeFolder()
    fs.cpSync(`${root}/src`, `${root}/out/src`, { recursive: true, verbatimSymlinks: true })
    const share = await (await start('A')).createShare(`${root}/src`)
    const download = await (await start('B')).addDownload(share.content, { into: `${root}/out` })
    await download.completed
    expect(download.have.isFull).toBe(true)
  })

  it('is never overwritten unless that is asked for, and then only by what is complete', async () => {
    makeFolder()
    write('out/src/a.txt', 'other')
    write('out/src/sub/big.bin', 'mine')
    const share = await (await start('A')).createShare(`${root}/src`)
    const b = await start('B')
    expect(await codeOf(b.addDownload(share.content, { into: `${root}/out` }))).toBe('store.exists')
    expect(b.get(share.hash)).toBeUndefined()
    const download = await b.addDownload(share.content, { into: `${root}/out`, overwrite: true })
    expect(fs.readFileSync(`${root}/out/src/a.txt`, 'utf8')).toBe('other')
    const file = share.content.files.find(entry => entry.path.at(-1) === 'big.bin')!
    copyLayers(share, download)
    await copyPiece(share, download, file.firstPiece)
    expect(fs.readFileSync(`${root}/out/src/sub/big.bin`, 'utf8')).toBe('mine')
    await copyMissing(share, download)
    await download.completed
    expect(treeOf(`${root}/out/src`)).toEqual(treeOf(`${root}/src`))
  })

  it('is not overwritten either when it appears during the download', async () => {
    const { share, download } = await pair()
    write('out/src/a.txt', 'other')
    const told = heard(download, 'error')
    expect(await codeOf(copyMissing(share, download))).toBe('store.exists')
    expect((await told).error.code).toBe('store.exists')
    expect(fs.readFileSync(`${root}/out/src/a.txt`, 'utf8')).toBe('other')
    fs.rmSync(`${root}/out/src/a.txt`)
    download.resume()
    await copyMissing(share, download)
    await download.completed
  })

  it('is never reached through a symlink', async () => {
    const { share, download } = await pair()
    fs.mkdirSync(`${root}/elsewhere`)
    fs.mkdirSync(`${root}/out/src`)
    fs.symlinkSync(`${root}/elsewhere`, `${root}/out/src/sub`)
    expect(await codeOf(copyMissing(share, download))).toBe('path.unsafe')
    expect(fs.readdirSync(`${root}/elsewhere`)).toEqual([])
  })

  it('may be missing: what was fetched is told to be gone, and a new start works', async () => {
    const { share, download } = await pair()
    await copyMissing(share, download)
    await download.completed
    fs.rmSync(`${root}/out`, { recursive: true })
    expect(await codeOf(download.read(0, 0, 1))).toBe('store.source-changed')
    expect(download.have.has(0)).toBe(false)
  })

  it('that vanished stops accepting until it is back', async () => {
    const { share, download } = await pair()
    fs.rmSync(`${root}/out`, { recursive: true })
    expect(await codeOf(copyPiece(share, download, 0))).toBe('store.target-missing')
    fs.mkdirSync(`${root}/out`)
    expect(await codeOf(copyPiece(share, download, 0))).toBe('store.target-missing')
    download.resume()
    await copyMissing(share, download)
    await download.completed
  })
})

it('keeps segments of pieces longer than 1 MiB', async () => {
  write('big', bytesOf(5, 9_000_000))
  const a = await start('A')
  const b = await start('B')
  const share = await a.createShare(`${root}/big`, { pieceLength: 4 * 2 ** 20 })
  const download = await b.addDownload(share.content, { into: `${root}/out` })
  copyLayers(share, download)
  for (const segment of [
    ...share.pieces.segments(0),
    ...share.pieces.segments(1),
    ...share.pieces.segments(2),
  ]) {
    const { piece, begin, length } = segment
    const lease = download.lease(length)!
    lease.bytes.set(await share.read(piece, begin, length))
    const leaves = await share.leaves(piece, begin, length)
    const expected = rootOfSegment(leaves, segmentLeaves(9_000_000, 2 ** 20))
    const verdict = await download.accept({ piece, begin, length, lease, expected })
    expect(verdict).toMatchObject({ ok: true, pieceDone: begin + length === share.pieces.pieceSize(piece) })
  }
  await download.completed
  expect(fs.readFileSync(`${root}/out/big`).equals(bytesOf(5, 9_000_000))).toBe(true)
})

it('maps hostile names and refuses those that escape', async () => {
  const b = await start('B')
  const store = await start('A')
  const piecesRoot = await store.hash(new Uint8Array([1]))
  const names = ['CON', 'a\u202eb', 'x'.repeat(400)]
  const files = names.map(name => ({ path: [name], size: 1, piecesRoot }))
  const info = buildInfo({ name: 'hostile', pieceLength: 16384, files })
  const content = parseContent(info, { infoHash: await store.hash(info) })
  const download = await b.addDownload(content, { into: `${root}/out` })
  for (let piece = 0; piece < 3; piece++) {
    const lease = download.lease(1)!
    lease.bytes[0] = 1
    await download.accept({ piece, begin: 0, length: 1, lease, expected: piecesRoot })
  }
  await download.completed
  expect(fs.readdirSync(`${root}/out/hostile`).sort()).toEqual([
    '_CON',
    'a_b',
    expect.stringMatching(/^x{246}~/),
  ])
})
