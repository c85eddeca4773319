import { expect, test } from 'vitest'
import { OwnAddresses } from './own-addresses.ts'

test('what sources know is merged, best source first, each address once', () => {
  const own = new OwnAddresses(() => {})
  own.set('relay', ['/ip4/9.9.9.9/tcp/1/p2p-circuit'])
  own.set('observed', ['/ip4/1.2.3.4/udp/5/udx'])
  own.set('gateway', ['/ip4/1.2.3.4/tcp/5', '/ip4/1.2.3.4/udp/5/udx'])
  expect(own.list()).toEqual([
    '/ip4/1.2.3.4/tcp/5',
    '/ip4/1.2.3.4/udp/5/udx',
    '/ip4/9.9.9.9/tcp/1/p2p-circuit',
  ])
})

test('a change is told once, and at most eight of a source are kept', () => {
  let changes = 0
  const own = new OwnAddresses(() => changes++)
  const many = Array.from({ length: 20 }, (_, i) => `/ip4/1.2.3.4/tcp/${i + 1}`)
  own.set('observed', many)
  own.set('observed', many)
  expect(changes).toBe(1)
  expect(own.list()).toHaveLength(8)
})
