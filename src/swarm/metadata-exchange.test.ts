import { expect, test } from 'vitest'
import { equalBytes, sha256, VirtualWorld } from '../base/index.ts'
import { decodeMetadataMessage, encodeMetadataMessage, metadataBlockBytes } from '../wire/index.ts'
import { type SwarmConfig, swarmConfig } from './config.ts'
import { MetadataExchange } from './metadata-exchange.ts'
import { PeerState } from './peer-state.ts'

const MiB = 1_048_576
const info = Uint8Array.from({ length: 40_000 }, (_, i) => i % 251)

/** One who learns the metadata; each peer answers what `blocks` gives, once it is asked and `deliver` is called. */
function setUp(config: Partial<SwarmConfig> = {}) {
  const world = new VirtualWorld(1)
  const full = swarmConfig.parse(config)
  const peers: PeerState[] = []
  const liars: PeerState[] = []
  const asked = new Map<PeerState, number[]>()
  let got: Uint8Array | undefined
  const exchange = new MetadataExchange({
    world,
    config: full,
    infoHash: sha256(info),
    hash: async bytes => sha256(bytes),
    info: () => got,
    peers: () => peers,
    onInfo: found => {
      got = found
    },
    onLie: peer => {
      liars.push(peer)
      peers.splice(peers.indexOf(peer), 1)
      exchange.leave(peer)
    },
  })
  const join = (metadataSize: number): PeerState => {
    const open: number[] = []
    const pipe = {
      name: 'pipe',
      send: (message: { type: string; payload?: Uint8Array }) => {
        const request = decodeMetadataMessage(message.payload!)
        if (request?.type === 'request') open.push(request.piece)
      },
      bufferedBytes: 0,
      onDrain: () => undefined,
      close: () => undefined,
    }
    const peer = new PeerState(peers.length, pipe, { peer: 'p' }, full, 0, { upload: [], download: [] })
    peer.metadataId = 1
    peer.metadataSize = metadataSize
    peers.push(peer)
    asked.set(peer, open)
    exchange.advance()
    return peer
  }
  /** Answers what the peer was asked for by now, and what it is asked for thereupon, up to `most` blocks; counts them. */
  const deliver = (
    peer: PeerState,
    bytes: Uint8Array | undefined,
    most = Number.POSITIVE_INFINITY,
  ): number => {
    const open = asked.get(peer)!
    let count = 0
    while (open.length > 0 && count < most) {
      const piece = open.shift()!
      const start = piece * metadataBlockBytes
      const length = Math.min(metadataBlockBytes, peer.metadataSize! - start)
      const data = bytes?.subarray(start, start + length) ?? new Uint8Array(length)
      const totalSize = peer.metadataSize!
      exchange.receive(peer, encodeMetadataMessage({ type: 'data', piece, totalSize, data }))
      count++
    }
    return count
  }
  return { world, exchange, peers, liars, asked, join, deliver, learned: () => got }
}

const settled = (): Promise<void> => new Promise(resolve => setImmediate(resolve))

test('whoever came first with another size does not hold up the honest one', async () => {
  const { join, deliver, learned, liars } = setUp()
  const liar = join(60_000_000)
  deliver(liar, undefined, 100)
  const honest = join(info.length)
  deliver(honest, info)
  await settled()
  expect(equalBytes(learned()!, info)).toBe(true)
  expect(liars).toEqual([])
})

test('an honest one that is late is asked again, although a liar of another size keeps sending', async () => {
  const { world, exchange, join, deliver, learned } = setUp()
  const honest = join(info.length)
  const liar = join(60_000_000)
  for (let second = 0; second < 12; second++) {
    deliver(liar, undefined, 8)
    world.advance(1000)
    exchange.tick()
  }
  deliver(honest, info)
  await settled()
  expect(equalBytes(learned()!, info)).toBe(true)
})

test('an info dictionary grows as fast as it may, and not faster', async () => {
  const { world, exchange, join, deliver } = setUp({ metadataBytesPerSecond: MiB })
  const peer = join(40 * MiB)
  const perSecond = MiB / metadataBlockBytes
  expect(deliver(peer, undefined)).toBe(2 * perSecond)
  for (let second = 0; second < 3; second++) {
    world.advance(1000)
    exchange.tick()
    expect(deliver(peer, undefined)).toBe(perSecond)
  }
})

test('all that is tried holds no more than the longest info dictionary', async () => {
  const { exchange, join, deliver, asked } = setUp({ maxMetadataBytes: MiB, metadataBytesPerSecond: 4 * MiB })
  const [one, other] = [join(MiB), join(MiB - 1)]
  expect(deliver(one, undefined, 60)).toBe(60)
  // The fifth block of the other is one too many: the larger attempt is given up, and the other goes on.
  expect(deliver(other, undefined, 5)).toBe(5)
  exchange.tick()
  expect(deliver(one, undefined)).toBe(4)
  expect(asked.get(one)).toEqual([])
  expect(deliver(other, undefined)).toBe(64 - 5)
})

test('when a dictionary of several peers is false, one of them is asked for all of it', async () => {
  const { world, exchange, join, deliver, asked, learned, liars } = setUp()
  const [liar, honest] = [join(info.length), join(info.length)]
  world.advance(5000)
  deliver(liar, undefined, 2)
  world.advance(5001)
  exchange.tick()
  expect(asked.get(honest)).toEqual([2])
  deliver(honest, info)
  await settled()
  expect([learned(), asked.get(honest)]).toEqual([undefined, [0, 1, 2]])
  deliver(honest, info)
  await settled()
  expect(liars).toEqual([])
  expect(equalBytes(learned()!, info)).toBe(true)
})

test('who sends a false dictionary alone is named', async () => {
  const { join, deliver, learned, liars } = setUp()
  const liar = join(info.length)
  deliver(liar, undefined)
  await settled()
  expect([learned(), liars]).toEqual([undefined, [liar]])
})
