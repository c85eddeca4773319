import { expect, test } from 'vitest'
import type { Access } from '../access/index.ts'
import { ipfsRoutingConfig } from '../ipfs/index.ts'
import { mayServe, routingOf } from './ipfs.ts'

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

test.for([
  { may: true, who: 'stranger', isPublic: true, contents: [] },
  { may: true, who: 'stranger', isPublic: false, contents: ['private', 'open'] },
  { may: false, who: 'stranger', isPublic: false, contents: ['private', 'paused', 'metered'] },
  { may: true, who: 'friend', isPublic: false, contents: ['private'] },
  { may: false, who: 'friend', isPublic: false, contents: ['paused', 'metered'] },
  { may: false, who: 'friend', isPublic: false, contents: [] },
])('$who may have a block of $contents (public: $isPublic): $may', ({ may, who, ...block }) => {
  const check: Access['check'] = ({ subject, resource }) => {
    const peer = subject === 'owner' ? subject : subject.peer
    const allowed = peer === 'friend' || resource !== 'content:private'
    const isMetered = resource === 'content:metered'
    return { allowed, reason: '', ...(isMetered && { allowance: {} as never }) }
  }
  const parts = { access: { check } as Access, serves: (infoHash: string) => infoHash !== 'paused' }
  expect(mayServe(parts, who, block)).toBe(may)
})
