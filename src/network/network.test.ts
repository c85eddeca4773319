import { connect, createServer } from 'node:net'
import { afterEach, describe, expect, test } from 'vitest'
import type { Network, PeerStream } from './index.ts'
import { next, TestNetworks } from './test-networks.ts'

const networks = new TestNetworks()
afterEach(() => networks.stop())

const protocol = '/peerage-test/1'
const impatient = { config: { upgradeTimeoutMs: 500 } }

/** Whether others still come in; one that the impatient one found too slow comes again. */
const comesIn = async (to: Network, from: Network): Promise<void> =>
  await expect
    .poll(() =>
      from.open(to.addresses(), protocol).then(
        () => 'open',
        error => error.message,
      ),
    )
    .toBe('open')

function echo(stream: PeerStream): void {
  stream.onData(chunk => void stream.send(chunk.slice()))
  stream.onEnd(() => void stream.close())
}

/** All bytes until the other side ends. */
function collect(stream: PeerStream): Promise<Uint8Array> {
  const parts: Buffer[] = []
  stream.onData(chunk => parts.push(Buffer.from(chunk)))
  return new Promise((resolve, reject) => {
    stream.onEnd(() => resolve(Buffer.concat(parts)))
    stream.onClose(error => (error === undefined ? undefined : reject(error)))
  })
}

describe.each(['memory', 'tcp'] as const)('over %s', transports => {
  const pair = (): Promise<[Network, Network]> =>
    Promise.all([networks.create({ transports }), networks.create({ transports })])

  test('bytes go both ways and both ends close', async () => {
    const [a, b] = await pair()
    b.handle(protocol, echo)
    const stream = await a.open(b.addresses(), protocol)
    expect([stream.peer, stream.protocol, stream.path]).toEqual([
      b.peerId,
      protocol,
      transports === 'tcp' ? 'loopback' : 'memory',
    ])
    const closed = next<Error | undefined>(callback => stream.onClose(callback))
    const echoed = collect(stream)
    const sent = crypto.getRandomValues(new Uint8Array(60_000))
    for (let n = 0; n < 20; n++) stream.send(sent)
    await stream.closeWrite()
    const received = await echoed
    expect(received.length).toBe(1_200_000)
    expect(Buffer.compare(received.subarray(60_000, 120_000), sent)).toBe(0)
    expect(await closed).toBeUndefined()
    expect(stream.send(sent)).toBe(false)
  })

  test('a connection is reused, in both directions, and known by its round trip', async () => {
    const [a, b] = await pair()
    a.handle(protocol, echo)
    b.handle(protocol, echo)
    const connected = next<{ peer: string }>(callback => b.on('peer-connected', callback))
    await a.open(b.addresses(), protocol)
    expect((await connected).peer).toBe(a.peerId)
    await a.open(b.peerId, protocol)
    await b.open(a.peerId, protocol)
    expect(a.connections()).toHaveLength(1)
    const [info] = b.connections()
    expect(info).toMatchObject({ peer: a.peerId, direction: 'inbound' })
    expect(info!.rttMs).toBeGreaterThan(0)
    const left = next<{ peer: string }>(callback => b.on('peer-disconnected', callback))
    await a.stop()
    expect((await left).peer).toBe(a.peerId)
    expect(b.connections()).toHaveLength(0)
  })

  test('a protocol that nobody handles is an error of its own', async () => {
    const [a, b] = await pair()
    await expect(a.open(b.addresses(), protocol)).rejects.toMatchObject({ code: 'peer.protocol' })
  })

  test('a handler that throws aborts its stream only', async () => {
    const [a, b] = await pair()
    b.handle(protocol, async stream => {
      await next<Uint8Array>(callback => stream.onData(callback))
      throw new Error('oops')
    })
    b.handle('/echo', echo)
    const stream = await a.open(b.addresses(), protocol)
    stream.send(new Uint8Array(1))
    expect(await next<Error | undefined>(callback => stream.onClose(callback))).toBeInstanceOf(Error)
    const other = await a.open(b.peerId, '/echo')
    other.send(new Uint8Array(3))
    expect((await next<Uint8Array>(callback => other.onData(callback))).length).toBe(3)
  })

  test('abort is an error on the other side, and waiting to send ends', async () => {
    const [a, b] = await pair()
    const inbound = next<PeerStream>(callback => b.handle(protocol, callback))
    const stream = await a.open(b.addresses(), protocol)
    const other = await inbound
    while (other.send(new Uint8Array(100_000)));
    const waiting = other.drained()
    const closed = next<Error | undefined>(callback => other.onClose(callback))
    stream.abort(new Error('enough'))
    await expect(waiting).rejects.toBeInstanceOf(Error)
    expect(await closed).toBeInstanceOf(Error)
    await expect(other.drained()).rejects.toBeInstanceOf(Error)
  })

  test('cancelling rejects with the reason of the signal', async () => {
    const [a, b] = await pair()
    b.handle(protocol, echo)
    const reason = new Error('enough')
    await expect(a.open(b.addresses(), protocol, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason)
    const controller = new AbortController()
    const opening = a.open(b.addresses(), protocol, { signal: controller.signal })
    controller.abort(reason)
    await expect(opening).rejects.toBe(reason)
  })

  test('slow reading stops the sender within a bound, and it goes on after', async () => {
    const [a, b] = await Promise.all([
      networks.create({ transports }),
      networks.create({ transports, config: { maxStreamWindowBytes: 1024 * 1024 } }),
    ])
    const inbound = next<PeerStream>(callback => b.handle(protocol, callback))
    const stream = await a.open(b.addresses(), protocol)
    const reader = await inbound
    let received = 0
    reader.onData(chunk => {
      received += chunk.length
    })
    reader.pause()
    let sent = 0
    const chunk = new Uint8Array(256 * 1024)
    while (sent < 64 * 1024 * 1024) {
      sent += chunk.length
      if (stream.send(chunk)) continue
      const stopped = await Promise.race([
        stream.drained().then(() => false),
        new Promise<boolean>(resolve => setTimeout(() => resolve(true), 300)),
      ])
      if (stopped) break
    }
    // Window, high-water mark and what one write holds.
    expect(sent).toBeLessThan(4 * 1024 * 1024)
    expect(received).toBe(0)
    reader.resume()
    await stream.drained()
    const ended = next<void>(callback => reader.onEnd(() => callback()))
    await stream.closeWrite()
    await ended
    expect(received).toBe(sent)
  })
})

test('a known peer is dialled by its id; one without addresses is unreachable', async () => {
  const [a, b] = await Promise.all([networks.create(), networks.create()])
  b.handle(protocol, echo)
  await expect(a.open(b.peerId, protocol)).rejects.toMatchObject({ code: 'network.unreachable' })
  a.rememberAddresses(b.peerId, ['/ip4/127.0.0.1/tcp/1', ...b.addresses()])
  await a.open(b.peerId, protocol)
  expect(a.connections()[0]!.peer).toBe(b.peerId)
})

test('addresses learned from a peer itself are remembered', async () => {
  const [a, b] = await Promise.all([networks.create(), networks.create()])
  b.handle(protocol, echo)
  await b.open(a.addresses(), '/nothing').catch(() => {})
  await expect.poll(() => a.knownAddresses(b.peerId)).toEqual(b.addresses())
})

test('whoever answers with another identity is refused', async () => {
  const [a, b, c] = await Promise.all([networks.create(), networks.create(), networks.create()])
  b.handle(protocol, echo)
  const address = b.addresses()[0]!.split('/p2p/')[0]!
  await expect(a.open([`${address}/p2p/${c.peerId}`], protocol)).rejects.toMatchObject({
    code: 'network.unreachable',
  })
  expect(a.connections()).toHaveLength(0)
})

test.each([
  ['addresses of two peers', (a: Network, b: Network) => [a.addresses()[0]!, b.addresses()[0]!]],
  ['itself', (a: Network) => a.peerId],
  ['nonsense', () => 'nonsense'],
  ['malformed addresses', () => ['nonsense']],
])('%s cannot be opened', async (_name, target) => {
  const [a, b] = await Promise.all([networks.create(), networks.create()])
  await expect(a.open(target(a, b), protocol)).rejects.toMatchObject({ code: 'network.unreachable' })
})

test('a taken port is said to be taken', async () => {
  const a = await networks.create()
  const port = Number(a.addresses()[0]!.split('/')[4])
  await expect(networks.create({ config: { port } })).rejects.toMatchObject({
    code: 'network.port-in-use',
    message: expect.stringContaining(String(port)),
  })
})

test('IPv4 and IPv6 share the port', async () => {
  const a = await networks.create({ config: { hosts: ['127.0.0.1', '::1'] } })
  const ports = a.addresses().map(address => address.split('/')[4])
  expect(new Set(ports).size).toBe(1)
})

test('garbage on the port costs the connection and nothing else', async () => {
  const [a, b] = await Promise.all([networks.create(), networks.create(impatient)])
  b.handle(protocol, echo)
  const port = Number(b.addresses()[0]!.split('/')[4])
  for (const garbage of ['GET / HTTP/1.1\r\n\r\n', '\x16\x03\x01\x00\x05hello', '\xff'.repeat(100_000)]) {
    const socket = connect(port, '127.0.0.1')
    socket.on('error', () => {}).resume()
    socket.write(garbage, 'latin1')
    await next<void>(callback => socket.once('close', () => callback()))
  }
  await comesIn(b, a)
})

test('garbage after TLS was agreed on costs the connection and nothing else', async () => {
  const [a, b] = await Promise.all([networks.create(), networks.create(impatient)])
  b.handle(protocol, echo)
  const socket = connect(Number(b.addresses()[0]!.split('/')[4]), '127.0.0.1')
  socket.on('error', () => {}).resume()
  socket.write(`\x13/multistream/1.0.0\n\x0b/tls/1.0.0\n${'x'.repeat(5_000)}`, 'latin1')
  await next<void>(callback => socket.once('close', () => callback()))
  await comesIn(b, a)
})

test('a connection that says nothing is closed, and at most so many may be silent', async () => {
  const b = await networks.create({ config: { upgradeTimeoutMs: 1_500, maxPendingInbound: 3 } })
  const port = Number(b.addresses()[0]!.split('/')[4])
  const began = performance.now()
  const lifetimes = await Promise.all(
    Array.from({ length: 5 }, async () => {
      const socket = connect(port, '127.0.0.1')
      socket.on('error', () => {}).resume()
      await next<void>(callback => socket.once('close', () => callback()))
      return performance.now() - began
    }),
  )
  expect(lifetimes.filter(lifetime => lifetime < 1_400)).toHaveLength(2)
  expect(lifetimes.every(lifetime => lifetime < 4_000)).toBe(true)
})

test('a server that accepts and says nothing is given up', async () => {
  const server = createServer(socket => void socket.on('error', () => {}))
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { port: number }
  const a = await networks.create({ config: { dialTimeoutMs: 200 } })
  await expect(a.open([`/ip4/127.0.0.1/tcp/${port}`], protocol)).rejects.toMatchObject({
    code: 'network.unreachable',
  })
  server.close()
})

test('connections from one machine are limited', async () => {
  const b = await networks.create({ config: { maxConnectionsFromLoopback: 2 } })
  b.handle(protocol, echo)
  const others = await Promise.all([1, 2, 3].map(() => networks.create()))
  const outcomes = await Promise.allSettled(others.map(other => other.open(b.addresses(), protocol)))
  expect(outcomes.filter(outcome => outcome.status === 'fulfilled')).toHaveLength(2)
})

test('our own connections are limited', async () => {
  const a = await networks.create({ config: { maxConnections: 1 } })
  const [b, c] = await Promise.all([networks.create(), networks.create()])
  for (const other of [b, c]) other.handle(protocol, echo)
  await a.open(b.addresses(), protocol)
  await expect(a.open(c.addresses(), protocol)).rejects.toMatchObject({ code: 'network.limit' })
})

test('streams of a connection are limited', async () => {
  const [a, b] = await Promise.all([
    networks.create({ config: { maxStreamsPerConnection: 4 } }),
    networks.create(),
  ])
  b.handle(protocol, () => {})
  await a.open(b.addresses(), protocol)
  const more = await Promise.allSettled([1, 2, 3, 4, 5].map(() => a.open(b.peerId, protocol)))
  const refused = more.filter(outcome => outcome.status === 'rejected')
  expect(refused.length).toBeGreaterThanOrEqual(2)
  expect(refused[0]!.reason).toMatchObject({ code: 'network.limit' })
})

test('a protocol is handled once', async () => {
  const a = await networks.create({ transports: 'memory' })
  a.handle(protocol, echo)
  expect(() => a.handle(protocol, echo)).toThrow(TypeError)
  a.unhandle(protocol)
  a.handle(protocol, echo)
})
