import { describe, expect, test } from 'vitest'
import { Circles, type Identity, identityFromSeed, type KeyValue } from '../../access/index.ts'
import { PeerageError, VirtualWorld } from '../../base/index.ts'
import { type CirclesEvent, type CirclesHost, circlesOperations, startCircles } from './index.ts'

const [ann, bob, cid] = [1, 2, 3].map(byte => identityFromSeed(new Uint8Array(32).fill(byte))) as [
  Identity,
  Identity,
  Identity,
]
const names = new Map([
  ['Ann', ann.peerId],
  ['Bob', bob.peerId],
  ['Cid', cid.peerId],
])

/** Keys that somebody had before. */
const earlier = new Map<string, string[]>()

interface Side extends CirclesHost {
  readonly events: CirclesEvent[]
  call(name: keyof typeof circlesOperations, input: unknown): Promise<unknown>
}

function memory(): KeyValue {
  const rows = new Map<string, unknown>()
  return {
    get: (kind, key) => rows.get(`${kind} ${key}`),
    put: (kind, key, value) => void rows.set(`${kind} ${key}`, value),
    delete: (kind, key) => void rows.delete(`${kind} ${key}`),
    *entries(kind) {
      for (const [name, value] of rows)
        if (name.startsWith(`${kind} `)) yield [name.slice(kind.length + 1), value]
    },
  }
}

function side(identity: Identity): Side {
  const events: CirclesEvent[] = []
  const world = new VirtualWorld(identity.seed[0]!)
  const host: CirclesHost = {
    circles: new Circles({ identity, world, state: memory(), max: 10 }),
    selves: () => [identity.peerId],
    personOf(text) {
      const peer = names.get(text) ?? [...names.values()].find(one => one === text)
      if (peer === undefined) throw new PeerageError('contact.unknown')
      return peer
    },
    formerly: person => earlier.get(person) ?? [],
    nameOf: peer => [...names].find(([, one]) => one === peer)?.[0],
    emit: event => events.push(event),
  }
  startCircles(host)
  return {
    ...host,
    events,
    async call(name, input) {
      const operation = circlesOperations[name] as (typeof circlesOperations)['show']
      return operation.run(host, operation.input.parse(input), { signal: new AbortController().signal })
    },
  }
}

async function tell(from: Side, to: Side): Promise<void> {
  for (const { id } of from.circles.list())
    await to.circles.receive(from.circles.statements(id, from.circles.ids(id)))
}

async function refusal(run: Promise<unknown>): Promise<string> {
  try {
    await run
  } catch (error) {
    return error instanceof PeerageError ? `${error.code}: ${error.message}` : String(error)
  }
  return 'done'
}

describe('the circles of a user', () => {
  test('are made, shown and changed by names', async () => {
    const a = side(ann)
    await a.call('create', { name: 'family' })
    expect(await a.call('add', { circle: 'family', who: ['Bob', cid.peerId, 'Cid'] })).toMatchObject({
      members: 3,
      changed: [
        { peer: bob.peerId, name: 'Bob' },
        { peer: cid.peerId, name: 'Cid' },
      ],
    })
    await a.call('role', { circle: 'family', who: 'Bob', role: 'admin' })
    await a.call('remove', { circle: 'family', who: ['Cid'] })
    await a.call('rename', { circle: 'family', name: 'us' })
    expect(await a.call('show', { circle: 'us' })).toMatchObject({
      name: 'us',
      role: 'admin',
      people: [
        { peer: ann.peerId, name: 'Ann', self: true, role: 'admin' },
        { peer: bob.peerId, name: 'Bob', role: 'admin' },
      ],
      news: [
        { by: { self: true }, name: 'us', changes: [], counts: true },
        { changes: [{ name: 'Cid', role: 'removed' }] },
        { changes: [{ name: 'Bob', role: 'admin' }] },
        { changes: expect.arrayContaining([expect.objectContaining({ name: 'Cid', role: 'member' })]) },
        { name: 'family', changes: [{ self: true, role: 'admin' }] },
      ],
    })
  })

  test('know people by keys that they had before', async () => {
    const a = side(ann)
    const bobNow = identityFromSeed(new Uint8Array(32).fill(9)).peerId
    await a.call('create', { name: 'family' })
    await a.call('add', { circle: 'family', who: ['Bob'] })
    const { id } = a.circles.find('family')
    names.set('Bob', bobNow)
    earlier.set(bobNow, [bob.peerId])
    try {
      await a.call('role', { circle: 'family', who: 'Bob', role: 'guest' })
      expect([...a.circles.members(id)]).toEqual([
        [ann.peerId, 'admin'],
        [bobNow, 'guest'],
      ])
      a.circles.change(id, { roles: { [bob.peerId]: 'member' } })
      await a.call('remove', { circle: 'family', who: ['Bob'] })
      expect([...a.circles.members(id).keys()]).toEqual([ann.peerId])
      expect(await refusal(a.call('remove', { circle: 'family', who: ['Bob'] }))).toContain('Bob is not in')
    } finally {
      names.set('Bob', bob.peerId)
      earlier.clear()
    }
  })

  test('say what is wrong before anything is signed', async () => {
    const a = side(ann)
    await a.call('create', { name: 'family' })
    await a.call('add', { circle: 'family', who: ['Bob'] })
    const wrong: [keyof typeof circlesOperations, unknown, string][] = [
      ['add', { circle: 'friends', who: ['Bob'] }, 'circle.unknown: There is no circle "friends"'],
      ['add', { circle: 'family', who: ['Zoe'] }, 'contact.unknown'],
      [
        'add',
        { circle: 'family', who: ['Cid', 'Bob'], role: 'guest' },
        'usage.invalid: Bob is in "family" already',
      ],
      ['role', { circle: 'family', who: 'Cid', role: 'guest' }, 'usage.invalid: Cid is not in "family"'],
      ['role', { circle: 'family', who: 'Ann', role: 'admin' }, 'done'],
      ['remove', { circle: 'family', who: ['Bob', 'Cid'] }, 'usage.invalid: Cid is not in "family"'],
      ['remove', { circle: 'family', who: ['Ann'] }, 'usage.invalid: That is you'],
      ['forget', { circle: 'family' }, 'circle.denied'],
    ]
    for (const [name, input, expected] of wrong)
      expect(await refusal(a.call(name, input)), name).toContain(expected)
    expect(await a.call('list', {})).toMatchObject([{ name: 'family', members: 2 }])
    expect(a.circles.ids(a.circles.find('family').id)).toHaveLength(2)
  })

  test('are told of, whoever changed them', async () => {
    const [a, b] = [side(ann), side(bob)]
    await a.call('create', { name: 'family' })
    await a.call('add', { circle: 'family', who: ['Bob'], role: 'guest' })
    await tell(a, b)
    await a.call('role', { circle: 'family', who: 'Bob', role: 'admin' })
    await tell(a, b)
    expect(await b.call('rename', { circle: 'family', name: 'mine', here: true })).toMatchObject({
      name: 'mine',
      givenName: 'family',
    })
    expect(await b.call('leave', { circle: 'mine' })).toMatchObject({ role: undefined, withoutAdmin: false })
    await b.call('forget', { circle: 'mine' })
    expect(b.events.map(({ type, name }) => `${type} ${name}`)).toEqual([
      'circle.joined family',
      'circle.changed family',
      'circle.joined family',
      'circle.changed family',
      'circle.changed mine',
      'circle.left mine',
      'circle.changed mine',
    ])
    expect(await a.call('leave', { circle: 'family' })).toMatchObject({ withoutAdmin: false })
  })

  test('a new name for all takes the local one away', async () => {
    const a = side(ann)
    await a.call('create', { name: 'family' })
    await a.call('rename', { circle: 'family', name: 'mine', here: true })
    await a.call('rename', { circle: 'mine', name: 'clan' })
    expect(await a.call('list', {})).toMatchObject([{ name: 'clan', role: 'admin' }])
  })
})
