import { afterEach, beforeAll, describe, expect, it } from 'vitest'
import { type Contact, contactOf } from '../../src/network/kademlia/contact.ts'
import type { Answer, Asker, Question } from '../../src/network/kademlia/exchange.ts'
import { commonBits, compareDistance, placeOf } from '../../src/network/kademlia/place.ts'
import { SimulatedKademlia, type SimulatedPeer } from '../../src/network/kademlia/simulated-kademlia.ts'

const seed = Number(process.env.SEED ?? 20_261)
/** A few seconds of CPU time. With PEERS=1000 it takes minutes; docs/decisions/020-kademlia.md has what that shows. */
const count = Number(process.env.PEERS ?? 120)
const net = new SimulatedKademlia(seed, 0.01)
const { random } = net.world
const minute = 60_000
let peers: SimulatedPeer[] = []
let addresses = 0

function join(): SimulatedPeer {
  const start = peers.length === 0 ? [] : [some().contact, some().contact]
  const peer = net.join(net.address(addresses++), start)
  return peer
}

function some(): SimulatedPeer {
  return peers[random.below(peers.length)]!
}

function someOther(than: SimulatedPeer): SimulatedPeer {
  for (;;) {
    const other = some()
    if (other !== than) return other
  }
}

/** A key of its own that a peer provides. */
interface Provided {
  readonly key: Uint8Array
  readonly by: SimulatedPeer
}

async function provide(by: readonly SimulatedPeer[]): Promise<Provided[]> {
  const all = by.map(peer => ({ key: random.bytes(34), by: peer }))
  await net.run(Promise.all(all.map(one => one.by.node.provide(one.key, never))))
  return all
}

const never = new AbortController().signal

async function isFound({ key, by }: Provided, seeker: SimulatedPeer): Promise<boolean> {
  for await (const { peer } of seeker.node.findProviders(key, never))
    if (peer === by.contact.peer) return true
  return false
}

/** The part of what is provided that somebody else finds. */
async function foundPart(provided: readonly Provided[], seeker = someOther): Promise<number> {
  const found = await net.run(Promise.all(provided.map(one => isFound(one, seeker(one.by)))))
  return found.filter(Boolean).length / found.length
}

function report(what: string, value: unknown): void {
  console.log(`kademlia, seed ${seed}, ${count} peers: ${what}: ${value}`)
}

const percent = (part: number): string => `${(100 * part).toFixed(1)} %`

/** Names around a key that are nearer to it than any honest one. */
function namesAround(key: Uint8Array, many: number, bits: number): Contact[] {
  const place = placeOf(key)
  const names: Contact[] = []
  while (names.length < many) {
    const contact = contactOf(net.peerId(), [net.address(addresses)])
    if (commonBits(place, contact.place) < bits) continue
    addresses++
    names.push(contact)
  }
  return names
}

/** Makes honest peers, most of all those around a key, know hostile ones: those ask them something, like everybody. */
async function introduce(hostile: readonly Contact[], key: Uint8Array): Promise<void> {
  const place = placeOf(key)
  const sorted = peers.toSorted((a, b) => compareDistance(place, a.contact.place, b.contact.place))
  await ask(hostile, [...sorted.slice(0, 100), ...Array.from({ length: 50 }, some)])
}

async function ask(hostile: readonly Contact[], to: readonly SimulatedPeer[]): Promise<void> {
  for (const one of hostile) {
    const asks = net.asks(one)
    for (const { contact } of to) asks(contact, { type: 'PING' }, never).catch(() => {})
  }
  await net.pass(2_000, 50)
}

const bitsOfNearest = Math.ceil(Math.log2(count)) + 2

let used = process.cpuUsage()
function reportCpu(): void {
  const { user, system } = process.cpuUsage(used)
  used = process.cpuUsage()
  report('CPU seconds', ((user + system) / 1e6).toFixed(1))
}
afterEach(reportCpu)

beforeAll(async () => {
  peers.push(join())
  while (peers.length < count) {
    const wave = Array.from({ length: Math.min(50, count - peers.length) }, join)
    peers.push(...wave)
    await net.pass(3_000, 50)
  }
  await net.pass(minute)
  report('messages to enter, each', Math.round(net.messages / count))
  reportCpu()
}, 240_000)

describe('a network of Kademlia', () => {
  it('finds what was announced, and the very nearest peers', async () => {
    const before = net.messages
    const provided = await provide(Array.from({ length: 100 }, some))
    report('messages to announce', Math.round((net.messages - before) / 100))
    const between = net.messages
    const part = await foundPart(provided)
    report('messages to find', Math.round((net.messages - between) / 100))
    report('found', percent(part))
    expect(part, `seed ${seed}`).toBe(1)
    const hops: number[] = []
    let exact = 0
    for (const { key } of provided.slice(0, 20)) {
      const place = placeOf(key)
      const { nearest, ...cost } = await net.run(some().node.lookUps.walk(key, never))
      hops.push(cost.hops)
      const truly = peers.toSorted((a, b) => compareDistance(place, a.contact.place, b.contact.place))
      const near = new Set(nearest.slice(0, 20).map(({ peer }) => peer))
      exact += truly.slice(0, 20).filter(({ contact }) => near.has(contact.peer)).length
    }
    report('hops at most', Math.max(...hops))
    report('of the 20 truly nearest found', percent(exact / 400))
    expect(exact / 400, `seed ${seed}`).toBeGreaterThan(0.95)
  }, 120_000)

  it('guesses its size', () => {
    const guesses = peers.flatMap(({ node }) => node.status.estimated ?? []).sort((a, b) => a - b)
    const middle = guesses[guesses.length >> 1]!
    report('estimated size', middle)
    expect(guesses.length).toBeGreaterThan(count * 0.9)
    expect(middle).toBeGreaterThan(count * 0.6)
    expect(middle).toBeLessThan(count * 1.5)
  })

  it.each([
    ['say nothing', (): 'silence' => 'silence'],
    [
      'know only one another',
      (others: readonly Contact[]): Answer => ({ closer: others.slice(0, 20), providers: [] }),
    ],
    [
      'tell of peers that are not there',
      (): Answer => ({
        closer: Array.from({ length: 20 }, () => contactOf(net.peerId(), ['/ip4/203.0.113.1/tcp/1'])),
        providers: [],
      }),
    ],
  ])(
    'finds an honest provider beyond 40 Sybils around the key that %s',
    async (_what, answer) => {
      const key = random.bytes(34)
      const sybils = namesAround(key, 40, bitsOfNearest)
      for (const one of sybils)
        net.attach(one, (question: Question, _asker: Asker) =>
          question.type === 'PING' ? { closer: [], providers: [] } : answer(sybils),
        )
      await introduce(sybils, key)
      const by = some()
      await net.run(by.node.provide(key, never))
      const part = await foundPart(Array.from({ length: 5 }, () => ({ key, by })))
      report('found beyond Sybils', percent(part))
      expect(part, `seed ${seed}`).toBe(1)
      for (const one of sybils) net.leave(one)
    },
    120_000,
  )

  it('lets one network of addresses take hardly any place', async () => {
    const victim = some()
    const names = Array.from({ length: 500 }, (_, i) =>
      contactOf(net.peerId(), [`/ip4/198.18.7.${1 + (i % 250)}/tcp/${4_001 + i}`]),
    )
    for (const one of names) net.attach(one, () => ({ closer: names.slice(0, 20), providers: [] }))
    const before = victim.node.contacts().length
    await ask(names, [victim])
    const taken = victim.node
      .contacts()
      .filter(({ addresses: [at] }) => at?.startsWith('/ip4/198.18.7.')).length
    report('places taken by 500 names of one /24', `${taken} of ${before + taken}`)
    expect(taken).toBeGreaterThan(0)
    expect(taken).toBeLessThanOrEqual(8)
    const provided = await provide([some(), some(), some()])
    expect(await foundPart(provided, () => victim), `seed ${seed}`).toBe(1)
    for (const one of names) net.leave(one)
  }, 120_000)

  it('goes on when it is cut in two, and is one again afterwards', async () => {
    const side = new Map(peers.map(peer => [peer, random.below(2)]))
    for (const [peer, where] of side) net.cut(peer.contact, where)
    await net.pass(4 * minute, 250)
    const provided = await provide(Array.from({ length: 30 }, some))
    const sameSide = (by: SimulatedPeer): SimulatedPeer => {
      for (;;) {
        const other = someOther(by)
        if (side.get(other) === side.get(by)) return other
      }
    }
    const within = await foundPart(provided, sameSide)
    report('found within each half', percent(within))
    expect(within, `seed ${seed}`).toBeGreaterThan(0.95)
    for (const peer of peers) net.cut(peer.contact, 0)
    await net.pass(4 * minute, 250)
    const again = await foundPart(await provide(Array.from({ length: 50 }, some)))
    report('found after it healed', percent(again))
    expect(again, `seed ${seed}`).toBeGreaterThan(0.95)
  }, 240_000)

  it('keeps what was announced while half of its peers go and others come within ten minutes', async () => {
    const stay = peers.slice(count / 2)
    const provided = await provide(Array.from({ length: 100 }, () => stay[random.below(stay.length)]!))
    const leave = peers.slice(0, count / 2)
    peers = stay
    for (const [i, gone] of leave.entries()) {
      gone.node.stop()
      net.leave(gone.contact)
      peers = [...peers, join()]
      if (i % 5 === 4) await net.pass((10 * minute) / (count / 10), 250)
    }
    const part = await foundPart(provided)
    report('found after half of all were replaced', percent(part))
    expect(part, `seed ${seed}`).toBeGreaterThan(0.97)
  }, 240_000)
})
