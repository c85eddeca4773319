import { describe, expect, test } from 'vitest'
import { type GrantTerms, issueGrant, openGrant } from './grant.ts'
import { type GrantStanding, grantFault } from './grant-fault.ts'
import { type Identity, identityFromSeed } from './signing.ts'
import { noStanding, type Role } from './standing.ts'

const [owner, bob, carol, dave] = [1, 2, 3, 4].map(seed =>
  identityFromSeed(new Uint8Array(32).fill(seed)),
) as [Identity, Identity, Identity, Identity]
const resource = `content:${'ab'.repeat(32)}`
const circle = 'cd'.repeat(32)
const day = 86_400_000
const at = 1_700_000_000_000

const terms = (subject: string, more: Partial<GrantTerms> = {}): GrantTerms => ({
  subject,
  resource,
  actions: ['list', 'read'],
  issued: at,
  expires: at + 60_000,
  ...more,
})
const grantOf = (subject: string, more: Partial<GrantTerms> = {}) =>
  openGrant(issueGrant(owner, terms(subject, more)))

/** `owner` gave it to Bob, who passed it on to Carol, and she to Dave. */
const ownerToBob = issueGrant(owner, terms(bob.peerId, { delegate: 2 }))
const bobToCarol = issueGrant(bob, terms(carol.peerId, { delegate: 1 }), ownerToBob)
const carolToDave = issueGrant(carol, terms(dave.peerId), bobToCarol)

/** A circle by who has which role in it. */
function roster(members: Readonly<Record<string, Role>>): GrantStanding {
  return { ...noStanding, role: (id, person) => (id === circle ? members[person] : undefined) }
}

describe('a grant', () => {
  test('serves its subject, on its resource, in its time', () => {
    const grant = grantOf(bob.peerId)
    const fault = (peer: Identity, about: string, now: number) =>
      grantFault(grant, peer.peerId, about, now, noStanding)
    expect(fault(bob, resource, at)).toBeUndefined()
    expect(fault(carol, resource, at)).toContain('another peer')
    expect(fault(owner, resource, at)).toContain('another peer')
    expect(fault(bob, 'content:00', at)).toContain('another resource')
    expect(fault(bob, resource, at + 59_999)).toBeUndefined()
    expect(fault(bob, resource, at + 60_000)).toContain('expired')
    expect(fault(bob, resource, at - day)).toBeUndefined()
    expect(fault(bob, resource, at - day - 1)).toContain('not valid yet')
  })

  test('begins when it says so, to the millisecond', () => {
    const grant = grantOf(bob.peerId, { from: at + 1000 })
    expect(grantFault(grant, bob.peerId, resource, at + 999, noStanding)).toContain('not valid yet')
    expect(grantFault(grant, bob.peerId, resource, at + 1000, noStanding)).toBeUndefined()
  })

  test('serves the devices of its subject and who it has become, and no key that acts for nobody', () => {
    const people: GrantStanding = {
      ...noStanding,
      principal: peer => ({ device: bob.peerId, newBob: 'newBob', lost: undefined })[peer],
      formerly: person => (person === 'newBob' ? [bob.peerId] : []),
    }
    const grant = openGrant(issueGrant(owner, terms(bob.peerId)))
    const fault = (peer: string) =>
      grantFault(grant, peer, resource, at, {
        ...people,
        principal: one => people.principal(one) ?? known(one),
      })
    const known = (one: string) => (one === owner.peerId ? one : undefined)
    expect(fault('device')).toBeUndefined()
    expect(fault('newBob')).toBeUndefined()
    expect(fault('lost')).toContain('another peer')
    expect(grantFault(grant, 'device', resource, at, people)).toContain('acts for nobody')
  })

  test.each<[string, Role, boolean]>([
    ['', 'guest', true],
    ['', 'member', true],
    ['/member', 'guest', false],
    ['/member', 'member', true],
    ['/member', 'admin', true],
    ['/admin', 'member', false],
    ['/admin', 'admin', true],
  ])('for circle%s serves its %s: %s', (needed, role, served) => {
    const grant = grantOf(`circle:${circle}${needed}`)
    const fault = (peer: Identity, standing: GrantStanding) =>
      grantFault(grant, peer.peerId, resource, at, standing)
    expect(fault(bob, roster({ [bob.peerId]: role }))).toBe(served ? undefined : 'it is for another peer')
    expect(fault(carol, roster({ [bob.peerId]: role }))).toContain('another peer')
    expect(fault(bob, noStanding)).toContain('another peer')
  })

  test('is worth nothing once its issuer took it back, for others it still is', () => {
    const grant = grantOf(bob.peerId)
    const revokedBy = (issuer: string): GrantStanding => ({
      ...noStanding,
      isRevoked: (by, id) => by === issuer && id === grant.id,
    })
    const fault = (standing: GrantStanding) => grantFault(grant, bob.peerId, resource, at, standing)
    expect(fault(revokedBy(owner.peerId))).toContain('taken back')
    expect(fault(revokedBy(carol.peerId))).toBeUndefined()
  })
})

describe('a grant that was passed on', () => {
  const fault = (bytes: Uint8Array, peer: Identity, standing: GrantStanding = noStanding) =>
    grantFault(openGrant(bytes), peer.peerId, resource, at, standing)

  test('serves the last of the chain, as a word of the owner', () => {
    expect(openGrant(carolToDave)).toMatchObject({ owner: owner.peerId, issuer: carol.peerId })
    expect(fault(carolToDave, dave)).toBeUndefined()
    for (const other of [owner, bob, carol]) expect(fault(carolToDave, other)).toContain('another peer')
  })

  test('is worth nothing from who did not hold it', () => {
    const stolen = issueGrant(carol, terms(dave.peerId), ownerToBob)
    expect(fault(stolen, dave)).toContain('did not hold it')
    // Who holds nothing himself cannot use what he signed for himself either.
    expect(fault(issueGrant(carol, terms(carol.peerId), ownerToBob), carol)).toContain('did not hold it')
  })

  test.each([
    ['owner', ownerToBob],
    ['owner', bobToCarol],
    ['owner', carolToDave],
    ['bob', bobToCarol],
    ['bob', carolToDave],
    ['carol', carolToDave],
  ])('ends when %s takes back a link that it made possible', (who, link) => {
    const issuer = { owner, bob, carol }[who]!.peerId
    const { id } = openGrant(link)
    const isRevoked = (by: string, grant: string) => by === issuer && grant === id
    expect(fault(carolToDave, dave, { ...noStanding, isRevoked })).toContain('taken back')
  })

  test.each([
    ['bob', ownerToBob],
    ['carol', bobToCarol],
    ['dave', carolToDave],
  ])('does not end when %s, who only holds it, says so', (who, link) => {
    const issuer = { bob, carol, dave }[who]!.peerId
    const { id } = openGrant(link)
    const isRevoked = (by: string, grant: string) => by === issuer && grant === id
    expect(fault(carolToDave, dave, { ...noStanding, isRevoked })).toBeUndefined()
  })

  test('out of a circle, by a member, ends when the member leaves the circle', () => {
    const ofCircle = issueGrant(owner, terms(`circle:${circle}/member`, { delegate: 1 }))
    const toDave = issueGrant(bob, terms(dave.peerId), ofCircle)
    expect(fault(toDave, dave, roster({ [bob.peerId]: 'member' }))).toBeUndefined()
    expect(fault(toDave, dave, roster({ [bob.peerId]: 'guest' }))).toContain('did not hold it')
    expect(fault(toDave, dave, roster({}))).toContain('did not hold it')
    expect(fault(toDave, dave)).toContain('did not hold it')
  })

  test('ends when the key of one who passed it on acts for nobody any more', () => {
    const principal = (peer: string) => (peer === bob.peerId ? undefined : peer)
    expect(fault(carolToDave, dave, { ...noStanding, principal })).toContain('acts for nobody')
  })
})
