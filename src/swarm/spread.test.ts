import { expect, test } from 'vitest'
import { Bitfield, VirtualWorld } from '../base/index.ts'
import type { Message } from '../wire/index.ts'
import { Availability } from './availability.ts'
import { swarmConfig } from './config.ts'
import { PeerState } from './peer-state.ts'
import { Spread } from './spread.ts'

const config = swarmConfig.parse({})

function setUp(pieces: number, count: number) {
  const world = new VirtualWorld(1)
  const availability = new Availability(pieces)
  const peers: PeerState[] = []
  const spread = new Spread({
    world,
    availability,
    have: Bitfield.full(pieces),
    pieceLength: 65_536,
    enabled: true,
    peers: () => peers,
  })
  const sent = new Map<PeerState, number[]>()
  for (let id = 0; id < count; id++) {
    const suggested: number[] = []
    const send = (message: Message): void => {
      if (message.type === 'suggest') suggested.push(message.piece)
    }
    const pipe = { name: 'pipe', send, bufferedBytes: 0, onDrain: () => undefined, close: () => undefined }
    const peer = new PeerState(id, pipe, { peer: `p${id}` }, config, 0, { upload: [], download: [] })
    peer.pieces = new Bitfield(pieces)
    peer.peerInterested = true
    peer.amChoking = false
    spread.join(peer)
    peers.push(peer)
    sent.set(peer, suggested)
  }
  const have = (peer: PeerState, piece: number): void => {
    peer.pieces!.set(piece)
    availability.change(piece, 1)
    spread.seen(peer, piece)
  }
  return { world, spread, peers, suggested: (peer: PeerState) => sent.get(peer)!, have }
}

test('a single receiver gets what it asks for', () => {
  const { spread, peers } = setUp(10, 1)
  for (let piece = 0; piece < 10; piece++) expect(spread.admit(peers[0]!, piece)).toBe(true)
})

test('suggests different pieces to different peers', () => {
  const { spread, peers, suggested } = setUp(100, 5)
  for (const peer of peers) spread.promise(peer)
  const all = peers.flatMap(peer => suggested(peer))
  expect(all.length).toBe(10)
  expect(new Set(all).size).toBe(10)
})

test('gives each piece once before any twice', () => {
  const { spread, peers, have } = setUp(40, 4)
  const given: number[] = []
  // All ask for the same pieces, in the same order.
  for (let round = 0; given.length < 40 && round < 40; round++)
    for (const peer of peers)
      for (let piece = 0; piece < 40; piece++) {
        if (peer.has(piece) || !spread.admit(peer, piece)) continue
        given.push(piece)
        have(peer, piece)
        for (const other of peers) if (!other.has(piece)) have(other, piece)
        break
      }
  expect(given.length).toBe(40)
  expect(new Set(given).size).toBe(40)
})

test('whoever insists is served', () => {
  const { world, spread, peers } = setUp(40, 2)
  const [a, b] = peers
  expect(spread.admit(a!, 7)).toBe(true)
  expect(spread.admit(b!, 7)).toBe(false)
  expect(spread.admit(b!, 7)).toBe(false)
  world.advance(300)
  expect(spread.admit(b!, 7)).toBe(true)
})

test('a peer that keeps first copies to itself gets no more of them', () => {
  const { spread, peers, have } = setUp(100, 4)
  const [keeper, ...others] = peers
  let kept = 0
  for (let piece = 0; piece < 50; piece++) {
    if (!spread.admit(keeper!, piece)) continue
    have(keeper!, piece)
    kept++
  }
  expect(kept).toBeLessThan(5)
  expect(spread.passesOn(keeper!)).toBeLessThan(1)
  expect(spread.passesOn(others[0]!)).toBe(1)
})

test('what was given to a peer that left is to be given again', () => {
  const { spread, peers, suggested } = setUp(4, 3)
  for (const peer of peers) spread.promise(peer)
  const before = spread.left
  expect(spread.admit(peers[0]!, suggested(peers[0]!)[0]!)).toBe(true)
  expect(spread.left).toBe(before - 1)
  spread.leave(peers[0]!)
  expect(spread.left).toBe(4)
})
