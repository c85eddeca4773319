import { describe, expect, test } from 'vitest'
import { PeerageError, VirtualWorld } from '../base/index.ts'
import { Access } from './access.ts'
import { type AccessConfig, defaultAccessConfig } from './config.ts'
import { openGrant } from './grant.ts'
import { Grants } from './grants.ts'
import { MemoryKeyValue } from './memory-key-value.ts'
import type { Policy, SubjectRule } from './policy.ts'
import { Revocations, revocationLimits } from './revocations.ts'
import { identityFromSeed } from './signing.ts'
import { noStanding, type Role, type Standing, type Trust } from './standing.ts'

const resource = `content:${'ab'.repeat(32)}`
const day = 86_400_000
const circle = `circle:${'cd'.repeat(32)}` as const

function personOf(
  world: VirtualWorld,
  seed: number,
  config: Partial<AccessConfig> = {},
  state = new MemoryKeyValue(),
) {
  const identity = identityFromSeed(new Uint8Array(32).fill(seed))
  const { peerId } = identity
  const trust = new Map<string, Trust>()
  const roles = new Map<string, Role>()
  const listeners = new Set<() => void>()
  const revocations = new Revocations({
    identity,
    state,
    now: () => world.wallTime(),
    relevance: () => 'owner',
    maxLists: 8,
  })
  const standing: Standing = {
    ...noStanding,
    trust: peer => trust.get(peer),
    role: (_circle, peer) => roles.get(peer),
    isRevoked: (issuer, id) => revocations.isRevoked(issuer, id),
    onChanged: listener => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
  const settings = { ...defaultAccessConfig, ...config }
  const access = new Access({ self: peerId, world, state, standing, config: settings })
  const grants = new Grants({ access, identity, state, revocations, standing, config: settings })
  const hear = (): void => {
    for (const listener of listeners) listener()
  }
  return { peerId, access, grants, revocations, trust, roles, hear, state }
}

function setUp(config: Partial<AccessConfig> = {}) {
  const world = new VirtualWorld(1)
  return {
    world,
    owner: personOf(world, 1, config),
    bob: personOf(world, 2),
    carol: personOf(world, 3),
    dave: personOf(world, 4),
  }
}

const allow = (...subjects: SubjectRule[]): Policy => ({ subjects, actions: ['list', 'read', 'serve'] })

function codeOf(run: () => unknown): string {
  try {
    run()
  } catch (error) {
    if (error instanceof PeerageError) return error.code
    throw error
  }
  return 'none'
}

describe('grants for rules', () => {
  test('say what the rule says: subject, actions, limits and end', () => {
    const { world, owner, bob, carol } = setUp()
    const expires = world.wallTime() + 3 * day
    owner.access.setPolicy(resource, {
      subjects: [],
      actions: ['read'],
      rules: [
        {
          subject: `peer:${bob.peerId}`,
          effect: 'allow',
          actions: ['read', 'use'],
          bytes: 9,
          lanOnly: false,
          expires,
        },
        { subject: circle, effect: 'allow', actions: ['list', 'read'], hours: '00:00-24:00' },
      ],
    })
    owner.roles.set(carol.peerId, 'member')
    const forBob = openGrant(owner.grants.forPeer(bob.peerId, resource)!)
    expect(forBob).toMatchObject({ subject: bob.peerId, actions: ['read'], limits: { bytes: 9 }, expires })
    const forCarol = openGrant(owner.grants.forPeer(carol.peerId, resource)!)
    expect(forCarol).toMatchObject({
      subject: circle,
      actions: ['list', 'read'],
      limits: { hours: '00:00-24:00' },
    })
    expect(forCarol.expires).toBe(world.wallTime() + 30 * day)
    expect(forCarol.delegate).toBeUndefined()
  })

  test('about contacts are for the one who asks', () => {
    const { owner, bob } = setUp()
    owner.access.setPolicy(resource, allow('contacts'))
    expect(owner.grants.forPeer(bob.peerId, resource)).toBeUndefined()
    owner.trust.set(bob.peerId, 'known')
    expect(openGrant(owner.grants.forPeer(bob.peerId, resource)!).subject).toBe(bob.peerId)
  })

  test('are given to nobody whom only the secret or everyone lets in', () => {
    const { owner, bob } = setUp()
    owner.access.setPolicy(resource, allow('everyone', 'secret'))
    expect(owner.grants.forPeer(bob.peerId, resource)).toBeUndefined()
  })

  test('are the same again, also after a restart', () => {
    const { world, owner, bob } = setUp()
    owner.access.setPolicy(resource, allow(`peer:${bob.peerId}`))
    const first = owner.grants.forPeer(bob.peerId, resource)
    world.advance(day)
    expect(owner.grants.forPeer(bob.peerId, resource)).toEqual(first)
    const again = personOf(world, 1, {}, owner.state)
    expect(again.grants.forPeer(bob.peerId, resource)).toEqual(first)
    expect(again.grants.issued().length).toBe(1)
    world.advance(40 * day)
    expect(personOf(world, 1, {}, owner.state).grants.issued()).toEqual([])
    expect([...owner.state.entries('access.issued')]).toEqual([])
  })

  test.each<[string, Policy | undefined]>([
    ['the policy is removed', undefined],
    ['nobody is named', allow()],
    ['fewer actions are allowed', { subjects: [`peer:${setUp().bob.peerId}`], actions: ['read'] }],
    ['it is limited', { ...allow(`peer:${setUp().bob.peerId}`), bytes: 5 }],
    ['it ends sooner', { ...allow(`peer:${setUp().bob.peerId}`), expires: 5 * day }],
    [
      'it is denied',
      {
        ...allow(`peer:${setUp().bob.peerId}`),
        rules: [{ subject: `peer:${setUp().bob.peerId}`, effect: 'deny', actions: ['read'] }],
      },
    ],
  ])('are taken back when %s', (_, policy) => {
    const { owner, bob } = setUp()
    owner.access.setPolicy(resource, allow(`peer:${bob.peerId}`))
    const { id } = openGrant(owner.grants.forPeer(bob.peerId, resource)!)
    if (policy === undefined) owner.access.removePolicy(resource)
    else owner.access.setPolicy(resource, policy)
    expect(owner.revocations.isRevoked(owner.peerId, id)).toBe(true)
    expect(owner.grants.issued()).toEqual([])
  })

  test('stay when the policy allows more, or others', () => {
    const { owner, bob, carol } = setUp()
    owner.access.setPolicy(resource, allow(`peer:${bob.peerId}`))
    const { id } = openGrant(owner.grants.forPeer(bob.peerId, resource)!)
    owner.access.setPolicy(resource, allow(`peer:${bob.peerId}`, `peer:${carol.peerId}`, 'secret'))
    expect(owner.revocations.isRevoked(owner.peerId, id)).toBe(false)
  })

  test('are taken back when the contact is blocked or forgotten', () => {
    const { owner, bob, carol } = setUp()
    owner.access.setPolicy(resource, allow('contacts', `peer:${carol.peerId}`))
    owner.trust.set(bob.peerId, 'known')
    for (const one of [bob, carol]) owner.grants.forPeer(one.peerId, resource)
    owner.hear()
    expect(owner.grants.issued().length).toBe(2)
    owner.trust.delete(bob.peerId)
    owner.trust.set(carol.peerId, 'blocked')
    owner.hear()
    expect(owner.grants.issued()).toEqual([])
  })

  test('what changed while this peer did not run is taken back at its start', () => {
    const { world, owner, bob } = setUp()
    owner.access.setPolicy(resource, allow(`peer:${bob.peerId}`))
    const { id } = openGrant(owner.grants.forPeer(bob.peerId, resource)!)
    owner.grants.close()
    owner.access.removePolicy(resource)
    expect(owner.revocations.isRevoked(owner.peerId, id)).toBe(false)
    expect(personOf(world, 1, {}, owner.state).revocations.isRevoked(owner.peerId, id)).toBe(true)
  })

  test('are bounded: who gets none is let in by the owner all the same', () => {
    const { owner, bob, carol, world } = setUp({ maxGrants: 1 })
    owner.access.setPolicy(resource, allow(`peer:${bob.peerId}`, `peer:${carol.peerId}`))
    expect(owner.grants.forPeer(bob.peerId, resource)).toBeDefined()
    expect(owner.grants.forPeer(carol.peerId, resource)).toBeUndefined()
    world.advance(31 * day)
    expect(owner.grants.forPeer(carol.peerId, resource)).toBeDefined()
  })

  test('more than can be taken back at once: those that last longest are', () => {
    const { owner, bob, world } = setUp()
    const count = revocationLimits.grants + 2
    const named = (i: number) => `content:${String(i).padStart(64, '0')}`
    for (let i = 0; i < count; i++) {
      owner.access.setPolicy(named(i), allow(`peer:${bob.peerId}`))
      owner.grants.forPeer(bob.peerId, named(i))
    }
    for (let i = 0; i < count; i++) owner.access.removePolicy(named(i))
    expect(owner.grants.issued().length).toBe(2)
    expect(owner.revocations.room()).toBe(0)
    world.advance(31 * day)
    expect(owner.revocations.room()).toBe(revocationLimits.grants)
  })
})

describe('grants of the user', () => {
  const week = 7 * day

  /** The owner gives Bob something that may be passed on twice, and he has it. */
  function given(delegate: number) {
    const all = setUp()
    const { world, owner, bob, carol, dave } = all
    owner.access.setPolicy(resource, allow('secret'))
    const expires = world.wallTime() + week
    const gift = owner.grants.give({
      subject: bob.peerId,
      resource,
      actions: ['list', 'read'],
      expires,
      limits: { bytes: 1000 },
      delegate,
    })
    for (const one of [bob, carol, dave]) one.access.adopt(resource, owner.access.terms(resource))
    bob.access.held.import(gift.bytes)
    return { ...all, gift, expires }
  }

  const mayRead = (at: ReturnType<typeof personOf>, who: { peerId: string }, bytes: Uint8Array) =>
    at.access.check({ subject: { peer: who.peerId }, action: 'read', resource, proofs: { grants: [bytes] } })

  test('are honoured by the owner and by members, within their limits', () => {
    const { owner, bob, carol, gift } = given(0)
    for (const at of [owner, carol]) {
      const decision = mayRead(at, bob, gift.bytes)
      expect(decision).toMatchObject({ allowed: true, until: gift.expires })
      expect(decision.allowance?.left).toBe(1000)
      expect(mayRead(at, carol, gift.bytes).allowed).toBe(false)
    }
  })

  test('make links name the owner, so that members know whom to believe', () => {
    const { owner } = given(0)
    expect(owner.access.terms(resource)).toMatchObject({ owner: owner.peerId })
  })

  test('can be passed on as often as they say, for no longer and no more', () => {
    const { owner, bob, carol, dave, expires, world } = given(2)
    const far = world.wallTime() + 100 * day
    const second = bob.grants.give({
      subject: carol.peerId,
      resource,
      actions: ['read'],
      expires: far,
      delegate: 1,
    })
    expect(openGrant(second.bytes)).toMatchObject({
      owner: owner.peerId,
      issuer: bob.peerId,
      expires,
      limits: { bytes: 1000 },
    })
    carol.access.held.import(second.bytes)
    const third = carol.grants.give({
      subject: dave.peerId,
      resource,
      actions: ['read'],
      expires: far,
      limits: { bytes: 10 },
    })
    expect(mayRead(owner, dave, third.bytes).allowance?.left).toBe(10)
    dave.access.held.import(third.bytes)
    const more = { subject: bob.peerId, resource, actions: ['read'], expires: far } as const
    expect(codeOf(() => dave.grants.give(more))).toBe('grant.invalid')
    expect(codeOf(() => carol.grants.give({ ...more, actions: ['serve'] }))).toBe('grant.invalid')
    expect(codeOf(() => carol.grants.give({ ...more, limits: { bytes: 1001 } }))).toBe('grant.invalid')
    expect(codeOf(() => carol.grants.give({ ...more, delegate: 1 }))).toBe('grant.invalid')
  })

  test('give no more together than the one that they were made from, however often it is passed on', () => {
    const { owner, bob, carol, dave, gift } = given(1)
    const toCarolAndDave = [carol, dave].map(
      one =>
        bob.grants.give({ subject: one.peerId, resource, actions: ['read'], expires: gift.expires }).bytes,
    )
    const [forCarol, forDave] = toCarolAndDave as [Uint8Array, Uint8Array]
    expect(mayRead(owner, carol, forCarol).allowance?.take(600)).toBe(true)
    const daves = mayRead(owner, dave, forDave).allowance
    expect(daves?.left).toBe(400)
    expect(daves?.take(401)).toBe(false)
    expect(daves?.left).toBe(400)
    expect(mayRead(owner, bob, gift.bytes).allowance?.take(400)).toBe(true)
    for (const [who, bytes] of [
      [carol, forCarol],
      [dave, forDave],
      [bob, gift.bytes],
    ] as const)
      expect(mayRead(owner, who, bytes).allowed).toBe(false)
    // Each member counts what it serves itself.
    expect(mayRead(carol, dave, forDave).allowance?.left).toBe(1000)
  })

  test('fall with what they were made from, everywhere', () => {
    const { owner, bob, carol, dave, gift } = given(1)
    const second = bob.grants.give({
      subject: carol.peerId,
      resource,
      actions: ['read'],
      expires: gift.expires,
    })
    expect(mayRead(dave, carol, second.bytes).allowed).toBe(true)
    owner.grants.revoke([gift])
    expect(mayRead(owner, carol, second.bytes).allowed).toBe(false)
    expect(mayRead(dave, carol, second.bytes).allowed).toBe(true)
    dave.revocations.receive(owner.revocations.statementOf(owner.peerId)!)
    for (const who of [bob, carol])
      expect(mayRead(dave, who, who === bob ? gift.bytes : second.bytes).allowed).toBe(false)
  })

  test('are refused when they begin or end outside of what a grant can say', () => {
    const { owner, bob, world } = setUp()
    owner.access.setPolicy(resource, allow())
    const gift = { subject: bob.peerId, resource, actions: ['read'] } as const
    expect(codeOf(() => owner.grants.give({ ...gift, expires: world.wallTime() }))).toBe('grant.invalid')
    expect(codeOf(() => owner.grants.give({ ...gift, expires: world.wallTime() + 367 * day }))).toBe(
      'grant.invalid',
    )
    expect(codeOf(() => bob.grants.give({ ...gift, expires: world.wallTime() + day }))).toBe('grant.invalid')
  })
})
