import { execFileSync } from 'node:child_process'
import fs from 'node:fs'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  bytesOf,
  copyLayers,
  copyMissing,
  copyPiece,
  expectedRoot,
  scratchFolder,
  treeOf,
} from '../../test/crash/copy-content.ts'
import { PeerageError, systemWorld } from '../base/index.ts'
import { buildInfo, parseContent } from '../content/index.ts'
import {
  type DownloadOptions,
  openStore,
  type Store,
  type StoredContent,
  type StoredEvents,
} from './index.ts'

let root: string
const open = new Set<Store>()

beforeEach(() => {
  root = scratchFolder()
})

afterEach(async () => {
  for (const store of open) await store.close()
  open.clear()
  fs.rmSync(root, { recursive: true, force: true })
})

async function start(name: string): Promise<Store> {
  const store = await openStore({ home: `${root}/${name}`, world: systemWorld, workers: 2 })
  open.add(store)
  return store
}

async function stop(store: Store): Promise<void> {
  open.delete(store)
  await store.close()
}

function write(path: string, bytes: Uint8Array | string, mode = 0o644): void {
  fs.mkdirSync(`${root}/${path}`.replace(/\/[^/]*$/, ''), { recursive: true })
  fs.writeFileSync(`${root}/${path}`, bytes, { mode })
}

function makeFolder(): void {
  write('src/a.txt', 'hello')
  write('src/empty', '')
  write('src/sub/big.bin', bytesOf(1, 700_001))
  write('src/sub/deep/run.sh', '#!/bin/sh\n', 0o755)
  for (let i = 0; i < 8; i++) write(`src/many/${i}`, bytesOf(i + 2, 1000 + i))
  fs.symlinkSync('../a.txt', `${root}/src/sub/link`)
}

async function pair(options: Partial<DownloadOptions> = {}): Promise<{
  a: Store
  b: Store
  share: StoredContent
  download: StoredContent
}> {
  makeFolder()
  const a = await start('A')
  const b = await start('B')
  const share = await a.createShare(`${root}/src`)
  const download = await b.addDownload(share.content, { into: `${root}/out`, ...options })
  return { a, b, share, download }
}

function heard<Name extends keyof StoredEvents>(
  stored: StoredContent,
  name: Name,
): Promise<StoredEvents[Name]> {
  return new Promise(resolve => stored.on(name, resolve))
}

async function codeOf(work: Promise<unknown>): Promise<string> {
  try {
    await work
    return 'none'
  } catch (error) {
    return error instanceof PeerageError ? error.code : String(error)
  }
}

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

  it('serves slices and leaves', async () => {
    const { share } = await pair()
    const file = share.content.files.find(entry => entry.path.at(-1) === 'big.bin')!
    const whole = bytesOf(1, 700_001)
    const { pieceLength } = share.content
    const got = await share.read(file.firstPiece + 1, 100, 1000)
    expect(Buffer.compare(got, whole.subarray(pieceLength + 100, pieceLength + 1100))).toBe(0)
    expect(await share.leaves(file.firstPiece, 0, pieceLength)).toHaveLength((pieceLength / 16384) * 32)
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

describe('shared files that change', () => {
  it('are noticed before a byte is served, and come back when they were only touched', async () => {
    const { share } = await pair()
    const touched = share.content.files.find(entry => entry.path.at(-1) === 'a.txt')!
    fs.utimesSync(`${root}/src/a.txt`, 1, 1)
    const recovered = heard(share, 'recovered')
    expect(await codeOf(share.read(touched.firstPiece, 0, 5))).toBe('store.source-changed')
    expect(await recovered).toEqual({ file: touched.index, pieces: [touched.firstPiece] })
    expect(await share.read(touched.firstPiece, 0, 5)).toEqual(new Uint8Array(Buffer.from('hello')))
  })

  it('leave `have` when their content is new; sharing again makes new content of them', async () => {
    const { a, share } = await pair()
    const file = share.content.files.find(entry => entry.path.at(-1) === 'a.txt')!
    write('src/a.txt', 'HELLO')
    const changed = heard(share, 'changed')
    expect(await codeOf(share.read(file.firstPiece, 0, 5))).toBe('store.source-changed')
    expect((await changed).pieces).toEqual([file.firstPiece])
    const again = await a.createShare(`${root}/src`)
    expect(again.hash).not.toBe(share.hash)
    expect(await again.read(file.firstPiece, 0, 5)).toEqual(new Uint8Array(Buffer.from('HELLO')))
  })

  it('are found by verify when only their bytes differ', async () => {
    const { share } = await pair()
    const file = share.content.files.find(entry => entry.path.at(-1) === 'big.bin')!
    const path = `${root}/src/sub/big.bin`
    const before = fs.statSync(path)
    const bytes = fs.readFileSync(path)
    bytes[share.content.pieceLength * 3 + 1]! ^= 1
    fs.writeFileSync(path, bytes)
    fs.utimesSync(path, before.atime, before.mtime)
    expect(await share.verify()).toEqual({ bad: [file.firstPiece + 3] })
    expect(share.have.count).toBe(share.pieceCount - 1)
  })

  it('unchanged, are not read again', async () => {
    const { a, share } = await pair()
    expect(await a.createShare(`${root}/src`)).toBe(share)
    let bytes = 0
    write('src/new.txt', 'new')
    const more = await a.createShare(`${root}/src`, { onProgress: progress => (bytes = progress.bytes) })
    expect(more.hash).not.toBe(share.hash)
    expect(bytes).toBe(more.totalSize)
  })
})

describe('sources that cannot be shared', () => {
  it.each([
    ['missing', () => undefined],
    ['an empty folder', () => fs.mkdirSync(`${root}/bad`)],
    ['a pipe', () => execFileSync('mkfifo', [`${root}/bad`])],
  ])('%s: the path is told', async (_, make) => {
    make()
    const a = await start('A')
    await expect(a.createShare(`${root}/bad`)).rejects.toMatchObject({
      code: 'store.source-unreadable',
      message: expect.stringContaining('bad'),
    })
  })

  it('leaves out what leads out of the folder, and says so', async () => {
    makeFolder()
    fs.symlinkSync('/etc/passwd', `${root}/src/evil`)
    execFileSync('mkfifo', [`${root}/src/pipe`])
    const omitted: string[] = []
    const share = await (await start('A')).createShare(`${root}/src`, {
      onOmitted: path => omitted.push(path),
    })
    expect(omitted.sort()).toEqual([`${root}/src/evil`, `${root}/src/pipe`])
    expect(share.content.files.some(file => file.path[0] === 'evil')).toBe(false)
  })

  it('stops when asked', async () => {
    makeFolder()
    const reason = new Error('enough')
    const work = (await start('A')).createShare(`${root}/src`, { signal: AbortSignal.abort(reason) })
    await expect(work).rejects.toBe(reason)
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

it('makes hybrids', async () => {
  makeFolder()
  const share = await (await start('A')).createShare(`${root}/src`, { hybrid: true })
  expect(share.content.version).toBe('hybrid')
  expect(share.content.v1Pieces).toHaveLength(share.pieceCount * 20)
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
    const { rootOfSegment, segmentLeaves } = await import('../content/index.ts')
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
