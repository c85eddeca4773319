import { expect, test } from 'vitest'
import { believable, maxHeardAddresses } from './hearsay.ts'

const own = '/ip4/127.0.0.1/tcp/22'
const router = '/ip4/192.168.1.1/tcp/80'
const near = ['/ip4/192.168.1.7/tcp/4001', '/ip4/10.0.0.7/tcp/4001', '/ip6/fd00::7/tcp/4001']
const far = Array.from({ length: 40 }, (_, n) => `/ip4/8.8.8.${n}/tcp/4001`)

test('whoever is on this machine may name anything', () => {
  expect(believable({ addresses: [own, router], teller: 'loopback' })).toEqual([own, router])
})

test('whoever is on our networks may name all but this machine', () => {
  expect(believable({ addresses: [own, router, ...near], teller: 'lan' })).toEqual([router, ...near])
})

test.each(['direct', 'relayed'] as const)('over a %s way two private addresses are taken, last', teller => {
  expect(believable({ addresses: [own, router, ...near, ...far.slice(0, 2)], teller })).toEqual([
    ...far.slice(0, 2),
    ...near.slice(0, 2),
  ])
})

test('of an address behind a relay it counts where the relay is said to be', () => {
  const behind = (at: string): string =>
    `${at}/p2p/12D3KooWKnDdG3iXw9eTFijk3EWSunZcFi54Zka4wmtqtt6rPxc8/p2p-circuit`
  const addresses = [own, router, near[0]!, far[0]!].map(behind)
  expect(believable({ addresses, teller: 'direct' })).toEqual([far[0]!, near[0]!].map(behind))
})

test.each(['loopback', 'lan', 'direct'] as const)('a flood of addresses over a %s way is cut', teller => {
  expect(believable({ addresses: far, teller }).length).toBeLessThanOrEqual(maxHeardAddresses)
})
