import { describe, expect, it } from 'vitest'
import { VirtualWorld } from '../base/index.ts'
import { formatInviteCode } from './invite-code.ts'
import { secretOfCode, secretOfLink } from './invite-exchange.ts'
import { Invites, type NewInvite } from './invites.ts'
import { MemoryKeyValue } from './memory-key-value.ts'

const hourMs = 3_600_000

function fresh(maxInvites = 8): {
  world: VirtualWorld
  state: MemoryKeyValue
  invites: Invites
  wanted: NewInvite
} {
  const world = new VirtualWorld(1)
  const state = new MemoryKeyValue()
  const wanted: NewInvite = { gives: { kind: 'contact' }, expires: world.wallTime() + hourMs, petname: 'bob' }
  return { world, state, invites: new Invites(world, state, { maxInvites }), wanted }
}

describe('one by link', () => {
  it('is found by its meeting, taken once, and not again after a restart', () => {
    const { world, state, invites, wanted } = fresh()
    const { invite, secret } = invites.byLink(wanted)
    const { meeting } = secretOfLink(secret)
    const again = new Invites(world, state, { maxInvites: 8 })
    expect(again.find(meeting)?.id).toBe(invite.id)
    expect(again.take(invite.id, 'alice')).toMatchObject({ ended: 'used', usedBy: 'alice', petname: 'bob' })
    expect(again.take(invite.id, 'mallory')).toBeUndefined()
    expect(again.find(meeting)).toBeUndefined()
    const restarted = new Invites(world, state, { maxInvites: 8 })
    expect(restarted.find(meeting)).toBeUndefined()
    expect(restarted.take(invite.id, 'mallory')).toBeUndefined()
    expect(restarted.list()).toEqual([expect.objectContaining({ ended: 'used', usedBy: 'alice' })])
  })

  it('tells after a restart whether what it is for was sent', () => {
    const { world, state, invites, wanted } = fresh()
    const { invite } = invites.byLink(wanted)
    const restarted = (): Invites => new Invites(world, state, { maxInvites: 8 })
    invites.given(invite.id)
    expect(restarted().isOpen(invite.id)).toBe(true)
    invites.take(invite.id, 'alice')
    expect(restarted().get(invite.id)).not.toHaveProperty('given')
    invites.given(invite.id)
    expect(restarted().get(invite.id)).toMatchObject({ ended: 'used', usedBy: 'alice', given: true })
  })

  it('is used up in one write, before it is given: what cannot be written is not used', () => {
    const { state, invites, wanted } = fresh()
    const { invite } = invites.byLink(wanted)
    const writes: unknown[] = []
    const put = state.put.bind(state)
    state.put = () => {
      throw new Error('the disk is full')
    }
    expect(() => invites.take(invite.id, 'alice')).toThrow('the disk is full')
    expect(invites.isOpen(invite.id)).toBe(true)
    state.put = (kind, key, value) => {
      writes.push(value)
      put(kind, key, value)
    }
    expect(invites.take(invite.id, 'alice')).toBeDefined()
    expect(writes).toHaveLength(1)
    expect(JSON.stringify(writes)).not.toContain('secret')
  })

  it('cannot be guessed, so wrong tries do not end it', () => {
    const { invites, wanted } = fresh()
    const { invite } = invites.byLink(wanted)
    for (let i = 0; i < 10; i++) expect(invites.failed(invite.id)).toBe(false)
    expect(invites.isOpen(invite.id)).toBe(true)
  })

  it('whose record is damaged invites nobody', () => {
    const { world, state, invites, wanted } = fresh()
    const { invite, secret } = invites.byLink(wanted)
    const stored = state.get('access.invite', invite.id) as Record<string, unknown>
    for (const damage of [
      { gives: { kind: 'all' } },
      { secret: 'x' },
      { secret: undefined },
      { expires: 'never' },
    ]) {
      state.put('access.invite', invite.id, { ...stored, ...damage })
      const restarted = new Invites(world, state, { maxInvites: 8 })
      expect(restarted.find(secretOfLink(secret).meeting)).toBeUndefined()
    }
  })

  it('is forgotten a month after it ended', () => {
    const { world, state, invites, wanted } = fresh()
    invites.byLink(wanted)
    world.advance(31 * 24 * hourMs)
    expect(new Invites(world, state, { maxInvites: 8 }).list()).toEqual([])
    expect([...state.entries('access.invite')]).toEqual([])
  })
})

describe('a spoken one', () => {
  it('is found by its number and gone with a restart', () => {
    const { world, state, invites, wanted } = fresh()
    const { invite, code } = invites.byCode(wanted)
    expect(formatInviteCode(code)).toMatch(/^\d{1,2}-[a-z]+-[a-z]+$/)
    const { meeting } = secretOfCode(code)
    expect(invites.find(meeting)?.id).toBe(invite.id)
    expect(new Invites(world, state, { maxInvites: 8 }).list()).toEqual([])
    invites.forget(invite.id)
    expect(invites.find(meeting)).toBeUndefined()
  })

  it('ends after three wrong tries, whoever makes them, and tells so once', () => {
    const { invites, wanted } = fresh()
    const { invite } = invites.byCode(wanted)
    expect([1, 2, 3, 4].map(() => invites.failed(invite.id))).toEqual([false, false, true, false])
    expect(invites.take(invite.id, 'alice')).toBeUndefined()
    expect(invites.get(invite.id)?.ended).toBe('guessed')
  })

  it('has a number of its own', () => {
    const { invites, wanted } = fresh(60)
    const numbers = Array.from({ length: 50 }, () => invites.byCode(wanted).code.number)
    expect(new Set(numbers).size).toBe(50)
  })
})

it('ends with its time, also when the clock is set back', () => {
  const { world, invites, wanted } = fresh()
  const { invite, code } = invites.byCode(wanted)
  world.advance(hourMs)
  world.jumpWallTime(-2 * hourMs)
  expect(invites.find(secretOfCode(code).meeting)).toBeUndefined()
  expect(invites.take(invite.id, 'alice')).toBeUndefined()
  expect(invites.list()[0]?.ended).toBe('expired')
})

it('ends when it is withdrawn, by the beginning of its id', () => {
  const { invites, wanted } = fresh()
  const { invite } = invites.byLink(wanted)
  expect(invites.withdraw('')).toBe(false)
  expect(invites.withdraw(invite.id.slice(0, 4))).toBe(true)
  expect(invites.withdraw(invite.id)).toBe(false)
  expect(invites.take(invite.id, 'alice')).toBeUndefined()
})

it('keeps no more than it may; those that ended make room', () => {
  const { invites, wanted } = fresh(2)
  const first = invites.byLink(wanted).invite
  invites.byLink(wanted)
  expect(() => invites.byLink(wanted)).toThrow(expect.objectContaining({ code: 'access.limit' }))
  expect(() => invites.byCode(wanted)).toThrow(expect.objectContaining({ code: 'access.limit' }))
  invites.take(first.id, 'alice')
  invites.byLink(wanted)
  expect(invites.list()).toHaveLength(2)
})
