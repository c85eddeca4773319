import { expect, it } from 'vitest'
import { VirtualWorld } from '../base/index.ts'
import { befriend } from './befriend.ts'
import { Contacts } from './contacts.ts'
import { MemoryKeyValue } from './memory-key-value.ts'
import { People } from './people.ts'
import { identityFromSeed } from './signing.ts'

const peerOf = (n: number): string => identityFromSeed(new Uint8Array(32).fill(n)).peerId
const addresses = ['/ip4/192.0.2.1/tcp/1']

function fresh(): Contacts {
  const state = new MemoryKeyValue()
  return new Contacts({ world: new VirtualWorld(1), state, people: new People({ state, max: 10 }), max: 10 })
}

it('takes the name that is suggested, and one like it when another contact has that', () => {
  const contacts = fresh()
  expect(befriend(contacts, { peer: peerOf(1), suggested: 'Alice', addresses })).toBe('Alice')
  expect(befriend(contacts, { peer: peerOf(2), suggested: 'alice', addresses })).toBe('alice 2')
  expect(contacts.get(peerOf(1))).toMatchObject({ addresses, trust: 'known' })
})

it.each([
  ['', /^peer \w{6}$/],
  ['\u202egnp.exe', /^gnp\.exe$/],
  ['12D3KooWfake', /^peer \w{6}$/],
  ['a\nb:c', /^a b c$/],
  ['x'.repeat(500), /^x{64}$/],
])('makes a name of %j that can be one', (suggested, expected) => {
  expect(befriend(fresh(), { peer: peerOf(1), suggested, addresses })).toMatch(expected)
})

it('prefers the name of the user, or one like it', () => {
  const contacts = fresh()
  expect(befriend(contacts, { peer: peerOf(1), suggested: 'Alice', petname: 'Mum', addresses })).toBe('Mum')
  expect(befriend(contacts, { peer: peerOf(2), suggested: 'Bob', petname: 'mum', addresses })).toBe('mum 2')
  expect(() => befriend(fresh(), { peer: 'nobody', suggested: 'Bob', addresses })).toThrow(
    expect.objectContaining({ code: 'peer-id.invalid' }),
  )
})

it('leaves the name of a contact as it is', () => {
  const contacts = fresh()
  befriend(contacts, { peer: peerOf(1), suggested: 'Alice', addresses: [] })
  expect(befriend(contacts, { peer: peerOf(1), suggested: 'Eve', petname: 'Eve', addresses })).toBe('Alice')
  expect(contacts.get(peerOf(1))).toMatchObject({ name: 'Alice', addresses })
})
