import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { PeerageError, utf8 } from '../base/index.ts'
import { decodeEnvelope, dictionary, encode, encodeEnvelope, envelopeSigningInput } from '../wire/index.ts'
import { fuzz } from './grant.fuzz.ts'
import { type Grant, grantFault, grantLimits, issueGrant, openGrant } from './grant.ts'
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
const day = 86_400_000

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
    expect(openGrant(issueGrant(owner, fields))).toEqual({ ...fields, owner: owner.peerId })
    expect(issueGrant(owner, fields).length).toBeLessThan(grantLimits.bytes / 2)
  })

  test('any grant round-trips', () => {
    const any = fc.record({
      actions: fc.uniqueArray(fc.constantFrom(...actions), { minLength: 1 }),
      issued: fc.nat(2 ** 45),
      life: fc.integer({ min: 1, max: grantLimits.lifetimeMs }),
      resource: fc.string({ maxLength: 100 }),
    })
    fc.assert(
      fc.property(any, ({ life, ...rest }) => {
        const grant = openGrant(issueGrant(owner, { subject, ...rest, expires: rest.issued + life }))
        expect(grant).toEqual({
          owner: owner.peerId,
          subject,
          ...rest,
          actions: rest.actions.toSorted(),
          expires: rest.issued + life,
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
    ['no resource', { v: 1, subject, actions: ['read'], issued: 1, expires: 2 }],
  ])('%s is refused though signed', (_, payload) => {
    expect(refusal(signed(payload))).toBe('grant.invalid')
  })

  test('serves its subject, on its resource, in its time', () => {
    const grant: Grant = { ...fields, owner: owner.peerId }
    const at = fields.issued
    expect(grantFault(grant, subject, resource, at)).toBeUndefined()
    expect(grantFault(grant, mallory.peerId, resource, at)).toContain('another peer')
    expect(grantFault(grant, subject, 'content:00', at)).toContain('another resource')
    expect(grantFault(grant, subject, resource, fields.expires - 1)).toBeUndefined()
    expect(grantFault(grant, subject, resource, fields.expires)).toContain('expired')
    expect(grantFault(grant, subject, resource, at - day)).toBeUndefined()
    expect(grantFault(grant, subject, resource, at - day - 1)).toContain('not valid yet')
  })

  test('the fuzz target holds on its seeds and on random changes of them', () => {
    for (const seed of fuzz.seeds) fuzz.run(seed)
    const change = fc.record({
      seed: fc.constantFrom(...fuzz.seeds),
      at: fc.nat(600),
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
