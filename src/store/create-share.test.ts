import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import fs from 'node:fs'
import { describe, expect, it, vi } from 'vitest'
import { codeOf, heard, makeFolder, pair, root, start, write } from '../../test/crash/store-fixture.ts'
import { toHex } from '../base/index.ts'
import { hashShare } from './create-share.ts'
import { IoPool } from './io-pool.ts'

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
  it('names that are not UTF-8: all of them are told at once, and what looks like one is none', async () => {
    const a = await start('A')
    write('names/sub/ok.txt', 'ok')
    write('names/\ufffd.txt', 'a name that has the sign itself')
    expect((await a.createShare(`${root}/names`)).content.files).toHaveLength(2)
    const odd = (folder: string, ...bytes: number[]): Buffer =>
      Buffer.concat([Buffer.from(`${root}/names/${folder}`), Buffer.from(bytes)])
    fs.writeFileSync(odd('sub/', 0x61, 0xff), 'x')
    await expect(a.createShare(`${root}/names`)).rejects.toMatchObject({
      code: 'store.source-unreadable',
      message: expect.stringContaining(
        'one name is not UTF-8, so no other program would find the file by it: sub/a\\xff.',
      ),
      details: { names: ['sub/a\\xff'] },
    })
    fs.mkdirSync(odd('', 0x62, 0xe9))
    for (let i = 0x81; i < 0x88; i++) fs.writeFileSync(odd('', i), 'x')
    await expect(a.createShare(`${root}/names`)).rejects.toMatchObject({
      message: expect.stringMatching(/9 names .* and 4 more\. Rename them: `convmv /),
      details: { names: expect.arrayContaining(['b\\xe9', '\\x81', 'sub/a\\xff']) },
    })
  })

  it('too many files for what describes them: told before any is read', async () => {
    const stamp = { size: 1, mtimeMs: 1, ino: 1 }
    const files = Array.from({ length: 500_000 }, (_, i) => {
      const diskPath = `${i}`
      return { path: [diskPath], diskPath, size: 1, executable: false, symlink: undefined, stamp }
    })
    const request = {
      name: 'many',
      base: '/',
      pieceLength: 16_384,
      leaves: undefined,
      known: () => undefined,
    }
    const scan = { files, emptyFolders: [], singleFile: false }
    // No worker is asked.
    const pool = {} as IoPool
    await expect(hashShare(pool, { ...request, scan })).rejects.toMatchObject({
      code: 'store.source-unreadable',
      details: { limit: 'maxInfoBytes' },
    })
  })

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

it('makes hybrids', async () => {
  makeFolder()
  const share = await (await start('A')).createShare(`${root}/src`, { hybrid: true })
  expect(share.content.version).toBe('hybrid')
  expect(share.content.v1Pieces).toHaveLength(share.pieceCount * 20)
})

it('follows a folder that was moved', async () => {
  makeFolder()
  const a = await start('A')
  const before = await a.createShare(`${root}/src`)
  fs.mkdirSync(`${root}/moved`)
  fs.renameSync(`${root}/src`, `${root}/moved/src`)
  const after = await a.createShare(`${root}/moved/src`)
  expect(after.hash).toBe(before.hash)
  expect(after.root).toBe(`${root}/moved/src`)
  expect(await after.read(0, 0, 5)).toHaveLength(5)
  expect(a.get(after.hash)).toBe(after)
})

it('is never written to', async () => {
  const { share } = await pair()
  const lease = share.lease(5)!
  const offer = { piece: 0, begin: 0, length: share.pieces.pieceSize(0), lease, expected: new Uint8Array(32) }
  expect(await codeOf(share.accept(offer))).toBe('store.read-only')
})

it('what describes many files is read in a worker, and everything else is done in turns', async () => {
  for (let i = 0; i < 1_500; i++) write(`many/${i % 3}/file-${i}`, `${i}`)
  const run = vi.spyOn(IoPool.prototype, 'run')
  const a = await start('a')
  const share = await a.createShare(`${root}/many`)
  const jobs = run.mock.calls.map(([{ op }]) => op)
  expect(jobs.filter(op => op === 'read-content')).toHaveLength(1)
  expect(jobs.filter(op => op === 'hash-files').length).toBeLessThan(1_500 / 32)
  expect(share.content.files).toHaveLength(1_500)
  const { path, piecesRoot } = share.content.files[0]!
  expect(path).toEqual(['0', 'file-0'])
  expect(toHex(piecesRoot!)).toBe(createHash('sha256').update('0').digest('hex'))
  // Nothing is read again of what was just written down.
  expect(share.stamp(0)?.size).toBe(1)
  run.mockRestore()
})
