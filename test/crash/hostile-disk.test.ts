import { execFileSync } from 'node:child_process'
import fs from 'node:fs'
import { tmpdir } from 'node:os'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { PeerageError, systemWorld } from '../../src/base/index.ts'
import { openStore, type Store, type StoredContent } from '../../src/store/index.ts'
import { bytesOf, copyMissing, treeOf } from './copy-content.ts'

const disk = fs.realpathSync(fs.mkdtempSync(`${tmpdir()}/peerage-disk-`))
let isMounted = false
try {
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=4m', 'peerage-test', disk], { stdio: 'ignore' })
  isMounted = true
} catch {
  // Only who may mount file systems can fill one up.
}

afterAll(() => {
  if (isMounted) execFileSync('umount', [disk])
  fs.rmSync(disk, { recursive: true, force: true })
})

async function codeOf(work: Promise<unknown>): Promise<string> {
  try {
    await work
    return 'none'
  } catch (error) {
    return error instanceof PeerageError ? error.code : String(error)
  }
}

describe.skipIf(!isMounted)('a disk of 4 MiB', () => {
  const root = fs.realpathSync(fs.mkdtempSync(`${tmpdir()}/peerage-store-`))
  let a: Store
  let b: Store
  let share: StoredContent

  beforeAll(async () => {
    fs.mkdirSync(`${root}/src`)
    for (let i = 0; i < 6; i++) fs.writeFileSync(`${root}/src/${i}`, bytesOf(i + 1, 900_000))
    a = await openStore({ home: `${root}/A`, world: systemWorld })
    b = await openStore({ home: `${root}/B`, world: systemWorld })
    share = await a.createShare(`${root}/src`, { pieceLength: 65_536 })
    return async () => {
      await a.close()
      await b.close()
      fs.rmSync(root, { recursive: true, force: true })
    }
  })

  it('gets full: told, nothing lost, and it goes on when there is room', async () => {
    const download = await b.addDownload(share.content, { into: disk })
    const errors: string[] = []
    download.on('error', ({ error }) => errors.push(error.code))
    expect(await codeOf(copyMissing(share, download))).toBe('store.disk-full')
    await download.settled()
    expect(errors).toEqual(['store.disk-full'])
    const had = download.have.count
    expect(had).toBeGreaterThan(10)
    expect(await codeOf(copyMissing(share, download))).toBe('store.disk-full')
    execFileSync('mount', ['-o', 'remount,size=16m', disk])
    download.resume()
    expect(download.have.count).toBe(had)
    await copyMissing(share, download)
    await download.completed
    expect(treeOf(`${disk}/src`)).toEqual(treeOf(`${root}/src`))
    await b.remove(share.hash, { deleteFiles: true })
    expect(fs.readdirSync(disk)).toEqual([])
  })

  it('becomes read-only: told, and it goes on when it can be written again', async () => {
    const download = await b.addDownload(share.content, { into: disk })
    execFileSync('mount', ['-o', 'remount,ro', disk])
    try {
      expect(await codeOf(copyMissing(share, download))).toBe('store.read-only')
    } finally {
      execFileSync('mount', ['-o', 'remount,rw', disk])
    }
    download.resume()
    await copyMissing(share, download)
    await download.completed
    await b.remove(share.hash, { deleteFiles: true })
  })
})
