import { expect, test } from 'vitest'
import { SimulatedDht } from '../../src/bittorrent/dht/simulated-dht.ts'

const seed = Number(process.env.SEED ?? 20_260)

test('two thousand nodes that come and go find more than 99 of 100 announced peers', async () => {
  const net = new SimulatedDht(seed, 0.01)
  const { random } = net.world
  const nodes = await net.grow(2_000, 100, true)
  const announcers = Array.from({ length: 250 }, () => random.below(nodes.length))
  const names = announcers.map(() => random.bytes(20))
  for (const [i, who] of announcers.entries()) void net.find(nodes[who]!, names[i]!, 6881)
  await net.pass(30_000)
  // Within two minutes one node in ten goes without a word, and as many come.
  const gone = new Set<number>()
  for (let k = 0; k < 200; k++) {
    const i = random.below(2_000)
    gone.add(i)
    nodes[i]!.stop()
    const late = net.join(2_000 + k, [random.below(2_000), random.below(2_000)])
    nodes.push(late)
    void net.find(late, random.bytes(20))
    await net.pass(500, 50)
  }
  let hits = 0
  for (const [i, name] of names.entries()) {
    let seeker = random.below(nodes.length)
    while (gone.has(seeker) || seeker === announcers[i]) seeker = random.below(nodes.length)
    if ((await net.look(nodes[seeker]!, name)).has(net.address(announcers[i]!))) hits++
  }
  console.log(`seed ${seed}: ${hits} of ${names.length} found`)
  expect(hits / names.length, `seed ${seed}`).toBeGreaterThan(0.99)
}, 120_000)
