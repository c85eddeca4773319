import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { concat, fromHex, toHex } from '../base/index.ts'
import { fuzz } from './dcutr.fuzz.ts'
import { type DcutrMessage, dcutrLimits, decodeDcutr, encodeDcutr, natKinds } from './dcutr.ts'
import { bytesField, varintField } from './protobuf.ts'

/** Without the length in front. */
const body = (message: Uint8Array): Uint8Array => message.subarray(message[0]! < 128 ? 1 : 2)
const message: fc.Arbitrary<DcutrMessage> = fc.record(
  {
    type: fc.constantFrom('connect' as const, 'sync' as const),
    addresses: fc.array(
      fc.uint8Array({ minLength: 1, maxLength: 60 }).map(array => Uint8Array.from(array)),
      { maxLength: dcutrLimits.addresses },
    ),
    nat: fc.constantFrom(...natKinds),
    token: fc.uint8Array({ minLength: 8, maxLength: 8 }).map(array => Uint8Array.from(array)),
    step: fc.integer({ min: -1_024, max: 1_024 }).filter(step => step !== 0),
  },
  { requiredKeys: ['type', 'addresses'] },
)

it('reads what it writes', () => {
  fc.assert(
    fc.property(message, message => {
      expect(decodeDcutr(body(encodeDcutr(message)))).toEqual(message)
    }),
  )
})

it('is written as the specification says', () => {
  const address = fromHex('04c000020106' + '0fa1')
  expect(toHex(encodeDcutr({ type: 'connect', addresses: [address] }))).toBe('0c0864120804c0000201060fa1')
  expect(toHex(encodeDcutr({ type: 'sync', addresses: [] }))).toBe('0308ac02')
})

describe('of others', () => {
  const connect = varintField(1, 100)
  it.each<[string, Uint8Array[]]>([
    ['unknown fields', bytesField(9, new Uint8Array(3))],
    ['an unknown kind', varintField(1_001, 77)],
    ['a step of nothing', varintField(1_002, 0)],
    ['a huge step', varintField(1_002, 1 << 30)],
    ['a short token', bytesField(1_003, new Uint8Array(7))],
    ['an empty address', bytesField(2, new Uint8Array(0))],
    ['a long address', bytesField(2, new Uint8Array(dcutrLimits.address + 1))],
  ])('%s is passed over', (_what, parts) => {
    expect(decodeDcutr(concat([...connect, ...parts]))).toEqual({ type: 'connect', addresses: [] })
  })

  it('more addresses than allowed are passed over', () => {
    const many = Array.from({ length: 30 }, () => bytesField(2, Uint8Array.of(1))).flat()
    expect(decodeDcutr(concat([...connect, ...many])).addresses.length).toBe(dcutrLimits.addresses)
  })

  it.each<[string, Uint8Array, string]>([
    ['no type', new Uint8Array(0), 'wire.invalid'],
    ['another type', concat(varintField(1, 200)), 'wire.invalid'],
    ['a long message', new Uint8Array(dcutrLimits.message + 1), 'wire.limit'],
    ['many fields', concat(Array.from({ length: 65 }, () => varintField(7, 1)).flat()), 'wire.limit'],
  ])('%s is refused', (_what, bytes, code) => {
    expect(() => decodeDcutr(bytes)).toThrow(expect.objectContaining({ code }))
  })
})

it('random and changed messages reveal no defect', () => {
  for (const seed of fuzz.seeds) fuzz.run(seed)
  fc.assert(fc.property(fc.uint8Array({ maxLength: 100 }), input => fuzz.run(input)))
  fc.assert(
    fc.property(fc.constantFrom(...fuzz.seeds), fc.nat(), fc.nat(255), (seed, at, byte) => {
      const changed = seed.slice()
      changed[at % changed.length] = byte
      fuzz.run(changed)
    }),
  )
})
