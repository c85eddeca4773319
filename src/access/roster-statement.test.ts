import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { fromHex, PeerageError, utf8 } from '../base/index.ts'
import {
  binaryString,
  decodeEnvelope,
  dictionary,
  type Encodable,
  encode,
  encodeEnvelope,
  envelopeSigningInput,
} from '../wire/index.ts'
import { fuzz } from './roster-statement.fuzz.ts'
import {
  isCircleName,
  openRosterStatement,
  type RosterRole,
  rosterLimits,
  signFoundation,
  signLeave,
  signRosterChange,
} from './roster-statement.ts'
import { type Identity, identityFromSeed } from './signing.ts'

const [ann, bob] = [1, 2].map(byte => identityFromSeed(new Uint8Array(32).fill(byte))) as [Identity, Identity]
const nonce = new Uint8Array(16).fill(9)
const foundation = signFoundation(ann, { changes: new Map(), name: 'choir', issued: 7 }, nonce)
const { id } = openRosterStatement(foundation)

function refusal(bytes: Uint8Array): string {
  try {
    openRosterStatement(bytes)
  } catch (error) {
    if (error instanceof PeerageError) return error.code
    throw error
  }
  return 'accepted'
}

/** Any payload, properly signed. */
function signed(
  payload: Record<string, Encodable | undefined>,
  by = ann,
  domain = 'peerage-roster',
): Uint8Array {
  const bytes = encode(dictionary(payload))
  const payloadType = utf8('/peerage/roster')
  const signature = by.sign(envelopeSigningInput(domain, payloadType, bytes))
  return encodeEnvelope({ publicKey: by.publicKey, payloadType, payload: bytes, signature })
}

function changes(some: readonly (readonly [Identity, string])[]): Encodable {
  return new Map(some.map(([{ publicKey }, role]) => [binaryString(publicKey), role]))
}

const first = { v: 1, name: 'choir', nonce, issued: 7, changes: changes([[ann, 'admin']]) }
const later = {
  v: 1,
  circle: fromHex(id),
  parents: [fromHex(id)],
  issued: 8,
  changes: changes([[bob, 'member']]),
}
const bye = { v: 1, circle: fromHex(id), parents: [fromHex(id)], changes: changes([[ann, 'removed']]) }

describe('statements of a roster', () => {
  test('come out as they went in', () => {
    expect(openRosterStatement(foundation)).toMatchObject({
      signer: ann.peerId,
      circle: id,
      parents: [],
      name: 'choir',
      issued: 7,
      changes: new Map([[ann.peerId, 'admin']]),
    })
    expect(openRosterStatement(signLeave(bob, id, id))).toMatchObject({
      signer: bob.peerId,
      circle: id,
      parents: [id],
      issued: undefined,
      changes: new Map([[bob.peerId, 'removed']]),
    })
  })

  test('any change round-trips, and the largest one fits', () => {
    const digest = fc.uint8Array({ minLength: 32, maxLength: 32 })
    const peer = digest.map(seed => identityFromSeed(seed).peerId)
    const any = fc.record({
      parents: fc.uniqueArray(fc.nat(1e6), { minLength: 1, maxLength: rosterLimits.parents }),
      changes: fc.array(fc.tuple(peer, fc.constantFrom<RosterRole>('admin', 'member', 'guest', 'removed')), {
        maxLength: 5,
      }),
      name: fc.constantFrom('a', 'Ä ß', 'x'.repeat(rosterLimits.nameLength)),
      issued: fc.maxSafeNat(),
    })
    fc.assert(
      fc.property(any, ({ parents, ...said }) => {
        const ids = parents.map(one => one.toString(16).padStart(64, '0'))
        const change = { ...said, changes: new Map(said.changes) }
        const read = openRosterStatement(signRosterChange(ann, id, ids, change))
        expect(read).toMatchObject({ ...change, signer: ann.peerId, circle: id, parents: ids.toSorted() })
      }),
      { numRuns: 50 },
    )
    const largest = signRosterChange(
      ann,
      id,
      Array.from({ length: rosterLimits.parents }, (_, i) => String(i).padStart(64, '0')),
      {
        name: '\u{20000}'.repeat(rosterLimits.nameLength / 2),
        issued: Number.MAX_SAFE_INTEGER,
        changes: new Map(
          Array.from({ length: rosterLimits.changes }, (_, i) => [
            identityFromSeed(new Uint8Array(32).fill(i + 10)).peerId,
            'removed' as const,
          ]),
        ),
      },
    )
    expect(largest.length).toBeLessThanOrEqual(rosterLimits.statementBytes)
    expect(refusal(largest)).toBe('accepted')
  })

  test('any changed bit, any cut and anything added is refused', () => {
    const good = signRosterChange(ann, id, [id], { changes: new Map([[bob.peerId, 'guest']]), issued: 1 })
    for (let bit = 0; bit < good.length * 8; bit++) {
      const bad = good.slice()
      bad[bit >> 3]! ^= 1 << (bit & 7)
      expect(refusal(bad), `bit ${bit}`).toBe('statement.invalid')
    }
    for (let length = 0; length < good.length; length++)
      expect(refusal(good.subarray(0, length))).toBe('statement.invalid')
    expect(refusal(Uint8Array.of(...good, 0))).toBe('statement.invalid')
    expect(refusal(new Uint8Array(rosterLimits.statementBytes + 1))).toBe('statement.invalid')
  })

  test('a key that did not sign, and a signature for another purpose, are refused', () => {
    expect(refusal(encodeEnvelope({ ...decodeEnvelope(foundation), publicKey: bob.publicKey }))).toBe(
      'statement.invalid',
    )
    expect(refusal(signed(first))).toBe('accepted')
    expect(refusal(signed(first, ann, 'peerage-grant'))).toBe('statement.invalid')
  })

  const many = Array.from({ length: rosterLimits.changes + 1 }, (_, i) =>
    identityFromSeed(new Uint8Array(32).fill(i)),
  )
  test.each<[string, Record<string, Encodable | undefined>]>([
    ['an unknown field, which may be a restriction', { ...later, hours: 'night' }],
    ['another version', { ...later, v: 2 }],
    ['no changes', { ...later, changes: undefined }],
    ['changes that are none', { ...later, changes: [] }],
    ['too many changes', { ...later, changes: changes(many.map(one => [one, 'guest'])) }],
    ['an unknown role', { ...later, changes: changes([[bob, 'owner']]) }],
    ['a role that is no text', { ...later, changes: new Map([[binaryString(bob.publicKey), 1]]) }],
    ['a peer that is none', { ...later, changes: new Map([['bob', 'member']]) }],
    ['nothing at all', { ...later, changes: changes([]) }],
    ['that its signer is an admin', { ...later, changes: changes([[ann, 'admin']]) }],
    ['a circle that is none', { ...later, circle: 'choir' }],
    ['nothing that it was made after', { ...later, parents: undefined }],
    ['an empty list of what it was made after', { ...later, parents: [] }],
    ['a parent that is none', { ...later, parents: [1] }],
    ['a parent twice', { ...later, parents: [fromHex(id), fromHex(id)] }],
    ['parents out of order', { ...later, parents: ['ff', '00'].map(byte => fromHex(byte.repeat(32))) }],
    [
      'too many parents',
      {
        ...later,
        parents: Array.from({ length: rosterLimits.parents + 1 }, (_, i) => new Uint8Array(32).fill(i)),
      },
    ],
    ['a time before 1970', { ...later, issued: -1 }],
    ['a time that is none', { ...later, issued: 'now' }],
    ['a time beyond numbers', { ...later, issued: 2n ** 70n }],
    ['a name with a control character', { ...later, name: 'a\u001b[2J' }],
    ['a name that is too long', { ...later, name: 'x'.repeat(rosterLimits.nameLength + 1) }],
    ['a name that is no text', { ...later, name: Uint8Array.of(0xff) }],
    ['an empty name', { ...later, name: '' }],
    ['a field of the first one only', { ...later, nonce }],
    ['a leave that removes another', { ...bye, changes: changes([[bob, 'removed']]) }],
    [
      'a leave that does more',
      {
        ...bye,
        changes: changes([
          [ann, 'removed'],
          [bob, 'removed'],
        ]),
      },
    ],
    ['a leave that gives a role', { ...bye, changes: changes([[ann, 'guest']]) }],
    ['a leave that names the circle', { ...bye, name: 'x' }],
    ['a leave after two', { ...bye, parents: ['00', '01'].map(byte => fromHex(byte.repeat(32))) }],
    ['a first one without its signer', { ...first, changes: changes([[bob, 'admin']]) }],
    ['a first one whose signer is no admin', { ...first, changes: changes([[ann, 'member']]) }],
    [
      'a first one that removes',
      {
        ...first,
        changes: changes([
          [ann, 'admin'],
          [bob, 'removed'],
        ]),
      },
    ],
    ['a first one without a name', { ...first, name: undefined }],
    ['a first one without a time', { ...first, issued: undefined }],
    ['a first one without a nonce', { ...first, nonce: undefined }],
    ['a first one with a short nonce', { ...first, nonce: nonce.subarray(1) }],
    ['a first one that was made after something', { ...first, parents: [fromHex(id)] }],
  ])('%s is refused though signed', (_, payload) => {
    expect(refusal(signed(payload))).toBe('statement.invalid')
  })

  test('what those were made of is accepted', () => {
    for (const payload of [first, later, bye]) expect(refusal(signed(payload))).toBe('accepted')
    expect(refusal(signed({ ...later, changes: changes([]), name: 'x' }))).toBe('accepted')
    expect(
      refusal(
        signed({
          ...first,
          changes: changes([
            [ann, 'admin'],
            [bob, 'guest'],
          ]),
        }),
      ),
    ).toBe('accepted')
  })

  test.each(['', ' a', 'a ', 'a\u202e', 'a\u200b', 'e\u0301', '\ud800', 'x'.repeat(65)])(
    '%j is no name of a circle',
    name => expect(isCircleName(name)).toBe(false),
  )

  test('the fuzz target holds on its seeds and on random changes of them', () => {
    for (const seed of fuzz.seeds) fuzz.run(seed)
    const change = fc.record({
      seed: fc.constantFrom(...fuzz.seeds),
      at: fc.nat(400),
      bytes: fc.uint8Array({ maxLength: 8 }),
    })
    fc.assert(
      fc.property(change, ({ seed, at, bytes }) => {
        const mutant = seed.slice()
        const start = Math.min(at, mutant.length)
        mutant.set(bytes.subarray(0, mutant.length - start), start)
        fuzz.run(mutant)
      }),
      { numRuns: 500 },
    )
  })
})
