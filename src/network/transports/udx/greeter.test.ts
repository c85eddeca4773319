import { describe, expect, test } from 'vitest'
import { VirtualWorld } from '../../../base/index.ts'
import { decodeUdxGreeting, encodeUdxGreeting } from '../../../wire/index.ts'
import type { DatagramProtocol, Endpoint } from '../../datagrams.ts'
import { cookieEpochMs } from './address-cookie.ts'
import { maxEndpointsAsked } from './attempt.ts'
import { type Agreed, Greeter, maxCookiesPerSecond } from './greeter.ts'

const paceMs = [200, 400, 800, 1_600]
const token = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8)
const signal = new AbortController().signal

interface Sent {
  readonly bytes: Uint8Array
  readonly from: Endpoint
  readonly to: Endpoint
}

/** Hosts whose packets take 20 ms, unless they are lost. */
class Internet {
  readonly world = new VirtualWorld(7)
  readonly sent: Sent[] = []
  readonly #protocols = new Map<string, DatagramProtocol>()
  lose: (packet: Sent) => boolean = () => false

  /** A peer at `address`; others see it as `seenAs`, which may depend on whom it sends to. */
  peer(address: string, accept: (agreed: Agreed, expected: boolean) => boolean = () => true) {
    const from: Endpoint = { address, port: 4_000 }
    const accepted: Agreed[] = []
    const greeter = new Greeter({
      world: this.world,
      datagrams: {
        send: (bytes, to) => this.send({ bytes: bytes.slice(), from, to }),
        claim: protocol => {
          this.#protocols.set(`${address} 4000`, protocol)
          return () => this.#protocols.delete(`${address} 4000`)
        },
      },
      accept: (agreed, expected) => {
        const isTaken = accept(agreed, expected)
        if (isTaken) accepted.push(agreed)
        return isTaken
      },
    })
    return { greeter, endpoint: from, accepted }
  }

  send(packet: Sent): void {
    this.sent.push(packet)
    if (this.lose(packet)) return
    this.world.after(20, () => {
      const protocol = this.#protocols.get(`${packet.to.address} ${packet.to.port}`)
      if (protocol?.matches(packet.bytes, packet.from)) protocol.receive(packet.bytes, packet.from)
    })
  }

  types(): (string | undefined)[] {
    return this.sent.map(({ bytes }) => decodeUdxGreeting(bytes)?.type)
  }

  bytesFrom(address: string): number {
    return this.sent
      .filter(({ from }) => from.address === address)
      .reduce((sum, { bytes }) => sum + bytes.length, 0)
  }
}

/** What became of a promise, once all time has passed. */
async function outcome<T>(net: Internet, promise: Promise<T>, ms = 10_000): Promise<T> {
  promise.catch(() => {})
  for (let at = 0; at < ms; at += 10) {
    net.world.advance(10)
    await Promise.resolve()
  }
  return await promise
}

describe('who asks', () => {
  test('gets a stream within two round trips, and both know both numbers', async () => {
    const net = new Internet()
    const [a, b] = [net.peer('192.0.2.1'), net.peer('192.0.2.2')]
    const agreed = await outcome(net, a.greeter.ask({ endpoints: [b.endpoint], paceMs, signal }), 100)
    expect(net.types()).toEqual(['hello', 'cookie', 'join', 'accept'])
    expect(b.accepted).toEqual([{ endpoint: a.endpoint, localId: agreed.remoteId, remoteId: agreed.localId }])
    expect(agreed.endpoint).toEqual(b.endpoint)
  })

  test.each(['hello', 'cookie', 'join', 'accept'])(
    'gets one stream though %s is lost at first',
    async lost => {
      const net = new Internet()
      const [a, b] = [net.peer('192.0.2.1'), net.peer('192.0.2.2')]
      let times = 0
      net.lose = ({ bytes }) => decodeUdxGreeting(bytes)?.type === lost && times++ < 2
      await outcome(net, a.greeter.ask({ endpoints: [b.endpoint], paceMs, signal }))
      expect(b.accepted).toHaveLength(1)
      expect(b.greeter.streams).toBe(1)
    },
  )

  test('gives up when nobody answers, and nothing is left', async () => {
    const net = new Internet()
    const a = net.peer('192.0.2.1')
    const asked = a.greeter.ask({ endpoints: [{ address: '192.0.2.9', port: 1 }], paceMs, signal })
    await expect(outcome(net, asked)).rejects.toMatchObject({ code: 'network.unreachable' })
    expect(net.sent).toHaveLength(paceMs.length)
    expect(a.greeter.streams).toBe(0)
  })

  test('stops at once when told to', async () => {
    const net = new Internet()
    const a = net.peer('192.0.2.1')
    const stop = new AbortController()
    const endpoints = [{ address: '192.0.2.9', port: 1 }]
    const asked = a.greeter.ask({ endpoints, paceMs, signal: stop.signal })
    stop.abort(new Error('enough'))
    await expect(outcome(net, asked)).rejects.toThrow('enough')
    expect(net.sent).toHaveLength(1)
    expect(a.greeter.streams).toBe(0)
  })

  test('is told when it is refused', async () => {
    const net = new Internet()
    const [a, b] = [net.peer('192.0.2.1'), net.peer('192.0.2.2', () => false)]
    const asked = a.greeter.ask({ endpoints: [b.endpoint], paceMs, signal })
    await expect(outcome(net, asked, 100)).rejects.toMatchObject({ code: 'network.unreachable' })
    expect(b.greeter.streams).toBe(0)
  })

  test('joins at one endpoint of several, and at another when that one falls silent', async () => {
    const net = new Internet()
    const [a, b, c] = [net.peer('192.0.2.1'), net.peer('192.0.2.2'), net.peer('192.0.2.3')]
    net.lose = ({ bytes, to }) =>
      to.address === b.endpoint.address && decodeUdxGreeting(bytes)?.type === 'join'
    const endpoints = [b.endpoint, c.endpoint]
    const manyTimes = Array.from({ length: 20 }, () => 200)
    // Of c nothing comes at first, so b is chosen.
    let early = 0
    const lose = net.lose
    net.lose = packet => lose(packet) || (packet.to.address === c.endpoint.address && early++ < 1)
    const agreed = await outcome(net, a.greeter.ask({ endpoints, paceMs: manyTimes, signal }))
    expect([agreed.endpoint, b.accepted.length, c.accepted.length]).toEqual([c.endpoint, 0, 1])
  })

  test('believes nobody whom it did not ask', async () => {
    const net = new Internet()
    const a = net.peer('192.0.2.1')
    const mallory: Endpoint = { address: '203.0.113.5', port: 666 }
    const endpoints = [{ address: '192.0.2.9', port: 1 }]
    const asked = a.greeter.ask({ endpoints, token, paceMs, signal })
    for (const greeting of [
      { type: 'cookie', token, cookie: new Uint8Array(16) },
      { type: 'accept', token, stream: 1, to: 2 },
      { type: 'refuse', token },
    ] as const)
      net.send({ bytes: encodeUdxGreeting(greeting), from: mallory, to: a.endpoint })
    await expect(outcome(net, asked)).rejects.toThrow('Nobody answered.')
    expect(net.sent.filter(({ to }) => to === mallory)).toEqual([])
  })
})

describe('who is asked', () => {
  test('keeps nothing and sends no more than it got before an address is proven', async () => {
    const net = new Internet()
    const b = net.peer('192.0.2.2')
    const victim: Endpoint = { address: '198.51.100.1', port: 53 }
    for (let at = 0; at < 100; at++) {
      const bytes = encodeUdxGreeting({ type: 'hello', token: Uint8Array.of(0, 0, 0, 0, 0, 0, 0, at) })
      net.send({ bytes, from: victim, to: b.endpoint })
    }
    const forged = encodeUdxGreeting({ type: 'join', token, cookie: new Uint8Array(16), stream: 5 })
    net.send({ bytes: forged, from: victim, to: b.endpoint })
    await outcome(net, Promise.resolve())
    expect(net.bytesFrom('192.0.2.2')).toBeLessThanOrEqual(net.bytesFrom('198.51.100.1'))
    expect([b.accepted, b.greeter.streams]).toEqual([[], 0])
  })

  test('answers a flood of hellos only so often', async () => {
    const net = new Internet()
    const b = net.peer('192.0.2.2')
    const hello = encodeUdxGreeting({ type: 'hello', token })
    for (let at = 0; at < 3 * maxCookiesPerSecond; at++)
      net.send({ bytes: hello, from: { address: '203.0.113.5', port: 1 }, to: b.endpoint })
    await outcome(net, Promise.resolve(), 100)
    const cookies = net.types().filter(type => type === 'cookie').length
    expect(cookies).toBeGreaterThanOrEqual(maxCookiesPerSecond)
    expect(cookies).toBeLessThan(1.2 * maxCookiesPerSecond)
  })

  test('takes a cookie once, from where it was asked for, and while it is fresh', async () => {
    const net = new Internet()
    const [a, b] = [net.peer('192.0.2.1'), net.peer('192.0.2.2')]
    await outcome(net, a.greeter.ask({ endpoints: [b.endpoint], token, paceMs, signal }), 100)
    const join = net.sent.find(({ bytes }) => decodeUdxGreeting(bytes)?.type === 'join')!
    b.greeter.release(b.accepted[0]!.localId)
    net.send(join)
    net.send({ ...join, from: { address: '203.0.113.5', port: 4_000 } })
    await outcome(net, Promise.resolve(), 100)
    expect(b.accepted).toHaveLength(1)
    // In all epochs that follow it is either remembered or stale.
    for (let epoch = 0; epoch < 4; epoch++) {
      net.world.advance(cookieEpochMs)
      net.send(join)
      await outcome(net, Promise.resolve(), 100)
    }
    expect([b.accepted.length, b.greeter.streams]).toEqual([1, 0])
  })

  test('garbage changes nothing', async () => {
    const net = new Internet()
    const b = net.peer('192.0.2.2')
    const hello = encodeUdxGreeting({ type: 'hello', token })
    for (let length = 0; length < 60; length++)
      net.send({
        bytes: Uint8Array.of(...hello, ...new Uint8Array(20)).subarray(0, length),
        from: { address: '203.0.113.5', port: 1 },
        to: b.endpoint,
      })
    await outcome(net, Promise.resolve(), 100)
    expect(net.types().filter(type => type === 'cookie')).toHaveLength(1)
  })
})

describe('two that meet half way', () => {
  test('get one stream, though each sends first', async () => {
    const net = new Internet()
    const [a, b] = [net.peer('192.0.2.1'), net.peer('192.0.2.2')]
    const waits = b.greeter.expect({ endpoints: [a.endpoint], token, paceMs, signal })
    const asks = a.greeter.ask({ endpoints: [b.endpoint], token, paceMs, signal })
    const [theirs, ours] = await outcome(net, Promise.all([waits, asks]))
    expect(theirs).toEqual({ endpoint: a.endpoint, localId: ours.remoteId, remoteId: ours.localId })
    expect([a.accepted.length, b.accepted.length]).toEqual([0, 1])
  })

  test('get one stream when one of them is elsewhere than it thought', async () => {
    const net = new Internet()
    const [a, b] = [net.peer('192.0.2.1'), net.peer('192.0.2.2')]
    const asks = a.greeter.ask({ endpoints: [{ address: '192.0.2.77', port: 9 }], token, paceMs, signal })
    const waits = b.greeter.expect({ endpoints: [a.endpoint], token, paceMs, signal })
    const [ours] = await outcome(net, Promise.all([asks, waits]))
    expect(ours.endpoint).toEqual(b.endpoint)
  })

  test('a flood of places to try is cut', async () => {
    const net = new Internet()
    const a = net.peer('192.0.2.1')
    const endpoints = Array.from({ length: 1_000 }, (_, at) => ({ address: '192.0.2.2', port: at + 1 }))
    const asked = a.greeter.ask({ endpoints, token, paceMs: [200], signal })
    await expect(outcome(net, asked)).rejects.toThrow()
    expect(net.sent).toHaveLength(maxEndpointsAsked)
  })

  test('whoever waits in vain is told', async () => {
    const net = new Internet()
    const b = net.peer('192.0.2.2')
    const waits = b.greeter.expect({ endpoints: [{ address: '192.0.2.1', port: 9 }], token, paceMs, signal })
    await expect(outcome(net, waits)).rejects.toMatchObject({ code: 'network.unreachable' })
  })
})
