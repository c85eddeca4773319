import { describe, expect, test } from 'vitest'
import { VirtualWorld } from '../base/index.ts'
import { Choker } from './choker.ts'
import { type SwarmConfig, swarmConfig } from './config.ts'
import { PeerState } from './peer-state.ts'

function setUp(
  count: number,
  config: Partial<SwarmConfig> = {},
  seeding = false,
  limit = Number.POSITIVE_INFINITY,
) {
  const world = new VirtualWorld(1)
  const full = swarmConfig.parse(config)
  const pipe = {
    name: 'pipe',
    send: () => undefined,
    bufferedBytes: 0,
    onDrain: () => undefined,
    close: () => undefined,
  }
  const peers = Array.from(
    { length: count },
    (_, id) => new PeerState(id, pipe, { peer: `p${id}` }, full, 0, { upload: [], download: [] }),
  )
  const choker = new Choker({
    world,
    config: full,
    peers: () => peers,
    seeding: () => seeding,
    uploadLimit: () => limit,
    passesOn: () => 1,
    setChoked: (peer, choked) => {
      peer.amChoking = choked
    },
  })
  const served = (): number[] => peers.flatMap((peer, id) => (peer.amChoking ? [] : [id]))
  const interest = (): void => {
    for (const peer of peers) {
      peer.peerInterested = true
      choker.interestChanged(peer)
    }
  }
  return { world, peers, choker, served, interest }
}

describe('Choker', () => {
  test('serves everyone while there are slots, at once', () => {
    const { served, interest, choker } = setUp(8)
    interest()
    expect(served().length).toBe(8)
    choker.round()
    expect(served().length).toBe(8)
  })

  test('gives slots to those who give most, and one to somebody else', () => {
    const { world, peers, choker, served, interest } = setUp(20, { uploadSlots: 5 })
    interest()
    expect(served().length).toBe(5)
    world.advance(10_000)
    for (const [id, peer] of peers.entries()) peer.down.add(id * 100_000, world.now())
    choker.round()
    expect(served()).toEqual(expect.arrayContaining([16, 17, 18, 19]))
    expect(served().length).toBe(5)
  })

  test('a peer that stalls loses its slot', () => {
    const { world, peers, choker, served, interest } = setUp(20, { uploadSlots: 5 })
    interest()
    world.advance(10_000)
    for (const [id, peer] of peers.entries()) peer.down.add(id * 100_000, world.now())
    peers[19]!.snubbed = true
    choker.round()
    expect(served()).toEqual(expect.arrayContaining([15, 16, 17, 18]))
  })

  test.each([false, true])('everyone gets a turn in time (seeding: %s)', seeding => {
    const { world, choker, served, interest } = setUp(20, { uploadSlots: 4 }, seeding)
    interest()
    const seen = new Set(served())
    for (let round = 0; round < 80; round++) {
      world.advance(10_000)
      choker.round()
      for (const id of served()) seen.add(id)
      expect(served().length).toBe(4)
    }
    expect(seen.size).toBe(20)
  })

  test('has fewer slots under a low limit, and more for a fast line', () => {
    expect(setUp(1, {}, false, 20_000).choker.slots()).toBe(4)
    expect(setUp(1, {}, false, 1_000_000).choker.slots()).toBe(24)
    expect(setUp(1).choker.slots()).toBe(12)
    expect(setUp(1, { uploadSlots: 3 }, false, 1_000_000).choker.slots()).toBe(3)
  })
})
