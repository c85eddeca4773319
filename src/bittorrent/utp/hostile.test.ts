import { describe, expect, test } from 'vitest'
import type { Endpoint } from '../../network/index.ts'
import { decodeUtp, encodeUtp, type UtpHeader, writeUtpHeader } from '../../wire/index.ts'
import { Drain, pattern, pour, type SimulatedHost, SimulatedHosts } from './simulated-hosts.ts'

const path = { rate: 1e6, oneWayMs: 20 }
const header: UtpHeader = {
  type: 'syn',
  connection: 100,
  timestamp: 1,
  delay: 0,
  window: 1e6,
  seq: 1,
  ack: 0,
}

/** A host that speaks no uTP of its own: what comes to it is kept. */
function stranger(hosts: SimulatedHosts): { host: SimulatedHost; heard: Uint8Array[] } {
  const host = hosts.add('left')
  host.utp.stop()
  const heard: Uint8Array[] = []
  host.socket.claim({ name: 'ear', matches: () => true, receive: bytes => heard.push(bytes.slice()) })
  return { host, heard }
}

function data(fields: Partial<UtpHeader>, payload: Uint8Array): Uint8Array {
  const out = new Uint8Array(20 + payload.length)
  writeUtpHeader(out, { ...header, type: 'data', ...fields })
  out.set(payload, 20)
  return out
}

describe('who has not proven its address', () => {
  test('gets no more bytes than it sends, and no memory', () => {
    const hosts = new SimulatedHosts(1, path)
    const victim = hosts.add('right', { maxSynsPerSecond: 50, maxResetsPerSecond: 20 })
    const { host, heard } = stranger(hosts)
    let sent = 0
    const send = (bytes: Uint8Array): void => {
      sent += bytes.length
      host.socket.send(bytes, victim.socket.endpoint)
    }
    for (let i = 0; i < 1000; i++) send(encodeUtp({ ...header, connection: i, seq: i }))
    for (let i = 0; i < 1000; i++) send(data({ connection: i, ack: i * 7 }, pattern(0, 100)))
    hosts.world.advance(300)
    expect(victim.utp.size).toBe(0)
    expect(victim.accepted.length).toBe(0)
    expect(heard.every(bytes => bytes.length === 20)).toBe(true)
    expect(heard.filter(bytes => decodeUtp(bytes)?.type === 'state').length).toBeLessThanOrEqual(65)
    expect(heard.filter(bytes => decodeUtp(bytes)?.type === 'reset').length).toBeLessThanOrEqual(30)
    expect(heard.reduce((sum, { length }) => sum + length, 0)).toBeLessThan(sent)
  })

  test('is a peer once it acknowledges our answer, with whatever arrives first', () => {
    const hosts = new SimulatedHosts(2, path)
    const victim = hosts.add('right')
    const { host, heard } = stranger(hosts)
    host.socket.send(encodeUtp(header), victim.socket.endpoint)
    hosts.world.advance(100)
    const answer = decodeUtp(heard[0]!)!
    expect(answer).toMatchObject({ type: 'state', connection: 100, ack: 1 })
    // The second packet overtook the first.
    const ids = { connection: 101, ack: (answer.seq - 1) & 0xffff }
    host.socket.send(data({ ...ids, seq: 3 }, pattern(10, 10)), victim.socket.endpoint)
    hosts.world.advance(100)
    const drain = new Drain(victim.accepted[0]!)
    host.socket.send(data({ ...ids, seq: 2 }, pattern(0, 10)), victim.socket.endpoint)
    hosts.world.advance(100)
    expect(drain).toMatchObject({ bytes: 20, isRight: true })
    expect(victim.utp.size).toBe(1)
  })
})

test('bounds of connections hold', async () => {
  const hosts = new SimulatedHosts(3, path)
  const few = hosts.add('right', { maxConnections: 3 })
  const picky = hosts.add('right', { maxConnectionsPerAddress: 2 })
  const left = hosts.add('left')
  const open = async (to: SimulatedHost): Promise<void> => {
    const stream = await hosts.connect(left, to)
    stream.send(pattern(0, 10))
    hosts.world.advance(200)
  }
  for (let i = 0; i < 3; i++) await open(few)
  await expect(hosts.connect(left, few)).rejects.toThrow('refused')
  for (let i = 0; i < 2; i++) await open(picky)
  await expect(hosts.connect(left, picky)).rejects.toThrow('refused')
  expect([few.utp.size, picky.utp.size]).toEqual([3, 2])
  const own = hosts.add('left', { maxConnections: 1 })
  const stream = await hosts.connect(own, hosts.add('right'))
  await expect(hosts.connect(own, few)).rejects.toMatchObject({ code: 'network.limit' })
  stream.abort(new Error('enough'))
  expect(own.utp.size).toBe(0)
})

describe('a peer that lies', () => {
  /** What the peer sends is changed on its way. */
  async function lying(
    change: (packet: Uint8Array) => Uint8Array | undefined,
    seconds: number,
  ): Promise<{ left: SimulatedHost; drain: Drain; closed: Drain }> {
    const hosts = new SimulatedHosts(4, path)
    const left = hosts.add('left')
    const right = hosts.add('right')
    const stream = await hosts.connect(left, right)
    const closed = new Drain(stream)
    pour(stream, 1e9)
    hosts.world.advance(100)
    const drain = new Drain(right.accepted[0]!)
    right.socket.tap = change
    // A little at a time: callbacks want their turn.
    for (let i = 0; i < seconds; i++) {
      hosts.world.advance(1000)
      await Promise.resolve()
    }
    return { left, drain, closed }
  }

  test('of what was never sent is not believed: the connection ends by time-outs', async () => {
    const { closed, left } = await lying(bytes => {
      bytes[18]! += 64
      return bytes
    }, 120)
    expect(closed.error?.message).toContain('does not answer')
    expect(left.utp.size).toBe(0)
  })

  test('of selected packets that were never sent changes nothing', async () => {
    const { drain } = await lying(
      bytes => encodeUtp({ ...decodeUtp(bytes)!, type: 'state' }, new Uint8Array(252).fill(255)),
      5,
    )
    expect(drain.isRight).toBe(true)
    expect(drain.bytes).toBeLessThan(100_000)
  })

  test('with its window shut for ever is given up', async () => {
    let ack: Uint8Array | undefined
    const { closed } = await lying(bytes => {
      bytes.fill(0, 12, 16)
      ack ??= bytes.slice(18, 20)
      return encodeUtp({ ...decodeUtp(bytes)!, type: 'state', ack: ack[0]! * 256 + ack[1]! })
    }, 200)
    expect(closed.error?.message).toContain('takes nothing')
  })

  test('with a huge window gets no more than its path takes', async () => {
    const { drain } = await lying(bytes => bytes.fill(255, 12, 16), 5)
    expect(drain.isRight).toBe(true)
    expect(drain.bytes).toBeLessThan(6e6)
  })

  test('by a reset of a number that is not on its way ends nothing', async () => {
    const { closed, drain } = await lying(bytes => {
      const packet = decodeUtp(bytes)!
      return encodeUtp({ ...packet, type: 'reset', ack: (packet.ack + 20_000) & 0xffff })
    }, 2)
    expect(closed.error).toBeUndefined()
    expect(drain.bytes).toBeGreaterThan(0)
  })
})

test('what is not read shuts the window, and all comes once it is', async () => {
  const hosts = new SimulatedHosts(5, path)
  const left = hosts.add('left')
  const right = hosts.add('right', { maxWindowBytes: 65_536 })
  const stream = await hosts.connect(left, right)
  pour(stream, 500_000)
  hosts.world.advance(30_000)
  expect(stream.bufferedBytes).toBeGreaterThan(200_000)
  const drain = new Drain(right.accepted[0]!)
  await Promise.resolve()
  hosts.world.advance(40_000)
  expect(drain).toMatchObject({ bytes: 500_000, isRight: true })
})

test('all connections together hold no more than the budget', async () => {
  const hosts = new SimulatedHosts(6, { rate: 1e7, oneWayMs: 5 })
  const left = hosts.add('left')
  const right = hosts.add('right', { maxHeldBytes: 1024 * 1024 })
  const streams = [await hosts.connect(left, right), await hosts.connect(left, right)]
  let sent = 0
  const endpoint: Endpoint = right.socket.endpoint
  left.socket.tap = (bytes, to) => {
    if (to.address === endpoint.address) sent += bytes.length
    return bytes
  }
  for (const stream of streams) pour(stream, 4e6)
  hosts.world.advance(5_000)
  // Nobody reads: what was taken is bounded, though each window alone is 4 MiB.
  const waiting = streams.reduce((sum, { bufferedBytes }) => sum + bufferedBytes, 0)
  expect(waiting).toBeGreaterThan(500_000)
  expect(sent).toBeLessThan(1.5 * 1024 * 1024)
})
