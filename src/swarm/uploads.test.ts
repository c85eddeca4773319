import { expect, test } from 'vitest'
import { MemoryContent, memoryShare } from '../../test/simulation/memory-content.ts'
import { PeerageError, TokenBucket, VirtualWorld } from '../base/index.ts'
import type { Message } from '../wire/index.ts'
import { swarmConfig } from './config.ts'
import { Layout } from './layout.ts'
import { PeerState } from './peer-state.ts'
import type { Lease, UploadAllowance } from './ports.ts'
import { Uploads } from './uploads.ts'

const leaf = 16_384
const config = swarmConfig.parse({})
const bytes = Uint8Array.from({ length: 64 * leaf }, (_, at) => (at >> 14) ^ at)

/** A store that remembers what it was asked for, and may lose its disk. */
class WatchedContent extends MemoryContent {
  readonly reads: { piece: number; begin: number; length: number }[] = []
  released = 0
  fails = false

  override async loan(piece: number, begin: number, length: number): Promise<Lease> {
    this.reads.push({ piece, begin, length })
    if (this.fails) throw new PeerageError('store.io', 'The disk is gone.')
    const { bytes } = await super.loan(piece, begin, length)
    return { bytes, release: () => void this.released++ }
  }
}

/** So many bytes, exactly. */
class Quota implements UploadAllowance {
  left: number
  rate: TokenBucket | undefined

  constructor(left: number) {
    this.left = left
  }

  take(bytes: number): boolean {
    if (bytes > this.left) return false
    this.left -= bytes
    return true
  }

  giveBack(bytes: number): void {
    this.left += bytes
  }
}

/** One unchoked peer of a seed. */
function setUp(allowance?: UploadAllowance) {
  const share = memoryShare({ file: bytes }, 32 * leaf)
  const { content } = share
  const port = new WatchedContent(content, share)
  const sent: { message: Message; release: (() => void) | undefined }[] = []
  const pipe = {
    name: 'pipe',
    send: (message: Message, release?: () => void) => void sent.push({ message, release }),
    bufferedBytes: 0,
    onDrain: () => undefined,
    close: () => undefined,
  }
  const peer = new PeerState(0, pipe, { peer: 'p', allowance }, config, 0, { upload: [], download: [] })
  peer.amChoking = false
  const world = new VirtualWorld(1)
  const exhausted: number[] = []
  const waits: number[] = []
  const uploads = new Uploads({
    world,
    config,
    port,
    layout: new Layout(content),
    admit: () => true,
    later: (_peer, ms) => void waits.push(ms),
    // How much had been sent by then.
    onExhausted: () => void exhausted.push(blocksIn(sent, 'piece').length),
    onFailed: () => undefined,
  })
  const ask = (piece: number, ...blocks: number[]): void => {
    for (const block of blocks) uploads.request(peer, piece, block * leaf, leaf)
  }
  return { port, peer, uploads, sent, ask, exhausted, waits, world }
}

function blocksIn(sent: readonly { readonly message: Message }[], type: 'piece' | 'reject'): number[] {
  return sent.flatMap(({ message }) => (message.type === type ? [message.begin / leaf] : []))
}

const settled = (): Promise<void> => new Promise(resolve => setImmediate(resolve))

test('reads blocks that follow one another together, and answers each', async () => {
  const { port, peer, uploads, sent, ask } = setUp()
  ask(0, 0, 1, 2, 4, 5)
  ask(1, 6)
  uploads.feed(peer)
  await settled()
  expect(port.reads).toEqual([
    { piece: 0, begin: 0, length: 3 * leaf },
    { piece: 0, begin: 4 * leaf, length: 2 * leaf },
    { piece: 1, begin: 6 * leaf, length: leaf },
  ])
  expect(sent.map(({ message }) => message)).toEqual(
    [0, 1, 2, 4, 5, 38].map(block => ({
      type: 'piece',
      piece: block >> 5,
      begin: (block & 31) * leaf,
      length: leaf,
      data: bytes.subarray(block * leaf, (block + 1) * leaf),
    })),
  )
  for (const { release } of sent.slice(0, 2)) release?.()
  expect(port.released).toBe(0)
  for (const { release } of sent.slice(2)) release?.()
  expect(port.released).toBe(3)
})

test('reads no more together than there is room for, nor than 256 KiB', async () => {
  const { port, peer, uploads, ask } = setUp()
  ask(0, ...Array(30).keys())
  peer.uploadBudget = 20 * leaf
  uploads.feed(peer)
  expect(port.reads.map(({ length }) => length / leaf)).toEqual([16, 4])
  await settled()
})

test('rejects every block of a run that cannot be read', async () => {
  const { port, peer, uploads, sent, ask } = setUp()
  port.fails = true
  ask(0, 0, 1)
  uploads.feed(peer)
  await settled()
  expect(sent.map(({ message }) => message)).toEqual(
    [0, 1].map(block => ({ type: 'reject', piece: 0, begin: block * leaf, length: leaf })),
  )
  expect(peer.reading).toBe(0)
})

test('sends as many blocks as a quota has room for, rejects the rest, and says when all is sent', async () => {
  const quota = new Quota(5 * leaf + 100)
  const { peer, uploads, sent, ask, exhausted } = setUp(quota)
  ask(0, ...Array(8).keys())
  uploads.feed(peer)
  expect(peer.isExhausted).toBe(true)
  expect(exhausted).toEqual([])
  await settled()
  expect(blocksIn(sent, 'piece')).toEqual([0, 1, 2, 3, 4])
  expect(blocksIn(sent, 'reject')).toEqual([5, 6, 7])
  expect(exhausted).toEqual([5])
  expect(quota.left).toBe(0)
  ask(0, 9)
  await settled()
  expect(blocksIn(sent, 'reject')).toEqual([5, 6, 7, 9])
  peer.allow(new Quota(leaf))
  ask(0, 10)
  uploads.feed(peer)
  await settled()
  expect(blocksIn(sent, 'piece').at(-1)).toBe(10)
})

test('a quota that is used up lets nothing out', async () => {
  const { peer, uploads, sent, ask, exhausted, port } = setUp(new Quota(0))
  ask(0, 0, 1)
  uploads.feed(peer)
  await settled()
  expect(port.reads).toEqual([])
  expect(blocksIn(sent, 'reject')).toEqual([0, 1])
  expect(exhausted).toEqual([0])
})

test('a block that is too large for what is left is rejected alone', async () => {
  const { peer, uploads, sent, ask } = setUp(new Quota(3 * leaf))
  uploads.request(peer, 0, 0, 4 * leaf)
  ask(0, 4, 5, 6, 7)
  uploads.feed(peer)
  await settled()
  expect(blocksIn(sent, 'piece')).toEqual([4, 5, 6])
  expect(blocksIn(sent, 'reject')).toEqual([0, 7])
})

test('two streams of one person share its quota', async () => {
  const quota = new Quota(3 * leaf)
  const [one, two] = [setUp(quota), setUp(quota)]
  for (const { ask } of [one, two]) ask(0, 0, 1)
  for (const { peer, uploads } of [one, two]) uploads.feed(peer)
  await settled()
  expect(blocksIn(one.sent, 'piece')).toEqual([0, 1])
  expect(blocksIn(two.sent, 'piece')).toEqual([0])
  expect(blocksIn(two.sent, 'reject')).toEqual([1])
})

test('what could not be sent is given back', async () => {
  const quota = new Quota(4 * leaf)
  const { peer, uploads, ask, port } = setUp(quota)
  port.fails = true
  ask(0, 0)
  uploads.feed(peer)
  await settled()
  expect(quota.left).toBe(4 * leaf)
  port.fails = false
  ask(0, 1)
  uploads.feed(peer)
  peer.closed = true
  await settled()
  expect(quota.left).toBe(4 * leaf)
})

test('an allowance that changes its mind between question and payment sends nothing', async () => {
  const quota = new Quota(4 * leaf)
  quota.take = () => false
  const { peer, uploads, sent, ask } = setUp(quota)
  ask(0, 0, 1)
  uploads.feed(peer)
  await settled()
  expect(blocksIn(sent, 'piece')).toEqual([])
  expect(blocksIn(sent, 'reject')).toEqual([0, 1])
})

test('the rate of a person is obeyed over all its streams', async () => {
  const quota = new Quota(Number.POSITIVE_INFINITY)
  quota.rate = new TokenBucket(10 * leaf, 0)
  const streams = [setUp(quota), setUp(quota)]
  for (const { ask, peer } of streams) {
    ask(0, ...Array(32).keys())
    peer.uploadBudget = leaf
  }
  for (let ms = 0; ms < 2000; ms += 10)
    for (const { peer, uploads, world } of streams) {
      world.advance(10)
      uploads.feed(peer)
      await settled()
    }
  const blocks = streams.map(({ sent }) => blocksIn(sent, 'piece').length)
  expect(blocks[0]! + blocks[1]!).toBeGreaterThanOrEqual(20)
  expect(blocks[0]! + blocks[1]!).toBeLessThanOrEqual(22)
  for (const { waits } of streams) expect(waits.length).toBeGreaterThan(0)
})
