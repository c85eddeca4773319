import { expect, test } from 'vitest'
import type { Endpoint } from '../../network/index.ts'
import { decodeKrpc, encodeKrpc, type KrpcMessage, type KrpcQuery } from '../../wire/index.ts'
import type { DhtConfig } from './config.ts'
import { immutableItem, targetOf } from './item.ts'
import { SimulatedDht } from './simulated-dht.ts'

type Question = Partial<KrpcQuery> & { readonly method: string }

/** One real node, and a host that says what a test wants. */
class Attacked {
  readonly net: SimulatedDht
  readonly answers: KrpcMessage[] = []
  readonly id: Uint8Array
  /** Of the latest answer. */
  bytes = 0
  readonly #send: (bytes: Uint8Array, to: Endpoint) => void

  constructor(seed: number, config: Partial<DhtConfig> = {}) {
    this.net = new SimulatedDht(seed)
    this.net.join(0, [], config)
    this.id = this.net.world.random.bytes(20)
    this.#send = this.net.attach(1, bytes => {
      const message = decodeKrpc(bytes)
      if (message.type === 'query') return
      this.answers.push(message)
      this.bytes = bytes.length
    })
  }

  /** The answer to a question, after half a second; undefined when there is none. */
  ask(question: Question): KrpcMessage | undefined {
    this.answers.length = 0
    this.tell(question)
    this.net.world.advance(500)
    return this.answers[0]
  }

  tell(question: Question): void {
    this.send(encodeKrpc({ type: 'query', transaction: Uint8Array.of(1), id: this.id, ...question }))
  }

  send(bytes: Uint8Array): void {
    this.#send(bytes, this.net.endpoint(0))
  }
}

test('announcing takes a token that was given to the same address', () => {
  const attacked = new Attacked(13)
  const { net, id } = attacked
  const target = net.world.random.bytes(20)
  const announce = { method: 'announce_peer', target, port: 5 }
  expect(attacked.ask({ ...announce, token: Uint8Array.of(1, 2, 3) })).toMatchObject({ code: 203 })
  expect(attacked.ask(announce)).toMatchObject({ code: 203 })
  const { token } = attacked.ask({ method: 'get_peers', target }) as { token: Uint8Array }
  expect(attacked.ask({ ...announce, token })).toMatchObject({ type: 'response' })
  const found = attacked.ask({ method: 'get_peers', target })
  expect(found).toMatchObject({ peers: [{ address: net.address(1), port: 5 }] })
  // Another address cannot use it.
  const heard: KrpcMessage[] = []
  const other = net.attach(2, bytes => heard.push(decodeKrpc(bytes)))
  const stolen = { type: 'query', transaction: Uint8Array.of(7), id, ...announce, token } as const
  other(encodeKrpc(stolen), net.endpoint(0))
  net.world.advance(500)
  expect(heard.filter(one => one.type !== 'query')).toMatchObject([{ type: 'error', code: 203 }])
  // Two turns of the secret later it is worth nothing.
  net.world.advance(11 * 60_000)
  expect(attacked.ask({ ...announce, token })).toMatchObject({ type: 'error' })
})

test('an item takes a token too, and comes back as it was put', () => {
  const attacked = new Attacked(14)
  const item = immutableItem('x'.repeat(990))
  const target = targetOf(item)
  expect(attacked.ask({ method: 'put', ...item })).toMatchObject({ code: 203 })
  const { token } = attacked.ask({ method: 'get', target }) as { token: Uint8Array }
  expect(attacked.ask({ method: 'put', token, ...item })).toMatchObject({ type: 'response' })
  expect(attacked.ask({ method: 'get', target })).toMatchObject(item)
  expect(attacked.bytes).toBeLessThanOrEqual(1_400)
})

test('what is unknown or lacks something is refused with the codes of BEP 5', () => {
  const attacked = new Attacked(41)
  expect(attacked.ask({ method: 'ping' })).toMatchObject({ type: 'response', seenAs: { port: 6881 } })
  expect(attacked.ask({ method: 'vote', target: attacked.id })).toMatchObject({ code: 204 })
  expect(attacked.ask({ method: 'toString' })).toMatchObject({ code: 204 })
  expect(attacked.ask({ method: 'find_node' })).toMatchObject({ code: 203 })
  expect(attacked.ask({ method: 'get' })).toMatchObject({ code: 203 })
  attacked.send(Uint8Array.of(0x64, 0x65))
  attacked.send(new Uint8Array(1_500).fill(0x64).fill(0x65, 1_499))
  attacked.send(new Uint8Array(60_000).fill(0x64).fill(0x65, 59_999))
  expect(attacked.ask({ method: 'ping' })).toMatchObject({ type: 'response' })
})

test('no answer but an item is longer than 1,024 bytes (BEP 32)', async () => {
  const net = new SimulatedDht(73)
  const families = [4, 6] as const
  const nodes = [net.join(0, [], {}, { families })]
  for (let i = 1; i < 30; i++) {
    nodes.push(net.join(i, [0], {}, { families }))
    await net.look(nodes[i]!, net.world.random.bytes(20))
  }
  const lengths: number[] = []
  const send = net.attach(90, bytes => lengths.push(bytes.length))
  const target = net.world.random.bytes(20)
  for (const [i, dht] of nodes.entries()) if (i > 0) await net.look(dht, target, 6881)
  for (const scrape of [false, true])
    for (const method of ['get_peers', 'find_node', 'sample_infohashes'])
      for (let i = 0; i < 30; i++) {
        const query = { type: 'query', transaction: new Uint8Array(32), id: target } as const
        send(encodeKrpc({ ...query, method, target, want: [4, 6], scrape }), net.endpoint(i))
      }
  await net.pass(500)
  expect(lengths.length).toBeGreaterThanOrEqual(180)
  expect(Math.max(...lengths)).toBeGreaterThan(800)
  expect(Math.max(...lengths)).toBeLessThanOrEqual(1_024)
})

test('one address gets so many answers in a second and no more', () => {
  const attacked = new Attacked(17, { maxQueriesPerAddress: 5 })
  for (let i = 0; i < 50; i++) attacked.tell({ method: 'ping' })
  attacked.net.world.advance(400)
  expect(attacked.answers).toHaveLength(5)
})

test('a flood under many names brings no more bytes than the bound', () => {
  const net = new SimulatedDht(43)
  net.join(0, [], { maxReplyBytesPerSecond: 2_000 })
  const flood = net.attach(1, () => undefined)
  const target = net.world.random.bytes(20)
  const query = { type: 'query', method: 'get_peers', transaction: Uint8Array.of(9), id: target } as const
  const bytes = encodeKrpc({ ...query, target })
  for (let i = 0; i < 1_000; i++) flood(bytes, net.endpoint(0), net.endpoint(100 + i))
  const sent = net.bytes
  net.world.advance(900)
  // With headers, and the few questions whether somebody is there.
  expect(net.bytes - sent).toBeLessThan(2_000 * 1.5 + 8 * 200)
})

test('a forged answer, from elsewhere or with a guessed number, changes nothing', async () => {
  const net = new SimulatedDht(11)
  const id = net.world.random.bytes(20)
  let asked = 0
  let forge: (bytes: Uint8Array, to: Endpoint) => void = () => undefined
  const liar = { type: 'response', id, nodes: [], peers: [{ address: '9.9.9.9', port: 9 }] } as const
  const send = net.attach(1, bytes => {
    const { transaction } = decodeKrpc(bytes)
    asked++
    forge(encodeKrpc({ ...liar, transaction }), net.endpoint(0))
    for (let i = 0; i < 50; i++)
      send(encodeKrpc({ ...liar, transaction: net.world.random.bytes(4) }), net.endpoint(0))
  })
  forge = net.attach(2, () => undefined)
  const dht = net.join(0, [1], { queryTimeoutMs: 2_000 })
  expect(await net.look(dht, net.world.random.bytes(20))).toEqual(new Set())
  expect(asked).toBeGreaterThan(0)
  expect(dht.size).toBe(0)
})

test('a liar that tells of itself, of nobody and of local addresses is not believed', async () => {
  const net = new SimulatedDht(47)
  const nodes = await net.grow(40)
  const name = net.world.random.bytes(20)
  await net.look(nodes[5]!, name, 6881)
  const local = ['127.0.0.1', '10.1.2.3', '192.168.1.1', '224.0.0.1', '0.0.0.0']
  // All nearer to the name than anybody.
  const near = (last: number): Uint8Array => Uint8Array.from(name, (byte, i) => (i === 18 ? last : byte))
  const send = net.attach(200, (bytes, from) => {
    const query = decodeKrpc(bytes)
    if (query.type !== 'query') return
    const places = [...local, net.address(200)]
    const made = Array.from({ length: 26 }, (_, i) => ({
      id: near(i),
      address: `8.8.${i % 2}.${i}`,
      port: 9,
    }))
    const told = [...places.map((address, i) => ({ id: near(99 + i), address, port: 6881 })), ...made]
    const { transaction } = query
    const peers = places.map(address => ({ address, port: 6881 }))
    send(encodeKrpc({ type: 'response', transaction, id: near(1), nodes: told, peers, token: name }), from)
  })
  const seeker = nodes[9]!
  seeker.addNode(net.endpoint(200))
  await net.pass(1_000)
  const found = await net.look(seeker, name, 7_000)
  expect(found).toContain(net.address(5))
  for (const address of local) expect(found).not.toContain(address)
  // It was announced to those that count all the same.
  expect(await net.look(nodes[20]!, name)).toContain(net.address(9))
})

test('an honest node stays reachable though a liar gives it another id', async () => {
  const net = new SimulatedDht(53)
  const nodes = await net.grow(25)
  const name = net.world.random.bytes(20)
  await net.look(nodes[5]!, name, 6881)
  const send = net.attach(200, (bytes, from) => {
    const query = decodeKrpc(bytes)
    if (query.type !== 'query') return
    const { transaction } = query
    const wrong = nodes.slice(0, 16).map((_, i) => ({ id: net.world.random.bytes(20), ...net.endpoint(i) }))
    const answer = { type: 'response', transaction, id: new Uint8Array(20), nodes: wrong, peers: [] } as const
    send(encodeKrpc(answer), from)
  })
  const late = net.join(60, [200, 3])
  expect(await net.look(late, name)).toContain(net.address(5))
})

test('peers that tell of nodes without end make us ask a few', async () => {
  const net = new SimulatedDht(79)
  const dht = net.join(0, [])
  let asked = 0
  for (let i = 100; i < 400; i++) net.attach(i, () => asked++)
  for (let i = 100; i < 400; i++) dht.addNode(net.endpoint(i))
  await net.pass(1_000)
  expect(asked).toBe(8)
})
