import type { NetworkInterfaceInfo } from 'node:os'
import { expect, test } from 'vitest'
import { HeldInterface, placeOf } from './held-interface.ts'

const entry = (address: string): NetworkInterfaceInfo => {
  const rest = { netmask: '', mac: '', internal: false, cidr: null }
  return address.includes(':')
    ? { ...rest, address, family: 'IPv6', scopeid: 0 }
    : { ...rest, address, family: 'IPv4' }
}
const machine = {
  lo: [entry('127.0.0.1'), entry('::1')],
  eth0: [entry('192.168.1.7'), entry('fe80::1')],
  wg0: [entry('fe80::2'), entry('10.8.0.2'), entry('10.8.0.3'), entry('fd00::2')],
  tun0: [entry('fe80::3')],
}

test('an interface by its name: the first address of each family', () => {
  expect(placeOf('wg0', machine)).toEqual({ device: 'wg0', ips: { 4: '10.8.0.2', 6: 'fd00::2' } })
  expect(placeOf('eth0', machine)).toEqual({ device: 'eth0', ips: { 4: '192.168.1.7' } })
})

test('an interface by an address on it: that address only', () => {
  expect(placeOf('10.8.0.3', machine)).toEqual({ device: 'wg0', ips: { 4: '10.8.0.3' } })
  expect(placeOf('fd00::2', machine)).toEqual({ device: 'wg0', ips: { 6: 'fd00::2' } })
})

test('one that is not there or has no address is down', () => {
  for (const wish of ['wg1', '10.8.0.9', 'tun0', 'wg', 'WG0']) expect(placeOf(wish, machine)).toBeUndefined()
  expect(() => new HeldInterface('no-such-one').require()).toThrow(
    expect.objectContaining({ code: 'network.egress-down' }),
  )
})
