import type { CID } from 'multiformats/cid'
import { afterEach, describe, expect, it } from 'vitest'
import { PeerageError, systemWorld } from '../../base/index.ts'
import { createNetwork, type Network, type PeerStream } from '../../network/index.ts'
import {
  type BitswapMessage,
  type BitswapNotes,
  BitswapReader,
  bitswapLimits,
  encodeBitswap,
} from '../../wire/index.ts'
import { Session, type SessionConfig, sessionConfig } from '../session/index.ts'
import { TestBlocks, testBytes, testCid } from '../test-blocks.ts'
import { Bitswap } from './bitswap.ts'
import { prefixOf } from './block-name.ts'
import { type BitswapConfig, bitswapConfig } from './config.ts'
import { bitswapProtocols } from './link.ts'

const networks: Network[] = []
const engines: Bitswap[] = []
afterEach(async () => {
  for (const engine of engines.splice(0)) engine.stop()
  await Promise.all(networks.splice(0).map(network => network.stop()))
})

async function join(): Promise<Network> {
  const identity = { seed: systemWorld.random.bytes(32) }
  const network = await createNetwork({ identity, world: systemWorld, transports: 'memory' })
  networks.push(network)
  return network
}

interface Peer {
  readonly network: Network
  readonly blocks: TestBlocks
  readonly bitswap: Bitswap
}

async function start(
  config: Partial<BitswapConfig> = {},
  mayServe: (peer: string, cid: CID) => boolean = () => true,
): Promise<Peer> {
  const network = await join()
  const blocks = new TestBlocks()
  const bitswap = new Bitswap({
    world: systemWorld,
    network,
    config: bitswapConfig.parse(config),
    blocks,
    mayServe,
  })
  bitswap.start()
  engines.push(bitswap)
  return { network, blocks, bitswap }
}

function sessionOf(peer: Peer, root: CID, ...others: Network[]): Session {
  return sessionWith({}, peer, root, ...others)
}

function sessionWith(
  config: Partial<SessionConfig>,
  { blocks, bitswap, network }: Peer,
  root: CID,
  ...others: Network[]
): Session {
  const session = new Session(root, {
    world: systemWorld,
    config: sessionConfig.parse(config),
    blocks,
    connected: () => [],
    sourceOf: () => undefined,
  })
  for (const other of others) {
    network.rememberAddresses(other.peerId, other.addresses())
    session.add(bitswap.source(other.peerId))
  }
  return session
}

const nothing: BitswapMessage = { full: false, wants: [], blocks: [], presences: [], pendingBytes: 0 }

/** A peer that speaks the protocol as it likes. */
class Raw {
  readonly network: Network
  readonly notes: BitswapNotes[] = []
  blockBytes = 0
  #out: PeerStream | undefined
  #waiting: (() => void)[] = []

  private constructor(network: Network) {
    this.network = network
    network.handle(bitswapProtocols[0], stream => {
      const reader = new BitswapReader()
      stream.onData(chunk => {
        for (const part of reader.push(chunk)) {
          if ('block' in part) this.blockBytes += part.block.data.length
          else if ('notes' in part) this.notes.push(part.notes)
        }
        for (const wake of this.#waiting.splice(0)) wake()
      })
    })
  }

  static async start(): Promise<Raw> {
    return new Raw(await join())
  }

  async send(peer: Network, message: Partial<BitswapMessage>): Promise<void> {
    await this.write(peer, encodeBitswap({ ...nothing, ...message }))
  }

  async write(peer: Network, pieces: readonly Uint8Array[]): Promise<void> {
    this.#out ??= await this.network.open(peer.addresses(), bitswapProtocols[0])
    for (const piece of pieces) if (!this.#out.send(piece)) await this.#out.drained().catch(() => {})
  }

  async until(condition: () => boolean): Promise<void> {
    while (!condition()) await new Promise<void>(resolve => this.#waiting.push(resolve))
  }

  get wants(): BitswapNotes['wants'] {
    return this.notes.flatMap(({ wants }) => wants)
  }

  get presences(): BitswapNotes['presences'] {
    return this.notes.flatMap(({ presences }) => presences)
  }
}

const want = (cid: CID, more: object = {}): BitswapNotes['wants'][number] => ({
  cid: cid.bytes,
  priority: 1,
  cancel: false,
  type: 'block',
  sendDontHave: true,
  ...more,
})

const until = async (condition: () => boolean): Promise<void> => {
  while (!condition()) await new Promise(resolve => setImmediate(resolve))
}

describe('two peers', () => {
  it('exchange blocks of all sizes, whatever the order in which they are wanted', async () => {
    const [a, b] = [await start(), await start()]
    const sizes = [1, 100, 1023, 70_000, 0, 262_144, 1_048_576, 5]
    const cids = await Promise.all(sizes.map((size, number) => a.blocks.make(number, size)))
    const session = sessionOf(b, cids[0]!, a.network)
    const blocks = await Promise.all(cids.map((cid, at) => session.get(cid, { order: sizes.length - at })))
    expect(blocks.map(({ bytes }) => bytes.length)).toEqual(sizes)
    expect(cids.every(cid => b.blocks.has(cid))).toBe(true)
    const total = sizes.reduce((sum, size) => sum + size, 0)
    await until(() => session.sources()[0]?.bytes === total)
    session.close()
  })

  it('exchange thousands of tiny blocks, wanted together and one after the other', async () => {
    const [from, to, other] = [await start(), await start(), await start()]
    const cids: CID[] = []
    for (let at = 0; at < 1_500; at++) cids.push(await from.blocks.make(at, 4 + (at % 300)))
    const together = sessionOf(to, cids[0]!, from.network)
    await Promise.all(cids.map((cid, order) => together.get(cid, { order })))
    expect(cids.every(cid => to.blocks.has(cid))).toBe(true)
    const alone = sessionOf(other, cids[0]!, from.network)
    for (const cid of cids.slice(0, 500)) await alone.get(cid)
    expect(cids.slice(0, 500).every(cid => other.blocks.has(cid))).toBe(true)
  })

  it('ask each other at the same time, and tell who has what', async () => {
    const [a, b] = [await start(), await start()]
    const [one, two] = [await a.blocks.make(1, 3000), await b.blocks.make(2, 3000)]
    const lacking = testCid(testBytes(3, 10))
    const [there, back] = [sessionOf(b, one, a.network), sessionOf(a, two, b.network)]
    await Promise.all([there.get(one), back.get(two)])
    const { signal } = new AbortController()
    const source = a.bitswap.source(b.network.peerId)
    expect(await source.has?.(one, signal)).toBe(true)
    expect(await source.has?.(lacking, signal)).toBe(false)
    expect(await source.want(lacking, (cid, bytes) => a.blocks.put(cid, bytes), signal)).toBeUndefined()
    there.close()
    back.close()
  })

  it('get what one of them has, and never what they may not', async () => {
    const secret = testBytes(9, 5000)
    const a = await start({}, (_, cid) => !cid.equals(testCid(secret)))
    const open = await a.blocks.make(1, 5000)
    await a.blocks.put(testCid(secret), secret)
    const raw = await Raw.start()
    const unknown = testCid(testBytes(10, 4))
    const asked = [testCid(secret), unknown]
    await raw.send(a.network, { wants: [...asked.map(cid => want(cid)), want(open)] })
    await raw.until(() => raw.presences.length === 2 && raw.blockBytes === 5000)
    // What is refused is what is not there.
    expect(new Set(raw.presences.map(({ has }) => has))).toEqual(new Set([false]))
    await raw.send(a.network, { wants: asked.map(cid => want(cid, { type: 'have' })) })
    await raw.until(() => raw.presences.length === 4)
    expect(raw.presences.some(({ has }) => has)).toBe(false)
    expect(a.blocks.readBytes).toBe(5000)
  })
})

describe('what is wanted and not here', () => {
  it('is told, or given, when it comes, unless it was taken back', async () => {
    const a = await start()
    const raw = await Raw.start()
    const [have, block, over, last] = [1, 2, 3, 4].map(number => testBytes(number, 3000)) as [
      Uint8Array,
      Uint8Array,
      Uint8Array,
      Uint8Array,
    ]
    await raw.send(a.network, {
      wants: [
        want(testCid(have), { type: 'have' }),
        want(testCid(block), { sendDontHave: false }),
        want(testCid(over), { type: 'have' }),
      ],
    })
    await raw.until(() => raw.presences.length === 2)
    expect(raw.presences.map(({ has }) => has)).toEqual([false, false])
    await raw.send(a.network, { wants: [want(testCid(over), { cancel: true }), want(testCid(last))] })
    await raw.until(() => raw.presences.length === 3)
    for (const bytes of [over, have, block]) await a.blocks.put(testCid(bytes), bytes)
    await raw.until(() => raw.presences.length === 4 && raw.blockBytes === 3000)
    expect(raw.presences.at(-1)).toEqual({ cid: testCid(have).bytes, has: true })
    // A new list takes the place of all that was open.
    await raw.send(a.network, { full: true, wants: [want(testCid(testBytes(5, 10)))] })
    await raw.until(() => raw.presences.length === 5)
    await a.blocks.put(testCid(last), last)
    const told = testBytes(5, 10)
    await a.blocks.put(testCid(told), told)
    await raw.until(() => raw.blockBytes === 3010)
    expect(raw.presences).toHaveLength(5)
  })

  it('is told to nobody who may not have it, until he may', async () => {
    let isOpen = false
    const secret = testBytes(9, 5000)
    const a = await start({}, (_, cid) => isOpen || !cid.equals(testCid(secret)))
    const raw = await Raw.start()
    const other = testBytes(8, 10)
    await raw.send(a.network, {
      wants: [want(testCid(secret), { type: 'have' }), want(testCid(other), { type: 'have' })],
    })
    await raw.until(() => raw.presences.length === 2)
    await a.blocks.put(testCid(secret), secret)
    await a.blocks.put(testCid(other), other)
    await raw.until(() => raw.presences.length === 3)
    expect(raw.presences.at(-1)).toEqual({ cid: testCid(other).bytes, has: true })
    isOpen = true
    a.bitswap.mayHaveMore()
    await raw.until(() => raw.presences.length === 4)
    expect(raw.presences.at(-1)).toEqual({ cid: testCid(secret).bytes, has: true })
  })

  it('is asked for again when the block is wanted no more, but still whether it is there', async () => {
    const b = await start({ maxUnasked: 0 })
    const raw = await Raw.start()
    b.network.rememberAddresses(raw.network.peerId, raw.network.addresses())
    const source = b.bitswap.source(raw.network.peerId)
    const bytes = testBytes(1, 5000)
    const stop = new AbortController()
    const wanted = source.want(testCid(bytes), (cid, data) => b.blocks.put(cid, data), stop.signal)
    await raw.until(() => raw.wants.length === 1)
    const has = source.has!(testCid(bytes), new AbortController().signal)
    stop.abort(new Error('enough'))
    await expect(wanted).rejects.toThrow('enough')
    await raw.until(() => raw.wants.length === 2)
    expect(raw.wants.at(-1)).toMatchObject({ type: 'have', cancel: false })
    // What was asked for before comes nevertheless.
    await raw.send(b.network, { blocks: [{ prefix: prefixOf(testCid(bytes)), data: bytes }] })
    await raw.send(b.network, { presences: [{ cid: testCid(bytes).bytes, has: true }] })
    expect(await has).toBe(true)
    expect(b.bitswap.isShunned(raw.network.peerId)).toBe(false)
  })
})

describe('a peer that floods', () => {
  it('with wants is kept so many of, and told "do not have" of the others', async () => {
    const a = await start({ maxWantsPerPeer: 10, sendBufferBytes: 65_536 })
    const raw = await Raw.start()
    const wants = Array.from({ length: 3000 }, (_, number) => want(testCid(testBytes(number, 40))))
    await raw.send(a.network, { wants })
    await raw.until(() => raw.presences.length === wants.length)
    expect(raw.presences.every(({ has }) => !has)).toBe(true)
  })

  it('with cancels, and wants the same again and again, gets each block once', async () => {
    const a = await start()
    const raw = await Raw.start()
    const cid = await a.blocks.make(1, 2000)
    const cancels = Array.from({ length: 1000 }, (_, number) =>
      want(testCid(testBytes(number, 40)), { cancel: true }),
    )
    await raw.send(a.network, { wants: [...cancels, ...Array.from({ length: 1000 }, () => want(cid))] })
    await raw.until(() => raw.blockBytes > 0)
    await raw.send(a.network, { wants: [want(testCid(testBytes(0, 9)))] })
    await raw.until(() => raw.presences.length > 0)
    expect(raw.blockBytes).toBe(2000)
  })

  it('does not keep others from getting theirs, nor makes us read more than is on its way', async () => {
    const a = await start({
      sendBufferBytes: 131_072,
      maxSendBufferBytes: 1_048_576,
      idleMs: 100,
      silenceMs: 200,
    })
    const cids = await Promise.all(Array.from({ length: 64 }, (_, at) => a.blocks.make(at, 65_536)))
    const greedy = await join()
    // It takes nothing of what it wants.
    greedy.handle(bitswapProtocols[0], stream => stream.pause())
    const stream = await greedy.open(a.network.addresses(), bitswapProtocols[0])
    for (const piece of encodeBitswap({ ...nothing, wants: cids.map(cid => want(cid)) })) stream.send(piece)
    const b = await start()
    const session = sessionOf(b, cids[0]!, a.network)
    await Promise.all(cids.map(cid => session.get(cid)))
    session.close()
    expect(a.blocks.readBytes).toBeLessThanOrEqual(64 * 65_536 + 524_288)
    await until(() => a.bitswap.stats.shunned.size > 0)
    expect(a.bitswap.stats.shunned.get(greedy.peerId)).toContain('takes nothing')
    expect(a.bitswap.isShunned(b.network.peerId)).toBe(false)
  })
})

describe('a peer that sends', () => {
  it.each([
    ['blocks nobody asked for', (bytes: Uint8Array) => bytes],
    ['other blocks than it was asked for', (bytes: Uint8Array) => bytes.map(byte => byte ^ 1)],
  ])('%s is cut off, and the honest transfer goes on', async (what, change) => {
    const b = await start({ maxUnasked: 4 })
    const [honest, liar] = [await start(), await Raw.start()]
    const cids = await Promise.all(Array.from({ length: 8 }, (_, at) => honest.blocks.make(at, 20_000)))
    const session = sessionOf(b, cids[0]!, liar.network)
    const got = Promise.all(cids.map(cid => session.get(cid)))
    await liar.until(() => liar.wants.length > 0)
    const bytes = what.includes('nobody') ? testBytes(99, 20_000) : testBytes(0, 20_000)
    const blocks = Array.from({ length: 20 }, () => ({ prefix: prefixOf(cids[0]!), data: change(bytes) }))
    await liar.send(b.network, { blocks })
    await until(() => b.bitswap.isShunned(liar.network.peerId))
    b.network.rememberAddresses(honest.network.peerId, honest.network.addresses())
    session.add(b.bitswap.source(honest.network.peerId))
    expect((await got).length).toBe(cids.length)
    expect(b.bitswap.stats.shunned.get(liar.network.peerId)).toContain('nobody asked for')
    session.close()
  })

  it('a message that is too long, or makes no sense, is cut off', async () => {
    for (const wire of [Uint8Array.of(0xff, 0xff, 0xff, 0x7f), Uint8Array.of(2, 0x0a, 0x70)]) {
      const a = await start()
      const raw = await Raw.start()
      await raw.write(a.network, [wire])
      await until(() => a.bitswap.isShunned(raw.network.peerId))
      expect(() => a.bitswap.source(raw.network.peerId)).not.toThrow()
      const source = a.bitswap.source(raw.network.peerId)
      const asked = source.want(
        testCid(testBytes(1, 1)),
        (cid, bytes) => a.blocks.put(cid, bytes),
        new AbortController().signal,
      )
      await expect(asked).rejects.toThrow(PeerageError)
    }
    expect(bitswapLimits.messageBytes).toBeLessThan(0x0fff_ffff)
  })

  it('HAVE and nothing else is left for another, and so is one that dribbles', async () => {
    const b = await start({ silenceMs: 200 })
    const [honest, idler, slow] = [await start(), await Raw.start(), await Raw.start()]
    const cids = await Promise.all(Array.from({ length: 4 }, (_, at) => honest.blocks.make(at, 50_000)))
    const session = sessionWith({ patienceMs: 500 }, b, cids[0]!, idler.network, slow.network)
    const got = Promise.all(cids.map(cid => session.get(cid)))
    await idler.until(() => idler.wants.length > 0)
    await idler.send(b.network, { presences: cids.map(cid => ({ cid: cid.bytes, has: true })) })
    await slow.until(() => slow.wants.length > 0)
    const [head] = encodeBitswap({
      ...nothing,
      blocks: [{ prefix: prefixOf(cids[0]!), data: testBytes(0, 50_000) }],
    })
    await slow.write(b.network, [head!, testBytes(0, 100)])
    b.network.rememberAddresses(honest.network.peerId, honest.network.addresses())
    session.add(b.bitswap.source(honest.network.peerId))
    expect((await got).length).toBe(4)
    expect(session.sources().find(({ name }) => name === idler.network.peerId)?.message).toContain('not send')
    session.close()
  })

  it('blocks in another order than they were asked for is an honest one', async () => {
    const b = await start({ maxUnasked: 0 })
    const raw = await Raw.start()
    const all = [0, 1, 2, 3].map(number => testBytes(number, 30_000))
    const session = sessionOf(b, testCid(all[0]!), raw.network)
    const got = Promise.all(all.map(bytes => session.get(testCid(bytes))))
    await raw.until(() => raw.wants.length >= all.length)
    const blocks = [3, 0, 2, 1].map(at => ({ prefix: prefixOf(testCid(all[at]!)), data: all[at]! }))
    await raw.send(b.network, { blocks })
    expect((await got).map(({ bytes }) => bytes)).toEqual(all)
    session.close()
  })
})

it('a block that was cut short with its stream is taken when it comes once more', async () => {
  const b = await start()
  const raw = await Raw.start()
  const bytes = testBytes(7, 20_000)
  const cid = testCid(bytes)
  const session = sessionOf(b, cid, raw.network)
  const got = session.get(cid)
  await raw.until(() => raw.wants.length > 0)
  const [head, ...rest] = encodeBitswap({ ...nothing, blocks: [{ prefix: prefixOf(cid), data: bytes }] })
  const whole = Buffer.concat([head!, ...rest])
  const cut = await raw.network.open(b.network.addresses(), bitswapProtocols[0])
  cut.send(Uint8Array.from(whole.subarray(0, 10_000)))
  await until(() => (b.bitswap.source(raw.network.peerId).heardAt ?? 0) > 0)
  cut.abort(new Error('enough'))
  await raw.send(b.network, { blocks: [{ prefix: prefixOf(cid), data: bytes }] })
  expect((await got).bytes).toEqual(bytes)
  session.close()
})

it('a short block that comes instead of "have" says so', async () => {
  const b = await start({ maxUnasked: 0 })
  const raw = await Raw.start()
  const [here, other] = [testBytes(1, 900), testBytes(2, 900)]
  b.network.rememberAddresses(raw.network.peerId, raw.network.addresses())
  const source = b.bitswap.source(raw.network.peerId)
  const signal = AbortSignal.timeout(20_000)
  const has = source.has!(testCid(here), signal)
  const hasOther = source.has!(testCid(other), signal)
  await raw.until(() => raw.wants.length === 2)
  await raw.send(b.network, { blocks: [{ prefix: prefixOf(testCid(here)), data: here }] })
  expect(await has).toBe(true)
  await raw.send(b.network, { presences: [{ cid: testCid(other).bytes, has: false }] })
  expect(await hasOther).toBe(false)
  expect(b.bitswap.isShunned(raw.network.peerId)).toBe(false)
})

describe('what is not wanted any more', () => {
  it('is taken back, and may come nevertheless', async () => {
    const b = await start({ maxUnasked: 0 })
    const raw = await Raw.start()
    const [one, two] = [testBytes(1, 10_000), testBytes(2, 10_000)]
    const session = sessionOf(b, testCid(one), raw.network)
    const stop = new AbortController()
    const first = session.get(testCid(one), { signal: stop.signal })
    const second = session.get(testCid(two))
    await raw.until(() => raw.wants.length === 2)
    stop.abort(new Error('enough'))
    await expect(first).rejects.toThrow('enough')
    await raw.until(() => raw.wants.some(({ cancel }) => cancel))
    const blocks = [one, two].map(data => ({ prefix: prefixOf(testCid(data)), data }))
    await raw.send(b.network, { blocks })
    expect((await second).bytes).toEqual(two)
    expect(b.bitswap.isShunned(raw.network.peerId)).toBe(false)
    session.close()
  })
})
