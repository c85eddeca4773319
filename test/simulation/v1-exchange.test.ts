import fc from 'fast-check'
import { expect, test } from 'vitest'
import { seededRandom, VirtualWorld } from '../../src/base/index.ts'
import { PieceMap } from '../../src/content/index.ts'
import type { Lease } from '../../src/swarm/index.ts'
import { connect, connectPublicly, expectEqualFiles, Member, run } from './member.ts'
import { MemoryContent, type MemoryShare, memoryShare, memoryV1Share, type V1File } from './memory-content.ts'

const random = seededRandom(11)
const kibibyte = 1024
const mebibyte = 1024 * kibibyte

const file = (name: string, size: number, pad = 0): V1File => ({ name, bytes: random.bytes(size), pad })

const shares: Record<string, () => MemoryShare> = {
  'one file': () => memoryV1Share([file('a', 300_001)], 32 * kibibyte),
  'files that share pieces': () =>
    memoryV1Share([file('a', 50_000), file('b/c', 7), file('none', 0), file('d', 99_999)], 32 * kibibyte),
  'padding between files': () =>
    memoryV1Share([file('a', 40_000), file('b', 100_000, 91_072), file('c', 5, 20_000)], 64 * kibibyte),
  'more padding than a piece': () =>
    memoryV1Share([file('a', 10_000), file('b', 30_000, 120_000)], 16 * kibibyte),
  'an odd piece length': () => memoryV1Share([file('a', 123_456), file('b', 7890)], 20_001),
  'pieces of a few bytes': () => memoryV1Share([file('a', 100), file('b', 55)], 7),
  'pieces longer than a segment': () =>
    memoryV1Share([file('a', 5 * mebibyte), file('b', 3 * mebibyte + 3)], 3 * mebibyte + 1),
}

for (const [what, make] of Object.entries(shares))
  test.each([true, false])(`fetches v1 content: ${what} (fast extension: %s)`, async fast => {
    const share = make()
    const world = new VirtualWorld(1)
    const seed = new Member(world, 'seed', share.content.infoHash).hold(
      new MemoryContent(share.content, share),
    )
    const taker = new Member(world, 'taker', share.content.infoHash)
    connectPublicly(world, taker, seed, { fast })
    await run(world, () => taker.done)
    expectEqualFiles(taker, share)
    expect(taker.offences()).toEqual([])
    expect(taker.store!.leased).toBe(0)
    const done = taker.events.flatMap(event => (event.type === 'file-completed' ? [event.file] : []))
    const whole = share.content.files.filter(({ size }) => size > 0).map(({ index }) => index)
    expect(done.sort((a, b) => a - b)).toEqual(whole)
    const { verifiedBytes, missingBytes } = taker.swarm.stats()
    expect({ verifiedBytes, missingBytes }).toEqual({
      verifiedBytes: share.content.totalSize,
      missingBytes: 0,
    })
  })

test('does not fetch padding', async () => {
  const share = memoryV1Share([file('a', 16_384), file('b', 16_384, 5 * 16_384)], 32 * kibibyte)
  const world = new VirtualWorld(2)
  const seed = new Member(world, 'seed', share.content.infoHash).hold(new MemoryContent(share.content, share))
  const taker = new Member(world, 'taker', share.content.infoHash)
  connectPublicly(world, taker, seed)
  await run(world, () => taker.done)
  expectEqualFiles(taker, share)
  expect(taker.swarm.stats().downloaded).toBe(share.content.totalSize)
})

test('property: whatever the sizes, the padding and the piece length', async () => {
  const files = fc.array(
    fc.record({
      size: fc.oneof(fc.integer({ min: 0, max: 300 }), fc.integer({ min: 0, max: 90_000 })),
      pad: fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, fc.integer({ min: 1, max: 70_000 })),
    }),
    { minLength: 1, maxLength: 12 },
  )
  const pieceLength = fc.oneof(fc.integer({ min: 700, max: 70_000 }), fc.constantFrom(16_384, 32_768, 65_536))
  await fc.assert(
    fc.asyncProperty(files, pieceLength, fc.integer(), async (described, length, seedNumber) => {
      const bytes = seededRandom(seedNumber)
      const share = memoryV1Share(
        [{ size: 1, pad: 0 }, ...described].map(({ size, pad }, i) => ({
          name: `f${i}`,
          bytes: bytes.bytes(size),
          pad,
        })),
        length,
      )
      const world = new VirtualWorld(seedNumber)
      const { infoHash } = share.content
      const seed = new Member(world, 'seed', infoHash).hold(new MemoryContent(share.content, share))
      const taker = new Member(world, 'taker', infoHash)
      connectPublicly(world, taker, seed)
      await run(world, () => taker.done)
      expectEqualFiles(taker, share)
    }),
    { numRuns: 25 },
  )
})

/** Gives false bytes in the second block of every piece. */
class LyingContent extends MemoryContent {
  override async loan(piece: number, begin: number, length: number): Promise<Lease> {
    const loan = await super.loan(piece, begin, length)
    loan.bytes[0]! ^= 1
    return loan
  }
}

test.each([1, 2, 3, 4, 5])(
  'bans exactly the peer that sent false bytes of a piece that several sent (%i)',
  async n => {
    const share = memoryV1Share([file('a', 700_000), file('b', 300_000)], 512 * kibibyte)
    const world = new VirtualWorld(n)
    const { infoHash } = share.content
    const slow = { uploadBytesPerSecond: 100_000 }
    const honest = ['one', 'two'].map(name =>
      new Member(world, name, infoHash, slow).hold(new MemoryContent(share.content, share)),
    )
    const liar = new Member(world, 'liar', infoHash, slow).hold(new LyingContent(share.content, share))
    const taker = new Member(world, 'taker', infoHash)
    for (const peer of [liar, ...honest]) connectPublicly(world, taker, peer)
    await run(world, () => taker.done)
    expectEqualFiles(taker, share)
    expect([...new Set(taker.offences())]).toEqual(['liar bad-block'])
    expect(taker.swarm.isBanned('liar')).toBe(true)
  },
)

test('a shared piece has the highest priority of its files', async () => {
  const share = memoryV1Share([file('a', 40_000), file('b', 40_000), file('c', 40_000)], 16 * kibibyte)
  const world = new VirtualWorld(3)
  const { infoHash } = share.content
  const seed = new Member(world, 'seed', infoHash).hold(new MemoryContent(share.content, share))
  const taker = new Member(world, 'taker', infoHash).hold(new MemoryContent(share.content))
  taker.swarm.setPriorities(index => (index === 1 ? 'normal' : 'skip'))
  connectPublicly(world, taker, seed)
  await run(world, () => taker.done)
  const { firstPiece, pieceCount } = share.content.files[1]!
  expect(taker.store!.have.count).toBe(pieceCount)
  expect(taker.store!.have.has(firstPiece)).toBe(true)
  expect(Buffer.compare(taker.store!.files[1]!, share.files[1]!)).toBe(0)
  taker.swarm.setPriorities(() => 'low')
  await run(world, () => taker.done)
  expectEqualFiles(taker, share)
})

const hybrids: Record<string, () => MemoryShare> = {
  'several pieces': () =>
    memoryShare({ a: random.bytes(300_001), b: random.bytes(5) }, 32 * kibibyte, { hybrid: true }),
  'pieces longer than a segment': () =>
    memoryShare({ a: random.bytes(5 * mebibyte + 9), b: random.bytes(3 * mebibyte) }, 2 * mebibyte, {
      hybrid: true,
    }),
}

for (const [what, make] of Object.entries(hybrids))
  test.each(['v1', 'v2', 'private'])(
    `fetches a hybrid of ${what} by its SHA-1 from a %s peer`,
    async kind => {
      const share = make()
      const world = new VirtualWorld(4)
      const infoHash = kind === 'private' ? share.content.infoHash : share.content.infoHashV1!
      const seed = new Member(world, 'seed', infoHash).hold(new MemoryContent(share.content, share))
      const taker = new Member(world, 'taker', infoHash)
      if (kind === 'v1') taker.hold(new MemoryContent(share.content))
      if (kind === 'private') await connect(world, taker, seed)
      else connectPublicly(world, taker, seed, { v2: kind === 'v2', extended: kind === 'v2' })
      await run(world, () => taker.done)
      expectEqualFiles(taker, share)
      expect(taker.offences()).toEqual([])
      expect(taker.store!.bySha1 > 0).toBe(kind === 'v1')
      if (kind !== 'v1') expect(taker.store!.pieceLayer(0)).toEqual(share.layers.get(0))
    },
  )

test('serves the padding of a hybrid to v1 peers', async () => {
  const share = memoryShare({ a: random.bytes(300_001), b: random.bytes(5) }, 32 * kibibyte, { hybrid: true })
  const map = new PieceMap(share.content)
  const last = share.content.files[0]!.pieceCount - 1
  expect(map.v1PieceSize(last)).toBe(32 * kibibyte)
  const store = new MemoryContent(share.content, share)
  const { bytes } = await store.loan(last, 0, 32 * kibibyte)
  expect(
    Buffer.compare(bytes.subarray(map.pieceSize(last)), new Uint8Array(32 * kibibyte - map.pieceSize(last))),
  ).toBe(0)
})
