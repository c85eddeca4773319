import { describe, expect, test } from 'vitest'
import { PeerageError, VirtualWorld } from '../base/index.ts'
import { contactLimits } from './contact-record.ts'
import { Contacts } from './contacts.ts'
import { MemoryKeyValue } from './memory-key-value.ts'
import { People } from './people.ts'
import { consentToBeDevice, signHandover } from './people-statements.ts'
import { type Identity, identityFromSeed } from './signing.ts'

const key = (byte: number): Identity => identityFromSeed(new Uint8Array(32).fill(byte))
const [ann, bob, phone, ann2] = [1, 2, 3, 4].map(key) as [Identity, Identity, Identity, Identity]

function setUp(state = new MemoryKeyValue(), max = 100) {
  const world = new VirtualWorld(1)
  const people = new People({ state, max: 100 })
  return { state, world, people, contacts: new Contacts({ world, state, people, max }) }
}

function refusal(run: () => unknown): string | undefined {
  try {
    run()
  } catch (error) {
    return error instanceof PeerageError ? error.code : String(error)
  }
  return undefined
}

describe('contacts', () => {
  test('are found by name, id and unique beginning', () => {
    const { contacts } = setUp()
    contacts.add({ peer: ann.peerId, name: 'Ann Lee' })
    contacts.add({ peer: bob.peerId, name: 'Bob' })
    for (const text of ['Ann Lee', 'ann lee', ' ANN-LEE ', 'an', ann.peerId, ann.peerId.slice(0, 20)])
      expect(contacts.find(text).peer, text).toBe(ann.peerId)
    for (const text of ['', 'carol', '12D3KooW', key(9).peerId])
      expect(
        refusal(() => contacts.find(text)),
        text,
      ).toBe('contact.unknown')
    contacts.add({ peer: phone.peerId, name: 'Andy' })
    expect(() => contacts.find('an')).toThrow('Ann Lee or Andy')
    expect(contacts.find('and').name).toBe('Andy')
    expect(contacts.list().map(({ name }) => name)).toEqual(['Andy', 'Ann Lee', 'Bob'])
  })

  test('two peers with one name: refused, with a suggestion', () => {
    const { contacts } = setUp()
    contacts.add({ peer: ann.peerId, name: 'Alice' })
    for (const name of ['Alice', 'ALICE', 'A1ice', '\u0410lice', 'Aliсe'])
      expect(() => contacts.add({ peer: bob.peerId, name }), name).toThrow(/how about .+ 2\?/)
    expect(refusal(() => contacts.add({ peer: ann.peerId, name: 'Other' }))).toBe('contact.exists')
    contacts.add({ peer: bob.peerId, name: 'Alice 2' })
    expect(() => contacts.add({ peer: phone.peerId, name: 'alice' })).toThrow('alice 3')
    expect(refusal(() => contacts.rename(bob.peerId, 'alice'))).toBe('contact.exists')
    expect(contacts.rename(ann.peerId, 'alice').name).toBe('alice')
    expect(contacts.rename(ann.peerId, 'Carol').name).toBe('Carol')
    expect(contacts.add({ peer: phone.peerId, name: 'Alice' }).name).toBe('Alice')
  })

  test('keep trust, notes and when they were seen, over a restart', () => {
    const { contacts, state, world } = setUp()
    contacts.add({ peer: ann.peerId, name: 'Ann', note: 'met at the fair' })
    contacts.setTrust(ann.peerId, 'verified')
    contacts.seen(ann.peerId, ['/ip4/192.0.2.1/tcp/4001'])
    contacts.seen(bob.peerId, ['/ip4/192.0.2.2/tcp/4001'])
    const again = setUp(state).contacts
    expect(again.list()).toEqual([
      {
        peer: ann.peerId,
        name: 'Ann',
        note: 'met at the fair',
        trust: 'verified',
        addedAt: world.wallTime(),
        seenAt: world.wallTime(),
        addresses: ['/ip4/192.0.2.1/tcp/4001'],
      },
    ])
    expect(again.trust(ann.peerId)).toBe('verified')
    expect(again.trust(bob.peerId)).toBeUndefined()
    expect(again.note(ann.peerId, '').note).toBeUndefined()
    again.remove(ann.peerId)
    expect(setUp(state).contacts.size).toBe(0)
    expect(refusal(() => again.remove(ann.peerId))).toBe('contact.unknown')
  })

  test('sightings are written now and then only', () => {
    const { contacts, state, world } = setUp()
    contacts.add({ peer: ann.peerId, name: 'Ann' })
    let writes = 0
    const put = state.put.bind(state)
    state.put = (...record) => {
      writes++
      put(...record)
    }
    for (let i = 0; i < 100; i++) {
      world.advance(1000)
      contacts.seen(ann.peerId, ['/ip4/192.0.2.1/tcp/4001'])
    }
    expect(writes).toBe(1)
    expect(contacts.get(ann.peerId)?.seenAt).toBe(world.wallTime())
    world.advance(600_000)
    contacts.seen(ann.peerId)
    expect(writes).toBe(2)
  })

  test('have bounds', () => {
    const { contacts } = setUp(undefined, 1)
    const addresses = Array.from({ length: 50 }, (_, i) => `/ip4/192.0.2.${i}/tcp/4001/p2p/${ann.peerId}`)
    const bad = ['', 'x', '/ip4/\u0007', `/dns/${'x'.repeat(300)}`]
    const made = contacts.add({ peer: ann.peerId, name: 'Ann', addresses: [...bad, ...addresses] })
    expect(made.addresses).toHaveLength(contactLimits.addresses)
    expect(made.addresses[0]).toBe('/ip4/192.0.2.0/tcp/4001')
    const long = 'x'.repeat(contactLimits.noteLength + 1)
    expect(refusal(() => contacts.note(ann.peerId, long))).toBe('usage.invalid')
    expect(refusal(() => contacts.add({ peer: bob.peerId, name: 'Bob' }))).toBe('access.limit')
  })

  test('a damaged record is of one who is blocked', () => {
    const { state } = setUp()
    state.put('access.contact', ann.peerId, { name: 7 })
    expect(setUp(state).contacts.trust(ann.peerId)).toBe('blocked')
  })

  test('follow a person to its new key: known, not verified; blocked stays blocked', () => {
    for (const [before, after] of [
      ['known', 'known'],
      ['verified', 'known'],
      ['blocked', 'blocked'],
    ] as const) {
      const { contacts, people, state } = setUp()
      contacts.add({ peer: ann.peerId, name: 'Ann', trust: before, addresses: ['/ip4/192.0.2.1/tcp/1'] })
      people.receive(signHandover(ann, ann2, 0, 1))
      expect(contacts.trust(ann2.peerId)).toBe(after)
      expect(contacts.get(ann.peerId)?.peer).toBe(ann2.peerId)
      expect(contacts.find('Ann')).toMatchObject({ peer: ann2.peerId, addresses: [] })
      expect(refusal(() => contacts.add({ peer: ann.peerId, name: 'Other' }))).toBe('contact.exists')
      expect(setUp(state).contacts.list()).toEqual(contacts.list())
    }
  })

  test('a device that was met first becomes its person, and two records of one person one', () => {
    const { contacts, people } = setUp()
    contacts.add({ peer: phone.peerId, name: 'Ann' })
    contacts.add({ peer: ann2.peerId, name: 'Ann Lee' })
    people.addDevice(ann, consentToBeDevice(phone, ann.peerId, 1), 1)
    expect(contacts.find('Ann').peer).toBe(ann.peerId)
    contacts.setTrust(ann.peerId, 'blocked')
    people.receive(signHandover(ann, ann2, 1, 1))
    expect(contacts.list()).toMatchObject([{ name: 'Ann Lee', peer: ann2.peerId, trust: 'blocked' }])
    expect(contacts.get(phone.peerId)?.name).toBe('Ann Lee')
  })

  test('tell of changes', () => {
    const { contacts } = setUp()
    const told: string[] = []
    const end = contacts.onChanged(peer => told.push(peer))
    contacts.add({ peer: ann.peerId, name: 'Ann' })
    contacts.seen(ann.peerId)
    contacts.setTrust(ann.peerId, 'blocked')
    contacts.remove(ann.peerId)
    end()
    contacts.add({ peer: ann.peerId, name: 'Ann' })
    expect(told).toEqual([ann.peerId, ann.peerId, ann.peerId])
  })
})
