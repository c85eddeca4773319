import { expect, test } from 'vitest'
import { Admission, type Admitted, addressGroup } from './admission.ts'

const limits = {
  maxConnections: 100,
  maxConnectionsPerAddress: 3,
  maxConnectionsFromLoopback: 5,
  maxPendingInbound: 50,
  maxInboundPerSecond: 1000,
  lanOnly: false,
}

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
  const admission = new Admission(limits, () => 0)
  const three = [1, 2, 3].map(() => ok(admission.admit('1.2.3.4')))
  expect(admission.admit('1.2.3.4')).toBe('address')
  ok(admission.admit('1.2.3.5'))
  three[0]!.closed()
  three[0]!.closed()
  ok(admission.admit('1.2.3.4'))
  expect(admission.admit('1.2.3.4')).toBe('address')
})

test('an IPv6 /56 counts as one address, and loopback has a limit of its own', () => {
  const admission = new Admission(limits, () => 0)
  for (const ip of ['2001:db8::1', '2001:db8:0:1::1', '2001:db8:0:ff::1']) ok(admission.admit(ip))
  expect(admission.admit('2001:db8:0:7::1')).toBe('address')
  for (let i = 0; i < 5; i++) ok(admission.admit('127.0.0.1'))
  expect(admission.admit('::1')).toBe('address')
})

test('pending, open and new connections per second are limited', () => {
  let now = 0
  const admission = new Admission(
    { ...limits, maxConnections: 6, maxPendingInbound: 2, maxInboundPerSecond: 2 },
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
  const admission = new Admission({ ...limits, maxConnections: 4 }, () => now)
  const open = [1, 2, 3, 4].map(n => ok(admission.admit(`1.1.1.${n}`)))
  expect(admission.admit('9.9.9.9')).toBe('connections')
  for (const admitted of open) admitted.closed()
  expect([admission.open, admission.pending]).toEqual([0, 0])
  for (let n = 0; n < 1000; n++) {
    now += 100
    ok(admission.admit(`5.5.${n >> 8}.${n & 255}`)).closed()
  }
  expect(admission.groups).toBeLessThan(20)
})

test('with lanOnly only this machine and local networks get in', () => {
  const near = (ip: string): boolean => ip === '203.0.113.7'
  const admission = new Admission({ ...limits, lanOnly: true }, () => 0, near)
  expect(admission.admit('198.51.100.1')).toBe('far')
  expect(admission.admit('2001:db8::1')).toBe('far')
  for (const ip of ['127.0.0.1', '192.168.1.5', '::ffff:10.0.0.3', 'fe80::1', '203.0.113.7'])
    expect(typeof admission.admit(ip)).toBe('object')
})
