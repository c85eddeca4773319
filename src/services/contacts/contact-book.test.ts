import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Contacts, identityFromSeed, type KeyValue, People } from '../../access/index.ts'
import { PeerageError, VirtualWorld } from '../../base/index.ts'
import { fuzz } from './contact-book.fuzz.ts'
import { bookLimits, readBook, writeBook } from './contact-book.ts'

const peer = (byte: number): string => identityFromSeed(new Uint8Array(32).fill(byte)).peerId
const forgetful: KeyValue = {
  get: () => undefined,
  put: () => undefined,
  delete: () => undefined,
  entries: () => [],
}

function contactsOf(max = 100): Contacts {
  const people = new People({ state: forgetful, max: 1 })
  return new Contacts({ world: new VirtualWorld(1), state: forgetful, people, max })
}

function refusal(run: () => unknown): string | undefined {
  try {
    run()
  } catch (error) {
    return error instanceof PeerageError ? error.code : String(error)
  }
  return undefined
}

const bookOf = (contacts: readonly unknown[]): string =>
  JSON.stringify({ format: 'peerage contacts', version: 1, contacts })

describe('a file of contacts', () => {
  test('brings all of them back, with trust only when asked', () => {
    const from = contactsOf()
    from.add({ peer: peer(1), name: 'Ann', note: 'a\nb', addresses: ['/ip4/192.0.2.1/tcp/1'] })
    from.add({ peer: peer(2), name: 'Bob', trust: 'blocked' })
    const text = writeBook(from.list())
    const [plain, trusting] = [contactsOf(), contactsOf()]
    expect(readBook(plain, text, false)).toEqual({ added: 2, kept: 0, renamed: [], refused: [] })
    expect(plain.list().map(({ trust }) => trust)).toEqual(['known', 'known'])
    expect(plain.find('Ann')).toMatchObject({ note: 'a\nb', addresses: ['/ip4/192.0.2.1/tcp/1'] })
    readBook(trusting, text, true)
    expect(writeBook(trusting.list())).toBe(text)
  })

  test('changes nobody that is here, and gives others free names', () => {
    const here = contactsOf()
    here.add({ peer: peer(1), name: 'Ann', trust: 'verified' })
    const report = readBook(
      here,
      bookOf([
        { peer: peer(1), name: 'Mallory', trust: 'blocked' },
        { peer: peer(2), name: 'ann' },
      ]),
      true,
    )
    expect(report).toEqual({ added: 1, kept: 1, renamed: [{ from: 'ann', to: 'ann 2' }], refused: [] })
    expect(here.find(peer(1))).toMatchObject({ name: 'Ann', trust: 'verified' })
  })

  test('with bad entries gives the others, and says which were bad', () => {
    const here = contactsOf()
    const bad = [7, {}, { peer: 'x', name: 'X' }, { peer: peer(1), name: '' }, { peer: peer(1), name: 'a:b' }]
    const report = readBook(here, bookOf([...bad, { peer: peer(2), name: 'Bob', more: 1 }]), false)
    expect(report).toMatchObject({ added: 1 })
    expect(report.refused.map(({ place }) => place)).toEqual([1, 2, 3, 4, 5])
    const many = Array.from({ length: 300 }, () => 1)
    expect(readBook(here, bookOf(many), false).refused).toHaveLength(100)
  })

  test('that is none, or too long, is refused', () => {
    for (const text of ['', '[]', '{}', 'BEGIN:VCARD', bookOf([]).replace('1', '2')])
      expect(
        refusal(() => readBook(contactsOf(), text, false)),
        text,
      ).toBe('usage.invalid')
    const many = bookOf(Array.from({ length: bookLimits.contacts + 1 }, () => 1))
    expect(refusal(() => readBook(contactsOf(), many, false))).toBe('usage.invalid')
    const two = bookOf([1, 2].map(byte => ({ peer: peer(byte), name: `N${byte}` })))
    expect(refusal(() => readBook(contactsOf(1), two, false))).toBe('access.limit')
  })

  test('the fuzz target holds on its seeds and on random changes of them', () => {
    for (const seed of fuzz.seeds) fuzz.run(seed)
    const change = fc.record({ at: fc.nat(400), bytes: fc.uint8Array({ maxLength: 6 }) })
    fc.assert(
      fc.property(change, ({ at, bytes }) => {
        const mutant = fuzz.seeds[0]!.slice()
        mutant.set(bytes.subarray(0, Math.max(0, mutant.length - at)), Math.min(at, mutant.length))
        fuzz.run(mutant)
      }),
      { numRuns: 300 },
    )
  })
})
