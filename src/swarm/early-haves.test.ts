import fc from 'fast-check'
import { expect, it } from 'vitest'
import { Bitfield, sha256, VirtualWorld } from '../base/index.ts'
import { buildInfo, parseContent } from '../content/index.ts'
import { swarmConfig } from './config.ts'
import { EarlyHaves } from './early-haves.ts'
import type { ContentPort } from './ports.ts'
import { Swarm } from './swarm.ts'

it('property: gives each piece that was announced once', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 2 ** 32 - 1 }), { maxLength: 200 }), pieces => {
      const haves = new EarlyHaves()
      for (const piece of pieces) expect(haves.add(piece)).toBe(true)
      expect([...haves.take()].sort((a, b) => a - b)).toEqual([...new Set(pieces)].sort((a, b) => a - b))
      expect([...haves.take()]).toEqual([])
    }),
  )
})

it('keeps hundreds of thousands in any order, and refuses what is spread so that it takes memory', () => {
  const haves = new EarlyHaves()
  let refused = 0
  for (let i = 0; i < 300_000; i++) if (!haves.add((i * 7919) % 300_000)) refused++
  expect(refused).toBe(0)
  haves.clear()
  let kept = 0
  while (haves.add(kept * 2_048)) kept++
  expect(kept).toBe(2_048)
  expect(haves.add(5)).toBe(true)
})

it('a seed that tells each of 70,000 pieces before the content is known has them all, and is a seed', () => {
  const count = 70_000
  const file = { path: ['a'], size: count * 16_384, piecesRoot: new Uint8Array(32).fill(1) }
  const info = buildInfo({ name: 'a', pieceLength: 16_384, files: [file], singleFile: true })
  const content = parseContent(info, { infoHash: sha256(info) })
  const world = new VirtualWorld(1)
  const ports = { world, hash: async (bytes: Uint8Array) => sha256(bytes) }
  const swarm = new Swarm({ ports, config: swarmConfig.parse({}), infoHash: content.infoHash })
  const pipe = {
    name: 'seed',
    bufferedBytes: 0,
    send: () => undefined,
    onDrain: () => undefined,
    close: () => undefined,
  }
  const session = swarm.join(pipe, { peer: 'seed', maxRequestBytes: 16_384 })
  const { state } = session
  session.receive({ type: 'have-none' })
  for (let piece = 0; piece < count; piece++) session.receive({ type: 'have', piece: count - 1 - piece })
  const none = (): undefined => undefined
  const port = { content, have: new Bitfield(count), pieceLayer: none, lease: none, on: () => none }
  swarm.attach(port as unknown as ContentPort)
  expect(state.closed).toBe(false)
  expect(state.pieces?.isFull).toBe(true)
  expect(state.amInterested).toBe(true)
  swarm.close()
})
