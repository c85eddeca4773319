import { expect, test } from 'vitest'
import { PeerageError, VirtualWorld } from '../base/index.ts'
import { withHeadStart } from './head-start.ts'

const turn = (): Promise<void> => new Promise(resolve => setImmediate(resolve))
const unreachable = (details: object): PeerageError =>
  new PeerageError('network.unreachable', 'Not there.', { details: { ...details } })

function start(signal: AbortSignal = new AbortController().signal) {
  const world = new VirtualWorld(1)
  const ways = { first: Promise.withResolvers<string>(), second: Promise.withResolvers<string>() }
  const signals: AbortSignal[] = []
  const discarded: string[] = []
  const begin = (way: keyof typeof ways) => (own: AbortSignal) => {
    signals.push(own)
    return ways[way].promise
  }
  const result = withHeadStart({
    world,
    headStartMs: 1_000,
    signal,
    first: begin('first'),
    second: begin('second'),
    discard: late => discarded.push(late),
  })
  return { world, ...ways, signals, discarded, result }
}

test('the second begins only when the first has nothing in time, and a late one is discarded', async () => {
  const { world, first, second, signals, discarded, result } = start()
  world.advance(999)
  expect(signals).toHaveLength(1)
  world.advance(1)
  expect(signals).toHaveLength(2)
  second.resolve('b')
  expect(await result).toBe('b')
  expect(signals[0]!.aborted).toBe(true)
  first.resolve('a')
  await turn()
  expect(discarded).toEqual(['a'])
})

test('the first alone is enough', async () => {
  const { world, first, signals, result } = start()
  first.resolve('a')
  expect(await result).toBe('a')
  world.advance(10_000)
  expect(signals).toHaveLength(1)
})

test('the second begins at once when the first is in vain; when both are, all is named that was tried and asked', async () => {
  const { first, second, signals, result } = start()
  first.reject(unreachable({ failures: ['a: refused'] }))
  await turn()
  expect(signals).toHaveLength(2)
  second.reject(unreachable({ failures: ['b: refused'], asked: ['mdns', 'overlay'] }))
  await expect(result).rejects.toMatchObject({
    code: 'network.unreachable',
    message: 'The peer could not be reached: a: refused; b: refused; mdns, overlay know no other way to it.',
    details: { failures: ['a: refused', 'b: refused'], asked: ['mdns', 'overlay'] },
  })
})

test('another error than that is thrown at once', async () => {
  const { first, signals, result } = start()
  first.reject(new PeerageError('network.limit', 'Too many.'))
  await expect(result).rejects.toMatchObject({ code: 'network.limit' })
  expect(signals).toHaveLength(1)
})

test('giving up ends both', async () => {
  const controller = new AbortController()
  const { world, signals, result } = start(controller.signal)
  world.advance(1_000)
  controller.abort(new Error('enough'))
  await expect(result).rejects.toThrow('enough')
  expect(signals.every(({ aborted }) => aborted)).toBe(true)
})
