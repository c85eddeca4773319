import { expect, test } from 'vitest'
import { VirtualWorld } from '../base/index.ts'
import { EventStream, type PeerEvent, type PeerFact } from './events.ts'

const progress = (bytes: number, infoHash = 'aa'): PeerFact => ({
  type: 'transfer.progressed',
  infoHash,
  bytes,
  totalBytes: 100,
  downBytesPerSecond: 0,
  upBytesPerSecond: 0,
  peers: 1,
})

const connected = (peer: string): PeerFact => ({ type: 'peer.connected', peer, path: 'lan', address: '' })

async function take(events: AsyncIterator<PeerEvent>, count: number): Promise<PeerEvent[]> {
  const out: PeerEvent[] = []
  while (out.length < count) out.push((await events.next()).value as PeerEvent)
  return out
}

test('facts are told in order, with a number and a time', async () => {
  const world = new VirtualWorld(1)
  const stream = new EventStream(world)
  const events = stream.subscribe()
  stream.emit(connected('a'))
  world.advance(10)
  stream.emit(connected('b'))
  const [first, second] = await take(events, 2)
  expect(first).toMatchObject({ type: 'peer.connected', peer: 'a', sequence: 1 })
  expect(second).toMatchObject({ peer: 'b', sequence: 2, at: first!.at + 10 })
})

test('progress of one transfer comes at most four times a second, the latest one wins', async () => {
  const world = new VirtualWorld(1)
  const stream = new EventStream(world)
  const events = stream.subscribe()
  for (let i = 0; i < 100; i++) {
    stream.emit(progress(i))
    world.advance(10)
  }
  stream.close()
  const told: PeerEvent[] = []
  for await (const event of events) told.push(event)
  expect(told.length).toBeGreaterThanOrEqual(4)
  expect(told.length).toBeLessThanOrEqual(5)
  expect(told[1]).toMatchObject({ bytes: 24 })
})

test('progress that waits is told before a later fact about the same transfer', async () => {
  const stream = new EventStream(new VirtualWorld(1))
  const events = stream.subscribe()
  stream.emit(progress(1))
  stream.emit(progress(99))
  stream.emit({ type: 'transfer.completed', infoHash: 'aa', name: 'x' })
  const told = await take(events, 3)
  expect(told.map(one => one.type)).toEqual([
    'transfer.progressed',
    'transfer.progressed',
    'transfer.completed',
  ])
  expect(told[1]).toMatchObject({ bytes: 99 })
})

test('a slow listener loses progress first, then the oldest facts, and is told how many', async () => {
  const world = new VirtualWorld(1)
  const stream = new EventStream(world)
  const events = stream.subscribe({ limit: 3 })
  stream.emit(connected('a'))
  stream.emit(progress(1))
  stream.emit(connected('b'))
  stream.emit(connected('c'))
  stream.emit(connected('d'))
  const told = await take(events, 4)
  expect(told[0]).toMatchObject({ type: 'events.dropped', count: 1 })
  expect(told.slice(1).map(one => 'peer' in one && one.peer)).toEqual(['b', 'c', 'd'])
})

test('listeners that leave or fail change nothing for others', async () => {
  const stream = new EventStream(new VirtualWorld(1))
  const gone = new AbortController()
  const leaving = stream.subscribe({ signal: gone.signal })
  const staying = stream.subscribe()
  stream.listen(() => {
    throw new Error('mine')
  })
  gone.abort()
  stream.emit(connected('a'))
  expect(await leaving.next()).toEqual({ done: true, value: undefined })
  expect((await take(staying, 1))[0]).toMatchObject({ peer: 'a' })
})
