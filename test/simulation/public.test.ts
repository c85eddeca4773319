import { expect, test } from 'vitest'
import { scenarios } from './scenarios.ts'
import { type Result, Simulation } from './simulation.ts'

/** Swarms with other programs of the public network. `node test/simulation/run.ts NAME --seed N` replays one. */
function simulate(name: string, seed: number): { result: Result; slower: number; copies: number } {
  const scenario = scenarios[name]!
  const options = { seed, peers: scenario.peers }
  const plan = scenario.plan(options)
  const result = new Simulation(plan).run()
  const last = Math.max(...result.peers.map(peer => peer.doneAtMs ?? Number.POSITIVE_INFINITY)) / 1000
  expect(result.leased, `leases with seed ${seed}`).toBe(0)
  expect(
    result.events.filter(event => event.type === 'failed' || event.type === 'peer-misbehaved'),
    `seed ${seed}`,
  ).toEqual([])
  return { result, slower: last / scenario.bound!(options), copies: result.peers[0]!.sentBlocks / plan.size }
}

test.each([1, 2, 3])('eight other programs are done within 1.1 of the bound (seed %i)', seed => {
  const { slower, copies } = simulate('public', seed)
  expect(slower).toBeLessThan(1.1)
  expect(copies).toBeLessThan(1.05)
})

test.each([1, 2, 3])('half of them ours, half of them others: within 1.1 of the bound (seed %i)', seed => {
  expect(simulate('mixed', seed).slower).toBeLessThan(1.1)
})

test.each([1, 2])(
  'complete each other without BEP 6 when the seed leaves after 1.1 copies (seed %i)',
  seed => {
    expect(simulate('public-leaving', seed).slower).toBeLessThan(1.15)
  },
)

test.each([1, 2])('a super-seeding seed sends one copy before it leaves (seed %i)', seed => {
  const { slower, copies } = simulate('super-seed', seed)
  expect(slower).toBeLessThan(1.1)
  expect(copies).toBeLessThan(1.02)
})

test.each([1, 2, 3])('a seed that is another program need not send everything many times (seed %i)', seed => {
  expect(simulate('public-seed', seed).slower).toBeLessThan(1.6)
})
