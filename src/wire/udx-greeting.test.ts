import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { decodeUdxGreeting, encodeUdxGreeting, isUdxGreeting, type UdxGreeting } from './udx-greeting.ts'
import { encodeUtp, isUtp } from './utp.ts'

const token = fc.uint8Array({ minLength: 8, maxLength: 8 })
const cookie = fc.uint8Array({ minLength: 16, maxLength: 16 })
const stream = fc.nat(0xffffffff)
const greeting: fc.Arbitrary<UdxGreeting> = fc.oneof(
  fc.record({ type: fc.constantFrom('hello', 'refuse', 'open'), token }),
  fc.record({ type: fc.constant('cookie'), token, cookie }),
  fc.record({ type: fc.constant('join'), token, cookie, stream }),
  fc.record({ type: fc.constant('accept'), token, stream, to: stream }),
)
const lengthOf = (type: UdxGreeting['type']): number => {
  const bytes = { token: new Uint8Array(8), cookie: new Uint8Array(16), stream: 1, to: 2 }
  return encodeUdxGreeting({ type, ...bytes } as UdxGreeting).length
}

describe('greetings of UDX', () => {
  test('have the layout of decision 015', () => {
    const bytes = { token: new Uint8Array(8).fill(1), cookie: new Uint8Array(16).fill(2) }
    const hex = (value: UdxGreeting): string => Buffer.from(encodeUdxGreeting(value)).toString('hex')
    expect(hex({ type: 'join', ...bytes, stream: 0x01020304 })).toBe(
      `fe70756478010200${'01'.repeat(8)}${'02'.repeat(16)}01020304${'00'.repeat(12)}`,
    )
    expect(hex({ type: 'accept', ...bytes, stream: 1, to: 2 })).toBe(
      `fe70756478010300${'01'.repeat(8)}0000000100000002`,
    )
  })

  test('come back as they were', () => {
    fc.assert(
      fc.property(greeting, value => {
        expect(decodeUdxGreeting(encodeUdxGreeting(value))).toEqual(value)
      }),
    )
  })

  test('no answer is longer than its question', () => {
    for (const question of ['hello', 'open'] as const)
      expect(lengthOf('cookie')).toBeLessThanOrEqual(lengthOf(question))
    for (const answer of ['accept', 'refuse'] as const)
      expect(lengthOf(answer)).toBeLessThanOrEqual(lengthOf('join'))
    // `open` is answered with a `hello`.
    expect(lengthOf('hello')).toBeLessThanOrEqual(lengthOf('open'))
  })

  test('are told from everything else on the socket', () => {
    fc.assert(
      fc.property(greeting, value => {
        const bytes = encodeUdxGreeting(value)
        expect(isUdxGreeting(bytes)).toBe(true)
        expect(isUtp(bytes)).toBe(false)
        expect([0x64, 0xff, 0]).not.toContain(bytes[0])
      }),
    )
    const syn = { type: 'syn', connection: 1, timestamp: 1, delay: 0, window: 1, seq: 1, ack: 0 } as const
    expect(isUdxGreeting(encodeUtp(syn))).toBe(false)
    expect(isUdxGreeting(Buffer.from('d1:rd2:id20:aaaaaaaaaaaaaaaaaaaae1:t2:aa1:y1:re'))).toBe(false)
    expect(isUdxGreeting(Uint8Array.of(0xff, 1, ...new Uint8Array(40)))).toBe(false)
  })

  test('are refused cut off, with more behind them, or with anything where nothing should be', () => {
    fc.assert(
      fc.property(greeting, fc.nat(), fc.nat(), (value, cut, at) => {
        const bytes = encodeUdxGreeting(value)
        expect(decodeUdxGreeting(bytes.subarray(0, cut % bytes.length))).toBeUndefined()
        expect(decodeUdxGreeting(Uint8Array.of(...bytes, 0))).toBeUndefined()
        const changed = bytes.slice()
        changed[at % 8]! ^= 0x80
        expect(decodeUdxGreeting(changed)).toBeUndefined()
      }),
    )
    const hello = encodeUdxGreeting({ type: 'hello', token: new Uint8Array(8) })
    hello[40] = 1
    expect(decodeUdxGreeting(hello)).toBeUndefined()
  })

  test('bytes of any kind never throw', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 80 }), bytes => void decodeUdxGreeting(bytes)))
  })
})
