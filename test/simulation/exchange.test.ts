import { expect, test } from 'vitest'
import { PeerageError, seededRandom, VirtualWorld } from '../../src/base/index.ts'
import { HashTree, merkleRoot } from '../../src/content/index.ts'
import type { Lease } from '../../src/swarm/index.ts'
import { connect, expectEqualFiles, Member, run } from './member.ts'
import { MemoryContent, type MemoryShare, memoryShare } from './memory-content.ts'

const random = seededRandom(7)
const kibibyte = 1024
const mebibyte = 1024 * kibibyte

const shares: Record<string, () => MemoryShare> = {
  'one file of several pieces': () => memoryShare({ a: random.bytes(300 * kibibyte + 5) }, 32 * kibibyte),
  'pieces longer than a segment': () =>
    memoryShare({ big: random.bytes(5 * mebibyte + 777), small: random.bytes(99) }, 4 * mebibyte),
  'many tiny files': () =>
    memoryShare(
      Object.fromEntries(Array.from({ length: 200 }, (_, i) => [`f${i}`, random.bytes(i * 101)])),
      64 * kibibyte,
    ),
  'an empty file and a byte': () =>
    memoryShare({ none: new Uint8Array(0), one: random.bytes(1) }, 16 * kibibyte),
}

for (const [what, make] of Object.entries(shares))
  test.each([61, 65_536])(`fetches ${what} from nothing but the info hash, in chunks of %i`, async cut => {
    const share = make()
    const world = new VirtualWorld(1)
    const seed = new Member(world, 'seed', share.content.infoHash).hold(
      new MemoryContent(share.content, share),
    )
    const taker = new Member(world, 'taker', share.content.infoHash)
    await connect(world, taker, seed, cut)
    await run(world, () => taker.done)
    expectEqualFiles(taker, share)
    expect(taker.offences()).toEqual([])
    expect(taker.store!.leased).toBe(0)
    for (const file of share.content.files)
      expect(taker.store!.pieceLayer(file.index)).toEqual(share.layers.get(file.index))
  })

const usual = (): MemoryShare =>
  memoryShare({ a: random.bytes(700 * kibibyte), b: random.bytes(50 * kibibyte) }, 64 * kibibyte)

test('tells once when a peer has everything, whether it came so or came to it', async () => {
  const share = usual()
  const world = new VirtualWorld(2)
  const { infoHash } = share.content
  const seed = new Member(world, 'seed', infoHash).hold(new MemoryContent(share.content, share))
  const taker = new Member(world, 'taker', infoHash)
  await connect(world, taker, seed)
  const completed = ({ events }: Member): string[] =>
    events.flatMap(event => (event.type === 'peer-completed' ? [event.peer] : []))
  expect(completed(seed)).toEqual([])
  await run(world, () => completed(seed).length > 0)
  expect(taker.swarm.completed).toBe(true)
  world.advance(5_000)
  await run(world, () => true)
  expect([completed(seed), completed(taker)]).toEqual([['taker'], ['seed']])
})

/** Gives false bytes for every block. */
class LyingContent extends MemoryContent {
  override async loan(piece: number, begin: number, length: number): Promise<Lease> {
    const loan = await super.loan(piece, begin, length)
    loan.bytes[length - 1]! ^= 1
    return loan
  }
}

test('bans exactly the peer that sent false bytes', async () => {
  const share = usual()
  const world = new VirtualWorld(2)
  const { infoHash } = share.content
  const honest = new Member(world, 'honest', infoHash).hold(new MemoryContent(share.content, share))
  const liar = new Member(world, 'liar', infoHash).hold(new LyingContent(share.content, share))
  const taker = new Member(world, 'taker', infoHash)
  await connect(world, taker, liar)
  await connect(world, taker, honest)
  await run(world, () => taker.done)
  expectEqualFiles(taker, share)
  expect(taker.offences()).toEqual(['liar bad-block'])
  expect(taker.swarm.isBanned('liar')).toBe(true)
  await expect(connect(world, taker, liar)).rejects.toMatchObject({ code: 'peer.protocol' })
})

test('bans a peer that sends a false info dictionary, and gets it from another', async () => {
  const share = usual()
  const world = new VirtualWorld(3)
  const { infoHash } = share.content
  const info = share.content.info.slice()
  info[info.length - 3]! ^= 1
  const honest = new Member(world, 'honest', infoHash).hold(new MemoryContent(share.content, share))
  const liar = new Member(world, 'liar', infoHash).hold(new MemoryContent({ ...share.content, info }, share))
  const taker = new Member(world, 'taker', infoHash)
  await connect(world, taker, liar)
  await connect(world, taker, honest)
  await run(world, () => taker.done)
  expectEqualFiles(taker, share)
  expect(taker.offences()).toEqual(['liar bad-metadata'])
})

test('bans a peer that sends false hashes, and gets them from another', async () => {
  const share = usual()
  const world = new VirtualWorld(4)
  const { infoHash } = share.content
  const layers = new Map([...share.layers].map(([file, known]) => [file, known.slice().fill(1, 0, 32)]))
  const honest = new Member(world, 'honest', infoHash).hold(new MemoryContent(share.content, share))
  const liar = new Member(world, 'liar', infoHash).hold(
    new MemoryContent(share.content, { ...share, layers }),
  )
  const taker = new Member(world, 'taker', infoHash)
  await connect(world, taker, liar)
  await connect(world, taker, honest)
  await run(world, () => taker.done)
  expectEqualFiles(taker, share)
  expect(taker.offences()).toEqual(['liar bad-hashes'])
})

test('disconnects a peer that sends garbage, and goes on with the others', async () => {
  const share = usual()
  const world = new VirtualWorld(5)
  const { infoHash } = share.content
  const honest = new Member(world, 'honest', infoHash).hold(new MemoryContent(share.content, share))
  const garbage = new Member(world, 'garbage', infoHash)
  const taker = new Member(world, 'taker', infoHash)
  const [, end] = await connect(world, taker, garbage)
  end.send(random.bytes(5000))
  await connect(world, taker, honest)
  await run(world, () => taker.done)
  expectEqualFiles(taker, share)
  expect(taker.offences()).toEqual(['garbage protocol'])
})

test('two peers that open streams to each other at once keep one', async () => {
  const share = usual()
  const world = new VirtualWorld(6)
  const { infoHash } = share.content
  const a = new Member(world, 'a', infoHash).hold(new MemoryContent(share.content, share))
  const b = new Member(world, 'b', infoHash)
  await Promise.allSettled([connect(world, a, b), connect(world, b, a)])
  await run(world, () => b.done)
  expectEqualFiles(b, share)
  expect([a.swarm.peerCount, b.swarm.peerCount]).toEqual([1, 1])
})

test('gets along with memory for two segments', async () => {
  const share = memoryShare({ a: random.bytes(4 * mebibyte) }, mebibyte)
  const world = new VirtualWorld(7)
  const seed = new Member(world, 'seed', share.content.infoHash).hold(new MemoryContent(share.content, share))
  const taker = new Member(world, 'taker', share.content.infoHash)
  const store = new MemoryContent(share.content)
  store.maxLeased = 2 * mebibyte
  taker.hold(store)
  await connect(world, taker, seed)
  await run(world, () => taker.done)
  expectEqualFiles(taker, share)
})

test('fetches only what is chosen, and the rest when that is chosen too', async () => {
  const share = usual()
  const world = new VirtualWorld(8)
  const { infoHash } = share.content
  const [a, b] = share.content.files
  const seed = new Member(world, 'seed', infoHash).hold(new MemoryContent(share.content, share))
  const taker = new Member(world, 'taker', infoHash).hold(new MemoryContent(share.content))
  taker.swarm.setPriority(a!.firstPiece, a!.pieceCount, 'skip')
  await connect(world, taker, seed)
  await run(world, () => taker.done)
  expect(taker.store!.have.count).toBe(b!.pieceCount)
  taker.swarm.setPriority(a!.firstPiece, a!.pieceCount, 'low')
  expect(taker.done).toBe(false)
  await run(world, () => taker.done)
  expectEqualFiles(taker, share)
  expect(taker.events.filter(event => event.type === 'completed').length).toBe(2)
})

test('fetches what a reader waits for first and in order', async () => {
  const share = memoryShare({ a: random.bytes(2 * mebibyte) }, 16 * kibibyte)
  const world = new VirtualWorld(9)
  const { infoHash } = share.content
  const seed = new Member(world, 'seed', infoHash, { uploadBytesPerSecond: 200_000 })
  seed.hold(new MemoryContent(share.content, share))
  const taker = new Member(world, 'taker', infoHash, { readAheadBytes: 256 * kibibyte })
  taker.hold(new MemoryContent(share.content))
  taker.swarm.read(64, 127)
  await connect(world, taker, seed)
  await run(world, () => taker.store!.have.count >= 16)
  const order = taker.events.flatMap(event => (event.type === 'piece-verified' ? [event.piece] : []))
  expect(order.slice(0, 16)).toEqual(Array.from({ length: 16 }, (_, i) => 64 + i))
})

test('does not let a reader wait for a slow peer when there is a fast one', async () => {
  const share = memoryShare({ a: random.bytes(8 * mebibyte) }, 256 * kibibyte)
  const world = new VirtualWorld(14)
  const { infoHash } = share.content
  const slow = new Member(world, 'slow', infoHash, { uploadBytesPerSecond: 4000 })
  const fast = new Member(world, 'fast', infoHash, { uploadBytesPerSecond: 1_000_000 })
  for (const seed of [slow, fast]) seed.hold(new MemoryContent(share.content, share))
  const taker = new Member(world, 'taker', infoHash, { readAheadBytes: mebibyte })
  taker.hold(new MemoryContent(share.content))
  taker.swarm.read(0, 31)
  await connect(world, taker, slow)
  await connect(world, taker, fast)
  const start = world.now()
  await run(world, () => taker.store!.have.has(0))
  expect(world.now() - start).toBeLessThan(2500)
})

test('keeps to its limits', async () => {
  const share = memoryShare({ a: random.bytes(mebibyte) }, 64 * kibibyte)
  const { infoHash } = share.content
  for (const side of ['upload', 'download'] as const) {
    const world = new VirtualWorld(10)
    const limit = { [`${side}BytesPerSecond`]: 100_000 }
    const seed = new Member(world, 'seed', infoHash, side === 'upload' ? limit : {})
    seed.hold(new MemoryContent(share.content, share))
    const taker = new Member(world, 'taker', infoHash, side === 'download' ? limit : {})
    await connect(world, taker, seed)
    const start = world.now()
    await run(world, () => taker.done)
    const seconds = (world.now() - start) / 1000
    expect(seconds).toBeGreaterThan(9)
    expect(seconds).toBeLessThan(12.5)
  }
})

/** Refuses the first block as a full disk would. */
class FullContent extends MemoryContent {
  full = true

  override async accept(offer: Parameters<MemoryContent['accept']>[0]): ReturnType<MemoryContent['accept']> {
    if (!this.full) return super.accept(offer)
    offer.lease.release()
    throw new PeerageError('store.disk-full')
  }
}

test('stops when the disk is full, and goes on when it is told to', async () => {
  const share = usual()
  const world = new VirtualWorld(11)
  const seed = new Member(world, 'seed', share.content.infoHash).hold(new MemoryContent(share.content, share))
  const store = new FullContent(share.content)
  const taker = new Member(world, 'taker', share.content.infoHash).hold(store)
  await connect(world, taker, seed)
  await run(world, () => taker.events.some(event => event.type === 'failed'))
  const failed = taker.events.find(event => event.type === 'failed')
  expect(failed).toMatchObject({ error: { code: 'store.disk-full' } })
  store.full = false
  taker.swarm.resume()
  await run(world, () => taker.done)
  expectEqualFiles(taker, share)
  expect(store.leased).toBe(0)
})

test('gives back every lease when it is closed in the middle', async () => {
  const share = memoryShare({ a: random.bytes(3 * mebibyte) }, 64 * kibibyte)
  const world = new VirtualWorld(12)
  const seed = new Member(world, 'seed', share.content.infoHash).hold(new MemoryContent(share.content, share))
  const taker = new Member(world, 'taker', share.content.infoHash)
  await connect(world, taker, seed, 1000)
  await run(world, () => (taker.store?.have.count ?? 0) > 5)
  expect(taker.store!.leased).toBeGreaterThan(0)
  taker.swarm.close()
  await run(world, () => false)
  expect(taker.store!.leased).toBe(0)
  expect(taker.swarm.peerCount).toBe(0)
})

test('goes on with segments that an earlier run left', async () => {
  const share = memoryShare({ a: random.bytes(4 * mebibyte) }, 4 * mebibyte)
  const world = new VirtualWorld(13)
  const seed = new Member(world, 'seed', share.content.infoHash).hold(new MemoryContent(share.content, share))
  const store = new MemoryContent(share.content)
  const lease = store.lease(mebibyte)!
  lease.bytes.set(share.files[0]!.subarray(mebibyte, 2 * mebibyte))
  const tree = new HashTree(share.content)
  const leaves = await new MemoryContent(share.content, share).leaves(0, 0, 4 * mebibyte)
  const expected = merkleRoot(leaves.subarray(64 * 32, 128 * 32))
  expect(tree.expectedRoot(0, 1)).toBeUndefined()
  await store.accept({ piece: 0, begin: mebibyte, length: mebibyte, lease, expected })
  store.earlier = [{ piece: 0, segments: [1] }]
  const taker = new Member(world, 'taker', share.content.infoHash).hold(store)
  await connect(world, taker, seed)
  await run(world, () => taker.done)
  expectEqualFiles(taker, share)
  expect(taker.swarm.stats().downloaded).toBe(3 * mebibyte)
})
