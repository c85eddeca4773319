import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { PeerageError } from '../base/index.ts'
import { encode } from '../wire/index.ts'
import { MemoryKeyValue } from './memory-key-value.ts'
import { type HandoverConflict, People } from './people.ts'
import { fuzz } from './people-statements.fuzz.ts'
import {
  consentToBeDevice,
  openDeviceList,
  openHandover,
  peopleLimits,
  signDeviceList,
  signHandover,
} from './people-statements.ts'
import { type Identity, identityFromSeed } from './signing.ts'

const key = (byte: number): Identity => identityFromSeed(new Uint8Array(32).fill(byte))
const [ann, phone, laptop, ann2, ann3, mallory] = [1, 2, 3, 4, 5, 6].map(key) as [
  Identity,
  Identity,
  Identity,
  Identity,
  Identity,
  Identity,
]

function people(state = new MemoryKeyValue(), max = 100): People {
  return new People({ state, max })
}

function refusal(run: () => unknown): string | undefined {
  try {
    run()
  } catch (error) {
    return error instanceof PeerageError ? error.code : String(error)
  }
  return undefined
}

function listed(main: Identity, device: Identity, revoked = false, person = main, issued = 1) {
  return { device: device.peerId, consent: consentToBeDevice(device, person.peerId, issued), revoked }
}

describe('devices', () => {
  test('act for their person, as the main key says and they agree', () => {
    const here = people()
    expect(here.principal(phone.peerId)).toBe(phone.peerId)
    expect(here.receive(signDeviceList(ann, 1, [listed(ann, phone), listed(ann, laptop)]))).toBe('news')
    expect(here.principal(phone.peerId)).toBe(ann.peerId)
    expect(here.principal(laptop.peerId)).toBe(ann.peerId)
    expect(here.principal(ann.peerId)).toBe(ann.peerId)
    expect(here.devicesOf(ann.peerId).map(({ device }) => device)).toEqual(
      [phone.peerId, laptop.peerId].toSorted(),
    )
  })

  test('that were revoked act for nobody, also when the list does not name them any more', () => {
    const here = people()
    here.receive(signDeviceList(ann, 1, [listed(ann, phone), listed(ann, laptop)]))
    here.receive(signDeviceList(ann, 2, [listed(ann, phone, true)]))
    expect(here.principal(phone.peerId)).toBeUndefined()
    expect(here.principal(laptop.peerId)).toBeUndefined()
    expect(here.personOf(phone.peerId)).toBe(ann.peerId)
    expect(here.devicesOf(ann.peerId).every(({ revoked }) => revoked)).toBe(true)
    const late = people()
    late.receive(signDeviceList(ann, 2, [listed(ann, phone, true)]))
    expect(late.principal(phone.peerId)).toBeUndefined()
  })

  test('a list that was rolled back counts for nothing, one that says something else under its number is refused', () => {
    const here = people()
    const first = signDeviceList(ann, 1, [listed(ann, phone)])
    const second = signDeviceList(ann, 2, [listed(ann, phone, true)])
    here.receive(second)
    expect(here.receive(second)).toBe('known')
    expect(here.receive(first)).toBe('known')
    expect(refusal(() => here.receive(signDeviceList(ann, 2, [listed(ann, phone)])))).toBe(
      'statement.invalid',
    )
    expect(here.principal(phone.peerId)).toBeUndefined()
  })

  test('nobody can call a stranger a device, or take the consent to another', () => {
    const here = people()
    const stolen = { ...listed(ann, phone), device: phone.peerId }
    expect(refusal(() => here.receive(signDeviceList(mallory, 1, [stolen])))).toBe('statement.invalid')
    const madeUp = { ...listed(mallory, mallory, false, ann), device: phone.peerId }
    expect(() => signDeviceList(mallory, 1, [madeUp])).not.toThrow()
    expect(refusal(() => here.receive(signDeviceList(mallory, 1, [madeUp])))).toBe('statement.invalid')
    expect(here.principal(phone.peerId)).toBe(phone.peerId)
  })

  test('of two persons a device belongs to the one that it agreed to last, in whatever order that is heard', () => {
    const toAnn = signDeviceList(ann, 1, [listed(ann, phone, false, ann, 10)])
    const toMallory = signDeviceList(mallory, 1, [listed(mallory, phone, false, mallory, 20)])
    for (const order of [
      [toAnn, toMallory],
      [toMallory, toAnn],
    ]) {
      const here = people()
      for (const one of order) here.receive(one)
      expect(here.principal(phone.peerId)).toBe(mallory.peerId)
      expect(here.devicesOf(ann.peerId)).toEqual([])
    }
  })

  test('one that agrees to belong to everybody fills no memory', () => {
    const here = people()
    for (let i = 0; i < 4; i++) here.receive(signDeviceList(key(10 + i), 1, [listed(key(10 + i), phone)]))
    expect(refusal(() => here.receive(signDeviceList(key(20), 1, [listed(key(20), phone)])))).toBe(
      'statement.invalid',
    )
  })

  test('a list has a bound, and one entry a device', () => {
    const many = Array.from({ length: peopleLimits.devices + 1 }, (_, i) => listed(ann, key(100 + i)))
    expect(openDeviceList(signDeviceList(ann, 1, many.slice(1))).devices).toHaveLength(peopleLimits.devices)
    expect(refusal(() => openDeviceList(signDeviceList(ann, 1, many)))).toBe('statement.invalid')
    const twice = signDeviceList(ann, 1, [listed(ann, phone), listed(ann, phone, true)])
    expect(refusal(() => openDeviceList(twice))).toBe('statement.invalid')
  })

  test('are signed in and out by their own person', () => {
    const here = people()
    const consent = consentToBeDevice(phone, ann.peerId, 5)
    expect(here.addDevice(ann, consent, 1000)).toMatchObject({ device: phone.peerId, revoked: false })
    expect(here.principal(phone.peerId)).toBe(ann.peerId)
    expect(refusal(() => here.addDevice(mallory, consent, 1000))).toBe('statement.invalid')
    expect(refusal(() => here.addDevice(phone, consentToBeDevice(laptop, phone.peerId, 5), 1000))).toBe(
      'usage.invalid',
    )
    expect(refusal(() => here.revokeDevice(ann, laptop.peerId, 2000))).toBe('contact.unknown')
    here.revokeDevice(ann, phone.peerId, 900)
    expect(here.principal(phone.peerId)).toBeUndefined()
    const elsewhere = people()
    for (const bytes of here.statementsOf(ann.peerId)) elsewhere.receive(bytes)
    expect(elsewhere.principal(phone.peerId)).toBeUndefined()
  })

  test('a full list takes no more', () => {
    const here = people()
    for (let i = 0; i < peopleLimits.devices; i++)
      here.addDevice(ann, consentToBeDevice(key(100 + i), ann.peerId, 1), i)
    expect(refusal(() => here.addDevice(ann, consentToBeDevice(phone, ann.peerId, 1), 99))).toBe(
      'access.limit',
    )
  })
})

describe('hand-overs', () => {
  test('the new key is the person, the old one acts for nobody, devices stay', () => {
    const here = people()
    here.receive(signDeviceList(ann, 1, [listed(ann, phone)]))
    here.receive(signHandover(ann, ann2, 1, 5))
    expect(here.principal(ann.peerId)).toBeUndefined()
    expect(here.personOf(ann.peerId)).toBe(ann2.peerId)
    expect(here.principal(ann2.peerId)).toBe(ann2.peerId)
    expect(here.principal(phone.peerId)).toBe(ann2.peerId)
    here.receive(signHandover(ann2, ann3, 0, 6))
    expect(here.formerly(ann3.peerId)).toEqual([ann.peerId, ann2.peerId])
    expect(here.principal(phone.peerId)).toBe(ann3.peerId)
  })

  test('the new key can take over and revoke the devices of the old one', () => {
    const here = people()
    here.addDevice(ann, consentToBeDevice(phone, ann.peerId, 1), 1)
    here.addDevice(ann, consentToBeDevice(laptop, ann.peerId, 1), 2)
    here.receive(signHandover(ann, ann2, here.lastList(ann.peerId), 5))
    here.revokeDevice(ann2, phone.peerId, 10)
    expect(here.principal(phone.peerId)).toBeUndefined()
    expect(here.principal(laptop.peerId)).toBe(ann2.peerId)
    const elsewhere = people()
    for (const bytes of here.statementsOf(ann2.peerId)) expect(elsewhere.receive(bytes)).toBe('news')
    expect(elsewhere.principal(phone.peerId)).toBeUndefined()
    expect(elsewhere.principal(laptop.peerId)).toBe(ann2.peerId)
    expect(here.statementsOf(ann2.peerId, new Set(here.ids(ann2.peerId)))).toEqual([])
  })

  test('the first one counts; a second one is refused and told', () => {
    const here = people()
    const told: HandoverConflict[] = []
    here.onConflict(conflict => told.push(conflict))
    here.receive(signHandover(ann, ann2, 0, 5))
    expect(here.receive(signHandover(ann, ann2, 0, 6))).toBe('known')
    expect(refusal(() => here.receive(signHandover(ann, mallory, 0, 4)))).toBe('statement.invalid')
    expect(told).toEqual([{ from: ann.peerId, kept: ann2.peerId, refused: mallory.peerId }])
    expect(here.personOf(ann.peerId)).toBe(ann2.peerId)
  })

  test('whoever stole the old key adds no devices after it, nor counts those that came before', () => {
    const here = people()
    here.receive(signDeviceList(ann, 9, [listed(ann, mallory)]))
    here.receive(signHandover(ann, ann2, 3, 5))
    expect(here.principal(mallory.peerId)).toBe(mallory.peerId)
    expect(refusal(() => here.receive(signDeviceList(ann, 10, [listed(ann, mallory)])))).toBe(
      'statement.invalid',
    )
    expect(here.receive(signDeviceList(ann, 3, [listed(ann, phone)]))).toBe('news')
  })

  test('circles, strangers as successors and forged consents are refused', () => {
    const here = people()
    here.receive(signHandover(ann, ann2, 0, 1))
    here.receive(signHandover(ann2, ann3, 0, 1))
    expect(refusal(() => here.receive(signHandover(ann3, ann, 0, 1)))).toBe('statement.invalid')
    expect(refusal(() => signHandover(ann, ann, 0, 1) && here.receive(signHandover(ann, ann, 0, 1)))).toBe(
      'statement.invalid',
    )
    here.receive(signDeviceList(mallory, 1, [listed(mallory, phone)]))
    expect(refusal(() => here.receive(signHandover(laptop, phone, 0, 1)))).toBe('statement.invalid')
    const forged = { ...mallory, peerId: laptop.peerId, publicKey: laptop.publicKey } as Identity
    expect(refusal(() => openHandover(signHandover(ann, forged, 0, 1)))).toBe('statement.invalid')
  })

  test('a person has a bounded number of former keys', () => {
    const here = people(undefined, 1000)
    const keys = Array.from({ length: 67 }, (_, i) => key(i + 100))
    for (let i = 0; i < 64; i++) expect(here.receive(signHandover(keys[i]!, keys[i + 1]!, 0, 1))).toBe('news')
    expect(refusal(() => here.receive(signHandover(keys[64]!, keys[65]!, 0, 1)))).toBe('statement.invalid')
  })
})

describe('what is kept', () => {
  test('survives a restart, and damage means that nothing is known', () => {
    const state = new MemoryKeyValue()
    const before = people(state)
    before.receive(signDeviceList(ann, 1, [listed(ann, phone), listed(ann, laptop)]))
    before.receive(signDeviceList(ann, 2, [listed(ann, phone)]))
    before.receive(signHandover(ann, ann2, 2, 5))
    const after = people(state)
    for (const { peerId } of [ann, ann2, phone, laptop])
      expect(after.principal(peerId)).toBe(before.principal(peerId))
    expect(after.statementsOf(ann2.peerId)).toEqual(before.statementsOf(ann2.peerId))
    state.put('access.devices', ann.peerId, { bytes: 7 })
    state.put('access.handover', ann.peerId, 'x')
    expect(people(state).persons().size).toBe(0)
  })

  test('is nothing about strangers, and bounded for others', () => {
    const friends = new Set([ann.peerId])
    const here = new People({
      state: new MemoryKeyValue(),
      max: 2,
      concerns: peers => peers.some(peer => friends.has(peer)),
    })
    expect(refusal(() => here.receive(signDeviceList(mallory, 1, [])))).toBe('statement.invalid')
    here.receive(signDeviceList(ann, 1, [listed(ann, phone)]))
    here.receive(signHandover(ann, ann2, 1, 1))
    friends.add(mallory.peerId)
    expect(refusal(() => here.receive(signDeviceList(mallory, 1, [])))).toBe('access.limit')
    friends.delete(ann.peerId)
    expect(here.receive(signDeviceList(mallory, 1, []))).toBe('news')
    expect(here.principal(phone.peerId)).toBe(phone.peerId)
    expect(here.principal(ann.peerId)).toBe(ann.peerId)
  })

  test('tells of changes, and of nothing else', () => {
    const here = people()
    const told: string[] = []
    const end = here.onChanged(person => told.push(person))
    const list = signDeviceList(ann, 1, [])
    here.receive(list)
    here.receive(list)
    here.receive(signHandover(ann, ann2, 1, 1))
    end()
    here.receive(signHandover(ann2, ann3, 0, 1))
    expect(told).toEqual([ann.peerId, ann2.peerId])
  })

  test('does not depend on the order in which it came, but for hand-overs first', () => {
    const handovers = [signHandover(ann, ann2, 5, 1), signHandover(ann2, ann3, 8, 1)]
    const lists = [
      signDeviceList(ann, 4, [listed(ann, phone)]),
      signDeviceList(ann, 5, [listed(ann, phone), listed(ann, laptop, true)]),
      signDeviceList(ann, 6, [listed(ann, mallory)]),
      signDeviceList(ann2, 8, [listed(ann2, laptop, false, ann2, 9)]),
      signDeviceList(ann3, 9, [listed(ann3, phone, true, ann)]),
    ]
    const held = (order: readonly Uint8Array[]): unknown => {
      const here = people()
      for (const bytes of order) refusal(() => here.receive(bytes))
      return [ann, ann2, ann3, phone, laptop, mallory].map(({ peerId }) => here.principal(peerId) ?? null)
    }
    const expected = [null, null, ann3.peerId, null, ann3.peerId, mallory.peerId]
    fc.assert(
      fc.property(fc.shuffledSubarray(lists, { minLength: lists.length }), order => {
        expect(held([...handovers, ...order])).toEqual(expected)
      }),
    )
  })
})

describe('bad bytes', () => {
  test('are refused with one code: truncated, extended, changed, of another kind', () => {
    for (const good of fuzz.seeds.slice(1)) {
      const here = people()
      for (let length = 0; length < good.length; length += 3)
        expect(refusal(() => here.receive(good.subarray(0, length)))).toBe('statement.invalid')
      expect(refusal(() => here.receive(Uint8Array.of(...good, 0)))).toBe('statement.invalid')
      for (let bit = 0; bit < good.length * 8; bit += 11) {
        const bad = good.slice()
        bad[bit >> 3]! ^= 1 << (bit & 7)
        expect(
          refusal(() => here.receive(bad)),
          `bit ${bit}`,
        ).toBe('statement.invalid')
      }
      expect(here.receive(good)).toBe('news')
    }
    expect(refusal(() => people().receive(fuzz.seeds[0]!))).toBe('statement.invalid')
    expect(refusal(() => people().receive(encode('x')))).toBe('statement.invalid')
    expect(refusal(() => people().receive(new Uint8Array(1_000_000)))).toBe('statement.invalid')
  })

  test('the fuzz target holds on its seeds and on random changes of them', () => {
    for (const seed of fuzz.seeds) fuzz.run(seed)
    const change = fc.record({
      seed: fc.constantFrom(...fuzz.seeds),
      at: fc.nat(600),
      bytes: fc.uint8Array({ maxLength: 8 }),
    })
    fc.assert(
      fc.property(change, ({ seed, at, bytes }) => {
        const mutant = seed.slice()
        mutant.set(bytes.subarray(0, Math.max(0, mutant.length - at)), Math.min(at, mutant.length))
        fuzz.run(mutant)
      }),
      { numRuns: 300 },
    )
  })
})
