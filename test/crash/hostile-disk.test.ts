import { execFileSync } from 'node:child_process'
import fs from 'node:fs'
import { tmpdir } from 'node:os'
import type { CID } from 'multiformats/cid'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { PeerageError, sha256, systemWorld } from '../../src/base/index.ts'
import { cidOfSha256, codecs } from '../../src/content/index.ts'
import { openStore, type Store, type StoredContent, type TreeWriter } from '../../src/store/index.ts'
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

  it('gets full under a CID that is fetched: told, and what is there is not asked for again', async () => {
    const names = ['0', '1', '2', '3', '4', '5']
    const bytes = names.map(name => fs.readFileSync(`${root}/src/${name}`))
    const files = names.map((name, i) => ({ path: [name], size: bytes[i]!.length }))
    const cids = bytes.map(one => cidOfSha256(sha256(one), codecs.raw, 1))
    const options = { root: cids[0]!, folder: disk, name: 'tree', singleFile: false, files }
    const feed = async (writer: TreeWriter): Promise<number> => {
      let given = 0
      for (const [file, one] of bytes.entries()) {
        if (writer.has(file, 0, one.length)) continue
        await writer.leaf(cids[file]!, one, [{ file, offset: 0 }])
        given++
      }
      return given
    }
    const writer = await b.openTree(options)
    expect(await codeOf(feed(writer))).toBe('store.disk-full')
    await writer.close()
    execFileSync('mount', ['-o', 'remount,size=16m', disk])
    const again = await b.openTree(options)
    expect(again.bytes).toBeGreaterThan(2_000_000)
    expect(await feed(again)).toBeLessThan(4)
    const { hash } = await again.finish()
    for (const [i, name] of names.entries())
      expect(fs.readFileSync(`${disk}/tree/${name}`).equals(bytes[i]!)).toBe(true)
    await b.remove(hash, { deleteFiles: true })
    expect(fs.readdirSync(disk)).toEqual([])
    execFileSync('mount', ['-o', 'remount,size=4m', disk])
  })

  it('gets full under blocks that are kept: told, and those before are there', async () => {
    const store = await openStore({ home: `${disk}/home`, world: systemWorld })
    try {
      const kept: CID[] = []
      const fill = async (): Promise<void> => {
        for (let seed = 100; seed < 110; seed++) {
          const block = bytesOf(seed, 900_000)
          const cid = cidOfSha256(sha256(block), codecs.raw, 1)
          await store.blocks.put(cid, block)
          kept.push(cid)
        }
      }
      expect(await codeOf(fill())).toBe('store.disk-full')
      expect(kept.length).toBeGreaterThan(1)
      for (const cid of kept) expect((await store.blocks.get(cid))?.bytes.length).toBe(900_000)
    } finally {
      await store.close()
      fs.rmSync(`${disk}/home`, { recursive: true })
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
