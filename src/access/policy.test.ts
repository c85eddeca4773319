import { describe, expect, test } from 'vitest'
import { canonicalSubject, maxRules, parsePolicy, policyOfLink } from './policy.ts'
import { identityFromSeed } from './signing.ts'

const peer = '12D3KooWBtg3aaRMjxwedh83aGiUkwSxDwUZkzuJcfaqUmo7R3pq'

describe('policies', () => {
  test('peer ids come out in the form that is compared', () => {
    const policy = parsePolicy({
      subjects: ['peer:bafzaajaiaejcahwr5d5ofrfbis4l5d6uwr57hu5tjodrypfm6yaq6dsc2r2pzyt6'],
      actions: ['read'],
    })
    expect(policy.subjects).toEqual([`peer:${peer}`])
  })

  test.each([
    undefined,
    null,
    {},
    { subjects: ['everyone'] },
    { subjects: ['everyone'], actions: [] },
    { subjects: ['everyone'], actions: ['fly'] },
    { subjects: ['nobody'], actions: ['read'] },
    { subjects: ['peer:'], actions: ['read'] },
    { subjects: ['peer:12D3'], actions: ['read'] },
    { subjects: [`peer:${'1'.repeat(1000)}`], actions: ['read'] },
    { subjects: ['everyone'], actions: ['read'], expires: -1 },
    { subjects: ['everyone'], actions: ['read'], expires: Number.NaN },
    { subjects: ['everyone'], actions: ['read'], hours: 'a limit of a later version' },
    { subjects: ['everyone'], actions: ['read'], rules: [{ subject: 'everyone', actions: ['read'] }] },
    { subjects: new Array(maxRules + 1).fill('everyone'), actions: ['read'] },
  ])('refuses %j', value => {
    expect(() => parsePolicy(value)).toThrow(expect.objectContaining({ code: 'access.policy-invalid' }))
  })

  test('a link says which policy its takers apply', () => {
    const secret = new Uint8Array(32)
    expect(policyOfLink({}).subjects).toEqual(['everyone'])
    expect(policyOfLink({ secret }).subjects).toEqual(['secret'])
    expect(policyOfLink({ owner: peer }).subjects).toEqual([`grant:${peer}`])
    expect(policyOfLink({ secret, owner: peer }).subjects).toEqual(['secret', `grant:${peer}`])
  })

  test('subjects as people write them', () => {
    const { peerId } = identityFromSeed(new Uint8Array(32))
    expect(canonicalSubject(`peer:${peerId}`)).toBe(`peer:${peerId}`)
    expect(() => canonicalSubject('Everyone')).toThrow('A subject is')
  })
})
