import { describe, expect, test } from 'vitest'
import {
  Access,
  contentResource,
  Grants,
  identityFromSeed,
  type KeyValue,
  noStanding,
  Revocations,
  type SubjectRule,
  SwarmGate,
} from '../../access/index.ts'
import { VirtualWorld } from '../../base/index.ts'
import type { PeerStream } from '../../network/index.ts'
import { Stays } from './stays.ts'

const infoHash = new Uint8Array(32).fill(0xab)
const resource = contentResource(infoHash)
const actions = ['list', 'read', 'serve'] as const

/** Keeps nothing: what is tested here is not what survives. */
const forgetful: KeyValue = {
  get: () => undefined,
  put: () => undefined,
  delete: () => undefined,
  entries: () => [],
}

function personOf(world: VirtualWorld, seed: number) {
  const identity = identityFromSeed(new Uint8Array(32).fill(seed))
  const heard = new Set<() => void>()
  const blocked = new Set<string>()
  const standing = {
    ...noStanding,
    trust: (peer: string) => (blocked.has(peer) ? ('blocked' as const) : undefined),
    onChanged: (listener: () => void) => {
      heard.add(listener)
      return () => heard.delete(listener)
    },
  }
  const access = new Access({ self: identity.peerId, world, state: forgetful, standing })
  const revocations = new Revocations({
    identity,
    state: forgetful,
    now: () => world.wallTime(),
    relevance: () => undefined,
    maxLists: 1,
  })
  const grants = new Grants({ access, identity, state: forgetful, revocations, standing })
  const gate = new SwarmGate({ access, grants, world })
  const hear = (): void => {
    for (const listener of heard) listener()
  }
  return { peerId: identity.peerId, access, gate, blocked, hear }
}

/** An owner with guests, each of whom has proven who it is. */
function setUp() {
  const world = new VirtualWorld(1)
  const owner = personOf(world, 1)
  const told: string[] = []
  const stays = new Stays({
    world,
    access: owner.access,
    infoHash,
    again: admission => owner.gate.again(admission),
    onStay: ({ peer }) => void told.push(`stays ${peer}`),
    onEnd: ({ peer }, reason) => void told.push(`ends ${peer}: ${reason}`),
    onEndOfStrangers: () => void told.push('strangers end'),
  })
  const enter = (guest: { peerId: string; gate: SwarmGate }): string => {
    const hello = guest.gate.hello(infoHash, owner.peerId).subarray(2)
    const verdict = owner.gate.receive(hello, guest.peerId)
    if (!verdict.accepted) throw new Error(verdict.reason)
    stays.begin({ peer: guest.peerId } as PeerStream, verdict.admission, verdict.decision)
    return guest.peerId
  }
  return { world, owner, stays, told, enter, guest: (seed: number) => personOf(world, seed) }
}

describe('who is here', () => {
  test('is judged once after many changes, and ends when it may not stay', () => {
    const { world, owner, told, enter, guest } = setUp()
    const [ann, bob] = [guest(2), guest(3)]
    const both = [`peer:${ann.peerId}`, `peer:${bob.peerId}`] as const
    owner.access.setPolicy(resource, { subjects: both, actions })
    const ids = [enter(ann), enter(bob)]
    owner.access.setPolicy(resource, { subjects: both, actions: ['read'] })
    owner.access.setPolicy(resource, { subjects: [both[1]], actions })
    expect(told).toEqual([])
    world.advance(1)
    expect(told).toEqual([`ends ${ids[0]}: no rule allows it`, `stays ${ids[1]}`])
    owner.access.setPolicy(resource, { subjects: [], actions })
    world.advance(1)
    expect(told.slice(2)).toEqual([`ends ${ids[1]}: no rule allows it`])
  })

  test('is not asked about what concerns another content', () => {
    const { world, owner, told, enter, guest } = setUp()
    const ann = guest(2)
    owner.access.setPolicy(resource, { subjects: ['everyone'], actions })
    world.advance(1)
    enter(ann)
    owner.access.setPolicy('content:other', { subjects: [], actions })
    world.advance(1)
    expect(told).toEqual([])
  })

  test('ends when it is blocked, though everyone may', () => {
    const { world, owner, told, enter, guest } = setUp()
    const ann = guest(2)
    owner.access.setPolicy(resource, { subjects: ['everyone'], actions })
    const id = enter(ann)
    owner.blocked.add(id)
    owner.hear()
    world.advance(1)
    expect(told).toEqual([`ends ${id}: you blocked it`])
  })

  test('ends at the end of its permission, or goes on by another one', () => {
    const { world, owner, told, enter, guest } = setUp()
    const [ann, bob] = [guest(2), guest(3)]
    const expires = world.wallTime() + 40 * 86_400_000
    owner.access.setPolicy(resource, {
      subjects: [`peer:${ann.peerId}`, `peer:${bob.peerId}`],
      actions,
      expires,
      rules: [{ subject: `peer:${bob.peerId}`, effect: 'allow', actions, from: expires - 5 }],
    })
    const ids = [enter(ann), enter(bob)]
    world.advance(40 * 86_400_000 - 10)
    expect(told.filter(text => text.startsWith('ends'))).toEqual([])
    world.advance(10)
    expect(told.filter(text => text.startsWith('ends'))).toEqual([`ends ${ids[0]}: no rule allows it`])
    expect(told).toContain(`stays ${ids[1]}`)
  })

  test('of a public network ends when it is not for everyone any more, once', () => {
    const { world, owner, told } = setUp()
    const allow = (...subjects: SubjectRule[]): void => {
      owner.access.setPolicy(resource, { subjects, actions })
      world.advance(1)
    }
    allow('everyone')
    allow('everyone', 'contacts')
    expect(told).toEqual([])
    allow('contacts')
    allow('contacts', 'secret')
    expect(told).toEqual(['strangers end'])
  })

  test('is not judged once it has left', () => {
    const { world, owner, stays, told, enter, guest } = setUp()
    owner.access.setPolicy(resource, { subjects: ['everyone'], actions, expires: world.wallTime() + 1000 })
    enter(guest(2))
    owner.access.setPolicy(resource, { subjects: [], actions })
    stays.close()
    world.advance(5000)
    expect(told).toEqual([])
  })
})
