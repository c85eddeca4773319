import fc from 'fast-check'
import { expect, test } from 'vitest'
import { seededRandom, VirtualWorld } from '../base/index.ts'
import { Circles } from './circles.ts'
import { MemoryKeyValue } from './memory-key-value.ts'
import {
  openRosterStatement,
  type RosterRole,
  signFoundation,
  signLeave,
  signRosterChange,
} from './roster-statement.ts'
import { type Identity, identityFromSeed } from './signing.ts'

const key = (byte: number): Identity => identityFromSeed(new Uint8Array(32).fill(byte))
const [ann, bob, former, member, guest, stranger, puppet] = [1, 2, 3, 4, 5, 6, 7].map(key) as [
  Identity,
  Identity,
  Identity,
  Identity,
  Identity,
  Identity,
  Identity,
]
const hostile = [former, member, guest, stranger, puppet]
const everybody = [ann, bob, ...hostile]

function circlesOf(identity: Identity): Circles {
  const world = new VirtualWorld(identity.seed[0]!)
  return new Circles({ identity, world, state: new MemoryKeyValue(), max: 20 })
}

function tell(from: Circles, to: Circles, id: string): Promise<unknown> {
  return to.receive(from.statements(id, from.ids(id)))
}

/** Two honest admins, one that they removed, a member and a guest; each honest admin has seen something that the other has not. */
async function scene(): Promise<{
  founder: Circles
  admin: Circles
  id: string
  other: string
  said: Uint8Array[]
}> {
  const [founder, admin] = [circlesOf(ann), circlesOf(bob)]
  const { id } = founder.create('family')
  const first = { [bob.peerId]: 'admin', [former.peerId]: 'admin', [member.peerId]: 'member' } as const
  founder.change(id, { roles: { ...first, [guest.peerId]: 'guest' } })
  await tell(founder, admin, id)
  const theirs = circlesOf(former)
  await tell(founder, theirs, id)
  theirs.change(id, { name: 'the family' })
  await tell(theirs, founder, id)
  founder.change(id, { roles: { [former.peerId]: 'removed' } })
  admin.change(id, { roles: { [guest.peerId]: 'member' } })
  await tell(founder, admin, id)
  await tell(admin, founder, id)
  // A circle of the adversaries' own, whose statements they may pass off as those of this one.
  const foreign = circlesOf(former)
  const other = foreign.create('family').id
  foreign.change(other, { roles: Object.fromEntries(everybody.map(one => [one.peerId, 'admin'])) })
  const said = [...founder.statements(id, founder.ids(id)), ...foreign.statements(other, foreign.ids(other))]
  return { founder, admin, id, other, said }
}

const role = fc.constantFrom<RosterRole>('admin', 'member', 'guest', 'removed')
const attack = fc.record({
  kind: fc.constantFrom('change', 'change', 'change', 'leave', 'found', 'forge', 'replay', 'claim'),
  by: fc.constantFrom(0, 0, 0, 0, 1, 2, 3, 4),
  // Mostly what the removed admin had seen as one.
  parents: fc.array(fc.oneof({ weight: 3, arbitrary: fc.nat(2) }, fc.nat(1000)), {
    minLength: 1,
    maxLength: 3,
  }),
  changes: fc.array(fc.tuple(fc.nat(everybody.length - 1), role), { minLength: 1, maxLength: 3 }),
  chance: fc.nat(),
})
type Attack = typeof attack extends fc.Arbitrary<infer T> ? T : never

/** Bytes that an adversary sends, who has every statement that was ever said and the keys of all but the honest admins. */
function bytesOf(
  { kind, by, parents, changes, chance }: Attack,
  said: readonly Uint8Array[],
  ids: readonly string[],
): Uint8Array {
  const identity = hostile[by]!
  const pick = <T>(from: readonly T[]): T => from[chance % from.length]!
  const circle = pick(ids)
  const after = [...new Set(parents.map(at => openRosterStatement(said[at % said.length]!, true).id))]
  const wanted = new Map(changes.map(([peer, to]) => [everybody[peer]!.peerId, to] as const))
  if (kind === 'leave') return signLeave(identity, circle, after[0]!)
  if (kind === 'found')
    return signFoundation(identity, { changes: new Map(), name: 'family', issued: 1 }, new Uint8Array(16))
  if (kind === 'replay') return pick(said)
  if (kind === 'forge') {
    const bytes = pick(said).slice()
    const random = seededRandom(chance)
    for (let i = 0; i < 3; i++) bytes[random.below(bytes.length)]! ^= 1 << random.below(8)
    return bytes
  }
  // `claim`: it says that an honest admin signed.
  const signer = kind === 'claim' ? { ...identity, publicKey: ann.publicKey, peerId: ann.peerId } : identity
  if (wanted.get(signer.peerId) === 'admin') wanted.delete(signer.peerId)
  return signRosterChange(signer, circle, after, { changes: wanted, name: 'family', issued: chance })
}

test('whatever they send who are no admins any more, nobody gets into a circle, or out of it but by leaving', async () => {
  let kept = 0
  await fc.assert(
    fc.asyncProperty(fc.array(attack, { minLength: 20, maxLength: 40 }), async attacks => {
      const { founder, admin, id, other, said } = await scene()
      const before = new Map(founder.members(id))
      expect(before).toEqual(
        new Map([
          [ann.peerId, 'admin'],
          [bob.peerId, 'admin'],
          [member.peerId, 'member'],
          [guest.peerId, 'member'],
        ]),
      )
      for (const one of attacks) {
        const bytes = bytesOf(one, said, [id, id, id, other])
        const victim = one.chance % 2 === 0 ? founder : admin
        const { changed } = await victim.receive([bytes])
        if (changed.includes(id)) {
          kept++
          said.push(bytes)
          if (one.kind === 'leave') before.delete(hostile[one.by]!.peerId)
        }
      }
      await tell(founder, admin, id)
      await tell(admin, founder, id)
      for (const circles of [founder, admin]) {
        expect(new Map(circles.members(id))).toEqual(before)
        expect(circles.get(id)?.name).toBe('the family')
        expect(circles.role(id, stranger.peerId)).toBeUndefined()
      }
    }),
    { numRuns: 60 },
  )
  expect(kept).toBeGreaterThan(50)
}, 60_000)

test('several admins who change a circle while they are apart all come to the same', async () => {
  const action = fc.record({
    who: fc.nat(3),
    changes: fc.array(fc.tuple(fc.nat(everybody.length - 1), role), { minLength: 1, maxLength: 2 }),
    kind: fc.constantFrom('change', 'change', 'change', 'rename', 'leave', 'tell', 'tell'),
    to: fc.nat(3),
  })
  await fc.assert(
    fc.asyncProperty(fc.array(action, { minLength: 5, maxLength: 25 }), async actions => {
      const sides = everybody.slice(0, 4).map(circlesOf)
      const { id } = sides[0]!.create('family')
      sides[0]!.change(id, {
        roles: Object.fromEntries(everybody.slice(1, 4).map(one => [one.peerId, 'admin'])),
      })
      for (const side of sides) await tell(sides[0]!, side, id)
      for (const { who, changes, kind, to } of actions)
        try {
          const side = sides[who]!
          if (kind === 'tell') await tell(side, sides[to]!, id)
          else if (kind === 'rename') side.change(id, { name: `by ${who}` })
          else if (kind === 'leave') side.leave(id)
          else
            side.change(id, {
              roles: Object.fromEntries(changes.map(([peer, be]) => [everybody[peer]!.peerId, be])),
            })
        } catch (error) {
          expect(error).toMatchObject({ code: 'circle.denied' })
        }
      for (let round = 0; round < 2; round++)
        for (const from of sides) for (const to of sides) if (from !== to) await tell(from, to, id)
      for (const side of sides.slice(1)) {
        expect(new Map(side.members(id))).toEqual(new Map(sides[0]!.members(id)))
        expect(side.get(id)?.name).toBe(sides[0]!.get(id)?.name)
        expect(side.ids(id).toSorted()).toEqual(sides[0]!.ids(id).toSorted())
      }
    }),
    { numRuns: 40 },
  )
}, 60_000)
