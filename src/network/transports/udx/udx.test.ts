import { afterEach, expect, test } from 'vitest'
import { systemWorld } from '../../../base/index.ts'
import { createNetwork } from '../../create-network.ts'
import type { Network } from '../../network.ts'

const networks: Network[] = []
afterEach(async () => {
  await Promise.all(networks.splice(0).map(network => network.stop()))
})

async function peer(config: object = {}): Promise<Network> {
  const seed = systemWorld.random.bytes(32)
  const network = await createNetwork({
    identity: { seed },
    world: systemWorld,
    config: { hosts: ['127.0.0.1', '::1'], mdns: false, ...config },
  })
  networks.push(network)
  return network
}

const udxAddresses = (network: Network): string[] =>
  network.addresses().filter(address => address.includes('/udx'))

test.each(['ip4', 'ip6'])('a stream over UDX and %s', async family => {
  const [a, b] = [await peer(), await peer()]
  const [address] = udxAddresses(b).filter(each => each.startsWith(`/${family}/`))
  const { promise, resolve } = Promise.withResolvers<string>()
  b.handle('/test/1', stream => {
    let text = ''
    stream.onData(bytes => (text += Buffer.from(bytes).toString()))
    stream.onEnd(() => {
      resolve(text)
      void stream.close()
    })
  })
  const stream = await a.open([address!], '/test/1')
  stream.send(Buffer.from('hello over udp'))
  await stream.close()
  expect(await promise).toBe('hello over udp')
  expect(a.connections()).toMatchObject([{ peer: b.peerId, path: 'loopback', direction: 'outbound' }])
})
