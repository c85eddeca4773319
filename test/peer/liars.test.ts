import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Battlefield } from './attack.ts'
import type { Manners } from './hostile-peer.ts'

const field = new Battlefield()
beforeAll(() => field.prepare())
afterAll(() => field.end())

const MiB = 1_048_576
const flip =
  (at: number) =>
  (bytes: Uint8Array): Uint8Array => {
    bytes[at % bytes.length]! ^= 1
    return bytes
  }

async function expectNamed(manners: Manners, what: RegExp): Promise<void> {
  const outcome = await field.attack(manners)
  expect(outcome.right).toBe(true)
  expect(outcome.blamed.join('\n')).toMatch(what)
  expect(outcome.others).toEqual([])
  expect(outcome.errors).toEqual([])
  expect(outcome.liar.ended).toBeGreaterThan(0)
  expect(outcome.grownBytes).toBeLessThan(64 * MiB)
}

describe('a member that lies is named and left, and the rest comes from the honest one', () => {
  it('false bytes in every block', () => expectNamed({ block: flip(5) }, /false bytes of piece/))

  it('false bytes in the last byte of some blocks', () => {
    let count = 0
    const block = (bytes: Uint8Array): Uint8Array =>
      count++ % 3 === 2 ? flip(bytes.length - 1)(bytes) : bytes
    return expectNamed({ block }, /false bytes of piece/)
  })

  it('zeros for bytes', () => expectNamed({ block: bytes => bytes.fill(0) }, /false bytes of piece/))

  it('hashes that lead nowhere', () =>
    expectNamed({ hashes: flip(3) }, /hashes that do not lead to the root/))

  it('a false info dictionary', () => expectNamed({ metadata: flip(40) }, /info dictionary is false/))

  it('an info dictionary that is no bencoding', () =>
    expectNamed({ metadata: bytes => bytes.fill(0x78) }, /info dictionary is false/))
})

describe('a member that breaks the protocol', () => {
  const garbage = crypto.getRandomValues(new Uint8Array(65_536))
  garbage.set([0, 0, 0, 3])

  it.each<[string, Manners, RegExp]>([
    ['sends garbage', { first: wire => wire.raw(garbage) }, /./],
    ['sends garbage at once', { instead: wire => wire.raw(garbage) }, /./],
    ['sends a frame of 2 GiB', { first: wire => wire.raw(Uint8Array.of(0x7f, 255, 255, 255, 20, 0)) }, /./],
    [
      'sends a block of 256 MiB',
      { first: wire => wire.raw(Uint8Array.of(16, 0, 0, 9, 7, 0, 0, 0, 0, 0, 0, 0, 0)) },
      /./,
    ],
    [
      'has a bitfield of the wrong length',
      { first: wire => wire.send({ type: 'bitfield', bytes: new Uint8Array(100).fill(255) }) },
      /bitfield/,
    ],
    [
      'has a piece that does not exist',
      { first: wire => wire.send({ type: 'have', piece: 4_000_000_000 }) },
      /no piece/,
    ],
    [
      'allows a piece that does not exist',
      { request: wire => wire.send({ type: 'allowed-fast', piece: 99_999 }) },
      /no piece/,
    ],
    [
      'asks for a block behind the end',
      { request: wire => wire.send({ type: 'request', piece: 0, begin: 262_144, length: 16_384 }) },
      /cannot be/,
    ],
    [
      'asks for a piece that does not exist',
      { request: wire => wire.send({ type: 'request', piece: 9_999, begin: 0, length: 16_384 }) },
      /cannot be/,
    ],
    [
      'asks for nothing',
      { request: wire => wire.send({ type: 'request', piece: 0, begin: 0, length: 0 }) },
      /./,
    ],
    [
      'sends a handshake that is no dictionary',
      { first: wire => wire.send({ type: 'extended', id: 0, payload: new Uint8Array(50).fill(0x6c) }) },
      /./,
    ],
    [
      'tells peers that are no addresses',
      {
        first: wire =>
          wire.send({ type: 'extended', id: 2, payload: new TextEncoder().encode('d5:addedl3:abci5eee') }),
      },
      /./,
    ],
  ])('%s', async (_what, manners, what) => {
    const outcome = await field.attack(manners)
    expect(outcome.right).toBe(true)
    expect(outcome.blamed.join('\n')).toMatch(what)
    expect(outcome.others).toEqual([])
    expect(outcome.errors).toEqual([])
    expect(outcome.liar.ended).toBeGreaterThan(0)
    expect(outcome.grownBytes).toBeLessThan(64 * MiB)
  })
})
