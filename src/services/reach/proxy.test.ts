import { expect, test } from 'vitest'
import { placeOf } from './proxy.ts'

test.each([
  ['example.org:443', { host: 'example.org', port: 443 }],
  ['192.0.2.7:1', { host: '192.0.2.7', port: 1 }],
  ['[2001:db8::7]:4001', { host: '2001:db8::7', port: 4001 }],
  ['/ip4/192.0.2.7/tcp/4001/p2p/x', { host: '192.0.2.7', port: 4001 }],
  ['/ip6/2001:db8::7/tcp/4001', { host: '2001:db8::7', port: 4001 }],
  ['/dns4/relay.example/tcp/443', { host: 'relay.example', port: 443 }],
])('%s is a place', (text, place) => {
  expect(placeOf(text)).toEqual(place)
})

test.each([
  '',
  'example.org',
  'example.org:0',
  'example.org:65536',
  '2001:db8::7:4001',
  'http://example.org:80',
  'me@example.org:80',
  '/ip4/192.0.2.7/udp/4001/udx',
  '/dnsaddr/example.org',
])('%j is none', text => {
  expect(placeOf(text)).toBeUndefined()
})
