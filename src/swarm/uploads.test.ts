import { expect, test } from 'vitest'
import { MemoryContent, memoryShare } from '../../test/simulation/memory-content.ts'
import { PeerageError, VirtualWorld } from '../base/index.ts'
import type { Message } from '../wire/index.ts'
import { swarmConfig } from './config.ts'
import { Layout } from './layout.ts'
import { PeerState } from './peer-state.ts'
import type { Lease } from './ports.ts'
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

/** One unchoked peer of a seed. */
function setUp() {
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
  const peer = new PeerState(0, pipe, { peer: 'p' }, config, 0, { upload: [], download: [] })
  peer.amChoking = false
  const uploads = new Uploads({
    world: new VirtualWorld(1),
    config,
    port,
    layout: new Layout(content),
    admit: () => true,
    later: () => undefined,
    onFailed: () => undefined,
  })
  const ask = (piece: number, ...blocks: number[]): void => {
    for (const block of blocks) uploads.request(peer, piece, block * leaf, leaf)
  }
  return { port, peer, uploads, sent, ask }
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
