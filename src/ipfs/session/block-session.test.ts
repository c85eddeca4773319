import { getEventListeners } from 'node:events'
import type { CID } from 'multiformats/cid'
import { describe, expect, it, vi } from 'vitest'
import { PeerageError, VirtualWorld } from '../../base/index.ts'
import type { VerifiedBlock } from '../../content/index.ts'
import type { BlockSink, BlockSource, Provider } from '../ports.ts'
import { TestBlocks } from '../test-blocks.ts'
import { Session } from './block-session.ts'
import { sessionConfig } from './config.ts'
import type { SessionParts } from './session-parts.ts'

const blockBytes = 10_000

interface Habits {
  readonly bytesPerSecond?: number
  readonly rttMs?: number
  readonly lies?: boolean
  readonly sendsNothing?: boolean
  readonly fails?: boolean
  readonly isPublic?: boolean
  readonly usualMs?: number
}

/** A source of a certain speed in virtual time. */
class FakeSource implements BlockSource {
  readonly name: string
  readonly kind = 'gateway'
  readonly atOnce = 64
  readonly isPublic: boolean
  readonly usualMs: number | undefined
  readonly served: string[] = []
  readonly #world: VirtualWorld
  readonly #blocks: TestBlocks
  readonly #habits: Habits
  #freeAt = 0

  constructor(name: string, world: VirtualWorld, blocks: TestBlocks, habits: Habits = {}) {
    this.name = name
    this.#world = world
    this.#blocks = blocks
    this.#habits = habits
    this.isPublic = habits.isPublic ?? false
    this.usualMs = habits.usualMs
  }

  async has(cid: CID): Promise<boolean> {
    return this.#blocks.has(cid)
  }

  async want(cid: CID, take: BlockSink, signal: AbortSignal): Promise<VerifiedBlock | undefined> {
    const { bytesPerSecond = 1_000_000, rttMs = 10, lies, sendsNothing, fails } = this.#habits
    const size = this.#blocks.find(cid)?.size
    if (sendsNothing)
      return await new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
    const now = this.#world.now()
    this.#freeAt = Math.max(this.#freeAt, now) + ((size ?? 0) * 1000) / bytesPerSecond
    await new Promise<void>((resolve, reject) => {
      const timer = this.#world.after(this.#freeAt - now + rttMs, resolve)
      signal.addEventListener('abort', () => {
        timer.cancel()
        reject(signal.reason)
      })
    })
    if (fails) throw new PeerageError('network.unreachable', 'The gateway is not there.')
    const block = await this.#blocks.get(cid)
    if (block === undefined) return undefined
    this.served.push(cid.toString())
    return await take(cid, lies ? block.bytes.map(byte => byte ^ 1) : block.bytes)
  }
}

async function setUp(count: number, parts: Partial<SessionParts> = {}) {
  const world = new VirtualWorld(1)
  const [theirs, blocks] = [new TestBlocks(), new TestBlocks()]
  const cids: CID[] = []
  for (let at = 0; at < count; at++) cids.push(await theirs.make(at, blockBytes))
  const session = new Session(cids[0]!, {
    world,
    config: sessionConfig.parse({}),
    blocks,
    connected: () => [],
    sourceOf: () => undefined,
    ...parts,
  })
  const source = (name: string, habits?: Habits): FakeSource => new FakeSource(name, world, theirs, habits)
  const fetchAll = (): Promise<VerifiedBlock[]> =>
    Promise.all(cids.map((cid, order) => session.get(cid, { order })))
  return { world, theirs, blocks, cids, session, source, fetchAll }
}

/** Lets virtual time pass until it is done; resolves to how long that took, in milliseconds. */
async function timeOf(world: VirtualWorld, done: Promise<unknown>): Promise<number> {
  const began = world.now()
  let isDone = false
  const end = (): void => {
    isDone = true
  }
  done.then(end, end)
  for (let turn = 0; !isDone && turn < 100_000; turn++) {
    await new Promise(resolve => setImmediate(resolve))
    if (!isDone) world.advance(5)
  }
  return world.now() - began
}

describe('several sources', () => {
  it('share the work by their speed', async () => {
    const { world, session, source, fetchAll } = await setUp(600)
    const [fast, slow] = [
      source('fast', { bytesPerSecond: 3_000_000 }),
      source('slow', { bytesPerSecond: 1_000_000 }),
    ]
    session.add(fast)
    session.add(slow)
    const all = fetchAll()
    const ms = await timeOf(world, all)
    await all
    // 6 MB at 4 MB/s, and a little for finding out who is how fast.
    expect(ms).toBeLessThan(1_500 * 1.25)
    expect(fast.served.length).toBeGreaterThan(2 * slow.served.length)
    // Few blocks were sent twice.
    expect(fast.served.length + slow.served.length).toBeLessThan(600 + 60)
  })

  it('leave nothing behind at the signal of a long fetch', async () => {
    const { world, session, source, cids } = await setUp(50)
    session.add(source('one'))
    const { signal } = new AbortController()
    const all = Promise.all(cids.map((cid, order) => session.get(cid, { order, signal })))
    await new Promise(resolve => setImmediate(resolve))
    expect(getEventListeners(signal, 'abort').length).toBe(50)
    await timeOf(world, all)
    expect((await all).length).toBe(50)
    expect(getEventListeners(signal, 'abort')).toEqual([])
  })

  it('of which one is very slow at the end do not wait for it', async () => {
    const { world, session, source, fetchAll } = await setUp(100)
    session.add(source('fast', { bytesPerSecond: 2_000_000 }))
    session.add(source('slow', { bytesPerSecond: 2_000 }))
    const all = fetchAll()
    expect(await timeOf(world, all)).toBeLessThan(2_000)
    expect((await all).length).toBe(100)
  })

  it('of which one lies: it is dropped, told of, and the others give the rest', async () => {
    const liars: string[] = []
    const { world, blocks, cids, session, source, fetchAll } = await setUp(50, {
      onLiar: ({ name }) => void liars.push(name),
    })
    session.add(source('liar', { lies: true }))
    session.add(source('honest'))
    const all = fetchAll()
    await timeOf(world, all)
    expect((await all).length).toBe(50)
    expect(new Set(liars)).toEqual(new Set(['liar']))
    expect(cids.every(cid => blocks.has(cid))).toBe(true)
  })

  it('of which one sends nothing and one always fails', async () => {
    const { world, session, source, fetchAll } = await setUp(50)
    session.add(source('silent', { sendsNothing: true }))
    session.add(source('failing', { fails: true }))
    session.add(source('honest'))
    const all = fetchAll()
    expect(await timeOf(world, all)).toBeLessThan(3_000)
    expect((await all).length).toBe(50)
    // Nobody waits for who is silent while somebody else is there.
    expect(session.sources().map(({ name, bytes }) => [name, bytes])).toEqual([
      ['silent', 0],
      ['failing', 0],
      ['honest', 50 * blockBytes],
    ])
    expect(session.sources()[1]?.message).toContain('not there')
  })
})

describe('a silent source', () => {
  it.each([
    ['nobody has heard of is given the usual patience', undefined, 10_000],
    ['that answered soon before is given eight times as long', 200, 1_600],
    ['that answered at once before is given the least patience', 1, 1_000],
    ['that was slow before is given no more than anybody', 60_000, 10_000],
  ])('%s', async (_, usualMs, expected) => {
    const config = sessionConfig.parse({ patienceMs: 10_000, leastPatienceMs: 1_000 })
    const { world, session, source, cids } = await setUp(1, { config })
    session.add(source('silent', { sendsNothing: true, ...(usualMs !== undefined && { usualMs }) }))
    session.get(cids[0]!).catch(() => undefined)
    const isGivenUp = () => session.sources()[0]?.message !== undefined
    const pass = async (ms: number) => timeOf(world, new Promise<void>(resolve => world.after(ms, resolve)))
    await pass(expected - 100)
    expect(isGivenUp()).toBe(false)
    await pass(700)
    expect(isGivenUp()).toBe(true)
    session.close()
  })
})

describe('a session', () => {
  it('fetches what is urgent first', async () => {
    const { world, session, source, cids } = await setUp(40)
    const slow = source('one', { bytesPerSecond: 50_000 })
    session.add(slow)
    const all = cids.map((cid, at) => session.get(cid, { order: 100 - at }))
    const done: string[] = []
    for (const each of all) void each.then(({ cid }) => done.push(cid.toString()))
    await timeOf(world, Promise.all(all))
    const wished = cids.map(String).reverse()
    expect(done.slice(0, 5).every(cid => wished.slice(0, 12).includes(cid))).toBe(true)
  })

  it('asks whom it is connected to, and then whom routing finds', async () => {
    const asked: string[] = []
    const parts = await setUp(3)
    const { world, theirs, blocks, cids } = parts
    const nearby = new FakeSource('nearby', world, new TestBlocks())
    const found = new FakeSource('found', world, theirs)
    const session = new Session(cids[0]!, {
      world,
      config: sessionConfig.parse({}),
      blocks,
      connected: () => [nearby],
      sourceOf: ({ peer }: Provider) => {
        asked.push(peer)
        return found
      },
      routing: {
        async *findProviders() {
          yield { peer: 'found', addresses: [] }
        },
      },
    })
    const got = Promise.all(cids.map(cid => session.get(cid)))
    await timeOf(world, got)
    expect((await got).length).toBe(3)
    expect(asked).toEqual(['found'])
    expect(nearby.served).toEqual([])
  })

  it('keeps no clock running for whom it asked whether they have it and who answered', async () => {
    const world = new VirtualWorld(1)
    let [begun, ended] = [0, 0]
    vi.spyOn(world, 'after').mockImplementation((ms, run) => {
      const timer = VirtualWorld.prototype.after.call(world, ms, run)
      if (ms !== 12_345) return timer
      begun++
      return {
        cancel: () => {
          ended++
          timer.cancel()
        },
      }
    })
    const theirs = new TestBlocks()
    const cid = await theirs.make(1, blockBytes)
    const nearby = ['a', 'b', 'c'].map(name => new FakeSource(name, world, theirs))
    const session = new Session(cid, {
      world,
      config: sessionConfig.parse({ patienceMs: 12_345 }),
      blocks: new TestBlocks(),
      connected: () => nearby,
      sourceOf: () => undefined,
    })
    const got = session.get(cid)
    await timeOf(world, got)
    expect([begun, ended]).toEqual([3, 3])
    session.close()
  })

  it('gives one block to all who wait for it, and each its own sink', async () => {
    const { world, session, source, cids, blocks } = await setUp(1)
    const only = source('one')
    session.add(only)
    const sunk: number[] = []
    const sink: BlockSink = (cid, bytes) => {
      sunk.push(bytes.length)
      return blocks.put(cid, bytes)
    }
    const full: BlockSink = () => Promise.reject(new PeerageError('store.disk-full', 'There is no room.'))
    const [a, b, c] = [
      session.get(cids[0]!, { sink }),
      session.get(cids[0]!),
      session.get(cids[0]!, { sink: full }),
    ]
    const failed = expect(c).rejects.toThrow('There is no room.')
    await timeOf(world, Promise.allSettled([a, b, c]))
    await failed
    expect((await a).bytes).toEqual((await b).bytes)
    expect(sunk).toEqual([blockBytes])
    expect(only.served.length).toBe(1)
  })

  it('asks again, less and less often, who had it not: it may be fetching that itself', async () => {
    const { world, theirs, cids, session } = await setUp(1)
    const later = new TestBlocks()
    const times: number[] = []
    const fetching = new FakeSource('fetching', world, later)
    const want = fetching.want.bind(fetching)
    fetching.want = (...of) => {
      times.push(world.now())
      return want(...of)
    }
    session.add(fetching)
    const got = session.get(cids[0]!)
    world.after(10_000, () => void theirs.get(cids[0]!).then(block => later.put(cids[0]!, block!.bytes)))
    await timeOf(world, got)
    expect((await got).bytes.length).toBe(blockBytes)
    expect(times.length).toBeGreaterThanOrEqual(4)
    expect(times.length).toBeLessThanOrEqual(6)
    const gaps = times.slice(1).map((time, at) => time - times[at]!)
    expect(gaps).toEqual(gaps.toSorted((a, b) => a - b))
  })

  it('waits for who was quick not as long as for a stranger, and asks another', async () => {
    const { world, session, source, cids } = await setUp(40, {
      config: sessionConfig.parse({ patienceMs: 60_000, leastPatienceMs: 1_000 }),
    })
    const quick = source('quick')
    session.add(quick)
    const first = Promise.all(cids.slice(0, 20).map(cid => session.get(cid)))
    await timeOf(world, first)
    quick.want = (_cid, _take, signal) =>
      new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
    const rest = Promise.all(cids.slice(20).map(cid => session.get(cid)))
    world.after(1, () => session.add(source('slow', { bytesPerSecond: 50_000 })))
    expect(await timeOf(world, rest)).toBeLessThan(20_000)
  })

  it('goes on soon with who has some of it and is the only one', async () => {
    const { world, theirs, blocks, cids, session } = await setUp(100)
    const some = new TestBlocks()
    const there = cids.filter((_, at) => at >= 64 && at % 2 === 0)
    for (const cid of there) await some.put(cid, (await theirs.get(cid))!.bytes)
    session.add(new FakeSource('some', world, some))
    const all = cids.map((cid, order) => session.get(cid, { order }))
    for (const one of all) one.catch(() => undefined)
    const got = Promise.all(all.filter((_, at) => there.includes(cids[at]!)))
    expect(await timeOf(world, got)).toBeLessThan(5_000)
    expect(there.every(cid => blocks.has(cid))).toBe(true)
    session.close()
  })

  it('asks who has nothing of what is wanted less and less', async () => {
    const { world, session, fetchAll } = await setUp(200)
    const nothing = new FakeSource('nothing', world, new TestBlocks())
    let asked = 0
    const want = nothing.want.bind(nothing)
    nothing.want = (...of) => {
      asked++
      return want(...of)
    }
    session.add(nothing)
    fetchAll().catch(() => undefined)
    await timeOf(world, new Promise<void>(resolve => world.after(60_000, resolve)))
    // After 1, 2, 4, 8 and 15 s, and anew when others are looked for.
    expect(asked).toBeLessThanOrEqual(11 * 200)
    session.close()
  })

  it('rejects with the reason of who gave up, and with its end', async () => {
    const { session, cids } = await setUp(2)
    const stop = new AbortController()
    const [first, second] = [session.get(cids[0]!, { signal: stop.signal }), session.get(cids[1]!)]
    stop.abort(new Error('enough'))
    await expect(first).rejects.toThrow('enough')
    session.close()
    await expect(second).rejects.toThrow('The session was closed.')
    await expect(session.get(cids[1]!)).rejects.toThrow('The session was closed.')
  })
})

describe('what comes', () => {
  it('asks nobody for what is refused, and gives it from here to nobody', async () => {
    const refusal = new PeerageError('content.denied', 'A list names it.')
    const denied: string[] = []
    const refuse = (cid: CID): void => {
      if (denied.includes(String(cid))) throw refusal
    }
    const routed: string[] = []
    const routing = {
      async *findProviders(cid: CID) {
        routed.push(String(cid))
        yield* []
      },
    }
    const { world, theirs, blocks, cids, session, source } = await setUp(2, { refuse, routing })
    const one = source('one')
    session.add(one)
    denied.push(String(cids[0]))
    await expect(session.get(cids[0]!)).rejects.toBe(refusal)
    await blocks.put(cids[0]!, (await theirs.get(cids[0]!))!.bytes)
    await expect(session.get(cids[0]!)).rejects.toBe(refusal)
    expect([one.served, routed]).toEqual([[], []])
    const other = session.get(cids[1]!)
    await timeOf(world, other)
    await other
    expect(one.served).toEqual([String(cids[1])])
  })

  it('for everybody is not what is here for us alone', async () => {
    const { world, theirs, blocks, cids, session, source } = await setUp(1, { publicOnly: true })
    await blocks.put(cids[0]!, (await theirs.get(cids[0]!))!.bytes)
    const got = session.get(cids[0]!)
    const early = Promise.race([got, new Promise(resolve => world.after(5_000, () => resolve('waits')))])
    await timeOf(world, early)
    expect(await early).toBe('waits')
    session.add(source('stranger', { isPublic: true }))
    await timeOf(world, got)
    expect((await got).bytes.length).toBe(blockBytes)
  })

  it('is for everybody from those who give to everybody, and for us alone from others', async () => {
    for (const isPublic of [true, false]) {
      const { world, blocks, cids, session, source, fetchAll } = await setUp(3)
      session.add(source('one', { isPublic }))
      const all = fetchAll()
      await timeOf(world, all)
      await all
      expect(cids.map(cid => blocks.isPublic(cid))).toEqual([isPublic, isPublic, isPublic])
    }
  })

  it('for everybody comes from nobody else, until it is known that they give to everybody, too', async () => {
    const { world, blocks, cids, session, source, fetchAll } = await setUp(3, { publicOnly: true })
    const friend = source('friend')
    session.add(friend)
    const all = fetchAll()
    const early = Promise.race([all, new Promise(resolve => world.after(5_000, () => resolve('waits')))])
    await timeOf(world, early)
    expect(await early).toBe('waits')
    expect(friend.served).toEqual([])
    session.add(source('friend', { isPublic: true }))
    await timeOf(world, all)
    await all
    expect(friend.served).toHaveLength(3)
    expect(cids.every(cid => blocks.isPublic(cid))).toBe(true)
  })
})
