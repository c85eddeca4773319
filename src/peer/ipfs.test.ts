import { expect, test } from 'vitest'
import { ipfsRoutingConfig } from '../ipfs/index.ts'
import { routingOf } from './ipfs.ts'

test('a peer of a private network does not go to those by which others enter the public one', () => {
  const usual = ipfsRoutingConfig.parse({})
  expect(usual.bootstrap.length).toBeGreaterThan(0)
  expect(routingOf(usual, false)).toEqual(usual)
  expect(routingOf(usual, true).bootstrap).toEqual([])
  const peer = '12D3KooWKnDdG3iXw9eTFijk3EWSunZcFi54Zka4wmtqtt6rPxc8'
  const own = [`/ip4/10.1.2.3/tcp/4001/p2p/${peer}`, `/dnsaddr/our.example/p2p/${peer}`]
  const named = ipfsRoutingConfig.parse({ bootstrap: [...usual.bootstrap, ...own] })
  expect(routingOf(named, true).bootstrap).toEqual(own)
})
