import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { missingKubo, runKubo } from '../../bench/opponents/kubo.ts'
import { makeWorkFolder } from '../../bench/test-data.ts'
import { systemWorld } from '../../src/base/index.ts'
import { createNetwork, type Network } from '../../src/network/index.ts'
import { encodeSwarmKey } from '../../src/wire/index.ts'

const missing = missingKubo()
const key = new Uint8Array(32).fill(7)
const networks: Network[] = []
afterEach(async () => {
  await Promise.all(networks.splice(0).map(network => network.stop()))
})

async function create(privateKey: Uint8Array): Promise<Network> {
  const network = await createNetwork({
    identity: { seed: systemWorld.random.bytes(32) },
    world: systemWorld,
    config: { hosts: ['127.0.0.1'], mdns: false },
    privateKey,
  })
  networks.push(network)
  return network
}

const addressOf = (network: Network): string =>
  network.addresses().find(address => address.includes('/tcp/'))!

describe.skipIf(missing !== undefined)(
  `A private network with Kubo${missing ? ` (skipped: ${missing})` : ''}`,
  () => {
    test('under the same key both dial, under another neither', async () => {
      await using work = await makeWorkFolder()
      const home = await work.folder('kubo')
      writeFileSync(join(home, 'swarm.key'), encodeSwarmKey(key))
      process.env.LIBP2P_FORCE_PNET = '1'
      await using kubo = await runKubo(home)
      const [ours, other] = await Promise.all([create(key), create(new Uint8Array(32).fill(8))])
      await kubo.run('swarm', 'connect', addressOf(ours))
      expect(await kubo.run('swarm', 'peers')).toContain(ours.peerId)
      const dialler = await create(key)
      const stream = await dialler.open([kubo.address], '/ipfs/ping/1.0.0')
      expect(stream.peer).toBe(kubo.address.split('/').at(-1))
      await expect(kubo.run('swarm', 'connect', addressOf(other))).rejects.toThrow()
      await expect(other.open([kubo.address], '/ipfs/ping/1.0.0')).rejects.toMatchObject({
        code: 'network.unreachable',
      })
      expect(other.privateNetwork?.refused).toBeGreaterThan(0)
    })
  },
)
