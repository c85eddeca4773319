import type { CID } from 'multiformats/cid'
import { expect, it } from 'vitest'
import { TokenBucket, VirtualWorld } from '../../base/index.ts'
import { RateLimit } from '../../swarm/index.ts'
import type { BitswapMessage, BitswapNotes } from '../../wire/index.ts'
import type { BlockLoan, FoundBlock } from '../ports.ts'
import { TestBlocks, testBytes, testCid } from '../test-blocks.ts'
import { bitswapConfig } from './config.ts'
import { Customer, Server } from './server.ts'

const blockBytes = 100_000
/** Nothing waits to be sent here. */
const dropAnswers = (): void => {}

/** Asks whether the server has these blocks. */
function asks(server: Server, who: Customer, cids: readonly CID[]): void {
  const more = { priority: 1, cancel: false, type: 'have', sendDontHave: true } as const
  const wants = cids.map(cid => ({ cid: cid.bytes, ...more }))
  server.noted(who, { full: false, wants, presences: [], pendingBytes: 0 })
}

/** Of small blocks, one after the other. */
const cidsFrom = (first: number, count: number): CID[] =>
  Array.from({ length: count }, (_, at) => testCid(testBytes(first + at, 8)))

it('peers take turns, and all together get no more than the limit allows', async () => {
  const world = new VirtualWorld(1)
  const blocks = new TestBlocks()
  const cids: CID[] = []
  for (let at = 0; at < 20; at++) cids.push(await blocks.make(at, blockBytes))
  const limit = new RateLimit(new TokenBucket(1_000_000, world.now()))
  const server = new Server({ world, config: bitswapConfig.parse({}), blocks, limit, mayServe: () => true })
  const order: string[] = []
  const customer = (name: string): Customer => {
    const send = (message: Partial<BitswapMessage>, released: () => void = () => {}): void => {
      for (const _ of message.blocks ?? []) order.push(name)
      released()
    }
    return new Customer(name, { send, dropAnswers }, 1024)
  }
  const wants = cids.map(cid => ({
    cid: cid.bytes,
    priority: 1,
    cancel: false,
    type: 'block' as const,
    sendDontHave: true,
  }))
  for (const name of ['a', 'b'])
    server.noted(customer(name), { full: false, wants, presences: [], pendingBytes: 0 })
  for (let at = 0; at < 200; at++) {
    await new Promise(resolve => setImmediate(resolve))
    world.advance(5)
  }
  // One second at ten blocks a second, and what may be sent at once after a rest.
  expect(order.length).toBeGreaterThanOrEqual(9)
  expect(order.length).toBeLessThanOrEqual(12)
  const ofA = order.filter(name => name === 'a').length
  expect(Math.abs(2 * ofA - order.length)).toBeLessThanOrEqual(1)
  server.stop()
})

it('gives back what it was lent once it has left, also for those who have gone meanwhile', async () => {
  const world = new VirtualWorld(1)
  const blocks = new TestBlocks()
  const cids = [await blocks.make(1, 100), await blocks.make(2, blockBytes), await blocks.make(3, blockBytes)]
  let lent = 0
  let most = 0
  const loan = async (cid: CID): Promise<BlockLoan | undefined> => {
    const block = await blocks.get(cid)
    most = Math.max(most, ++lent)
    return block && { block, release: () => void lent-- }
  }
  const find = (cid: CID): FoundBlock | undefined => {
    const found = blocks.find(cid)
    return found && { ...found, loan: () => loan(cid) }
  }
  const server = new Server({
    world,
    config: bitswapConfig.parse({}),
    blocks: { find },
    limit: new RateLimit(),
    mayServe: () => true,
  })
  const waiting: (() => void)[] = []
  const sent: number[] = []
  const send = (message: Partial<BitswapMessage>, released: () => void = () => {}): void => {
    for (const { data } of message.blocks ?? []) sent.push(data.length)
    waiting.push(released)
  }
  const [stays, leaves] = [
    new Customer('stays', { send, dropAnswers }, 1024),
    new Customer('leaves', { send, dropAnswers }, 1024),
  ]
  const wants = cids.map(cid => ({
    cid: cid.bytes,
    priority: 1,
    cancel: false,
    type: 'block' as const,
    sendDontHave: true,
  }))
  for (const customer of [stays, leaves])
    server.noted(customer, { full: false, wants, presences: [], pendingBytes: 0 })
  server.left(leaves)
  await Promise.all([stays.sending, leaves.sending])
  expect(sent).toEqual([100, blockBytes, blockBytes])
  // Still needed: they are on their way.
  expect(most).toBeGreaterThan(3)
  expect(lent).toBe(3)
  for (const released of waiting) released()
  expect(lent).toBe(0)
  server.stop()
})

it('what is open is bounded for all together, and who has the most of it loses the oldest', async () => {
  const world = new VirtualWorld(1)
  const blocks = new TestBlocks()
  const config = bitswapConfig.parse({ maxOpenWants: 10 })
  const server = new Server({ world, config, blocks, limit: new RateLimit(), mayServe: () => true })
  blocks.onArrival(hash => server.arrived(hash))
  const told = new Map<string, number>()
  const customer = (name: string): Customer => {
    const send = ({ presences = [] }: Partial<BitswapMessage>): void => {
      for (const { has } of presences) if (has) told.set(name, (told.get(name) ?? 0) + 1)
    }
    return new Customer(name, { send, dropAnswers }, 1024)
  }
  const want = (who: Customer, numbers: readonly number[]): void =>
    asks(
      server,
      who,
      numbers.map(number => testCid(testBytes(number, 100))),
    )
  const [modest, greedy] = [customer('modest'), customer('greedy')]
  want(modest, [1, 2])
  want(
    greedy,
    Array.from({ length: 100 }, (_, at) => 100 + at),
  )
  expect([modest.ledger.openSize, greedy.ledger.openSize]).toEqual([2, 8])
  for (const number of [1, 2, 100, 150, 191, 192, 199]) await blocks.make(number, 100)
  world.advance(99)
  expect(told.size).toBe(0)
  world.advance(1)
  expect(told).toEqual(
    new Map([
      ['modest', 2],
      ['greedy', 2],
    ]),
  )
  server.left(greedy)
  want(modest, [3, 4])
  await blocks.make(3, 100)
  server.arrived()
  world.advance(200)
  expect(told.get('modest')).toBe(3)
  expect(modest.ledger.openSize).toBe(1)
  server.stop()
})

it('sends again what may be lost when a peer ends the stream, but what it has, and not for ever', async () => {
  const blocks = new TestBlocks()
  const cids = await Promise.all([1, 2, 3].map(at => blocks.make(at, blockBytes)))
  const config = bitswapConfig.parse({})
  const limit = new RateLimit()
  const server = new Server({ world: new VirtualWorld(1), config, blocks, limit, mayServe: () => true })
  const sent: number[] = []
  const send = ({ blocks: some = [] }: Partial<BitswapMessage>, released: () => void = () => {}): void => {
    for (const { data } of some) sent.push(data[0]!)
    released()
  }
  const customer = new Customer('helia', { send, dropAnswers }, 1024)
  const note = (cid: CID, cancel: boolean): BitswapNotes => {
    const want = { cid: cid.bytes, priority: 1, cancel, type: 'block' as const, sendDontHave: true }
    return { full: false, wants: [want], presences: [], pendingBytes: 0 }
  }
  const turns = async (): Promise<number[]> => {
    for (let turn = 0; turn < 20; turn++) await new Promise(resolve => setImmediate(resolve))
    return sent.splice(0)
  }
  for (const cid of cids) server.noted(customer, note(cid, false))
  const all = await turns()
  expect(all).toHaveLength(3)
  server.noted(customer, note(cids[0]!, true))
  for (let loss = 1; loss <= 3; loss++) {
    server.lost(customer)
    expect(await turns(), `loss ${loss}`).toEqual(all.slice(1))
  }
  server.lost(customer)
  expect(await turns()).toEqual([])
  server.noted(customer, note(cids[0]!, false))
  expect(await turns()).toEqual(all.slice(0, 1))
  server.lost(customer)
  expect(await turns()).toEqual(all.slice(0, 1))
  server.stop()
})

it('sends nothing to a peer that begins anew of what it wanted before, sent or being read', async () => {
  const blocks = new TestBlocks()
  const cids = await Promise.all([1, 2, 3].map(at => blocks.make(at, blockBytes)))
  const config = bitswapConfig.parse({})
  const limit = new RateLimit()
  const server = new Server({ world: new VirtualWorld(1), config, blocks, limit, mayServe: () => true })
  const sent: number[] = []
  let waiting = 0
  const send = ({ blocks: some = [] }: Partial<BitswapMessage>, released: () => void = () => {}): void => {
    for (const { data } of some) sent.push(data[0]!)
    released()
  }
  const customer = new Customer('anew', { send, dropAnswers: () => void waiting++ }, 1024)
  const ask = (full: boolean, connection: string, ...wanted: CID[]): void => {
    const wants = wanted.map(cid => ({
      cid: cid.bytes,
      priority: 1,
      cancel: false,
      type: 'block' as const,
      sendDontHave: true,
    }))
    server.noted(customer, { full, wants, presences: [], pendingBytes: 0 }, connection)
  }
  const turns = async (): Promise<number[]> => {
    for (let turn = 0; turn < 20; turn++) await new Promise(resolve => setImmediate(resolve))
    return sent.splice(0)
  }
  const [one, two, three] = [1, 2, 3].map(at => testBytes(at, blockBytes)[0]!)
  ask(true, 'first', cids[0]!)
  expect(await turns()).toEqual([one])
  // Being read when it says that it wants something else only.
  ask(false, 'first', cids[1]!)
  ask(true, 'second', cids[2]!)
  expect(await turns()).toEqual([three])
  expect(waiting).toBe(2)
  server.lost(customer)
  expect(await turns()).toEqual([three])
  // The connection that it asked on ends, and another remains.
  ask(false, 'second', cids[1]!)
  expect(customer.askedOn('first')).toBe(false)
  expect(customer.askedOn('second')).toBe(true)
  server.cutOff(customer)
  server.lost(customer)
  expect(await turns()).toEqual([])
  ask(true, 'third', cids[1]!)
  expect(await turns()).toEqual([two])
  server.stop()
})

it('those who take nothing of what they asked for keep nobody else from being served', async () => {
  const blocks = new TestBlocks()
  const cids = await Promise.all(Array.from({ length: 24 }, (_, at) => blocks.make(at, blockBytes)))
  const config = bitswapConfig.parse({ sendBufferBytes: 1_000_000, maxSendBufferBytes: 4_000_000 })
  const limit = new RateLimit()
  const server = new Server({ world: new VirtualWorld(1), config, blocks, limit, mayServe: () => true })
  const wants = cids.map(cid => ({
    cid: cid.bytes,
    priority: 1,
    cancel: false,
    type: 'block' as const,
    sendDontHave: true,
  }))
  const notes: BitswapNotes = { full: false, wants, presences: [], pendingBytes: 0 }
  const turns = async (): Promise<void> => {
    for (let turn = 0; turn < 200; turn++) await new Promise(resolve => setImmediate(resolve))
  }
  let held = 0
  const takesNothing = ({ blocks: some = [] }: Partial<BitswapMessage>): void => {
    for (const { data } of some) held += data.length
  }
  for (let at = 0; at < 8; at++)
    server.noted(new Customer(`silent ${at}`, { send: takesNothing, dropAnswers }, 1024), notes)
  await turns()
  expect(held).toBeLessThanOrEqual(4_000_000 + 8 * blockBytes)
  let got = 0
  const send = ({ blocks: some = [] }: Partial<BitswapMessage>, released: () => void = () => {}): void => {
    got += some.length
    released()
  }
  server.noted(new Customer('honest', { send, dropAnswers }, 1024), notes)
  await turns()
  expect(got).toBe(24)
  server.stop()
})

it('who takes no answers gets no more of them than there is room for, and all later', async () => {
  const blocks = new TestBlocks()
  const config = bitswapConfig.parse({ sendBufferBytes: 65_536 })
  const limit = new RateLimit()
  const world = new VirtualWorld(1)
  const server = new Server({ world, config, blocks, limit, mayServe: () => true })
  let [answers, most] = [0, 0]
  const waiting: (() => void)[] = []
  const send = ({ presences = [] }: Partial<BitswapMessage>, released: () => void = () => {}): void => {
    answers += presences.length
    waiting.push(released)
  }
  const customer = new Customer('silent', { send, dropAnswers }, 1024)
  const ask = (first: number, count: number): void => asks(server, customer, cidsFrom(first, count))
  for (let at = 0; at < 50; at++) {
    ask(100 * at, 100)
    world.advance(1)
  }
  most = answers
  expect(most).toBeLessThan(2_500)
  for (let at = 0; at < 100; at++) {
    for (const released of waiting.splice(0)) released()
    world.advance(1)
  }
  expect(answers).toBeGreaterThan(most)
  // What there was no room for in the ledger either was not answered at all.
  expect(customer.inFlight).toBe(0)
  ask(9_000, 10)
  expect(answers).toBeGreaterThanOrEqual(most + 10)
  server.stop()
})

it('a long list of wants is looked at in turns, and another peer has its own between', async () => {
  const blocks = new TestBlocks()
  const world = new VirtualWorld(1)
  let looks = 0
  const find = (cid: CID): FoundBlock | undefined => {
    looks++
    return blocks.find(cid)
  }
  const server = new Server({
    world,
    config: bitswapConfig.parse({}),
    blocks: { find },
    limit: new RateLimit(),
    mayServe: () => true,
  })
  const told: string[] = []
  const customer = (name: string): Customer => {
    const send = ({ presences = [] }: Partial<BitswapMessage>, released: () => void = () => {}): void => {
      for (const _ of presences) told.push(name)
      released()
    }
    return new Customer(name, { send, dropAnswers }, 1024)
  }
  const ask = (who: Customer, count: number): void => asks(server, who, cidsFrom(0, count))
  const flood = customer('flood')
  for (let at = 0; at < 3; at++) ask(flood, 1024)
  expect(looks).toBeLessThanOrEqual(256)
  ask(customer('other'), 1)
  for (let turn = 1; turn < 6; turn++) world.advance(1)
  // What was answered at once was asked for once more.
  expect(told.filter(name => name === 'flood')).toHaveLength(256 + 1024)
  expect(told.indexOf('other')).toBeLessThanOrEqual(512)
  server.stop()
})

it('looks once for each block, and reads only what the peer may have', async () => {
  const blocks = new TestBlocks()
  const cids = await Promise.all([1, 2, 3, 4].map(at => blocks.make(at, 100)))
  const [own, long] = [cids[0]!, await blocks.make(5, 3000)]
  let looks = 0
  const read: string[] = []
  const find = (cid: CID): FoundBlock | undefined => {
    looks++
    const found = blocks.find(cid)
    const loan = (): Promise<BlockLoan | undefined> => {
      read.push(String(cid))
      return found!.loan()
    }
    return found && { ...found, contents: cid.equals(own) ? ['private'] : [], loan }
  }
  const server = new Server({
    world: new VirtualWorld(1),
    config: bitswapConfig.parse({ maxBlockBytes: 2000 }),
    blocks: { find },
    limit: new RateLimit(),
    mayServe: (peer, cid, block) =>
      peer === 'friend' || (!cid.equals(cids[1]!) && block.contents.length === 0),
  })
  const answers: string[] = []
  const send = ({ blocks: some = [], presences = [] }: Partial<BitswapMessage>): void => {
    for (const { data } of some) answers.push(`block ${data.length}`)
    for (const { has } of presences) answers.push(has ? 'has' : 'has not')
  }
  const ask = async (name: string, type: 'block' | 'have'): Promise<string[]> => {
    const customer = new Customer(name, { send, dropAnswers }, 1024)
    const missing = testCid(testBytes(6, 100))
    const wants = [...cids, long, missing].map(cid => ({
      cid: cid.bytes,
      priority: 1,
      cancel: false,
      type,
      sendDontHave: true,
    }))
    server.noted(customer, { full: false, wants, presences: [], pendingBytes: 0 })
    await customer.sending
    return answers.splice(0).sort()
  }
  const not = 'has not'
  expect(await ask('stranger', 'block')).toEqual(['block 100', 'block 100', not, not, not, not])
  expect(looks).toBe(6)
  expect(read).toEqual(cids.slice(2).map(String))
  expect(await ask('stranger', 'have')).toEqual(['has', 'has', not, not, not, not])
  expect(await ask('friend', 'block')).toEqual([...Array(4).fill('block 100'), not, not])
  expect(looks).toBe(18)
  expect(read).toHaveLength(6)
  server.stop()
})
