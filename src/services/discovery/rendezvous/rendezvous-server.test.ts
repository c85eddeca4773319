import { expect, test } from 'vitest'
import { identityFromSeed } from '../../../access/index.ts'
import { VirtualWorld } from '../../../base/index.ts'
import {
  decodeRendezvous,
  encodeRendezvous,
  type RendezvousMessage,
  rendezvousStatus,
} from '../../../wire/index.ts'
import { recordReader } from '../opened-record.ts'
import { signedRecord } from '../signed-record.ts'
import { RendezvousServer } from './rendezvous-server.ts'

const identity = (n: number) => identityFromSeed(new Uint8Array(32).fill(n))

function setup(limits: Partial<{ total: number; perPeer: number; perGroup: number; perTopic: number }> = {}) {
  const world = new VirtualWorld(1)
  const server = new RendezvousServer({
    world,
    questionsPerMinute: 1_000,
    read: recordReader(100),
    limits: { total: 100, perPeer: 100, perGroup: 100, perTopic: 100, ...limits },
  })
  const say = (n: number, message: RendezvousMessage, group = `group ${n}`) => {
    const answer = server.answer(encodeRendezvous(message), identity(n).peerId, group)
    return answer && decodeRendezvous(answer)
  }
  const register = (
    n: number,
    namespace: string,
    more: { record?: Uint8Array; ttl?: number; group?: string } = {},
  ) =>
    say(
      n,
      { type: 'register', namespace, record: more.record ?? signedRecord(identity(n)), ttl: more.ttl },
      more.group,
    )
  const discover = (namespace: string | undefined, cookie?: Uint8Array, limit?: number) =>
    say(99, { type: 'discover', namespace, cookie, limit }) as Extract<
      RendezvousMessage,
      { type: 'discovered' }
    >
  return { world, server, say, register, discover }
}

test('who registered is found until its time is over, it leaves, or registers anew', () => {
  const { world, server, say, register, discover } = setup()
  expect(register(1, 'x')).toMatchObject({ type: 'registered', status: 0, ttl: 7_200 })
  register(2, 'x', { ttl: 100 })
  register(2, 'x', { ttl: 60 })
  expect(discover('x').registrations).toMatchObject([{ ttl: 7_200 }, { ttl: 60, namespace: 'x' }])
  expect(discover('y').registrations).toEqual([])
  world.advance(60_000)
  expect(discover('x').registrations).toHaveLength(1)
  expect(say(1, { type: 'unregister', namespace: 'x' })).toBeUndefined()
  expect(discover('x').registrations).toEqual([])
  register(3, 'z')
  expect(server.registrations).toBe(1)
})

test('a cookie asks for what is new since, page after page, and is good for its question only', () => {
  const { register, discover } = setup()
  for (const n of [1, 2, 3]) register(n, 'x')
  const first = discover('x', undefined, 2)
  expect(first.registrations).toHaveLength(2)
  const second = discover('x', first.cookie)
  expect(second.registrations).toHaveLength(1)
  expect(discover('x', second.cookie).registrations).toEqual([])
  register(4, 'x')
  expect(discover('x', second.cookie).registrations).toHaveLength(1)
  expect(discover('y', first.cookie).status).toBe(rendezvousStatus.invalidCookie)
  expect(discover('x', new Uint8Array(3)).status).toBe(rendezvousStatus.invalidCookie)
})

test('nobody registers somebody else, a forged record, no name, or for ever', () => {
  const { register, server } = setup()
  const forged = signedRecord(identity(1))
  forged[forged.length - 1]! ^= 1
  expect(register(1, 'x', { record: signedRecord(identity(2)) })).toMatchObject({ status: 200 })
  expect(register(1, 'x', { record: forged })).toMatchObject({ status: 101 })
  expect(register(1, 'x', { record: new Uint8Array(0) })).toMatchObject({ status: 101 })
  expect(register(1, '')).toMatchObject({ status: 100 })
  expect(register(1, 'x', { ttl: 400_000 })).toMatchObject({ status: 102 })
  expect(server.registrations).toBe(0)
})

test('whoever does not know a name learns none', () => {
  const { register, discover } = setup()
  register(1, 'x')
  expect(discover(undefined)).toMatchObject({ status: rendezvousStatus.invalidNamespace, registrations: [] })
})

test.each([
  ['in all', { total: 2 }, (n: number) => [n, `${n}`, undefined] as const],
  ['of one peer', { perPeer: 2 }, (n: number) => [1, `${n}`, undefined] as const],
  ['of one address', { perGroup: 2 }, (n: number) => [n, `${n}`, 'same'] as const],
  ['under one name', { perTopic: 2 }, (n: number) => [n, 'x', undefined] as const],
])('entries are bounded: %s', (_name, limits, entry) => {
  const { register, server } = setup(limits)
  const statuses = [1, 2, 3].map(n => {
    const [peer, namespace, group] = entry(n)
    const answer = register(peer, namespace, group === undefined ? {} : { group })
    return answer?.type === 'registered' ? answer.status : undefined
  })
  expect(statuses).toEqual([0, 0, rendezvousStatus.unavailable])
  expect(server.registrations).toBe(2)
})

test('questions of one peer are bounded in time, and malformed ones throw', () => {
  const world = new VirtualWorld(1)
  const limits = { total: 9, perPeer: 9, perGroup: 9, perTopic: 9 }
  const server = new RendezvousServer({ world, questionsPerMinute: 3, limits, read: recordReader(100) })
  const question = encodeRendezvous({ type: 'discover', namespace: 'x' })
  const status = (): unknown => decodeRendezvous(server.answer(question, 'peer', 'group')!)
  expect([status(), status(), status()]).toMatchObject([{ status: 0 }, { status: 0 }, { status: 0 }])
  expect(status()).toMatchObject({ status: rendezvousStatus.unavailable })
  world.advance(60_000)
  expect(status()).toMatchObject({ status: 0 })
  expect(() => server.answer(new Uint8Array([255]), 'peer', 'group')).toThrow(
    expect.objectContaining({ code: 'wire.invalid' }),
  )
})
