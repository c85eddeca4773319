import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Drain, pattern, pour, SimulatedHosts } from './simulated-hosts.ts'
import type { PathOptions } from './simulated-path.ts'
import { SimulatedTcp } from './simulated-tcp.ts'

const megabit = 125_000
const dsl: PathOptions = { rate: 20 * megabit, oneWayMs: 25 }

/** Bytes a second that arrive in `seconds` after `warmUp`. */
async function rate(options: PathOptions, seconds: number, warmUp = 3, seed = 1): Promise<number> {
  const hosts = new SimulatedHosts(seed, options)
  const left = hosts.add('left')
  const right = hosts.add('right')
  const stream = await hosts.connect(left, right)
  pour(stream, Number.POSITIVE_INFINITY)
  hosts.world.advance(200)
  const drain = new Drain(right.accepted[0]!)
  await settle()
  hosts.world.advance(warmUp * 1000)
  const before = drain.bytes
  hosts.world.advance(seconds * 1000)
  expect(drain.isRight).toBe(true)
  return (drain.bytes - before) / seconds
}

async function settle(): Promise<void> {
  for (let i = 0; i < 5; i++) await Promise.resolve()
}

describe('throughput', () => {
  test.each<[string, PathOptions, number]>([
    ['50 Mbit/s with 50 ms', { rate: 50 * megabit, oneWayMs: 25 }, 0.9],
    ['5 Mbit/s with 20 ms', { rate: 5 * megabit, oneWayMs: 10 }, 0.9],
    ['40 Mbit/s with 4 ms', { rate: 40 * megabit, oneWayMs: 2 }, 0.9],
    [
      '20 Mbit/s with 100 ms and clocks that differ',
      { rate: 20 * megabit, oneWayMs: 50, skewMs: 4e9, drift: 1e-4 },
      0.9,
    ],
    ['a queue of only 30 ms', { ...dsl, queueMs: 30 }, 0.8],
    ['1 % of packets lost, 10 Mbit/s with 20 ms', { rate: 10 * megabit, oneWayMs: 10, loss: 0.01 }, 0.5],
    ['5 % of packets up to 20 ms late', { ...dsl, reordered: 0.05 }, 0.8],
    ['5 % of packets twice', { ...dsl, duplicates: 0.05 }, 0.9],
  ])('%s', async (_, options, share) => {
    expect((await rate(options, 10)) / options.rate).toBeGreaterThan(share)
  })
})

test('the queue is not filled beyond the target', async () => {
  const hosts = new SimulatedHosts(2, { ...dsl, queueMs: 2000 })
  const left = hosts.add('left')
  const right = hosts.add('right')
  pour(await hosts.connect(left, right), Number.POSITIVE_INFINITY)
  hosts.world.advance(100)
  new Drain(right.accepted[0]!)
  await settle()
  hosts.world.advance(5_000)
  hosts.forward.mostWaitedMs = 0
  hosts.world.advance(12_000)
  expect(hosts.forward.mostWaitedMs).toBeLessThan(150)
  expect(hosts.forward.dropped).toBe(0)
})

test('two flows of one peer share evenly, whoever came first', async () => {
  const path = { rate: 10 * megabit, oneWayMs: 25 }
  const hosts = new SimulatedHosts(3, path)
  const drains: Drain[] = []
  const left = hosts.add('left')
  for (let i = 0; i < 2; i++) {
    const right = hosts.add('right')
    pour(await hosts.connect(left, right), Number.POSITIVE_INFINITY)
    hosts.world.advance(200)
    drains.push(new Drain(right.accepted[0]!))
    await settle()
    hosts.world.advance(15_000)
  }
  hosts.world.advance(15_000)
  const before = drains.map(({ bytes }) => bytes)
  hosts.world.advance(30_000)
  const [a = 0, b = 0] = drains.map(({ bytes }, i) => bytes - before[i]!)
  expect(Math.min(a, b) / Math.max(a, b)).toBeGreaterThan(0.5)
  expect((a + b) / 30 / path.rate).toBeGreaterThan(0.9)
})

test('flows of two peers share evenly in the long run, whoever came first', async () => {
  const path = { rate: 10 * megabit, oneWayMs: 25 }
  const hosts = new SimulatedHosts(11, path)
  const drains: Drain[] = []
  for (const ahead of [0, 3_300]) {
    // Their clocks differ, so they do not rest together.
    const left = hosts.add('left', {}, { now: () => hosts.world.now() + ahead })
    const right = hosts.add('right')
    pour(await hosts.connect(left, right), Number.POSITIVE_INFINITY)
    hosts.world.advance(200)
    drains.push(new Drain(right.accepted[0]!))
    await settle()
    hosts.world.advance(15_000)
  }
  hosts.world.advance(30_000)
  const before = drains.map(({ bytes }) => bytes)
  hosts.world.advance(60_000)
  const [a = 0, b = 0] = drains.map(({ bytes }, i) => bytes - before[i]!)
  expect(Math.min(a, b) / Math.max(a, b)).toBeGreaterThan(0.4)
  expect((a + b) / 60 / path.rate).toBeGreaterThan(0.9)
})

describe('beside TCP', () => {
  test.each(['first', 'last'] as const)('uTP that comes %s gets at most a fifth of the link', async order => {
    const hosts = new SimulatedHosts(12, dsl)
    let tcp: SimulatedTcp | undefined
    const startTcp = (): SimulatedTcp => new SimulatedTcp(hosts.world, hosts.forward, dsl.oneWayMs)
    if (order === 'last') {
      tcp = startTcp()
      hosts.world.advance(10_000)
    }
    const left = hosts.add('left')
    const right = hosts.add('right')
    pour(await hosts.connect(left, right), Number.POSITIVE_INFINITY)
    hosts.world.advance(1_000)
    const drain = new Drain(right.accepted[0]!)
    await settle()
    hosts.world.advance(10_000)
    tcp ??= startTcp()
    hosts.world.advance(10_000)
    const before = [drain.bytes, tcp.bytes] as const
    hosts.world.advance(30_000)
    expect((drain.bytes - before[0]) / 30 / dsl.rate).toBeLessThan(0.2)
    expect((tcp.bytes - before[1]) / 30 / dsl.rate).toBeGreaterThan(0.75)
  })
})

test('a window does not go out at once: sockets with small buffers would lose the end of it', async () => {
  const hosts = new SimulatedHosts(13, { rate: 50 * megabit, oneWayMs: 50 })
  const left = hosts.add('left')
  const right = hosts.add('right')
  const stream = await hosts.connect(left, right)
  pour(stream, 4_000_000)
  hosts.world.advance(200)
  const drain = new Drain(right.accepted[0]!)
  await settle()
  while (drain.bytes < 4_000_000) hosts.world.advance(100)
  const times: number[] = []
  left.socket.tap = bytes => {
    times.push(hosts.world.now())
    return bytes
  }
  stream.send(pattern(0, 262_144))
  hosts.world.advance(1_000)
  expect(times.length).toBeGreaterThan(150)
  expect(times[100]! - times[0]!).toBeGreaterThan(10)
})

test('a peer that stands still for a while, and lost nothing, does not slow the flow down afterwards', async () => {
  const options = { rate: 20 * megabit, oneWayMs: 50 }
  const hosts = new SimulatedHosts(19, options)
  const left = hosts.add('left')
  const right = hosts.add('right')
  pour(await hosts.connect(left, right), Number.POSITIVE_INFINITY)
  hosts.world.advance(200)
  const drain = new Drain(right.accepted[0]!)
  await settle()
  hosts.world.advance(3_000)
  const waiting: Uint8Array[] = []
  right.socket.tap = bytes => {
    waiting.push(bytes)
    return undefined
  }
  hosts.world.advance(1_000)
  right.socket.tap = bytes => bytes
  for (const bytes of waiting) right.socket.send(bytes, left.socket.endpoint)
  hosts.world.advance(200)
  const before = drain.bytes
  hosts.world.advance(1_000)
  expect((drain.bytes - before) / options.rate).toBeGreaterThan(0.8)
})

describe('numbers that begin anew after 65,535', () => {
  test.each([65_533, 65_535, 0])('from %d on', async first => {
    const hosts = new SimulatedHosts(14, { ...dsl, loss: 0.05, reordered: 0.05 })
    const { random } = hosts.world
    const below = (bound: number): number => (bound === 0x10000 ? first : random.below(bound))
    const left = hosts.add('left', {}, { random: { ...random, below } })
    const right = hosts.add('right')
    const stream = await hosts.connect(left, right)
    pour(stream, 100_000)
    hosts.world.advance(500)
    const drain = new Drain(right.accepted[0]!)
    await settle()
    hosts.world.advance(20_000)
    expect(drain).toMatchObject({ bytes: 100_000, isRight: true })
  })

  test('also when more packets are sent than there are numbers', async () => {
    const total = 70_000 * 1_380
    const hosts = new SimulatedHosts(15, { rate: 400 * megabit, oneWayMs: 2, mtu: 1_428 })
    const left = hosts.add('left')
    const right = hosts.add('right')
    pour(await hosts.connect(left, right), total)
    hosts.world.advance(100)
    const drain = new Drain(right.accepted[0]!)
    await settle()
    hosts.world.advance(10_000)
    expect(drain).toMatchObject({ bytes: total, isRight: true })
  })
})

test('a peer that does not answer is asked `utp.connectTries` times', async () => {
  const hosts = new SimulatedHosts(16, dsl)
  const left = hosts.add('left', { connectTries: 3 })
  const asked: number[] = []
  left.socket.tap = bytes => {
    asked.push(Math.round(hosts.world.now() / 1000))
    return bytes
  }
  const nobody = { address: '192.0.2.99', port: 6881 }
  const dialled = left.utp.connect(nobody, { signal: new AbortController().signal })
  const failed = expect(dialled).rejects.toThrow('does not answer')
  hosts.world.advance(60_000)
  await failed
  expect(asked).toEqual([0, 1, 3])
  expect(left.utp.size).toBe(0)
})

test('a silent connection is kept open in routers every `utp.keepAliveMs`', async () => {
  const hosts = new SimulatedHosts(17, dsl)
  const left = hosts.add('left', { keepAliveMs: 10_000 })
  const right = hosts.add('right', { keepAliveMs: 3_600_000 })
  const stream = await hosts.connect(left, right)
  stream.send(pattern(0, 10))
  hosts.world.advance(1_000)
  let sent = 0
  left.socket.tap = bytes => {
    sent++
    return bytes
  }
  hosts.world.advance(35_000)
  expect(sent).toBe(3)
  expect([left.utp.size, right.utp.size]).toEqual([1, 1])
})

test('whatever the path does, bytes arrive in order or the connection fails', async () => {
  const path = fc.record({
    rate: fc.constantFrom(0, 20_000, 1e6, 1e8),
    oneWayMs: fc.integer({ min: 0, max: 300 }),
    queueMs: fc.constantFrom(5, 50, 1000),
    loss: fc.constantFrom(0, 0.01, 0.1, 0.4),
    duplicates: fc.constantFrom(0, 0.2),
    reordered: fc.constantFrom(0, 0.3),
    mtu: fc.constantFrom(1440, 1500, 9000),
    skewMs: fc.constantFrom(0, 123_456, 4_294_960),
  })
  await fc.assert(
    fc.asyncProperty(fc.nat(), path, fc.integer({ min: 1, max: 60_000 }), async (seed, options, total) => {
      const hosts = new SimulatedHosts(seed, options)
      const left = hosts.add('left')
      const right = hosts.add('right')
      const stream = await hosts.connect(left, right).catch(() => undefined)
      if (stream === undefined) return
      let failed: Error | undefined
      stream.onClose(error => (failed = error))
      pour(stream, total)
      let drain: Drain | undefined
      for (let i = 0; i < 600 && drain?.bytes !== total && failed === undefined; i++) {
        hosts.world.advance(500)
        if (drain === undefined && right.accepted[0] !== undefined) drain = new Drain(right.accepted[0])
        await settle()
      }
      expect(drain?.isRight ?? true).toBe(true)
      if (failed === undefined) expect(drain?.bytes).toBe(total)
    }),
    { numRuns: 100 },
  )
})

describe('the end of a connection', () => {
  test('comes behind all that was sent, and both sides forget it', async () => {
    const hosts = new SimulatedHosts(4, { ...dsl, loss: 0.05 })
    const left = hosts.add('left')
    const right = hosts.add('right')
    const stream = await hosts.connect(left, right)
    stream.send(pattern(0, 100_000))
    hosts.world.advance(3_000)
    const [other] = right.accepted
    const drain = new Drain(other!)
    await settle()
    const closing = stream.close()
    for (let i = 0; i < 40; i++) {
      hosts.world.advance(100)
      if (drain.ended) void other!.close()
      await settle()
    }
    await closing
    expect(drain).toMatchObject({ bytes: 100_000, isRight: true, ended: true, error: undefined })
    expect([left.utp.size, right.utp.size]).toEqual([0, 0])
  })

  test('is heard of at once when the other side aborts', async () => {
    const hosts = new SimulatedHosts(5, dsl)
    const left = hosts.add('left')
    const right = hosts.add('right')
    const stream = await hosts.connect(left, right)
    stream.send(pattern(0, 10))
    hosts.world.advance(200)
    const drain = new Drain(right.accepted[0]!)
    stream.abort(new Error('enough'))
    hosts.world.advance(60)
    expect(drain.error?.message).toContain('reset')
    expect([left.utp.size, right.utp.size]).toEqual([0, 0])
  })

  test('waits for that of the other side, but not longer than `utp.lingerMs`', async () => {
    const hosts = new SimulatedHosts(18, dsl)
    const left = hosts.add('left', { lingerMs: 5_000 })
    const right = hosts.add('right')
    const stream = await hosts.connect(left, right)
    stream.send(pattern(0, 10))
    hosts.world.advance(1_000)
    // It hears of the end and does not end itself.
    new Drain(right.accepted[0]!)
    let closed = false
    void stream.close().then(() => (closed = true))
    hosts.world.advance(4_900)
    await settle()
    expect([closed, left.utp.size]).toEqual([false, 1])
    hosts.world.advance(300)
    await settle()
    expect([closed, left.utp.size]).toEqual([true, 0])
  })

  test('comes after some time-outs when nobody answers any more', async () => {
    const hosts = new SimulatedHosts(6, dsl)
    const left = hosts.add('left')
    const right = hosts.add('right')
    const stream = await hosts.connect(left, right)
    const drain = new Drain(stream)
    right.socket.tap = () => undefined
    stream.send(pattern(0, 10))
    hosts.world.advance(120_000)
    expect(drain.error?.message).toContain('does not answer')
  })
})
