import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { VirtualWorld } from '../../base/index.ts'
import { NatObservations, Reachability } from '../../network/index.ts'
import { fuzz } from './dial-back-frames.fuzz.ts'
import {
  decodeAnswer,
  decodeRequest,
  encodeAnswer,
  encodeKnock,
  encodeRequest,
  isKnock,
  nonceOf,
} from './dial-back-frames.ts'
import { judge } from './port-report.ts'

const nonce = new Uint8Array(32).fill(9)

describe('frames of a dial-back', () => {
  it('come back as they were', () => {
    expect(decodeRequest(encodeRequest({ nonce, port: 6881 }))).toEqual({ nonce, port: 6881 })
    for (const answer of ['refused', 'closed', 'reached'] as const)
      expect(decodeAnswer(encodeAnswer(answer))).toBe(answer)
    expect(nonceOf(encodeKnock(nonce))).toEqual(nonce)
    expect(isKnock(encodeKnock(nonce).subarray(0, 5))).toBeUndefined()
    expect(isKnock(new Uint8Array([80, 0]))).toBe(false)
    expect(nonceOf(encodeKnock(nonce).subarray(1))).toBeUndefined()
  })

  it.each([
    ['too short', encodeRequest({ nonce, port: 6881 }).subarray(1)],
    ['a port of somebody else', encodeRequest({ nonce, port: 25 })],
  ])('a request that is %s is refused', (_what, bytes) => {
    expect(() => decodeRequest(bytes)).toThrow('no request')
  })

  it('an answer that is none is refused', () => {
    for (const bytes of [[], [3], [0, 0]])
      expect(() => decodeAnswer(Uint8Array.from(bytes))).toThrow('no answer')
  })
})

it('random and changed frames reveal no defect', () => {
  for (const seed of fuzz.seeds) fuzz.run(seed)
  fc.assert(fc.property(fc.uint8Array({ maxLength: 80 }), bytes => fuzz.run(bytes)))
})

describe('the verdict', () => {
  const direct = { peer: 'p', path: 'direct' } as const
  it.each([
    ['somebody came from outside', { count: 1, lastAt: 0 }, [], 'open'],
    ['a peer outside came through', undefined, [{ ...direct, tcp: true }], 'open'],
    ['a peer outside could not', undefined, [{ ...direct, tcp: false }], 'closed'],
    [
      'only a peer nearby came through',
      undefined,
      [{ peer: 'p', path: 'lan', tcp: true } as const],
      'unknown',
    ],
    ['nobody tried', undefined, [{ ...direct, problem: 'It was asked too often.' }], 'unknown'],
  ])('when %s', (_what, inbound, asked, wanted) => {
    expect(judge(inbound, asked)).toBe(wanted)
  })
})

describe('what others tell', () => {
  it('counts who came from outside, and is bounded', () => {
    const world = new VirtualWorld(1)
    const isLocal = (ip: string): boolean => ip.startsWith('192.168.')
    const reach = new Reachability(
      world,
      isLocal,
      new NatObservations(world, { isLocal, isOurs: () => false }),
    )
    reach.connectedFrom('192.168.1.2')
    expect(reach.inbound).toBeUndefined()
    reach.connectedFrom('8.8.8.8')
    expect(reach.inbound).toEqual({ count: 1, lastAt: world.wallTime() })
    for (const ip of ['', '192.168.1.2']) reach.seenBy('x', ip)
    for (let i = 0; i < 300; i++) reach.seenBy(`peer ${i}`, '203.0.113.7')
    reach.seenBy('liar', '203.0.113.8')
    expect(reach.seenAs).toEqual([
      { address: '203.0.113.7', by: 64 },
      { address: '203.0.113.8', by: 1 },
    ])
    for (let i = 0; i < 300; i++) reach.seenBy('liar', `198.51.100.${i & 255}`)
    expect(reach.seenAs.length).toBe(16)
  })
})
