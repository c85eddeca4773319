import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { concat, fromHex, PeerageError, toHex } from '../base/index.ts'
import { fuzz } from './circuit.fuzz.ts'
import {
  circuitLimits,
  circuitStatus,
  decodeHopMessage,
  decodeStopMessage,
  decodeVoucher,
  encodeHopMessage,
  encodeStopMessage,
  encodeVoucher,
  type HopMessage,
  type StopMessage,
} from './circuit.ts'
import { takeDelimited } from './delimited.ts'
import { bytesField, varintField } from './protobuf.ts'

const bytes = (minLength: number, maxLength: number): fc.Arbitrary<Uint8Array> =>
  fc.uint8Array({ minLength, maxLength }).map(array => Uint8Array.from(array))
const peer = bytes(1, circuitLimits.peerId)
const number = fc.maxSafeNat()
const limit = fc.record({ seconds: number, bytes: number })
const hop: fc.Arbitrary<HopMessage> = fc.oneof(
  fc.constant({ type: 'reserve' } as const),
  fc.record({ type: fc.constant('connect' as const), peer }),
  fc.record(
    {
      type: fc.constant('status' as const),
      status: fc.nat(),
      reservation: fc.record(
        { expires: number, addresses: fc.array(bytes(1, 60), { maxLength: 8 }), voucher: bytes(0, 300) },
        { requiredKeys: ['expires', 'addresses'] },
      ),
      limit,
    },
    { requiredKeys: ['type', 'status'] },
  ),
)
const stop: fc.Arbitrary<StopMessage> = fc.oneof(
  fc.record({ type: fc.constant('connect' as const), peer, limit }, { requiredKeys: ['type', 'peer'] }),
  fc.record({ type: fc.constant('status' as const), status: fc.nat() }),
)

/** Without the length in front. */
const body = (message: Uint8Array): Uint8Array => message.subarray(message[0]! < 128 ? 1 : 2)

it('reads what it writes', () => {
  fc.assert(
    fc.property(hop, stop, (hop, stop) => {
      expect(decodeHopMessage(body(encodeHopMessage(hop)))).toEqual(hop)
      expect(decodeStopMessage(body(encodeStopMessage(stop)))).toEqual(stop)
    }),
  )
  fc.assert(
    fc.property(peer, peer, number, (relay, peer, expires) => {
      expect(decodeVoucher(encodeVoucher({ relay, peer, expires }))).toEqual({ relay, peer, expires })
    }),
  )
})

describe('messages of @libp2p/circuit-relay-v2 4.2.13', () => {
  const id = '0024080112208a88e3dd7409f195fd52db2d3cba5d72ca6709bf1d94121bf3748801b40f6f5c'
  const limit = { seconds: 120, bytes: 131_072 }
  it.each<[HopMessage, string]>([
    [{ type: 'reserve' }, '0800'],
    [{ type: 'connect', peer: fromHex(id) }, `080112280a26${id}`],
    [
      {
        type: 'status',
        status: circuitStatus.ok,
        reservation: { expires: 1_800_000_000, addresses: [fromHex('047f000001060fa1')] },
        limit,
      },
      '08021a100880a4a7da061208047f000001060fa122060878108080082864',
    ],
  ])('to relays %#', (message, hex) => {
    expect(decodeHopMessage(fromHex(hex))).toEqual(message)
    expect(toHex(body(encodeHopMessage(message)))).toBe(hex)
  })

  it.each<[StopMessage, string]>([
    [{ type: 'status', status: circuitStatus.ok }, '08012064'],
    [{ type: 'connect', peer: fromHex(id), limit }, `080012280a26${id}1a06087810808008`],
  ])('of relays %#', (message, hex) => {
    expect(decodeStopMessage(fromHex(hex))).toEqual(message)
    expect(toHex(body(encodeStopMessage(message)))).toBe(hex)
  })
})

describe('what others may write', () => {
  it('fields in any order, unknown ones, and a type that was left out', () => {
    const id = Uint8Array.of(1, 2, 3)
    const odd = concat([
      ...bytesField(9, new Uint8Array(3)),
      ...bytesField(2, concat([...bytesField(2, Uint8Array.of(4)), ...bytesField(1, id)])),
      Uint8Array.of(0x55, 1, 2, 3, 4, 0x59, 1, 2, 3, 4, 5, 6, 7, 8),
      ...varintField(1, 1),
    ])
    expect(decodeHopMessage(odd)).toEqual({ type: 'connect', peer: id })
    expect(decodeHopMessage(new Uint8Array(0))).toEqual({ type: 'reserve' })
  })
})

describe('is refused', () => {
  const peerOf = (length: number): Uint8Array => concat(bytesField(1, new Uint8Array(length)))
  const connect = (...parts: Uint8Array[]): Uint8Array => concat([...varintField(1, 1), ...parts])
  const status = (...parts: Uint8Array[]): Uint8Array => concat([...varintField(1, 2), ...parts])
  it.each<[string, Uint8Array, string]>([
    ['an unknown type', concat(varintField(1, 3)), 'wire.invalid'],
    ['a type that is no number', concat(bytesField(1, new Uint8Array(1))), 'wire.invalid'],
    ['no peer', connect(), 'wire.invalid'],
    ['an empty peer', connect(...bytesField(2, peerOf(0))), 'wire.invalid'],
    ['a long peer', connect(...bytesField(2, peerOf(65))), 'wire.invalid'],
    ['a peer that is a number', connect(...varintField(2, 1)), 'wire.invalid'],
    ['what is cut off', connect(Uint8Array.of(0x12, 5, 1)), 'wire.invalid'],
    ['a number that is cut off', Uint8Array.of(0x08, 0x80), 'wire.invalid'],
    ['a number without end', Uint8Array.of(0x08, ...new Uint8Array(10).fill(0x80)), 'wire.invalid'],
    ['groups', Uint8Array.of(0x0b), 'wire.invalid'],
    ['field 0', Uint8Array.of(0x00, 1), 'wire.invalid'],
    ['a long message', new Uint8Array(circuitLimits.message + 1), 'wire.limit'],
    [
      'many fields',
      concat(Array.from({ length: circuitLimits.fields + 1 }, () => varintField(7, 1)).flat()),
      'wire.limit',
    ],
    [
      'a long voucher',
      status(...bytesField(3, concat(bytesField(3, new Uint8Array(circuitLimits.voucher + 1))))),
      'wire.limit',
    ],
  ])('%s', (_what, message, code) => {
    expect(() => decodeHopMessage(message)).toThrow(expect.objectContaining({ code }))
  })

  it('a voucher that is not as it is signed', () => {
    const voucher = encodeVoucher({ relay: Uint8Array.of(1), peer: Uint8Array.of(2), expires: 3 })
    for (const wrong of [
      voucher.subarray(1),
      voucher.subarray(0, -1),
      concat([voucher, Uint8Array.of(0x20, 0)]),
    ])
      expect(() => decodeVoucher(wrong)).toThrow(PeerageError)
  })
})

it('more addresses than allowed, and those that are too long, are passed over', () => {
  const addresses = [
    new Uint8Array(circuitLimits.address + 1),
    ...Array.from({ length: 20 }, () => Uint8Array.of(1)),
  ]
  const message = encodeHopMessage({ type: 'status', status: 100, reservation: { expires: 1, addresses } })
  expect(decodeHopMessage(body(message))).toMatchObject({
    reservation: { addresses: Array.from({ length: 16 }, () => Uint8Array.of(1)) },
  })
})

it('messages are cut out of what comes, and those that are too long are refused at once', () => {
  const { message } = circuitLimits
  const long = encodeStopMessage({ type: 'connect', peer: new Uint8Array(60) })
  for (let cut = 0; cut < long.length; cut++)
    expect(takeDelimited(long.subarray(0, cut), message)).toBeUndefined()
  const rest = Uint8Array.of(7)
  expect(takeDelimited(concat([long, rest]), message)).toEqual({ frame: body(long), rest })
  expect(takeDelimited(Uint8Array.of(0, 7), message)).toEqual({ frame: new Uint8Array(0), rest })
  for (const wrong of [[0x81, 0x20], [0x80, 0], new Array(5).fill(0x80)])
    expect(() => takeDelimited(Uint8Array.from(wrong), message)).toThrow(PeerageError)
  expect(takeDelimited(Uint8Array.of(0x80, 0x20), message)).toBeUndefined()
})

it('random and changed messages reveal no defect', () => {
  for (const seed of fuzz.seeds) fuzz.run(seed)
  fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), input => fuzz.run(input)))
  fc.assert(
    fc.property(fc.constantFrom(...fuzz.seeds), fc.nat(), fc.nat(255), (seed, at, byte) => {
      const changed = seed.slice()
      changed[at % changed.length] = byte
      fuzz.run(changed)
    }),
  )
})
