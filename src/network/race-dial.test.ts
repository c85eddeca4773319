import { expect, test } from 'vitest'
import { VirtualWorld } from '../base/index.ts'
import { byNearness, type RaceOptions, raceDial } from './race-dial.ts'

interface Attempt {
  readonly address: string
  readonly signal: AbortSignal
  readonly settle: PromiseWithResolvers<string>
}

function race(addresses: string[], signal: AbortSignal = new AbortController().signal) {
  const world = new VirtualWorld(1)
  const attempts: Attempt[] = []
  const discarded: string[] = []
  const options: RaceOptions<string> = {
    addresses,
    world,
    staggerMs: 250,
    relayHeadStartMs: 500,
    signal,
    dial: (address, lost) => {
      const settle = Promise.withResolvers<string>()
      attempts.push({ address, signal: lost, settle })
      return settle.promise
    },
    discard: connection => discarded.push(connection),
  }
  return { world, attempts, discarded, result: raceDial(options) }
}

const turn = (): Promise<void> => new Promise(resolve => setImmediate(resolve))

test('the next address is tried when the one before takes too long, and the first to connect wins', async () => {
  const { world, attempts, discarded, result } = race(['a', 'b', 'c'])
  expect(attempts.map(attempt => attempt.address)).toEqual(['a'])
  world.advance(249)
  expect(attempts).toHaveLength(1)
  world.advance(1)
  expect(attempts).toHaveLength(2)
  attempts[1]!.settle.resolve('b!')
  expect(await result).toBe('b!')
  expect(attempts[0]!.signal.aborted).toBe(true)
  attempts[0]!.settle.resolve('a!')
  await turn()
  expect(discarded).toEqual(['a!'])
  world.advance(10_000)
  expect(attempts).toHaveLength(2)
})

test('a failure starts the next at once, and all failures together name every address', async () => {
  const { attempts, result } = race(['a', 'b'])
  attempts[0]!.settle.reject(new Error('refused'))
  await turn()
  expect(attempts).toHaveLength(2)
  attempts[1]!.settle.reject(new Error('timed out'))
  await expect(result).rejects.toMatchObject({
    code: 'network.unreachable',
    details: { failures: ['a: refused', 'b: timed out'] },
  })
})

test('cancelling gives up all attempts with the reason of the signal', async () => {
  const controller = new AbortController()
  const { attempts, result } = race(['a'], controller.signal)
  const reason = new Error('enough')
  controller.abort(reason)
  await expect(result).rejects.toBe(reason)
  expect(attempts[0]!.signal.aborted).toBe(true)
})

const behind = '/ip4/192.0.2.1/tcp/1/p2p/r/p2p-circuit'

test('a relay waits for its turn, but not for every dead address', async () => {
  const { world, attempts, result } = race(['a', 'b', 'c', 'd', 'e', behind])
  world.advance(499)
  expect(attempts.map(({ address }) => address)).toEqual(['a', 'b'])
  world.advance(1)
  expect(attempts.map(({ address }) => address)).toEqual(['a', 'b', behind])
  attempts[2]!.settle.resolve('relayed')
  expect(await result).toBe('relayed')
})

test('a relay is tried at once when nothing else is left', async () => {
  const alone = race([behind])
  expect(alone.attempts).toHaveLength(1)
  const { attempts, result } = race(['a', behind])
  expect(attempts).toHaveLength(1)
  attempts[0]!.settle.reject(new Error('refused'))
  await turn()
  expect(attempts).toHaveLength(2)
  attempts[1]!.settle.reject(new Error('no reservation'))
  await expect(result).rejects.toMatchObject({
    details: { failures: ['a: refused', `${behind}: no reservation`] },
  })
})

test('a peer without addresses is unreachable', async () => {
  await expect(race([]).result).rejects.toMatchObject({ code: 'network.unreachable' })
})

test('near addresses come first', () => {
  expect(byNearness(['/ip4/8.8.8.8/tcp/1', '/ip4/10.0.0.1/tcp/1', '/ip4/127.0.0.1/tcp/1'])).toEqual([
    '/ip4/127.0.0.1/tcp/1',
    '/ip4/10.0.0.1/tcp/1',
    '/ip4/8.8.8.8/tcp/1',
  ])
})

test('addresses that become known later are dialled as they come, and the race is lost only when no more come', async () => {
  const { promise: later, resolve: tell } = Promise.withResolvers<string>()
  const attempts: string[] = []
  const result = raceDial({
    addresses: ['a'],
    more: (async function* () {
      yield 'b'
      yield await later
    })(),
    world: new VirtualWorld(1),
    staggerMs: 250,
    relayHeadStartMs: 500,
    signal: new AbortController().signal,
    dial: async address => {
      attempts.push(address)
      throw new Error('refused')
    },
    discard: () => {},
  })
  await turn()
  expect(attempts).toEqual(['a', 'b'])
  tell('c')
  await expect(result).rejects.toMatchObject({
    details: { failures: ['a: refused', 'b: refused', 'c: refused'] },
  })
})
