import type { FuzzTarget } from '../../../test/fuzz/target.ts'
import { Contacts, identityFromSeed, People } from '../../access/index.ts'
import { fromUtf8, PeerageError, utf8, VirtualWorld } from '../../base/index.ts'
import { readBook, writeBook } from './contact-book.ts'

const { peerId } = identityFromSeed(new Uint8Array(32).fill(1))
const mine = identityFromSeed(new Uint8Array(32).fill(2)).peerId
const entry = {
  peer: peerId,
  name: 'Ann',
  trust: 'verified' as const,
  addedAt: 1,
  addresses: ['/ip4/192.0.2.1/tcp/1'],
}

/** Nothing to keep anything in. */
const state = { get: () => undefined, put: () => undefined, delete: () => undefined, entries: () => [] }

/** Whatever the file says, who is a contact already stays as it is, and nobody is trusted. */
export const fuzz: FuzzTarget = {
  name: 'contact-book',
  seeds: [writeBook([entry, { ...entry, peer: mine, note: 'note' }]), writeBook([])].map(utf8),
  run(input: Uint8Array): void {
    const contacts = new Contacts({
      world: new VirtualWorld(1),
      state,
      people: new People({ state, max: 1 }),
      max: 10,
    })
    const before = contacts.add({ peer: mine, name: 'Bob', trust: 'blocked' })
    try {
      readBook(contacts, fromUtf8(input) ?? '', false)
    } catch (error) {
      if (!(error instanceof PeerageError)) throw error
    }
    for (const one of contacts.list())
      if (one.peer === mine ? one !== before : one.trust !== 'known') throw new Error('a file was believed')
  },
}
