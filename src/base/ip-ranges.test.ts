import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseCidr, parseIp } from './ip-address.ts'
import { IpRanges } from './ip-ranges.ts'

describe('an address as numbers', () => {
  it.each([
    ['1.2.3.4', [0x01020304]],
    ['255.255.255.255', [0xffffffff]],
    ['001.002.003.004', [0x01020304]],
    ['::', [0, 0, 0, 0]],
    ['::1', [0, 0, 0, 1]],
    ['2001:DB8::8:800:200C:417A', [0x20010db8, 0, 0x00080800, 0x200c417a]],
    ['2001:db8:1:2:3:4:5:6', [0x20010db8, 0x00010002, 0x00030004, 0x00050006]],
    ['fe80::1%eth0', [0xfe800000, 0, 0, 1]],
    ['::ffff:192.0.2.1', [0xc0000201]],
    ['64:ff9b::192.0.2.1', [0x0064ff9b, 0, 0, 0xc0000201]],
  ])('%s', (text, wanted) => {
    expect(parseIp(text)).toEqual(wanted)
  })

  it.each([
    ...[
      '',
      '1.2.3',
      '1.2.3.4.5',
      '1.2.3.256',
      '1..2.3',
      '1.2.3.',
      '.1.2.3',
      '1.2.3.0004',
      'a.b.c.d',
      ' 1.2.3.4',
    ],
    ...[
      ':',
      ':::',
      '1::2::3',
      '1:2:3:4:5:6:7',
      '1:2:3:4:5:6:7:8:9',
      '12345::',
      '::g',
      '1:2:3:4:5:6:7::8',
      '::1.2.3',
    ],
  ])('not %j', text => {
    expect(parseIp(text)).toBeUndefined()
  })

  it.each([
    ['10.0.0.0/8', [0x0a000000], [0x0affffff]],
    ['10.1.2.3/8', [0x0a000000], [0x0affffff]],
    ['1.2.3.4/32', [0x01020304], [0x01020304]],
    ['1.2.3.4', [0x01020304], [0x01020304]],
    ['0.0.0.0/0', [0], [0xffffffff]],
    ['2001:db8::/33', [0x20010db8, 0, 0, 0], [0x20010db8, 0x7fffffff, 0xffffffff, 0xffffffff]],
    ['::ffff:192.0.2.0/120', [0xc0000200], [0xc00002ff]],
  ])('the range %s', (text, first, last) => {
    expect(parseCidr(text)).toEqual({ first, last })
  })

  it.each(['1.2.3.4/33', '1.2.3.4/', '1.2.3.4/-1', '1.2.3.4/8/8', '::/129', '/8', '::ffff:1.2.3.4/90'])(
    'not the range %s',
    text => {
      expect(parseCidr(text)).toBeUndefined()
    },
  )
})

function built(ranges: readonly (readonly [readonly number[], readonly number[]])[]): IpRanges {
  const set = new IpRanges()
  for (const [first, last] of ranges) set.add(first, last)
  for (const _ of set.build());
  return set
}

describe('a set of ranges', () => {
  it('holds what is in one of its ranges, at both ends too', () => {
    const set = built([
      [[0x0a000000], [0x0a0000ff]],
      [[0x0a000080], [0x0a0001ff]],
      [
        [0x20010db8, 0, 0, 0],
        [0x20010db8, 0, 0, 9],
      ],
    ])
    expect(set.count).toBe(2)
    for (const ip of ['10.0.0.0', '10.0.1.255', '2001:db8::', '2001:db8::9', '::ffff:10.0.0.7'])
      expect([ip, set.has(ip)]).toEqual([ip, true])
    for (const ip of ['9.255.255.255', '10.0.2.0', '2001:db8::a', '2001:db7::', '::10.0.0.7', 'x', ''])
      expect([ip, set.has(ip)]).toEqual([ip, false])
  })

  it('refuses what is no range', () => {
    const set = new IpRanges()
    expect(set.add([2], [1])).toBe(false)
    expect(set.add([1], [1, 2, 3, 4])).toBe(false)
    expect(set.add([1, 0, 0, 5], [1, 0, 0, 4])).toBe(false)
  })

  it('holds the same as a list that is looked through, whatever the order and the number', () => {
    const address = fc.integer({ min: 0, max: 3000 })
    const pair = fc.tuple(address, fc.integer({ min: 0, max: 60 }))
    fc.assert(
      fc.property(
        fc.array(pair, { maxLength: 60 }),
        fc.array(address, { maxLength: 30 }),
        (ranges, asked) => {
          const four = built(ranges.map(([at, size]) => [[at], [at + size]]))
          const six = built(
            ranges.map(([at, size]) => [
              [0x20010db8, 7, 0, at],
              [0x20010db8, 7, 0, at + size],
            ]),
          )
          for (const ip of asked) {
            const wanted = ranges.some(([at, size]) => ip >= at && ip <= at + size)
            expect(four.has(`0.0.${ip >> 8}.${ip & 255}`)).toBe(wanted)
            expect(six.has(`2001:db8:0:7::${ip.toString(16)}`)).toBe(wanted)
          }
        },
      ),
    )
  })

  it('of more ranges than are sorted at one go', () => {
    const count = 40_000
    const order = Array.from({ length: count }, (_, i) => (i * 7_919) % count)
    const set = built(order.map(i => [[i * 16], [i * 16 + 7]]))
    expect(set.count).toBe(count)
    for (let i = 0; i < count; i += 97) {
      const ip = (n: number): string => [n >>> 24, (n >>> 16) & 255, (n >>> 8) & 255, n & 255].join('.')
      expect(set.has(ip(i * 16 + 7)) && !set.has(ip(i * 16 + 8))).toBe(true)
    }
  })
})
