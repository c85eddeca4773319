import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { PeerageError, utf8 } from '../base/index.ts'
import { dictionary, type Encodable, encode, encodeEnvelope, envelopeSigningInput } from '../wire/index.ts'
import { type Grant, type GrantTerms, grantLimits, issueGrant, openGrant } from './grant.ts'
import { grantFault } from './grant-fault.ts'
import { encodeLimits, type Limits } from './limits.ts'
import { type Action, actions } from './policy.ts'
import { type Identity, identityFromSeed } from './signing.ts'
import { noStanding } from './standing.ts'

const people = [1, 2, 3, 4, 5, 6, 7].map(seed => identityFromSeed(new Uint8Array(32).fill(seed)))
const resource = `content:${'ab'.repeat(32)}`
const at = 1_700_000_000_000

const root: GrantTerms = {
  subject: people[1]!.peerId,
  resource,
  actions: ['list', 'read'],
  issued: at,
  from: at + 10,
  expires: at + 1000,
  limits: { bytes: 100, hours: '08:00-18:00' },
  delegate: 4,
}

/** Signs whatever a holder may come up with: `issueGrant` would not. */
function forced(by: Identity, terms: GrantTerms, parent?: Uint8Array): Uint8Array {
  const { limits, from, delegate, actions: named, ...rest } = terms
  const fields: Record<string, Encodable | undefined> = {
    ...rest,
    actions: named.toSorted(),
    v: 1,
    from,
    delegate: delegate === 0 ? undefined : delegate,
    limits: limits === undefined || Object.keys(limits).length === 0 ? undefined : encodeLimits(limits),
    parent,
  }
  const [type, payload] = [utf8('/peerage/grant'), encode(dictionary(fields))]
  const signature = by.sign(envelopeSigningInput('peerage-grant', type, payload))
  return encodeEnvelope({ publicKey: by.publicKey, payloadType: type, payload, signature })
}

function codeOf(bytes: Uint8Array): string {
  try {
    openGrant(bytes)
  } catch (error) {
    if (error instanceof PeerageError) return error.code
    throw error
  }
  return 'accepted'
}

const child: GrantTerms = { ...root, subject: people[2]!.peerId, delegate: 3 }
const rootBytes = issueGrant(people[0]!, root)

describe('what is passed on', () => {
  test('may be as much, or less', () => {
    expect(codeOf(forced(people[1]!, child, rootBytes))).toBe('accepted')
    const less = { ...child, actions: ['read'] as const, expires: at + 500, from: at + 20, delegate: 0 }
    expect(codeOf(forced(people[1]!, { ...less, limits: { ...root.limits, bytes: 1 } }, rootBytes))).toBe(
      'accepted',
    )
  })

  test.each<[string, Partial<GrantTerms>]>([
    ['another resource', { resource: `content:${'ac'.repeat(32)}` }],
    ['another action', { actions: ['list', 'read', 'write'] }],
    ['a later end', { expires: at + 1001 }],
    ['an earlier beginning', { from: at + 9 }],
    ['no beginning', { from: undefined }],
    ['an earlier issue', { issued: at - 1 }],
    ['no limits', { limits: undefined }],
    ['more bytes', { limits: { bytes: 101, hours: '08:00-18:00' } }],
    ['more hours', { limits: { bytes: 100, hours: '07:59-18:00' } }],
    ['hours left out', { limits: { bytes: 100 } }],
    ['as many delegations', { delegate: 4 }],
    ['a circle', { subject: `circle:${'cd'.repeat(32)}` }],
  ])('is refused with %s, and not made', (_, more) => {
    expect(codeOf(forced(people[1]!, { ...child, ...more }, rootBytes))).toBe('grant.invalid')
    expect(() => issueGrant(people[1]!, { ...child, ...more }, rootBytes)).toThrow(/refused/)
  })

  test('is refused when its parent is forged, cut or may not be passed on', () => {
    const plain = issueGrant(people[0]!, { ...root, delegate: 0 })
    expect(codeOf(forced(people[1]!, { ...child, delegate: 0 }, plain))).toBe('grant.invalid')
    expect(codeOf(forced(people[1]!, child, rootBytes.subarray(0, -1)))).toBe('grant.invalid')
    const forged = rootBytes.slice()
    forged[forged.length - 1]! ^= 1
    expect(codeOf(forced(people[1]!, child, forged))).toBe('grant.invalid')
  })

  test('goes four times and no further, within the size that a hello has room for', () => {
    const long = `content:${'ab'.repeat(32)}`
    const full: Limits = {
      hours: '22:00-06:00',
      bytes: Number.MAX_SAFE_INTEGER,
      bytesPerDay: Number.MAX_SAFE_INTEGER,
      bytesPerSecond: Number.MAX_SAFE_INTEGER,
      uses: Number.MAX_SAFE_INTEGER,
      lanOnly: true,
    }
    const terms = { ...root, resource: long, actions, limits: full }
    let bytes = issueGrant(people[0]!, terms)
    for (let i = 1; i <= grantLimits.delegations; i++) {
      expect(codeOf(bytes)).toBe('accepted')
      bytes = forced(people[i]!, { ...terms, subject: people[i + 1]!.peerId, delegate: 4 - i }, bytes)
    }
    expect(codeOf(bytes)).toBe('accepted')
    expect(bytes.length).toBeLessThan(grantLimits.bytes)
    // A fifth, from a first that claims more than there may be.
    const tooDeep = forced(people[5]!, { ...terms, subject: people[6]!.peerId, delegate: 0 }, bytes)
    expect(codeOf(tooDeep)).toBe('grant.invalid')
    expect(codeOf(new Uint8Array(grantLimits.bytes + 1))).toBe('grant.invalid')
  })

  test('any changed bit of a chain is refused', () => {
    const bytes = issueGrant(people[1]!, child, rootBytes)
    for (let bit = 0; bit < bytes.length * 8; bit += 7) {
      const bad = bytes.slice()
      bad[bit >> 3]! ^= 1 << (bit & 7)
      expect(codeOf(bad), `bit ${bit}`).toBe('grant.invalid')
    }
  })
})

/** What a grant allows, as plain questions; the model says what a chain must never allow. */
interface Deed {
  readonly action: Action
  readonly time: number
  readonly bytes: number
}

function allows(
  { actions: named, from, issued, expires, limits }: GrantTerms,
  { action, time, bytes }: Deed,
): boolean {
  return (
    named.includes(action) &&
    time >= (from ?? issued) &&
    time < expires &&
    bytes <= (limits?.bytes ?? Infinity)
  )
}

/** A link as somebody may want it. In `greed` it takes what it wants; in all else no more than there is. */
const anyLink = fc.record({
  actions: fc.uniqueArray(fc.constantFrom<Action>('list', 'read', 'serve'), { minLength: 1 }),
  start: fc.constantFrom(0, 5, 10),
  end: fc.constantFrom(40, 60, 90),
  bytes: fc.option(fc.nat(4), { nil: undefined }),
  delegate: fc.nat(4),
  thief: fc.constantFrom(...people),
  subject: fc.constantFrom(...people),
  greed: fc.constantFrom(
    'none',
    'none',
    'none',
    'none',
    'actions',
    'start',
    'end',
    'bytes',
    'delegate',
    'theft',
  ),
})
type Link = typeof anyLink extends fc.Arbitrary<infer T> ? T : never

function termsOf(link: Link, before: GrantTerms | undefined): GrantTerms {
  const { greed } = link
  const fewer = link.actions.filter(action => before?.actions.includes(action) ?? true)
  const bytes = Math.min(link.bytes ?? Infinity, before?.limits?.bytes ?? Infinity)
  const most = greed === 'bytes' ? link.bytes : bytes === Infinity ? undefined : bytes
  return {
    subject: link.subject.peerId,
    resource,
    actions:
      greed === 'actions' || before === undefined ? link.actions : fewer.length > 0 ? fewer : before.actions,
    issued: at,
    from: greed === 'start' ? at + link.start : Math.max(at + link.start, before?.from ?? 0),
    expires: greed === 'end' ? at + link.end : Math.min(at + link.end, before?.expires ?? Infinity),
    limits: most === undefined ? undefined : { bytes: most },
    delegate:
      greed === 'delegate' || before === undefined
        ? link.delegate
        : Math.max(0, Math.min(link.delegate, before.delegate! - 1)),
  }
}

test('no chain, whoever signs what, ever gives more than each of its links', () => {
  const deed = fc.record({
    action: fc.constantFrom<Action>('list', 'read', 'serve'),
    time: fc.nat(120).map(ms => at + ms),
    bytes: fc.nat(5),
  })
  let served = 0
  fc.assert(
    fc.property(
      fc.array(anyLink, { minLength: 2, maxLength: 5 }),
      fc.array(deed, { minLength: 5 }),
      (links, deeds) => {
        const chain: (GrantTerms & { signer: string })[] = []
        let holder = people[0]!
        let bytes: Uint8Array | undefined
        for (const link of links) {
          const signer = link.greed === 'theft' ? link.thief : holder
          const terms = termsOf(link, chain.at(-1))
          bytes = forced(signer, terms, bytes)
          chain.push({ ...terms, signer: signer.peerId })
          holder = link.subject
        }
        const grant = openOrNothing(bytes!)
        if (grant === undefined) return
        for (const peer of people)
          for (const one of deeds) {
            const fault = grantFault(grant, peer.peerId, resource, one.time, noStanding)
            if (fault !== undefined || !allows(grant, one)) continue
            served++
            expect(peer.peerId).toBe(chain.at(-1)!.subject)
            expect(grant.owner).toBe(chain[0]!.signer)
            for (const [i, link] of chain.entries()) {
              expect(allows(link, one)).toBe(true)
              if (i === 0) continue
              expect(link.signer).toBe(chain[i - 1]!.subject)
              expect(chain[i - 1]!.delegate).toBeGreaterThanOrEqual(chain.length - i)
            }
          }
      },
    ),
    { numRuns: 1000 },
  )
  expect(served).toBeGreaterThan(50)
})

function openOrNothing(bytes: Uint8Array): Grant | undefined {
  return codeOf(bytes) === 'accepted' ? openGrant(bytes) : undefined
}
