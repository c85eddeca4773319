import fs from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { bytesOf, treeOf } from '../../test/crash/copy-content.ts'
import { codeOf, heard, root, start, stop, write } from '../../test/crash/store-fixture.ts'
import {
  MemoryContent,
  type MemoryShare,
  memoryShare,
  memoryV1Share,
  type V1File,
} from '../../test/simulation/memory-content.ts'
import type { Offer, StoredContent, Verdict } from './index.ts'

const file = (name: string, size: number, pad = 0): V1File => ({ name, bytes: bytesOf(size, size), pad })

async function bytesOfPiece(share: MemoryShare, piece: number, length: number): Promise<Uint8Array> {
  return (await new MemoryContent(share.content, share).loan(piece, 0, length)).bytes
}

async function give(
  stored: StoredContent,
  share: MemoryShare,
  piece: number,
  options: Partial<Offer> = {},
): Promise<Verdict> {
  const length = stored.pieces.pieceSize(piece)
  const lease = stored.lease(length)!
  lease.bytes.set(await bytesOfPiece(share, piece, length))
  const expected = share.content.v1Pieces!.subarray(piece * 20, piece * 20 + 20)
  return await stored.accept({ piece, begin: 0, length, lease, expected, ...options })
}

async function giveAll(
  stored: StoredContent,
  share: MemoryShare,
  order = (a: number): number => a,
): Promise<void> {
  const pieces = [...Array(share.content.pieceCount).keys()]
  pieces.sort((a, b) => order(a) - order(b))
  await Promise.all(pieces.filter(piece => !stored.have.has(piece)).map(piece => give(stored, share, piece)))
}

const usual = (): MemoryShare =>
  memoryV1Share(
    [file('a', 50_001), file('sub/b', 7), file('none', 0), file('sub/c', 40_000, 12_345), file('d', 99)],
    20_000,
  )

function onDisk(share: MemoryShare, folder: string): void {
  for (const { path, index } of share.content.files)
    write(`${folder}/share/${path.join('/')}`, share.files[index]!)
}

function expectOnDisk(share: MemoryShare, folder: string): void {
  const names = share.content.files.map(({ path }) => path.join('/'))
  expect(Object.keys(treeOf(`${root}/${folder}/share`)).sort()).toEqual(names.sort())
  for (const { path, index } of share.content.files)
    expect(
      Buffer.compare(fs.readFileSync(`${root}/${folder}/share/${path.join('/')}`), share.files[index]!),
      path.join('/'),
    ).toBe(0)
}

describe('v1 content', () => {
  it('is written into its files, without padding, and believed after a restart', async () => {
    const share = usual()
    const store = await start('B')
    const stored = await store.addDownload(share.content, { into: `${root}/out` })
    const done: number[] = []
    stored.on('file-completed', event => done.push(event.file))
    await giveAll(stored, share, piece => (piece * 7) % 5)
    await stored.completed
    expectOnDisk(share, 'out')
    expect(done.sort()).toEqual([0, 1, 3, 4])
    await stop(store)
    const again = (await start('B')).get(stored.hash)!
    expect(again.hash).toHaveLength(40)
    expect(again.isComplete && again.have.isFull).toBe(true)
    expect(await again.verify()).toEqual({ bad: [] })
    for (let piece = 0; piece < share.content.pieceCount; piece++) {
      const length = again.pieces.pieceSize(piece)
      const expected = await bytesOfPiece(share, piece, length)
      expect(Buffer.compare(await again.read(piece, 0, length), expected)).toBe(0)
      const loan = await again.loan(piece, 3, length - 5)
      expect(Buffer.compare(loan.bytes, expected.subarray(3, length - 2))).toBe(0)
      loan.release()
    }
  })

  it('property: random sizes, padding, piece lengths and orders', async () => {
    const files = fc.array(
      fc.record({
        size: fc.oneof(fc.integer({ min: 0, max: 50 }), fc.integer({ min: 0, max: 60_000 })),
        pad: fc.oneof({ weight: 2, arbitrary: fc.constant(0) }, fc.integer({ min: 1, max: 30_000 })),
      }),
      { minLength: 1, maxLength: 10 },
    )
    let run = 0
    const store = await start('B')
    await fc.assert(
      fc.asyncProperty(
        files,
        fc.integer({ min: 900, max: 40_000 }),
        fc.nat(),
        async (described, length, mix) => {
          const share = memoryV1Share(
            [{ size: 1 + (mix % 3), pad: 0 }, ...described].map(({ size, pad }, i) => ({
              name: i % 3 === 0 ? `f${i}` : `sub/f${i}`,
              bytes: bytesOf(mix + i, size),
              pad,
            })),
            length,
          )
          const folder = `out${run++}`
          const stored = await store.addDownload(share.content, { into: `${root}/${folder}` })
          await giveAll(stored, share, piece => (piece * 7919 + mix) % 101)
          await stored.completed
          expectOnDisk(share, folder)
          expect(await stored.verify()).toEqual({ bad: [] })
          await store.remove(stored.hash, { deleteFiles: true })
        },
      ),
      { numRuns: 20 },
    )
  })

  it('takes pieces of several MiB', async () => {
    const share = memoryV1Share([file('a', 5_000_000), file('b', 4_000_000)], 3_300_000)
    const store = await start('B')
    const stored = await store.addDownload(share.content, { into: `${root}/out` })
    for (let piece = 0; piece < share.content.pieceCount; piece++) await give(stored, share, piece)
    await stored.completed
    expectOnDisk(share, 'out')
  })

  it('refuses a false piece, and tells the hashes of leaves of that and of the right one', async () => {
    const share = usual()
    const store = await start('B')
    const stored = await store.addDownload(share.content, { into: `${root}/out` })
    const lease = stored.lease(20_000)!
    lease.bytes.set(await bytesOfPiece(share, 1, 20_000))
    lease.bytes[17_000]! ^= 1
    const expected = share.content.v1Pieces!.subarray(20, 40)
    const refused = await stored.accept({ piece: 1, begin: 0, length: 20_000, lease, expected })
    const taken = await give(stored, share, 1, { wantLeaves: true })
    expect([refused.ok, taken.ok]).toEqual([false, true])
    const leaves = (verdict: Verdict): Buffer => Buffer.from(verdict.leaves!)
    expect(leaves(refused).subarray(0, 32).equals(leaves(taken).subarray(0, 32))).toBe(true)
    expect(leaves(refused).subarray(32).equals(leaves(taken).subarray(32))).toBe(false)
  })

  it('does not believe padding that is not zero, nor write it', async () => {
    const share = usual()
    const store = await start('B')
    const stored = await store.addDownload(share.content, { into: `${root}/out` })
    const lease = stored.lease(20_000)!
    const bytes = await bytesOfPiece(share, 2, 20_000)
    lease.bytes.set(bytes)
    lease.bytes.fill(9, 50_008 - 40_000, 50_008 - 40_000 + 100)
    const expected = share.content.v1Pieces!.subarray(40, 60)
    expect(await stored.accept({ piece: 2, begin: 0, length: 20_000, lease, expected })).toMatchObject({
      ok: true,
    })
    expect(Buffer.compare(await stored.read(2, 0, 20_000), bytes)).toBe(0)
  })

  it('keeps bytes of skipped files in their parts until they are wanted', async () => {
    const share = usual()
    const store = await start('B')
    const stored = await store.addDownload(share.content, { into: `${root}/out`, select: [0] })
    for (const piece of [0, 1, 2]) await give(stored, share, piece)
    await stored.completed
    expect(Object.keys(treeOf(`${root}/out/share`)).filter(name => !name.includes('.part'))).toEqual(['a'])
    expect(stored.fileProgress(1)).toBe(7)
    stored.select(1, 'normal')
    await stored.completed
    expect(fs.readFileSync(`${root}/out/share/sub/b`).equals(share.files[1]!)).toBe(true)
    stored.selectAll(share.content.files.map(({ index }) => [index, 'normal'] as const))
    await giveAll(stored, share)
    await stored.completed
    expectOnDisk(share, 'out')
  })

  it('uses files that are there, as far as their pieces can be judged', async () => {
    const share = usual()
    onDisk(share, 'out')
    const store = await start('B')
    const all = await store.addDownload(share.content, { into: `${root}/out` })
    await all.completed
    expect(all.have.isFull).toBe(true)
    await store.remove(all.hash, { deleteFiles: false })
    fs.rmSync(`${root}/out/share/sub/b`)
    const some = await store.addDownload(share.content, { into: `${root}/out` })
    expect(some.have.count).toBe(share.content.pieceCount - 1)
    const before = fs.statSync(`${root}/out/share/a`)
    await give(some, share, 2)
    await some.completed
    expectOnDisk(share, 'out')
    expect(fs.statSync(`${root}/out/share/a`)).toMatchObject({ ino: before.ino, mtimeMs: before.mtimeMs })
    expect(await some.verify()).toEqual({ bad: [] })
  })

  it('refuses other files in the way, replaces them when it may, and finds out later about those it could not judge', async () => {
    const share = usual()
    onDisk(share, 'out')
    write('out/share/a', bytesOf(1, 50_001))
    const store = await start('B')
    expect(await codeOf(store.addDownload(share.content, { into: `${root}/out` }))).toBe('store.exists')
    const stored = await store.addDownload(share.content, { into: `${root}/out`, overwrite: true })
    await giveAll(stored, share)
    await stored.completed
    expectOnDisk(share, 'out')
    await store.remove(stored.hash, { deleteFiles: true })
    write('out/share/sub/b', 'another')
    const other = await store.addDownload(share.content, { into: `${root}/out`, overwrite: true })
    await giveAll(other, share)
    await other.completed
    expectOnDisk(share, 'out')
  })

  it('notices damage, in whatever file of a shared piece, and mends it', async () => {
    const share = usual()
    const store = await start('B')
    const stored = await store.addDownload(share.content, { into: `${root}/out` })
    await giveAll(stored, share)
    await stored.completed
    const path = `${root}/out/share/sub/c`
    fs.utimesSync(path, 1000, 1000)
    expect(await stored.verify()).toEqual({ bad: [] })
    const bytes = fs.readFileSync(path)
    bytes[39_999]! ^= 1
    fs.writeFileSync(path, bytes)
    fs.utimesSync(path, 1000, 1000)
    const { bad } = await stored.verify()
    expect(bad).toEqual([stored.pieces.placeOf(3, 39_999).piece])
    expect(stored.isComplete).toBe(false)
    await giveAll(stored, share)
    await stored.completed
    expectOnDisk(share, 'out')
    fs.rmSync(path)
    const changed = heard(stored, 'changed')
    const { piece, begin } = stored.pieces.placeOf(3, 30_000)
    expect(await codeOf(stored.read(piece, begin, 10))).toBe('store.source-changed')
    expect((await changed).file).toBe(3)
    await giveAll(stored, share)
    await stored.completed
    expectOnDisk(share, 'out')
  })

  it('finds what was written and not yet in the index when it was killed', async () => {
    const share = usual()
    const store = await start('B')
    const stored = await store.addDownload(share.content, { into: `${root}/out` })
    await give(stored, share, 0)
    await stored.checkpoint()
    fs.cpSync(`${root}/B`, `${root}/killed`, { recursive: true })
    for (const piece of [1, 2, 4]) await give(stored, share, piece)
    const again = (await start('killed')).get(stored.hash)!
    await again.ready
    expect([...Array(6).keys()].filter(piece => again.have.has(piece))).toEqual([0, 1, 2, 4])
    await giveAll(again, share)
    await again.completed
    expectOnDisk(share, 'out')
  })

  it('is found again when the index is lost', async () => {
    const share = usual()
    const store = await start('B')
    const stored = await store.addDownload(share.content, { into: `${root}/out` })
    await giveAll(stored, share)
    await stored.completed
    await stop(store)
    for (const name of ['index.db', 'index.db-wal', 'index.db-shm'])
      fs.rmSync(`${root}/B/${name}`, { force: true })
    const again = (await start('B')).get(stored.hash)!
    await again.completed
    expect(again.have.isFull).toBe(true)
  })
})

describe('hybrids by their SHA-1', () => {
  const hybrid = (pieceLength: number): MemoryShare =>
    memoryShare({ a: bytesOf(1, 5_000_001), b: bytesOf(2, 99), c: bytesOf(3, 2_200_000) }, pieceLength, {
      hybrid: true,
    })

  it.each([65_536, 2_097_152])(
    'are verified, and their piece layers computed (pieces of %i)',
    async pieceLength => {
      const share = hybrid(pieceLength)
      const store = await start('B')
      const stored = await store.addDownload(share.content, { into: `${root}/out` })
      await giveAll(stored, share)
      await stored.completed
      expectOnDisk(share, 'out')
      for (const { index } of share.content.files)
        await expect.poll(() => stored.pieceLayer(index)).toEqual(share.layers.get(index))
      const [last, length] = [share.content.files[0]!.pieceCount - 1, pieceLength]
      const expected = Buffer.alloc(length)
      expected.set(share.files[0]!.subarray(last * pieceLength))
      expect(Buffer.compare(await stored.read(last, 0, length), expected)).toBe(0)
      const loan = await stored.loan(last, length - 20, 20)
      expect(loan.bytes.every(byte => byte === 0)).toBe(true)
      loan.release()
    },
  )

  it('are looked over by their SHA-1 too', async () => {
    const share = hybrid(65_536)
    const store = await start('B')
    const stored = await store.addDownload(share.content, { into: `${root}/out` })
    for (const piece of [0, 1, 5]) await give(stored, share, piece)
    await stored.checkpoint()
    fs.cpSync(`${root}/B`, `${root}/killed`, { recursive: true })
    for (const piece of [7, 8]) await give(stored, share, piece)
    const again = (await start('killed')).get(stored.hash)!
    await again.ready
    expect([...Array(10).keys()].filter(piece => again.have.has(piece))).toEqual([0, 1, 5, 7, 8])
    expect(await again.verify()).toEqual({ bad: [] })
  })
})
