import { describe, expect, test } from 'vitest'
import { PeerageError, toBase64url } from '../base/index.ts'
import { encodeSwarmHello, swarmHelloLimits } from '../wire/index.ts'
import { type GrantTerms, issueGrant, openGrant } from './grant.ts'
import { HeldGrants } from './held-grants.ts'
import { MemoryKeyValue } from './memory-key-value.ts'
import { type Identity, identityFromSeed } from './signing.ts'
import { noStanding, type Role } from './standing.ts'

const [owner, me, bob, carol, eve] = [1, 2, 3, 4, 5].map(seed =>
  identityFromSeed(new Uint8Array(32).fill(seed)),
) as [Identity, Identity, Identity, Identity, Identity]
const resource = `content:${'ab'.repeat(32)}`
const circle = `circle:${'cd'.repeat(32)}`

function setUp({ state = new MemoryKeyValue(), max = 100, now = 0 } = {}) {
  const roles = new Map<string, Role>([
    [me.peerId, 'member'],
    [bob.peerId, 'member'],
  ])
  const revoked = new Set<string>()
  const clock = { now }
  const held = new HeldGrants({
    state,
    self: me.peerId,
    standing: {
      ...noStanding,
      role: (_circle, peer) => roles.get(peer),
      isRevoked: (_issuer, id) => revoked.has(id),
    },
    max,
    now: () => clock.now,
  })
  return { held, state, roles, revoked, clock }
}

const grantOf = (more: Partial<GrantTerms> = {}, by = owner, parent?: Uint8Array): Uint8Array =>
  issueGrant(
    by,
    { subject: me.peerId, resource, actions: ['read'], issued: 1, expires: 1000, ...more },
    parent,
  )

function codeOf(run: () => unknown): string {
  try {
    run()
  } catch (error) {
    if (error instanceof PeerageError) return error.code
    throw error
  }
  return 'none'
}

describe('held grants', () => {
  test('are those by the owner that serve this peer, each once, the newest of equal ones', () => {
    const { held } = setUp()
    const keep = (bytes: Uint8Array) => held.keep(resource, owner.peerId, bytes)
    expect(keep(grantOf())).toBe(true)
    expect(keep(grantOf())).toBe(false)
    expect(keep(grantOf({ issued: 0 }))).toBe(false)
    expect(keep(grantOf({ issued: 2 }))).toBe(true)
    expect(keep(grantOf({ subject: bob.peerId }))).toBe(false)
    expect(keep(grantOf({}, eve))).toBe(false)
    expect(keep(grantOf({ resource: 'content:other' }))).toBe(false)
    expect(keep(new Uint8Array(100))).toBe(false)
    expect(held.list().map(({ grant }) => grant.issued)).toEqual([2])
  })

  test('of a circle are kept by who is in it, and say who else may be served', () => {
    const { held, roles, revoked } = setUp()
    const bytes = grantOf({ subject: circle })
    expect(held.keep(resource, owner.peerId, bytes)).toBe(true)
    expect(held.ofCircles(resource)).toMatchObject([{ subject: circle }])
    expect(held.shownTo(bob.peerId, resource)).toEqual([bytes])
    expect(held.shownTo(eve.peerId, resource)).toEqual([])
    revoked.add(openGrant(bytes).id)
    expect(held.ofCircles(resource)).toEqual([])
    revoked.clear()
    roles.delete(me.peerId)
    expect(held.ofCircles(resource)).toEqual([])
    expect(setUp().held.ofCircles(resource)).toEqual([])
  })

  test('show nothing once they have expired, and are gone at the next start', () => {
    const { held, clock, state } = setUp()
    held.keep(resource, owner.peerId, grantOf())
    clock.now = 999
    expect(held.shownTo(bob.peerId, resource).length).toBe(1)
    clock.now = 1000
    expect(held.shownTo(bob.peerId, resource)).toEqual([])
    expect(setUp({ state, now: 1000 }).held.list()).toEqual([])
    expect([...state.entries('access.grant')]).toEqual([])
  })

  test('survive a restart, also those that an earlier version stored', () => {
    const state = new MemoryKeyValue()
    const bytes = grantOf()
    state.put('access.grant', resource, { grant: toBase64url(bytes), issued: 1, expires: 1000 })
    state.put('access.grant', 'content:damaged', { grant: '%', expires: 1000 })
    const { held } = setUp({ state })
    expect(held.list().map(one => one.bytes)).toEqual([bytes])
    held.keep(resource, owner.peerId, grantOf({ subject: circle }))
    expect(setUp({ state }).held.shownTo(bob.peerId, resource).length).toBe(2)
    held.remove(resource)
    expect([...state.entries('access.grant')].map(([key]) => key)).toEqual([])
  })

  test('are few for each content: the word of the owner goes before what others passed on', () => {
    const { held } = setUp()
    const keep = (bytes: Uint8Array) => held.keep(resource, owner.peerId, bytes)
    const toBob = grantOf({ subject: bob.peerId, delegate: 1 })
    const most = swarmHelloLimits.grants
    for (let i = 0; i < most; i++)
      expect(keep(grantOf({ limits: { bytes: 1 + i }, expires: 900 }, bob, toBob))).toBe(true)
    expect(keep(grantOf({ limits: { bytes: 99 }, expires: 900 }, bob, toBob))).toBe(false)
    for (let i = 0; i < most; i++) expect(keep(grantOf({ limits: { bytes: 1 + i } }))).toBe(true)
    expect(keep(grantOf({ limits: { bytes: 99 } }, bob, toBob))).toBe(false)
    expect(held.list().map(({ grant }) => grant.issuer)).toEqual(Array(most).fill(owner.peerId))
  })

  test('that are shown fit into a hello, however long', () => {
    const { held } = setUp()
    let parent = grantOf({ subject: bob.peerId, delegate: 4 })
    for (const [i, to] of [carol, eve, bob].entries())
      parent = grantOf({ subject: to.peerId, delegate: 3 - i }, [bob, carol, eve][i]!, parent)
    for (let i = 0; i < 4; i++)
      held.keep(resource, owner.peerId, grantOf({ limits: { bytes: i } }, bob, parent))
    const grants = held.shownTo(carol.peerId, resource)
    expect(grants.length).toBeGreaterThan(2)
    const infoHash = new Uint8Array(32)
    expect(() => encodeSwarmHello({ infoHash, proof: infoHash, grants })).not.toThrow()
  })

  test('are bounded in all', () => {
    const { held, state } = setUp({ max: 2 })
    for (const n of [1, 2, 3]) held.keep(`content:${n}`, owner.peerId, grantOf({ resource: `content:${n}` }))
    expect(held.list().length).toBe(2)
    expect([...state.entries('access.grant')].length).toBe(2)
    expect(codeOf(() => held.import(grantOf({ resource: 'content:4' })))).toBe('access.limit')
  })

  test('that the user was handed are refused with one code when they are of no use', () => {
    const { held, revoked } = setUp()
    for (const bytes of [
      new Uint8Array(10),
      grantOf({ subject: bob.peerId }),
      grantOf({ from: 500 }),
      grantOf().subarray(1),
      new Uint8Array(5000),
    ])
      expect(codeOf(() => held.import(bytes))).toBe('grant.invalid')
    const good = grantOf()
    revoked.add(openGrant(good).id)
    expect(codeOf(() => held.import(good))).toBe('grant.invalid')
    revoked.clear()
    expect(held.import(good)).toMatchObject({ subject: me.peerId })
    // Once more is no mistake.
    expect(held.import(good)).toMatchObject({ subject: me.peerId })
  })
})
