import { expect, test } from 'vitest'
import { isLanIp, isLoopbackIp, pathOf, unmapped } from './path.ts'

test.each([
  ['/ip4/127.0.0.1/tcp/1', 'loopback'],
  ['/ip6/::1/tcp/1/p2p/X', 'loopback'],
  ['/ip4/10.1.2.3/tcp/1', 'lan'],
  ['/ip4/172.31.0.1/tcp/1', 'lan'],
  ['/ip4/172.32.0.1/tcp/1', 'direct'],
  ['/ip4/192.168.0.9/tcp/1', 'lan'],
  ['/ip4/100.64.0.1/tcp/1', 'lan'],
  ['/ip4/8.8.8.8/tcp/1', 'direct'],
  ['/ip6/fd00::1/tcp/1', 'lan'],
  ['/ip6/fe80::1/tcp/1', 'lan'],
  ['/ip6/2001:db8::1/tcp/1', 'direct'],
  ['/dns4/example.org/tcp/1', 'direct'],
  ['/ip4/1.2.3.4/tcp/1/p2p/X/p2p-circuit/p2p/Y', 'relayed'],
  ['/memory/a', 'memory'],
  ['', 'direct'],
])('%s is %s', (address, path) => expect(pathOf(address)).toBe(path))

test('an address on a network of this machine is on the LAN', () => {
  expect(pathOf('/ip4/8.8.8.8/tcp/1', ip => ip === '8.8.8.8')).toBe('lan')
})

test('mapped addresses count as IPv4 and zones are ignored', () => {
  expect(unmapped('::ffff:127.0.0.1')).toBe('127.0.0.1')
  expect(isLoopbackIp('::ffff:127.0.0.1')).toBe(true)
  expect(unmapped(new URL('http://[::ffff:127.0.0.1]/').hostname.slice(1, -1))).toBe('127.0.0.1')
  expect(unmapped('::ffff:c0a8:0102')).toBe('192.168.1.2')
  expect(isLanIp('fe80::1%eth0')).toBe(true)
})
