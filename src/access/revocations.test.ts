import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { PeerageError, utf8 } from '../base/index.ts'
import { dictionary, type Encodable, encode, encodeEnvelope, envelopeSigningInput } from '../wire/index.ts'
import { MemoryKeyValue } from './memory-key-value.ts'
import { fuzz } from './revocations.fuzz.ts'
import {
  openRevocations,
  type Relevance,
  Revocations,
  type Revoked,
  revocationLimits,
  signRevocations,
} from './revocations.ts'
import { type Identity, identityFromSeed } from './signing.ts'

const [me, owner, other, stranger] = [1, 2, 3, 4].map(seed =>
  identityFromSeed(new Uint8Array(32).fill(seed)),
) as [Identity, Identity, Identity, Identity]
const id = (n: number): string => n.toString(16).padStart(64, '0')
const until = (n: number, expires = 1000): Revoked => ({ id: id(n), expires })

function codeOf(run: () => unknown): string {
  try {
    run()
  } catch (error) {
    if (error instanceof PeerageError) return error.code
    throw error
  }
  return 'none'
}

function setUp({ identity = me, state = new MemoryKeyValue(), maxLists = 8 } = {}) {
  const clock = { now: 0 }
  const relevant = new Map<string, Relevance>([
    [owner.peerId, 'owner'],
    [other.peerId, 'known'],
  ])
  const revocations = new Revocations({
    identity,
    state,
    now: () => clock.now,
    relevance: issuer => relevant.get(issuer),
    maxLists,
  })
  return { clock, relevant, revocations, state }
}

function signed(fields: Record<string, Encodable>): Uint8Array {
  const [type, payload] = [utf8('/peerage/revoked'), encode(dictionary({ v: 1, ...fields }))]
  const signature = owner.sign(envelopeSigningInput('peerage-revoked', type, payload))
  return encodeEnvelope({ publicKey: owner.publicKey, payloadType: type, payload, signature })
}

describe('a list of revoked grants', () => {
  test('comes out as it went in, sorted, with the signer as the issuer', () => {
    const any = fc.record({
      number: fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }),
      grants: fc.uniqueArray(
        fc.record({
          id: fc
            .uint8Array({ minLength: 32, maxLength: 32 })
            .map(bytes => Buffer.from(bytes).toString('hex')),
          expires: fc.integer({ min: 0, max: 2 ** 48 - 1 }),
        }),
        { selector: one => one.id },
      ),
    })
    fc.assert(
      fc.property(any, ({ number, grants }) => {
        const list = openRevocations(signRevocations(owner, { number, grants }))
        const sorted = grants.toSorted((a, b) => (a.id < b.id ? -1 : 1))
        expect(list).toEqual({ issuer: owner.peerId, number, grants: sorted })
      }),
      { numRuns: 50 },
    )
  })

  test('holds as many as it may and no more', () => {
    const grants = Array.from({ length: revocationLimits.grants }, (_, i) => until(i))
    const bytes = signRevocations(owner, { number: Number.MAX_SAFE_INTEGER, grants })
    expect(openRevocations(bytes).grants.length).toBe(revocationLimits.grants)
    expect(() => signRevocations(owner, { number: 1, grants: [...grants, until(9999)] })).toThrow(TypeError)
    const tooMany = signed({ number: 1, grants: new Uint8Array((revocationLimits.grants + 1) * 38) })
    expect(codeOf(() => openRevocations(tooMany))).toBe('statement.invalid')
    expect(codeOf(() => openRevocations(new Uint8Array(revocationLimits.bytes + 1)))).toBe(
      'statement.invalid',
    )
  })

  test('is refused when a bit of it is changed or bytes of it are missing', () => {
    const good = signRevocations(owner, { number: 3, grants: [until(1), until(2)] })
    for (let bit = 0; bit < good.length * 8; bit += 3) {
      const bad = good.slice()
      bad[bit >> 3]! ^= 1 << (bit & 7)
      expect(
        codeOf(() => openRevocations(bad)),
        `bit ${bit}`,
      ).toBe('statement.invalid')
    }
    for (let length = 0; length < good.length; length++)
      expect(codeOf(() => openRevocations(good.subarray(0, length)))).toBe('statement.invalid')
  })

  test.each<[string, Record<string, Encodable>]>([
    ['no number', { grants: '' }],
    ['number 0', { number: 0, grants: '' }],
    ['no grants', { number: 1 }],
    ['half a grant', { number: 1, grants: new Uint8Array(37) }],
    ['a grant twice', { number: 1, grants: new Uint8Array(76) }],
    ['a field that is not known', { number: 1, grants: '', but: 1 }],
  ])('%s is refused though signed', (_, fields) => {
    expect(codeOf(() => openRevocations(signed(fields)))).toBe('statement.invalid')
  })

  test('the fuzz target holds on its seeds and on random changes of them', () => {
    for (const seed of fuzz.seeds) fuzz.run(seed)
    const change = fc.record({ seed: fc.constantFrom(...fuzz.seeds), at: fc.nat(300), byte: fc.nat(255) })
    fc.assert(
      fc.property(change, ({ seed, at, byte }) => {
        const mutant = seed.slice()
        mutant[at % mutant.length] = byte
        fuzz.run(mutant)
      }),
    )
  })
})

describe('revocations', () => {
  test('of this peer count at once, are told, and reach others', () => {
    const mine = setUp()
    const told: string[] = []
    mine.revocations.onChanged(issuer => told.push(issuer))
    mine.revocations.revoke([until(1)])
    mine.revocations.revoke([until(1), until(2)])
    mine.revocations.revoke([until(2)])
    expect(mine.revocations.isRevoked(me.peerId, id(1))).toBe(true)
    expect(mine.revocations.isRevoked(owner.peerId, id(1))).toBe(false)
    expect([told.length, mine.revocations.number(me.peerId)]).toEqual([2, 2])
    const theirs = setUp({ identity: owner })
    theirs.relevant.set(me.peerId, 'known')
    expect(theirs.revocations.receive(mine.revocations.statementOf(me.peerId)!)).toBe(true)
    expect(theirs.revocations.isRevoked(me.peerId, id(2))).toBe(true)
    expect([...theirs.revocations.issuers()]).toEqual([me.peerId])
  })

  test('an older or equal list changes nothing, a higher one replaces all', () => {
    const { revocations } = setUp()
    const list = (number: number, ...grants: Revoked[]) => signRevocations(owner, { number, grants })
    expect(revocations.receive(list(5, until(1)))).toBe(true)
    expect(revocations.receive(list(4))).toBe(false)
    expect(revocations.receive(list(5))).toBe(false)
    expect(revocations.isRevoked(owner.peerId, id(1))).toBe(true)
    expect(revocations.receive(list(6, until(2)))).toBe(true)
    expect([id(1), id(2)].map(one => revocations.isRevoked(owner.peerId, one))).toEqual([false, true])
  })

  test('any order of arrival ends with the highest list', () => {
    const numbers = fc.shuffledSubarray([1, 2, 3, 4, 5, 6], { minLength: 1 })
    fc.assert(
      fc.property(numbers, order => {
        const { revocations } = setUp()
        for (const number of order)
          revocations.receive(signRevocations(owner, { number, grants: [until(number)] }))
        const highest = Math.max(...order)
        expect(revocations.number(owner.peerId)).toBe(highest)
        for (const number of order)
          expect(revocations.isRevoked(owner.peerId, id(number))).toBe(number === highest)
      }),
      { numRuns: 30 },
    )
  })

  test('leave the own list when their grants have expired, so it stays bounded', () => {
    const { clock, revocations } = setUp()
    revocations.revoke(Array.from({ length: revocationLimits.grants }, (_, i) => until(i, 1000)))
    expect(codeOf(() => revocations.revoke([until(9999, 2000)]))).toBe('access.limit')
    expect(revocations.isRevoked(me.peerId, id(9999))).toBe(false)
    clock.now = 1000
    revocations.revoke([until(9999, 2000)])
    expect(openRevocations(revocations.statementOf(me.peerId)!).grants).toEqual([until(9999, 2000)])
  })

  test('survive a restart; a damaged record is as none', () => {
    const first = setUp()
    first.revocations.revoke([until(1)])
    first.revocations.receive(signRevocations(owner, { number: 7, grants: [until(2)] }))
    first.state.put('access.revoked', other.peerId, 'AAAA')
    first.state.put('access.revoked', stranger.peerId, { not: 'text' })
    // Another's list under the name of somebody else.
    first.state.put('access.revoked', 'x', first.state.get('access.revoked', owner.peerId))
    const { revocations } = setUp({ state: first.state })
    expect(revocations.isRevoked(me.peerId, id(1))).toBe(true)
    expect(revocations.isRevoked(owner.peerId, id(2))).toBe(true)
    expect(revocations.receive(signRevocations(owner, { number: 6, grants: [] }))).toBe(false)
    expect([...revocations.issuers()]).toEqual([me.peerId, owner.peerId])
  })

  test('a peer that was restored from an older copy takes up its own list from others', () => {
    const before = setUp()
    for (const n of [1, 2, 3]) before.revocations.revoke([until(n)])
    const after = setUp()
    after.revocations.revoke([until(4)])
    expect(after.revocations.receive(before.revocations.statementOf(me.peerId)!)).toBe(true)
    expect(after.revocations.number(me.peerId)).toBe(4)
    for (const n of [1, 2, 3, 4]) expect(after.revocations.isRevoked(me.peerId, id(n))).toBe(true)
    expect(after.revocations.receive(before.revocations.statementOf(me.peerId)!)).toBe(false)
  })

  test('of peers that matter to nothing here are not kept', () => {
    const { revocations } = setUp()
    expect(revocations.receive(signRevocations(stranger, { number: 1, grants: [until(1)] }))).toBe(false)
    expect(revocations.statementOf(stranger.peerId)).toBeUndefined()
  })

  test('are bounded; the list of an owner takes the place of another', () => {
    const { revocations, relevant, state } = setUp({ maxLists: 1 })
    const listOf = (by: Identity, number = 1) => signRevocations(by, { number, grants: [until(1)] })
    relevant.set(stranger.peerId, 'known')
    revocations.receive(listOf(other))
    expect(codeOf(() => revocations.receive(listOf(stranger)))).toBe('access.limit')
    expect(revocations.receive(listOf(other, 2))).toBe(true)
    expect(revocations.receive(listOf(owner))).toBe(true)
    expect([...state.entries('access.revoked')].map(([issuer]) => issuer)).toEqual([owner.peerId])
    relevant.set(stranger.peerId, 'owner')
    expect(codeOf(() => revocations.receive(listOf(stranger)))).toBe('access.limit')
    // What this peer revokes itself always finds its place.
    revocations.revoke([until(5)])
    expect(revocations.isRevoked(me.peerId, id(5))).toBe(true)
  })
})
