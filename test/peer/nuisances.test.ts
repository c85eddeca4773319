import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { systemWorld } from '../../src/base/index.ts'
import { encodeMessage, encodePieceHeader } from '../../src/wire/index.ts'
import { Battlefield } from './attack.ts'
import type { Manners } from './hostile-peer.ts'

const field = new Battlefield()
beforeAll(() => field.prepare())
afterAll(() => field.end())

const MiB = 1_048_576
// Silence and late answers are told by the clock: an honest member on a busy machine must not be taken for one of these.
const quick = { 'swarm.snubMs': 200, 'swarm.requestTimeoutMs': 3000, 'swarm.silenceMs': 6000 }

describe('a member that is of no use does not hold up the others', () => {
  it.each<[string, Manners]>([
    ['does not answer the hello', { silentAtDoor: true }],
    ['is silent after the hello', { instead: () => undefined }],
    ['never answers a request', { request: () => undefined }],
    [
      'rejects every request',
      { request: (wire, { piece, begin, length }) => wire.send({ type: 'reject', piece, begin, length }) },
    ],
    [
      'chokes and unchokes all the time',
      {
        request: wire => {
          wire.send({ type: 'choke' })
          wire.send({ type: 'unchoke' })
        },
      },
    ],
    [
      'answers byte by byte',
      {
        request: (wire, { piece, begin, length }) => {
          wire.raw(encodePieceHeader(piece, begin, length))
          const timer = systemWorld.every(100, () => wire.raw(new Uint8Array(1)))
          wire.stream.onClose(() => timer.cancel())
        },
      },
    ],
    [
      'stops in the middle of a block',
      {
        request: (wire, { piece, begin, length }) => {
          wire.raw(encodePieceHeader(piece, begin, length))
          wire.raw(new Uint8Array(1000))
        },
      },
    ],
    ['says that its info dictionary has 60 MB', { metadataSize: 60_000_000 }],
    ['says that its info dictionary has 1 TB', { metadataSize: 1e12 }],
    [
      'sends an endless info dictionary, a block at a time',
      { metadataSize: 60_000_000, metadata: () => new Uint8Array(16_384) },
    ],
    ['never sends its info dictionary', { metadata: () => new Uint8Array(0) }],
    ['leaves after the first request', { request: wire => wire.stream.abort(new Error('bye')) }],
  ])('%s', async (_what, manners) => {
    const outcome = await field.attack(manners, quick)
    expect(outcome.right).toBe(true)
    expect(outcome.others).toEqual([])
    expect(outcome.errors).toEqual([])
    expect(outcome.grownBytes).toBeLessThan(64 * MiB)
  })
})

describe('a member that floods does not fill the memory', () => {
  const request = (piece: number): Uint8Array =>
    encodeMessage({ type: 'request', piece, begin: 0, length: 16_384 })
  const extended = (id: number, payload: Uint8Array): Uint8Array =>
    encodeMessage({ type: 'extended', id, payload })
  const hashRequest = (root: Uint8Array): Uint8Array =>
    encodeMessage({ type: 'hash-request', root, baseLayer: 0, index: 0, length: 16, proofLayers: 3 })

  // Known to be broken: the others are held up for longer than the test waits.
  it.todo('peers')

  it.each<[string, Manners]>([
    [
      'have',
      { first: wire => void wire.flood(200_000, i => encodeMessage({ type: 'have', piece: i % 12 })) },
    ],
    [
      'have, before anything is known',
      { instead: wire => void wire.flood(200_000, i => encodeMessage({ type: 'have', piece: i })) },
    ],
    ['requests', { first: wire => void wire.flood(200_000, i => request(i % 12)) }],
    [
      'interest and loss of it',
      {
        first: wire =>
          void wire.flood(200_000, i => encodeMessage({ type: i % 2 ? 'interested' : 'not-interested' })),
      },
    ],
    [
      'bitfields',
      {
        first: wire =>
          void wire.flood(20_000, i => encodeMessage({ type: i % 2 ? 'have-all' : 'have-none' })),
      },
    ],
    [
      'suggestions',
      { first: wire => void wire.flood(200_000, i => encodeMessage({ type: 'suggest', piece: i % 12 })) },
    ],
    [
      'blocks that nobody asked for',
      {
        first: wire =>
          void wire.flood(500, () =>
            encodeMessage({
              type: 'piece',
              piece: 0,
              begin: 0,
              length: 65_536,
              data: new Uint8Array(65_536),
            }),
          ),
      },
    ],
    [
      'requests for metadata',
      {
        first: wire =>
          void wire.flood(100_000, () => extended(1, new TextEncoder().encode('d8:msg_typei0e5:piecei0ee'))),
      },
    ],
    [
      'requests for hashes',
      { first: wire => void wire.flood(50_000, () => hashRequest(wire.content.files[0]!.piecesRoot!)) },
    ],
    [
      'handshakes',
      {
        first: wire =>
          void wire.flood(50_000, () => extended(0, new TextEncoder().encode('d1:md11:ut_metadatai1eee'))),
      },
    ],
    ['keep-alives', { first: wire => void wire.flood(200_000, () => new Uint8Array(4)) }],
  ])('%s', async (_what, manners) => {
    const outcome = await field.attack(manners, quick)
    expect(outcome.right).toBe(true)
    expect(outcome.others).toEqual([])
    expect(outcome.errors).toEqual([])
    expect(outcome.grownBytes).toBeLessThan(128 * MiB)
  })
})
