import { expect, test } from 'vitest'
import { MemoryKeyValue } from '../../src/access/memory-key-value.ts'
import { VirtualWorld } from '../../src/base/index.ts'
import { Providing } from '../../src/ipfs/routing/providing.ts'

const hour = 3_600_000
const intervalMs = 22 * hour

function keyOf(i: number): Uint8Array {
  return Uint8Array.of(0x12, 0x20, i >> 16, (i >> 8) & 255, i & 255, ...new Uint8Array(29))
}

interface Announced {
  readonly key: string
  readonly at: number
}

/** One that announces in no time; the network may be away. */
function provider(
  world: VirtualWorld,
  state: MemoryKeyValue,
  maxKeys = 100_000,
  mayAnnounce?: (key: Uint8Array) => boolean,
) {
  const log: Announced[] = []
  const net = { isUp: true }
  const providing = new Providing({
    world,
    state,
    intervalMs,
    maxKeys,
    ...(mayAnnounce && { mayAnnounce }),
    announce: async key => {
      log.push({ key: Buffer.from(key).toString('hex'), at: world.now() })
      return net.isUp ? 20 : 0
    },
  })
  return { providing, log, net }
}

/** Promises settle between the steps. */
async function pass(world: VirtualWorld, ms: number, stepMs: number): Promise<void> {
  for (let passed = 0; passed < ms; passed += stepMs) {
    world.advance(stepMs)
    for (let i = 0; i < 4; i++) await Promise.resolve()
  }
}

function most(log: readonly Announced[], windowMs: number): number {
  let count = 0
  for (let i = 0, from = 0; i < log.length; i++) {
    while (log[i]!.at - log[from]!.at > windowMs) from++
    count = Math.max(count, i - from + 1)
  }
  return count
}

test('one root is announced at once, and again when it is due', async () => {
  const world = new VirtualWorld(1)
  const { providing, log } = provider(world, new MemoryKeyValue())
  providing.add(keyOf(1))
  await pass(world, 1_000, 100)
  expect(log).toEqual([])
  providing.start()
  await pass(world, 1_000, 100)
  expect(log).toHaveLength(1)
  expect([providing.size, providing.announced]).toEqual([1, 1])
  await pass(world, 23 * hour, 60_000)
  expect(log).toHaveLength(2)
  // As often as somebody wants it; what is not announced at all is not.
  for (let i = 0; i < 40; i++) {
    providing.hurry(keyOf(1))
    providing.hurry(keyOf(2))
    await pass(world, 1_000, 100)
  }
  expect(log).toHaveLength(42)
  expect(providing.announcedAt(keyOf(1))).toBeGreaterThan(23 * hour)
  expect(providing.announcedAt(keyOf(2))).toBeUndefined()
  log.length = 2
  providing.remove(keyOf(1))
  await pass(world, 23 * hour, 60_000)
  expect(log).toHaveLength(2)
})

test('thousands of roots go at a steady rate, each once in an interval', async () => {
  const world = new VirtualWorld(2)
  const { providing, log } = provider(world, new MemoryKeyValue())
  providing.start()
  for (let i = 0; i < 5_000; i++) providing.add(keyOf(i))
  await pass(world, intervalMs / 2 + hour / 2, 5_000)
  expect(new Set(log.map(({ key }) => key)).size).toBe(5_000)
  // 5,000 in 11 hours are one in eight seconds.
  expect(most(log, 60_000)).toBeLessThanOrEqual(16 + 9)
  const first = log.length
  await pass(world, intervalMs, 5_000)
  const times = new Map<string, number>()
  for (const { key } of log) times.set(key, (times.get(key) ?? 0) + 1)
  expect(Math.max(...times.values())).toBe(2)
  expect(most(log.slice(first), 60_000)).toBeLessThanOrEqual(16 + 9)
})

test('a restart neither repeats nor forgets one, and what fell due meanwhile is no burst', async () => {
  const world = new VirtualWorld(3)
  const state = new MemoryKeyValue()
  const before = provider(world, state)
  before.providing.start()
  for (let i = 0; i < 1_000; i++) before.providing.add(keyOf(i))
  await pass(world, 3 * hour, 5_000)
  before.providing.stop()
  const done = new Set(before.log.map(({ key }) => key))
  expect(done.size).toBeGreaterThan(200)

  const after = provider(world, state)
  expect(after.providing.size).toBe(1_000)
  after.providing.start()
  await pass(world, 9 * hour, 5_000)
  const again = after.log.map(({ key }) => key)
  expect(again.filter(key => done.has(key))).toEqual([])
  expect(new Set([...again, ...done]).size).toBe(1_000)
  after.providing.stop()

  // Three days off: all are due.
  await pass(world, 72 * hour, hour)
  const late = provider(world, state)
  late.providing.start()
  await pass(world, 12 * hour, 5_000)
  expect(new Set(late.log.map(({ key }) => key)).size).toBe(1_000)
  expect(late.log).toHaveLength(1_000)
  expect(most(late.log, 60_000)).toBeLessThanOrEqual(16 + 3)
})

test('while the network is away everything waits, and nothing is lost', async () => {
  const world = new VirtualWorld(4)
  const { providing, log, net } = provider(world, new MemoryKeyValue())
  net.isUp = false
  providing.start()
  for (let i = 0; i < 50; i++) providing.add(keyOf(i))
  await pass(world, 6 * hour, 5_000)
  expect(log.length).toBeLessThan(80)
  expect(providing.announced).toBe(0)
  net.isUp = true
  await pass(world, 12 * hour, 5_000)
  expect(providing.announced).toBe(50)
})

test('what nobody took goes out as soon as there is somebody', async () => {
  const world = new VirtualWorld(7)
  const { providing, log, net } = provider(world, new MemoryKeyValue())
  net.isUp = false
  providing.start()
  for (let i = 0; i < 3; i++) providing.add(keyOf(i))
  await pass(world, hour, 5_000)
  const failed = log.length
  net.isUp = true
  providing.retry()
  await pass(world, 100, 10)
  expect(log.length).toBe(failed + 3)
  expect(providing.announced).toBe(3)
  // Nothing failed: nothing is told again.
  providing.retry()
  await pass(world, 100, 10)
  expect(log.length).toBe(failed + 3)
})

const lan = '/ip4/192.168.0.2/tcp/4001'
const mapped = '/ip4/192.0.2.7/tcp/4001'
const other = '/ip4/198.51.100.1/tcp/4001'

test('a start is no change of our addresses, though it takes a while until all of them are known again', async () => {
  const world = new VirtualWorld(5)
  const state = new MemoryKeyValue()
  const before = provider(world, state)
  before.providing.start()
  before.providing.addressesAre([lan, mapped])
  for (let i = 0; i < 1_000; i++) before.providing.add(keyOf(i))
  await pass(world, 13 * hour, 10_000)
  expect(before.log).toHaveLength(1_000)
  before.providing.stop()

  const { providing, log } = provider(world, state)
  providing.addressesAre([lan])
  providing.start()
  providing.add(keyOf(1_000))
  await pass(world, 20_000, 1_000)
  expect(log).toHaveLength(1)
  providing.addressesAre([lan, mapped])
  // That one alone has told only some of them.
  await pass(world, hour, 10_000)
  expect(log).toHaveLength(2)
  // One that goes is no reason, one that is new is.
  providing.addressesAre([lan])
  await pass(world, hour, 10_000)
  expect(log).toHaveLength(2)
  providing.addressesAre([lan, other])
  await pass(world, hour / 2, 10_000)
  expect(log.length).toBeGreaterThan(2)
  // And that is not forgotten by another start.
  providing.stop()
  const after = provider(world, state)
  after.providing.start()
  after.providing.addressesAre([lan, other])
  await pass(world, 13 * hour, 10_000)
  expect(after.log.length + log.length).toBe(2 + 1_001)
})

test('when our addresses change all are announced anew, each once', async () => {
  const world = new VirtualWorld(5)
  const { providing, log } = provider(world, new MemoryKeyValue())
  providing.addressesAre([mapped])
  providing.start()
  for (let i = 0; i < 10; i++) providing.add(keyOf(i))
  await pass(world, hour, 1_000)
  expect(log).toHaveLength(10)
  providing.addressesAre([other])
  await pass(world, 10 * hour, 10_000)
  expect(log).toHaveLength(20)
})

test('no more than the bound, and a damaged record is due or passed over', () => {
  const world = new VirtualWorld(6)
  const state = new MemoryKeyValue()
  const { providing } = provider(world, state, 2)
  providing.add(keyOf(1))
  providing.add(keyOf(2))
  providing.add(keyOf(2))
  expect(() => providing.add(keyOf(3))).toThrow(expect.objectContaining({ code: 'network.limit' }))
  state.put('ipfs-provided', 'zz', 5)
  state.put('ipfs-provided', '12200000', 'x')
  state.put('ipfs-provided', '12200001', world.wallTime() + hour)
  expect(provider(world, state).providing.size).toBe(4)
  expect(provider(world, state).providing.announced).toBe(0)
})

test('a root that a denylist names is passed over for as long as it is there, and holds up no other', async () => {
  const world = new VirtualWorld(1)
  const denied = new Set([0, 1])
  const { providing, log } = provider(world, new MemoryKeyValue(), 10, key => !denied.has(key[4]!))
  for (let i = 0; i < 4; i++) providing.add(keyOf(i))
  providing.start()
  await pass(world, intervalMs + hour, hour)
  const announced = (): string[] => [...new Set(log.map(({ key }) => key))].sort()
  const hexOf = (i: number): string => Buffer.from(keyOf(i)).toString('hex')
  expect(announced()).toEqual([hexOf(2), hexOf(3)])
  expect(providing.announcedAt(keyOf(0))).toBe(0)
  denied.delete(0)
  await pass(world, 2 * intervalMs, hour)
  expect(announced()).toEqual([hexOf(0), hexOf(2), hexOf(3)])
})
