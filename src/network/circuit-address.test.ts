import { expect, test } from 'vitest'
import { parseAddress } from './address-book.ts'
import { circuitOf } from './circuit-address.ts'

const [relay, target] = [
  '12D3KooWKnDdG3iXw9eTFijk3EWSunZcFi54Zka4wmtqtt6rPxc8',
  '12D3KooWHFrmLWTTDD4NodngtRMEVYgxrsDMp4F9iSwYntZ9WjHa',
]
const at = `/ip4/192.0.2.1/tcp/4001/p2p/${relay}`

test.each([
  [`${at}/p2p-circuit/p2p/${target}`, { relay, relayAddress: at, target }],
  [`${at}/p2p-circuit`, { relay, relayAddress: at }],
  [`/p2p/${relay}/p2p-circuit/p2p/${target}`, { relay, relayAddress: `/p2p/${relay}`, target }],
  [at, undefined],
  ['/ip4/192.0.2.1/tcp/4001/p2p-circuit', undefined],
  ['/p2p-circuit', undefined],
  ['', undefined],
  [`${at}/p2p-circuit/p2p/${target}/p2p-circuit/p2p/${target}`, undefined],
  [`${at}/p2p-circuit/p2p/${target}/tcp/1`, undefined],
])('%s', (text, circuit) => {
  expect(circuitOf(text)).toEqual(circuit)
})

test('addresses behind a relay are kept with or without the peer behind it', () => {
  expect(parseAddress(`${at}/p2p-circuit/p2p/${target}`)).toEqual({
    address: `${at}/p2p-circuit`,
    peer: target,
  })
  expect(parseAddress(`${at}/p2p-circuit`)).toEqual({ address: `${at}/p2p-circuit` })
})
