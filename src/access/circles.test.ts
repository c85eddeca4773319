import { describe, expect, test } from 'vitest'
import { PeerageError, VirtualWorld } from '../base/index.ts'
import type { Received } from './circle.ts'
import { Circles } from './circles.ts'
import { MemoryKeyValue } from './memory-key-value.ts'
import { rosterLimits } from './roster-statement.ts'
import { type Identity, identityFromSeed } from './signing.ts'

const key = (byte: number): Identity => identityFromSeed(new Uint8Array(32).fill(byte))
const [ann, bob, cid, eve] = [1, 2, 3, 4].map(key) as [Identity, Identity, Identity, Identity]

interface Side {
  readonly circles: Circles
  readonly state: MemoryKeyValue
  readonly changes: string[]
}

function side(identity: Identity, state = new MemoryKeyValue(), max = 100): Side {
  const circles = new Circles({ identity, world: new VirtualWorld(identity.seed[0]!), state, max })
  const changes: string[] = []
  circles.onChanged(circle => changes.push(circle))
  return { circles, state, changes }
}

/** Everything that one has goes to the other. */
function tell(from: Side, to: Side, circle: string): Promise<Received> {
  return tellAll(from, to.circles, circle)
}

function tellAll({ circles }: Side, to: Circles, circle: string): Promise<Received> {
  return to.receive(circles.statements(circle, circles.ids(circle)))
}

function refusal(run: () => unknown): string | undefined {
  try {
    run()
  } catch (error) {
    return error instanceof PeerageError ? error.code : String(error)
  }
  return undefined
}

describe('circles', () => {
  test('are made, filled, told to their members and kept over a restart', async () => {
    const a = side(ann)
    const { id } = a.circles.create('family')
    a.circles.change(id, { roles: { [bob.peerId]: 'admin', [cid.peerId]: 'guest' } })
    const b = side(bob)
    expect(await tell(a, b, id)).toMatchObject({ changed: [id], kept: 2, unready: 0, refused: [] })
    b.circles.change(id, { name: 'the family', roles: { [cid.peerId]: 'member' } })
    expect(await tell(b, a, id)).toMatchObject({ changed: [id], kept: 1 })
    for (const { circles } of [a, b, side(ann, a.state), side(bob, b.state)]) {
      expect(circles.find('the family').id).toBe(id)
      expect(circles.find(id.slice(0, 8)).id).toBe(id)
      expect(circles.role(id, ann.peerId)).toBe('admin')
      expect(circles.role(id, cid.peerId)).toBe('member')
      expect(circles.role(id, eve.peerId)).toBeUndefined()
      expect([...circles.circlesOf(cid.peerId)]).toEqual([id])
      expect(circles.ids(id)).toHaveLength(3)
    }
    expect(b.changes).toEqual([id, id])
    expect(await tell(a, b, id)).toEqual({ changed: [], kept: 0, unready: 0, refused: [] })
  })

  test('nobody but an admin changes them', async () => {
    const a = side(ann)
    const { id } = a.circles.create('family')
    a.circles.change(id, { roles: { [bob.peerId]: 'member', [cid.peerId]: 'admin' } })
    const b = side(bob)
    const c = side(cid)
    for (const other of [b, c]) await tell(a, other, id)
    expect(refusal(() => b.circles.change(id, { roles: { [eve.peerId]: 'member' } }))).toBe('circle.denied')
    expect(refusal(() => b.circles.change(id, { name: 'mine' }))).toBe('circle.denied')
    expect(refusal(() => c.circles.change(id, { roles: { [ann.peerId]: 'removed' } }))).toBe('circle.denied')
    expect(refusal(() => c.circles.change(id, { roles: { [bob.peerId]: 'removed' } }))).toBeUndefined()
    await tell(c, b, id)
    expect(b.circles.get(id)?.role).toBeUndefined()
    expect(b.circles.role(id, ann.peerId)).toBeUndefined()
    expect(refusal(() => b.circles.change(id, { roles: { [bob.peerId]: 'member' } }))).toBe('circle.denied')
  })

  test('are changed with the key that has the role only', async () => {
    const a = side(ann)
    const { id } = a.circles.create('family')
    a.circles.change(id, { roles: { [bob.peerId]: 'admin' } })
    const world = new VirtualWorld(1)
    const selves = [eve.peerId]
    const phone = new Circles({
      identity: eve,
      world,
      state: new MemoryKeyValue(),
      max: 10,
      selves: () => selves,
    })
    await tellAll(a, phone, id)
    expect(phone.get(id)).toBeUndefined()
    selves.push(bob.peerId)
    await tellAll(a, phone, id)
    expect(phone.get(id)?.role).toBe('admin')
    expect(phone.role(id, ann.peerId)).toBe('admin')
    expect(() => phone.change(id, { name: 'x' })).toThrow('another key of yours')
    expect(() => phone.leave(id)).toThrow('another key of yours')
    selves.pop()
    phone.selvesChanged()
    expect(phone.role(id, ann.peerId)).toBeUndefined()
  })

  test('are left by anybody, and forgotten only then', async () => {
    const a = side(ann)
    const { id } = a.circles.create('family')
    a.circles.change(id, { roles: { [bob.peerId]: 'guest' } })
    const b = side(bob)
    await tell(a, b, id)
    expect(refusal(() => b.circles.forget(id))).toBe('circle.denied')
    b.circles.leave(id)
    expect(refusal(() => b.circles.leave(id))).toBe('circle.denied')
    await tell(b, a, id)
    expect(a.circles.members(id).has(bob.peerId)).toBe(false)
    a.circles.change(id, { roles: { [bob.peerId]: 'member' } })
    await tell(a, b, id)
    expect(b.circles.get(id)?.role).toBe('member')
    b.circles.leave(id)
    b.circles.forget(id)
    expect(b.circles.list()).toEqual([])
    expect([...b.state.entries('access.circle'), ...b.state.entries(`access.circle.${id}`)]).toEqual([])
    expect(refusal(() => b.circles.ids(id))).toBe('circle.unknown')
  })

  test('an admin that left is out for good after the next change by a senior one', async () => {
    const a = side(ann)
    const { id } = a.circles.create('family')
    a.circles.change(id, { roles: { [bob.peerId]: 'admin' } })
    const [b, old] = [side(bob), side(bob)]
    for (const one of [b, old]) await tell(a, one, id)
    b.circles.leave(id)
    await tell(b, a, id)
    a.circles.change(id, { name: 'the family' })
    // As if it had not left.
    old.circles.change(id, { roles: { [eve.peerId]: 'member' } })
    expect(await tell(old, a, id)).toMatchObject({ kept: 1, refused: [] })
    expect([...a.circles.members(id).keys()]).toEqual([ann.peerId])
    a.circles.change(id, { roles: { [cid.peerId]: 'member' } })
    expect(a.circles.history(id).at(-1)?.statement.changes).toEqual(new Map([[cid.peerId, 'member']]))
  })

  test('of others are not kept, and not more than there is room for', async () => {
    const a = side(ann)
    const { id } = a.circles.create('family')
    a.circles.change(id, { roles: { [bob.peerId]: 'guest', [cid.peerId]: 'guest' } })
    a.circles.change(id, { roles: { [cid.peerId]: 'removed' } })
    for (const identity of [eve, cid]) {
      const other = side(identity)
      const { kept, refused } = await tell(a, other, id)
      expect(kept).toBe(0)
      expect(refused.map(({ code }) => code)).toEqual(['circle.denied'])
      expect(other.circles.list()).toEqual([])
      expect([...other.state.entries('access.circle')]).toEqual([])
    }
    const b = side(bob, new MemoryKeyValue(), 1)
    b.circles.create('mine')
    expect((await tell(a, b, id)).refused.map(({ code }) => code)).toEqual(['access.limit'])
    expect(refusal(() => b.circles.create('another'))).toBe('access.limit')
  })

  test('with one name are told apart by their ids, or by a name that only this user sees', () => {
    const { circles } = side(ann)
    const [one, two] = [circles.create('choir'), circles.create('choir')]
    expect(refusal(() => circles.find('choir'))).toBe('usage.invalid')
    expect(() => circles.find('choir')).toThrow(two.id.slice(0, 8))
    circles.callLocally(two.id, 'the other choir')
    expect(circles.find('choir').id).toBe(one.id)
    expect(circles.find('the other choir')).toMatchObject({ id: two.id, givenName: 'choir' })
    circles.callLocally(two.id, '')
    expect(circles.get(two.id)?.name).toBe('choir')
    expect(refusal(() => circles.find('chor'))).toBe('circle.unknown')
    // A name that looks like the id of another circle is not taken for it.
    const trap = circles.create(one.id.slice(0, 8))
    expect(refusal(() => circles.find(one.id.slice(0, 8)))).toBe('usage.invalid')
    expect(circles.find(one.id).id).toBe(one.id)
    expect(circles.find(trap.id).id).toBe(trap.id)
    for (const name of ['a/admin', '', ' x', 'x'.repeat(65), 'a\u202eb', 'a\nb'])
      expect(
        refusal(() => circles.create(name)),
        name,
      ).toBe('usage.invalid')
  })

  test('a roster that was damaged on disk lets nobody in until another member has sent it again', async () => {
    const a = side(ann)
    const { id } = a.circles.create('family')
    a.circles.change(id, { roles: { [bob.peerId]: 'admin', [cid.peerId]: 'member' } })
    const b = side(bob)
    await tell(a, b, id)
    b.circles.change(id, { roles: { [cid.peerId]: 'removed' } })
    await tell(b, a, id)
    for (const row of ['000000', '000001', '000002'])
      for (const value of ['', 7, 'AAAA', '!']) {
        const state = new MemoryKeyValue()
        for (const kind of ['access.circle', `access.circle.${id}`])
          for (const [name, kept] of a.state.entries(kind)) state.put(kind, name, kept)
        state.put(`access.circle.${id}`, row, value)
        const again = side(ann, state)
        expect(again.circles.role(id, cid.peerId)).toBeUndefined()
        again.circles.ids(id)
        expect(again.circles.get(id)?.damaged).toBe(true)
        for (const peer of [ann, bob, cid]) expect(again.circles.role(id, peer.peerId)).toBeUndefined()
        expect(refusal(() => again.circles.change(id, { name: 'x' }))).toBe('circle.denied')
        await tell(b, again, id)
        expect(again.circles.get(id)?.damaged).toBe(false)
        expect(again.circles.role(id, bob.peerId)).toBe('admin')
        const third = side(ann, state)
        expect(third.circles.ids(id)).toEqual(again.circles.ids(id))
        expect(third.circles.get(id)?.damaged).toBe(false)
      }
  })

  test('a damaged record is made again from the statements', () => {
    const a = side(ann)
    const { id } = a.circles.create('family')
    a.circles.change(id, { roles: { [bob.peerId]: 'admin' } })
    a.state.put('access.circle', id, { name: 7 })
    a.state.put('access.circle', 'ab'.repeat(32), { name: 7 })
    const { circles } = side(ann, a.state)
    expect(circles.list().map(one => one.id)).toEqual([id])
    expect(circles.role(id, bob.peerId)).toBe('admin')
  })

  test('what could not be stored does not count', async () => {
    const a = side(ann)
    const { id } = a.circles.create('family')
    a.circles.change(id, { roles: { [bob.peerId]: 'admin', [cid.peerId]: 'member' } })
    const b = side(bob)
    await tell(a, b, id)
    for (const nth of [1, 2]) {
      const state = new MemoryKeyValue()
      for (const kind of ['access.circle', `access.circle.${id}`])
        for (const [name, kept] of a.state.entries(kind)) state.put(kind, name, kept)
      const full = side(ann, state)
      let puts = 0
      const { put } = MemoryKeyValue.prototype
      state.put = (...all) => {
        if (++puts === nth) throw new PeerageError('store.disk-full')
        put.apply(state, all)
      }
      const remove = (): unknown => full.circles.change(id, { roles: { [cid.peerId]: 'removed' } })
      expect(refusal(remove)).toBe('store.disk-full')
      expect(full.circles.role(id, cid.peerId)).toBe('member')
      expect(refusal(remove)).toBeUndefined()
      expect(full.circles.role(id, cid.peerId)).toBeUndefined()
      expect(side(ann, state).circles.role(id, cid.peerId)).toBeUndefined()
      expect((await tell(full, b, id)).refused).toEqual([])
      expect(b.circles.role(id, cid.peerId)).toBeUndefined()
    }
  })

  test('more newest statements than one can name are merged before the next change', async () => {
    const a = side(ann)
    const { id } = a.circles.create('family')
    const many = Array.from({ length: rosterLimits.parents * 2 }, (_, i) => key(10 + i))
    a.circles.change(id, { roles: Object.fromEntries(many.map(one => [one.peerId, 'member'])) })
    for (const one of many) {
      const member = side(one)
      await tell(a, member, id)
      member.circles.leave(id)
      await a.circles.receive(member.circles.statements(id, member.circles.ids(id).slice(2)))
    }
    expect(a.circles.members(id).size).toBe(1)
    a.circles.change(id, { roles: { [bob.peerId]: 'member', [many[0]!.peerId]: 'member' } })
    expect([...a.circles.members(id).keys()].toSorted()).toEqual(
      [ann.peerId, bob.peerId, many[0]!.peerId].toSorted(),
    )
    const b = side(bob)
    expect((await tell(a, b, id)).refused).toEqual([])
    expect(b.circles.members(id)).toEqual(a.circles.members(id))
  })

  test('have at most 1,000 members', () => {
    const { circles } = side(ann)
    const { id } = circles.create('everybody')
    const peers = Array.from({ length: rosterLimits.members }, (_, i) =>
      identityFromSeed(
        Uint8Array.from({ length: 32 }, (_, at) => (at === 0 ? i & 255 : at === 1 ? i >> 8 : 9)),
      ),
    ).map(({ peerId }) => peerId)
    const add = (some: string[]): unknown =>
      circles.change(id, { roles: Object.fromEntries(some.map(peer => [peer, 'member'])) })
    expect(refusal(() => add(peers.slice(0, rosterLimits.changes + 1)))).toBe('access.limit')
    for (let at = 0; at < rosterLimits.members - 1; at += 100) add(peers.slice(at, Math.min(at + 100, 999)))
    expect(circles.members(id).size).toBe(rosterLimits.members)
    expect(refusal(() => add(peers.slice(-1)))).toBe('access.limit')
    circles.change(id, { roles: { [peers[0]!]: 'removed', [peers.at(-1)!]: 'guest' } })
    expect(circles.members(id).size).toBe(rosterLimits.members)
  })

  test('who was removed learns it, and nothing that came after', async () => {
    const a = side(ann)
    const { id } = a.circles.create('family')
    a.circles.change(id, { roles: { [bob.peerId]: 'member' } })
    const b = side(bob)
    await tell(a, b, id)
    expect(a.circles.farewell(id, bob.peerId)).toEqual([])
    expect(a.circles.farewell(id, eve.peerId)).toEqual([])
    a.circles.change(id, { roles: { [bob.peerId]: 'removed' } })
    a.circles.change(id, { roles: { [eve.peerId]: 'member' } })
    const { kept, refused } = await b.circles.receive(
      a.circles.statements(id, a.circles.farewell(id, bob.peerId)),
    )
    expect({ kept, refused }).toEqual({ kept: 1, refused: [] })
    expect(b.circles.get(id)?.role).toBeUndefined()
    expect(b.circles.members(id).has(eve.peerId)).toBe(false)
  })

  test('what was made after something unknown waits for it', async () => {
    const a = side(ann)
    const { id } = a.circles.create('family')
    a.circles.change(id, { roles: { [bob.peerId]: 'member' } })
    const b = side(bob)
    await tell(a, b, id)
    a.circles.change(id, { roles: { [cid.peerId]: 'member' } })
    a.circles.change(id, { roles: { [eve.peerId]: 'member' } })
    const [third, fourth] = a.circles.statements(id, a.circles.ids(id).slice(2)) as [Uint8Array, Uint8Array]
    expect(await b.circles.receive([fourth])).toMatchObject({ kept: 0, unready: 1, refused: [] })
    expect(await b.circles.receive([fourth, third])).toMatchObject({ kept: 2, unready: 0, refused: [] })
    expect(b.circles.members(id)).toEqual(a.circles.members(id))
  })
})
