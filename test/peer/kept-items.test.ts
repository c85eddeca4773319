import { expect, test } from 'vitest'
import { identityFromSeed } from '../../src/access/index.ts'
import { utf8 } from '../../src/base/index.ts'
import { mutableItem, mutableTarget } from '../../src/bittorrent/dht/index.ts'
import { SimulatedDht } from '../../src/bittorrent/dht/simulated-dht.ts'
import { KeptItems } from '../../src/peer/kept-items.ts'

const hour = 3_600_000

test('what was signed stays in the DHT while the peer runs, the newest of each, and 64 of them', async () => {
  const net = new SimulatedDht(3)
  const [dht, other] = await net.grow(20, 20, true)
  const { publicKey, sign } = identityFromSeed(new Uint8Array(32).fill(1))
  const salt = utf8('news')
  const item = (text: string, seq: bigint, under = salt): ReturnType<typeof mutableItem> =>
    mutableItem({ value: utf8(text), publicKey, seq, salt: under }, sign)
  const kept = new KeptItems(net.world, () => dht)
  for (const one of [item('old', 1n), item('new', 2n)]) {
    await net.run(dht!.put(one))
    kept.keep(one)
  }
  for (let i = 0; i < 4; i++) await net.pass(hour, 20_000)
  const read = async (): Promise<bigint | undefined> => {
    const found = await net.run(other!.get(mutableTarget(publicKey, salt), { salt }))
    return found !== undefined && 'seq' in found ? found.seq : undefined
  }
  expect(await read()).toBe(2n)
  // The one that was put longest ago goes for a 65th.
  for (let i = 0; i < 64; i++) kept.keep(item('x', 1n, utf8(`${i}`)))
  for (let i = 0; i < 4; i++) await net.pass(hour, 20_000)
  expect(await read()).toBeUndefined()
  kept.stop()
}, 60_000)
