import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import { utf8 } from '../../../base/index.ts'
import { recordOf, VirtualOverlay } from './virtual-overlay.ts'

const minute = 60_000
const topicOf = (n: number): Uint8Array => new Uint8Array(createHash('sha256').update(`topic ${n}`).digest())

function overlay(count: number, seed: number): VirtualOverlay {
  const all = new VirtualOverlay(seed)
  for (let n = 0; n < count; n++) {
    all.add()
    all.world.advance(20)
  }
  all.world.advance(minute)
  return all
}

/** How searches by nodes for topics of others go, `count` of them; each topic has one holder, who has just announced it. */
function searches(all: VirtualOverlay, count: number): { rate: number; medianMs: number; messages: number } {
  const living = all.living()
  const some = (n: number) => living[(n * 7_919) % living.length]!
  const topics = Array.from({ length: count }, () => all.world.random.bytes(32))
  for (const [n, topic] of topics.entries()) some(n + 1).node.announce(topic)
  all.world.advance(5_000)
  const before = all.messages
  const asked = topics.map((topic, n) => ({
    holder: some(n + 1).peer,
    search: all.search(some(3 * n + 11), topic),
  }))
  all.world.advance(12_000)
  const hits = asked.filter(({ holder, search }) => search.found.has(holder))
  const times = hits.map(({ search }) => search.afterMs ?? 0).sort((a, b) => a - b)
  return {
    rate: hits.length / count,
    medianMs: times[times.length >> 1] ?? 0,
    messages: Math.round((all.messages - before) / count),
  }
}

test('one thousand nodes: searches succeed, at little cost', () => {
  const all = overlay(1_000, 7)
  const degrees = all.living().map(({ node }) => node.neighbours.joined.length)
  expect(Math.min(...degrees)).toBeGreaterThanOrEqual(3)
  expect(Math.max(...degrees)).toBeLessThanOrEqual(14)
  const calm = searches(all, 200)
  expect(calm.rate).toBeGreaterThan(0.98)
  expect(calm.messages).toBeLessThan(400)
}, 120_000)

// With one thousand, too, but that takes half a minute: see docs/decisions/019-discovery.md.
test('searches succeed while half of the nodes go and others come, and after a partition', () => {
  const all = overlay(250, 7)
  // Half of them go and others come in their place, in ten minutes.
  const living = all.living()
  for (let n = 0; n < 125; n++) {
    all.kill(living[2 * n + 1]!)
    all.add()
    all.world.advance((10 * minute) / 125)
  }
  const churned = searches(all, 100)
  expect(churned.rate).toBeGreaterThan(0.97)

  all.split((_, at) => at % 2)
  all.world.advance(minute)
  const [here, there] = [0, 1].map(part => all.living().filter(one => one.part === part))
  expect(Math.min(...all.living().map(({ node }) => node.neighbours.joined.length))).toBeGreaterThan(0)
  there![3]!.node.announce(topicOf(1))
  all.world.advance(1_000)
  const across = all.search(here![3]!, topicOf(1))
  const beside = all.search(there![60]!, topicOf(1))
  all.world.advance(12_000)
  expect([across.found.size, beside.found.size]).toEqual([0, 1])
  all.split(() => 0)
  all.world.advance(4 * minute)
  expect(searches(all, 100).rate).toBeGreaterThan(0.97)
}, 120_000)

test('a topic of one holder is found by its own announcement', () => {
  const all = overlay(100, 3)
  const [holder, seeker] = [all.living()[10]!, all.living()[60]!]
  const end = holder.node.announce(topicOf(1))
  all.world.advance(5_000)
  const search = all.search(seeker, topicOf(1))
  const vain = all.search(seeker, topicOf(2))
  all.world.advance(15_000)
  expect([...search.found]).toEqual([holder.peer])
  expect(vain.found.size).toBe(0)
  end()
  all.world.advance(30 * minute)
  const late = all.search(seeker, topicOf(1))
  all.world.advance(15_000)
  expect(late.found.size).toBe(0)
})

test('a flood of one neighbour costs a bounded number of answers, and the neighbour is left', () => {
  const all = overlay(30, 5)
  const [attacker, victim] = [all.living()[3]!, all.living()[3]!.node.neighbours.joined[0]!.peer]
  const node = all.nodes.get(victim)!.node
  const before = all.messages
  for (let n = 0; n < 20_000; n++)
    node.receive(attacker.peer, {
      type: 'find',
      id: new Uint8Array(8).map((_, at) => (n >> (8 * at)) & 255),
      hops: 12,
      topics: [topicOf(n)],
      records: [],
    })
  expect(all.messages - before).toBeLessThan(1_500)
  expect(node.neighbours.has(attacker.peer)).toBe(false)
})

test('one neighbour fills an eighth of the entries at most, with peers that it made up', () => {
  const all = overlay(30, 5)
  const attacker = all.living()[3]!
  const { node } = all.nodes.get(attacker.node.neighbours.joined[0]!.peer)!
  const before = node.entries
  for (let n = 0; n < 1_100; n++)
    node.receive(attacker.peer, {
      type: 'announce',
      id: new Uint8Array(0),
      hops: 0,
      topics: Array.from({ length: 200 }, (_, at) => topicOf(1_000 * n + at)),
      records: [recordOf(`made-up ${n}`, '20.0.0.1')],
    })
  expect(node.entries - before).toBeLessThanOrEqual(2_500)
})

test('what nobody asked for, what is forged and what is from no neighbour is dropped', () => {
  const all = overlay(30, 5)
  const { node, peer } = all.living()[3]!
  const from = node.neighbours.joined[0]!.peer
  const known = node.acquaintances.size
  const records = [utf8('forged'), recordOf('made-up', '20.0.0.1')]
  const found = { type: 'found', id: new Uint8Array(8), hops: 0, topics: [], records } as const
  const before = all.messages
  node.receive(from, found)
  node.receive(from, { ...found, type: 'shuffled' })
  node.receive('nobody', { ...found, type: 'shuffle' })
  node.receive(from, { ...found, type: 'announce', records: [utf8('forged')], topics: [topicOf(1)] })
  expect(node.acquaintances.has('made-up')).toBe(false)
  expect(node.acquaintances.size).toBe(known)
  expect(all.messages).toBe(before)
  expect(all.nodes.get(peer)?.node.entries).toBe(node.entries)
})

test('an attacker with many names on few networks takes few places of a node, and none that it chose', () => {
  const all = overlay(60, 9)
  const victim = all.living()[20]!
  const chosen = victim.node.neighbours.outbound.map(({ peer }) => peer)
  const attackers = Array.from({ length: 200 }, (_, n) => all.add(`66.6.${n % 4}.${1 + (n % 250)}`))
  for (const { peer, ip } of attackers) {
    const group = ip.split('.').slice(0, 3).join('.')
    victim.node.linked(peer, { outbound: false, path: 'direct', group })
    victim.node.receive(peer, {
      type: 'join',
      id: new Uint8Array(0),
      hops: 0,
      topics: [],
      records: [recordOf(peer, ip)],
    })
  }
  const isAttacker = (peer: string): boolean => attackers.some(one => one.peer === peer)
  expect(victim.node.neighbours.outbound.map(({ peer }) => peer)).toEqual(chosen)
  expect(victim.node.neighbours.joined.filter(({ peer }) => isAttacker(peer)).length).toBeLessThanOrEqual(8)
  const told = [...victim.node.acquaintances].filter(({ peer }) => isAttacker(peer))
  expect(told.length).toBeLessThanOrEqual(8)
})

test('questions whose way back would have to be remembered beyond the bound are not passed on', () => {
  const all = new VirtualOverlay(4)
  for (let n = 0; n < 10; n++) all.add(undefined, { routes: 5, messagesPerMinute: 100_000 })
  all.world.advance(minute)
  const { node } = all.living()[2]!
  const from = node.neighbours.joined[0]!.peer
  const before = all.messages
  for (let n = 0; n < 50; n++)
    node.receive(from, {
      type: 'find',
      id: new Uint8Array(8).fill(n),
      hops: 9,
      topics: [topicOf(n)],
      records: [],
    })
  expect(all.messages - before).toBeLessThanOrEqual(5)
})
