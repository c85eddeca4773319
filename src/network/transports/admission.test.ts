import { expect, test } from 'vitest'
import { addressGroup, addressSubnet } from './address-group.ts'
import { Admission, type AdmissionLimits, type Admitted, doorPlaces } from './admission.ts'

const limits: AdmissionLimits = {
  maxConnections: 100,
  maxRawConnections: 2,
  maxConnectionsPerAddress: 3,
  maxConnectionsPerSubnet: 5,
  maxConnectionsFromLoopback: 5,
  maxPendingInbound: 50,
  maxInboundPerSecond: 1000,
  lanOnly: false,
}

const admissionOf = (
  some: Partial<AdmissionLimits> = {},
  now: () => number = () => 0,
  near?: (ip: string) => boolean,
): Admission => new Admission({ limits: { ...limits, ...some }, now, ...(near && { near }) })

const ok = (admitted: ReturnType<Admission['admit']>): Admitted => {
  if (typeof admitted === 'string') throw new Error(`refused: ${admitted}`)
  return admitted
}

test.each([
  ['1.2.3.4', '1.2.3.4'],
  ['::ffff:1.2.3.4', '1.2.3.4'],
  ['127.0.0.9', 'loopback'],
  ['::1', 'loopback'],
  ['2001:db8:1:2ff::1', '2001:db8:1:200'],
  ['2001:db8:1:201:5::', '2001:db8:1:200'],
  ['2001:db8:1:300::', '2001:db8:1:300'],
  ['fe80::1%eth0', 'fe80:0:0:0'],
  ['::2', '0:0:0:0'],
])('%s belongs to %s', (ip, group) => expect(addressGroup(ip)).toBe(group))

test('connections per address are limited, and each closed one makes room', () => {
  const admission = admissionOf()
  const three = [1, 2, 3].map(() => ok(admission.admit('1.2.3.4')))
  expect(admission.admit('1.2.3.4')).toBe('address')
  ok(admission.admit('1.2.3.5'))
  three[0]!.closed()
  three[0]!.closed()
  ok(admission.admit('1.2.3.4'))
  expect(admission.admit('1.2.3.4')).toBe('address')
})

test('an IPv6 /56 counts as one address, and loopback has a limit of its own', () => {
  const admission = admissionOf()
  for (const ip of ['2001:db8::1', '2001:db8:0:1::1', '2001:db8:0:ff::1']) ok(admission.admit(ip))
  expect(admission.admit('2001:db8:0:7::1')).toBe('address')
  for (let i = 0; i < 5; i++) ok(admission.admit('127.0.0.1'))
  expect(admission.admit('::1')).toBe('address')
})

test('pending, open and new connections per second are limited', () => {
  let now = 0
  const admission = admissionOf(
    { maxConnections: 6, maxPendingInbound: 2, maxInboundPerSecond: 2 },
    () => now,
  )
  ok(admission.admit('1.1.1.1')).upgraded()
  ok(admission.admit('1.1.1.1')).upgraded()
  expect(admission.admit('1.1.1.1')).toBe('rate')
  now = 1000
  ok(admission.admit('1.1.1.1'))
  ok(admission.admit('1.1.1.2'))
  expect(admission.admit('1.1.1.3')).toBe('pending')
  expect(admission.pending).toBe(2)
})

test('all together are limited, and closed ones are forgotten', () => {
  let now = 0
  const admission = admissionOf({ maxConnections: 4, maxPendingInbound: 99 }, () => now)
  const open = Array.from({ length: 4 + doorPlaces }, (_, n) => ok(admission.admit(`1.1.${n}.1`)))
  for (const admitted of open) expect(admitted.is('libp2p')).toBe(true)
  const tooMany = ok(admission.admit('9.9.9.9'))
  expect(tooMany.is('libp2p')).toBe(false)
  tooMany.closed()
  const others = [1, 2].map(n => ok(admission.admit(`2.2.2.${n}`)))
  for (const admitted of others) expect(admitted.is('raw')).toBe(true)
  expect([admission.open, admission.raw]).toEqual([36, 2])
  expect(admission.admit('9.9.9.9')).toBe('connections')
  expect(admission.refused).toEqual({ connections: 2 })
  for (const admitted of [...open, ...others]) admitted.closed()
  expect([admission.open, admission.pending]).toEqual([0, 0])
  for (let n = 0; n < 1000; n++) {
    now += 100
    ok(admission.admit(`5.5.${n >> 8}.${n & 255}`)).closed()
  }
  expect(admission.groups).toBeLessThan(20)
})

test('with lanOnly only this machine and local networks get in', () => {
  const near = (ip: string): boolean => ip === '203.0.113.7'
  const admission = admissionOf({ lanOnly: true }, () => 0, near)
  expect(admission.admit('198.51.100.1')).toBe('far')
  expect(admission.admit('2001:db8::1')).toBe('far')
  for (const ip of ['127.0.0.1', '192.168.1.5', '::ffff:10.0.0.3', 'fe80::1', '203.0.113.7'])
    expect(typeof admission.admit(ip)).toBe('object')
})

test.each([
  ['1.2.3.4', '1.2.3.0/24'],
  ['::ffff:1.2.3.4', '1.2.3.0/24'],
  ['::1', 'loopback'],
  ['2001:db8:1:2ff::1', '2001:db8:1::/48'],
])('%s is of the subnet %s', (ip, subnet) => expect(addressSubnet(ip)).toBe(subnet))

test('connections from an IPv4 /24 or an IPv6 /48 are limited, those of a local network are not', () => {
  const admission = admissionOf()
  for (let n = 1; n <= 5; n++) ok(admission.admit(`1.2.3.${n}`))
  expect(admission.admit('1.2.3.6')).toBe('subnet')
  for (let n = 1; n <= 5; n++) ok(admission.admit(`2001:db8:1:${n}00::1`))
  expect(admission.admit('2001:db8:1:900::1')).toBe('subnet')
  for (let n = 1; n <= 9; n++) ok(admission.admit(`192.168.1.${n}`))
})

test('other protocols have places of their own', () => {
  const admission = admissionOf()
  const [a, b, c] = [1, 2, 3].map(n => ok(admission.admit(`1.1.${n}.1`)))
  expect([a!.is('raw'), b!.is('raw'), c!.is('raw')]).toEqual([true, true, false])
  a!.closed()
  expect(c!.is('raw')).toBe(true)
  expect([admission.open, admission.raw]).toEqual([0, 2])
})

test('outbound connections count, and are not refused', () => {
  const admission = admissionOf({ maxConnections: 1 })
  const dialled = Array.from({ length: 1 + doorPlaces }, () => admission.dialled())
  const inbound = ok(admission.admit('1.1.1.1'))
  expect(inbound.is('libp2p')).toBe(false)
  dialled[0]!.closed()
  dialled[0]!.closed()
  expect(inbound.is('libp2p')).toBe(true)
})

test('when many are pending, the oldest of the largest crowd gives its place after a second', () => {
  let now = 0
  const cut: string[] = []
  const admission = admissionOf({ maxPendingInbound: 4 }, () => now)
  const admit = (ip: string): ReturnType<Admission['admit']> => admission.admit(ip, () => cut.push(ip))
  ok(admit('1.1.1.1')).upgraded()
  for (const ip of ['2.2.2.2', '3.3.3.3', '4.4.4.4', '5.5.5.5']) ok(admit(ip))
  expect(admit('6.6.6.6')).toBe('pending')
  now = 1_000
  ok(admit('6.6.6.6'))
  expect(cut).toEqual(['2.2.2.2'])
  expect(admission.pending).toBe(4)
})

test('a crowd from one subnet gives its places to others at once, and to itself never', () => {
  const cut: string[] = []
  const admission = admissionOf({ maxPendingInbound: 4 })
  const admit = (ip: string): ReturnType<Admission['admit']> => admission.admit(ip, () => cut.push(ip))
  for (const ip of ['2.2.2.1', '2.2.2.2', '3.3.3.3', '4.4.4.4']) ok(admit(ip))
  expect(admit('2.2.2.3')).toBe('pending')
  ok(admit('5.5.5.5'))
  expect(cut).toEqual(['2.2.2.1'])
  expect(admission.refused).toEqual({ pending: 1, crowded: 1 })
})

test('whoever is refused leaves no trace', () => {
  const admission = admissionOf({ maxPendingInbound: 1 })
  ok(admission.admit('1.1.1.1'))
  for (let n = 0; n < 5_000; n++) admission.admit(`9.${n >> 8}.${n & 255}.1`)
  expect(admission.groups).toBe(1)
})
