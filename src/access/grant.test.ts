import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { PeerageError, utf8 } from '../base/index.ts'
import { decodeEnvelope, dictionary, encode, encodeEnvelope, envelopeSigningInput } from '../wire/index.ts'
import { fuzz } from './grant.fuzz.ts'
import { grantLimits, issueGrant, openGrant } from './grant.ts'
import { actions } from './policy.ts'
import { type Identity, identityFromSeed } from './signing.ts'

const owner = identityFromSeed(new Uint8Array(32).fill(1))
const mallory = identityFromSeed(new Uint8Array(32).fill(2))
const subject = identityFromSeed(new Uint8Array(32).fill(3)).peerId
const resource = `content:${'ab'.repeat(32)}`
const fields = {
  subject,
  resource,
  actions: ['list', 'read'] as const,
  issued: 1_700_000_000_000,
  expires: 1_700_000_060_000,
}
const circle = `circle:${'cd'.repeat(32)}`
const anyLimits = fc.constantFrom(
  { bytes: 7 },
  { hours: '08:00-09:00', lanOnly: true },
  { uses: 0, bytesPerSecond: 1 },
)

function refusal(bytes: Uint8Array): string {
  try {
    openGrant(bytes)
  } catch (error) {
    if (error instanceof PeerageError) return error.code
    throw error
  }
  return 'accepted'
}

/** A grant with any payload, properly signed. */
function signed(
  payload: Record<string, Parameters<typeof encode>[0]>,
  {
    by = owner,
    domain = 'peerage-grant',
    type = '/peerage/grant',
  }: { by?: Identity; domain?: string; type?: string } = {},
): Uint8Array {
  const bytes = encode(dictionary(payload))
  const signature = by.sign(envelopeSigningInput(domain, utf8(type), bytes))
  return encodeEnvelope({ publicKey: by.publicKey, payloadType: utf8(type), payload: bytes, signature })
}

const plain = { v: 1, subject, resource, actions: ['list', 'read'], issued: 1, expires: 2 }

describe('grants', () => {
  test('come out as they went in, with the signer as the owner', () => {
    const { id, ...grant } = openGrant(issueGrant(owner, fields))
    expect(grant).toEqual({ ...fields, owner: owner.peerId, issuer: owner.peerId })
    expect(id).toMatch(/^[0-9a-f]{64}$/)
    expect(issueGrant(owner, fields).length).toBeLessThan(grantLimits.bytes / 8)
  })

  test('any grant round-trips', () => {
    const any = fc.record({
      actions: fc.uniqueArray(fc.constantFrom(...actions), { minLength: 1 }),
      issued: fc.nat(2 ** 45),
      life: fc.integer({ min: 1, max: grantLimits.lifetimeMs }),
      resource: fc.string({ maxLength: 100 }),
      subject: fc.constantFrom(subject, circle, `${circle}/member`, `${circle}/admin`),
      optional: fc.record(
        { limits: anyLimits, delegate: fc.integer({ min: 1, max: 4 }), from: fc.nat(2 ** 44) },
        { requiredKeys: [] },
      ),
    })
    fc.assert(
      fc.property(any, ({ life, optional, ...rest }) => {
        const expires = rest.issued + life
        const from = optional.from === undefined ? {} : { from: Math.min(optional.from, expires - 1) }
        const { id: _, ...grant } = openGrant(issueGrant(owner, { ...rest, ...optional, ...from, expires }))
        expect(grant).toEqual({
          owner: owner.peerId,
          issuer: owner.peerId,
          ...rest,
          ...optional,
          ...from,
          actions: rest.actions.toSorted(),
          expires,
        })
      }),
      { numRuns: 50 },
    )
  })

  test('any changed bit is refused', () => {
    const good = issueGrant(owner, fields)
    for (let bit = 0; bit < good.length * 8; bit++) {
      const bad = good.slice()
      bad[bit >> 3]! ^= 1 << (bit & 7)
      // The key may have become another one, but then the signature is not that key's.
      expect(refusal(bad), `bit ${bit}`).toBe('grant.invalid')
    }
  })

  test('truncated, extended and oversized ones are refused', () => {
    const good = issueGrant(owner, fields)
    for (let length = 0; length < good.length; length++)
      expect(refusal(good.subarray(0, length))).toBe('grant.invalid')
    expect(refusal(Uint8Array.of(...good, 0))).toBe('grant.invalid')
    expect(refusal(new Uint8Array(grantLimits.bytes + 1))).toBe('grant.invalid')
    expect(refusal(new Uint8Array(100_000_000))).toBe('grant.invalid')
    expect(refusal(signed({ ...plain, resource: `x:${'y'.repeat(300)}` }))).toBe('grant.invalid')
  })

  test('RUSTSEC-2022-0009: a key that did not sign is refused, and the owner is the key that did', () => {
    const good = decodeEnvelope(issueGrant(mallory, fields))
    const claimed = encodeEnvelope({ ...good, publicKey: owner.publicKey })
    expect(refusal(claimed)).toBe('grant.invalid')
    expect(openGrant(issueGrant(mallory, fields)).owner).toBe(mallory.peerId)
  })

  test('a signature for another purpose is refused', () => {
    expect(refusal(signed(plain))).toBe('accepted')
    expect(refusal(signed(plain, { domain: 'libp2p-routing-record' }))).toBe('grant.invalid')
    expect(refusal(signed(plain, { type: '/peerage/roster' }))).toBe('grant.invalid')
  })

  test.each<[string, Record<string, Parameters<typeof encode>[0]>]>([
    ['an unknown field, which may be a restriction', { ...plain, hours: 'night' }],
    ['another version', { ...plain, v: 2 }],
    ['an unknown action', { ...plain, actions: ['fly'] }],
    ['no actions', { ...plain, actions: [] }],
    ['actions out of order', { ...plain, actions: ['read', 'list'] }],
    ['an action twice', { ...plain, actions: ['read', 'read'] }],
    ['an action that is no text', { ...plain, actions: [1] }],
    ['a subject that is no id', { ...plain, subject: 'everyone' }],
    [
      'a subject in another form',
      { ...plain, subject: 'bafzaajaiaejcahwr5d5ofrfbis4l5d6uwr57hu5tjodrypfm6yaq6dsc2r2pzyt6' },
    ],
    ['an end before its start', { ...plain, issued: 3 }],
    ['a life too long', { ...plain, expires: grantLimits.lifetimeMs + 2 }],
    ['a negative time', { ...plain, issued: -1 }],
    ['a time beyond numbers', { ...plain, expires: 2n ** 70n }],
    ['a beginning after its end', { ...plain, from: 2 }],
    ['a beginning that is no time', { ...plain, from: 'now' }],
    ['limits that are none', { ...plain, limits: 'few' }],
    ['limits that are not understood', { ...plain, limits: dictionary({ weather: 'sunny' }) }],
    ['delegation without end', { ...plain, delegate: 5 }],
    ['delegation that is no number', { ...plain, delegate: 'yes' }],
    ['a role that is none', { ...plain, subject: `${circle}/guest` }],
    ['a circle that is none', { ...plain, subject: 'circle:friends' }],
    ['a parent that is no envelope', { ...plain, parent: 'x' }],
    ['a parent of another type', { ...plain, parent: 1 }],
    ['no resource', { v: 1, subject, actions: ['read'], issued: 1, expires: 2 }],
  ])('%s is refused though signed', (_, payload) => {
    expect(refusal(signed(payload))).toBe('grant.invalid')
  })

  test('the fuzz target holds on its seeds and on random changes of them', () => {
    for (const seed of fuzz.seeds) fuzz.run(seed)
    const change = fc.record({
      seed: fc.constantFrom(...fuzz.seeds),
      at: fc.nat(900),
      bytes: fc.uint8Array({ maxLength: 8 }),
    })
    fc.assert(
      fc.property(change, ({ seed, at, bytes }) => {
        const mutant = seed.slice()
        mutant.set(bytes.subarray(0, Math.max(0, mutant.length - at)), Math.min(at, mutant.length))
        fuzz.run(mutant)
      }),
      { numRuns: 500 },
    )
  })
})
