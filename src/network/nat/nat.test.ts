import { expect, it } from 'vitest'
import { VirtualWorld } from '../../base/index.ts'
import { encodeNatProbe } from '../../wire/index.ts'
import type { DatagramProtocol, Endpoint } from '../datagrams.ts'
import { maxObservers, NatObservations, observationMs } from './nat-observations.ts'
import { maxAnswersPerSecond, maxQuestions, NatProbes } from './nat-probes.ts'
import { maxAsked, NatWatch } from './nat-watch.ts'

const world = (): VirtualWorld => new VirtualWorld(1)
const observer = (number: number): Endpoint => ({ address: `9.${number >> 8}.${number & 255}.1`, port: 4001 })
const seen = { address: '5.5.5.5', port: 40_000 }
const places = { isLocal: (ip: string) => ip.startsWith('192.168.'), isOurs: () => false }

/** Time passes, and what waits for promises goes on in between. */
async function pass(virtual: VirtualWorld, ms: number): Promise<void> {
  for (let left = ms; left > 0; left -= 1_000) {
    virtual.advance(Math.min(left, 1_000))
    for (let turn = 0; turn < 5; turn++) await Promise.resolve()
  }
}

/** Observers that see us through a router: a port for all, or a new one for each. */
function behind(isHard: boolean) {
  const virtual = world()
  const asked: Endpoint[] = []
  const ports = new Map<string, number>()
  const observations = new NatObservations(virtual, places)
  let taken = 0
  const next = (): number => 40_000 + taken++
  const answer = (bytes: Uint8Array, to: Endpoint, port: number): void => {
    const other = new NatProbes(virtual, { send: answer => virtual.after(10, () => receive(answer, to)) })
    other.receive(bytes, { address: '5.5.5.5', port })
  }
  const send = (bytes: Uint8Array, to: Endpoint): void => {
    asked.push(to)
    const port = isHard ? (ports.get(to.address) ?? next()) : 40_000
    ports.set(to.address, port)
    answer(bytes, to, port)
  }
  const aside = (bytes: Uint8Array, to: Endpoint) => {
    answer(bytes, to, next())
    return () => undefined
  }
  let receive: DatagramProtocol['receive'] = () => undefined
  const claim = (protocol: DatagramProtocol) => {
    receive = protocol.receive.bind(protocol)
    return () => (receive = () => undefined)
  }
  let isReliedOn = false
  const watch = new NatWatch({
    world: virtual,
    datagrams: { send, claim, aside },
    observations,
    keepAliveMs: 20_000,
    isReliedOn: () => isReliedOn,
    onAnswer: () => undefined,
  })
  return { virtual, asked, observations, watch, next, relyOn: (wanted: boolean) => (isReliedOn = wanted) }
}

it.each([
  [false, { kind: 'easy', endpoint: seen, by: 2 }],
  [true, { kind: 'hard', endpoint: { ...seen, port: 40_001 }, step: 1 }],
])('connected peers are asked, and tell the kind of the router', async (isHard, report) => {
  const { virtual, observations, watch } = behind(isHard)
  watch.met('a', observer(1))
  await pass(virtual, 100)
  expect(observations.report(4).kind).toBe('unknown')
  watch.met('b', observer(2))
  await pass(virtual, 100)
  expect(observations.report(4)).toMatchObject(report)
})

it('before a punch a router that takes the next port is asked which one that is', async () => {
  const { virtual, observations, watch, next } = behind(true)
  for (const peer of [1, 2]) watch.met(String(peer), observer(peer))
  await pass(virtual, 100)
  // Others have taken ports since.
  for (let i = 0; i < 500; i++) next()
  void watch.refresh()
  await pass(virtual, 3_000)
  expect(observations.report(4)).toMatchObject({ kind: 'hard', step: 1, endpoint: { ...seen, port: 40_503 } })
})

it('what was said is asked again before it counts no more, and forgotten in another network', async () => {
  const { virtual, asked, observations, watch } = behind(false)
  for (const peer of [1, 2]) watch.met(String(peer), observer(peer))
  await pass(virtual, observationMs * 2)
  expect(observations.report(4).kind).toBe('easy')
  watch.left('1')
  watch.left('2')
  const before = asked.length
  await pass(virtual, observationMs + 5_000)
  expect(asked.length).toBe(before)
  expect(observations.report(4)).toMatchObject({ kind: 'unknown', by: 0 })
  watch.met('3', observer(3))
  await pass(virtual, 100)
  watch.startOver()
  expect(observations.report(4)).toMatchObject({ by: 0 })
  await pass(virtual, 100)
  expect(observations.report(4)).toMatchObject({ by: 1 })
})

it('a port is kept only while others rely on it', async () => {
  const { virtual, asked, watch, relyOn } = behind(false)
  watch.met('1', observer(1))
  await pass(virtual, 100_000)
  const idle = asked.length
  relyOn(true)
  await pass(virtual, 100_000)
  expect(asked.length).toBe(idle + 5)
  watch.stop()
  await pass(virtual, 100_000)
  expect(asked.length).toBe(idle + 5)
})

it('who does not answer is asked three times; silence of two networks means that UDP is blocked', async () => {
  const virtual = world()
  const sent: Endpoint[] = []
  const observations = new NatObservations(virtual, places)
  const send = (_bytes: Uint8Array, to: Endpoint): unknown => sent.push(to)
  const watch = new NatWatch({
    world: virtual,
    datagrams: { send, claim: () => () => undefined },
    observations,
    keepAliveMs: 1e9,
    isReliedOn: () => false,
    onAnswer: () => undefined,
  })
  watch.met('1', observer(1))
  await pass(virtual, 3_000)
  expect([sent.length, observations.report(4).kind]).toEqual([3, 'unknown'])
  watch.met('2', observer(2))
  await pass(virtual, 3_000)
  expect([sent.length, observations.report(4).kind]).toEqual([6, 'blocked'])
})

it('a forged answer, without the token of the question, is not believed', async () => {
  const virtual = world()
  const probes = new NatProbes(virtual, { send: () => undefined })
  const liar = new NatProbes(virtual, { send: bytes => probes.receive(bytes, observer(1)) })
  const answer = probes.ask(observer(1))
  liar.receive(encodeNatProbe({ type: 'question', token: new Uint8Array(8) }), {
    address: '6.6.6.6',
    port: 6,
  })
  await pass(virtual, 3_000)
  expect(await answer).toBeUndefined()
})

it('one network has one voice, and networks of our own none', () => {
  const observations = new NatObservations(world(), places)
  for (let i = 1; i < 200; i++) observations.observe({ address: `9.9.9.${i}`, port: i }, seen)
  observations.observe({ address: '192.168.1.1', port: 1 }, seen)
  observations.observe(observer(1), { address: '192.168.1.2', port: 1 })
  expect(observations.report(4)).toMatchObject({ kind: 'unknown', by: 1 })
})

it('is bounded: answers a second, questions, whom to ask, networks that are remembered', async () => {
  const virtual = world()
  let sent = 0
  const probes = new NatProbes(virtual, { send: () => sent++ })
  const question = encodeNatProbe({ type: 'question', token: new Uint8Array(8) })
  for (let i = 0; i < 1_000; i++) probes.receive(question, observer(1))
  expect(sent).toBe(2 * maxAnswersPerSecond)
  sent = 0
  for (let i = 0; i < 2 * maxQuestions; i++) void probes.ask(observer(i))
  await pass(virtual, 1)
  expect(sent).toBe(maxQuestions)
  probes.stop()
  const { observations, watch, asked, virtual: other } = behind(false)
  for (let i = 0; i < 2 * maxAsked; i++) watch.met(String(i), observer(i))
  await pass(other, 1)
  expect(new Set(asked.map(({ address }) => address)).size).toBe(maxAsked)
  for (let i = 0; i < 2 * maxObservers; i++) observations.observe(observer(i), seen)
  expect(observations.report(4).by).toBe(maxObservers)
})
