import { connect, type Socket } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import fc from 'fast-check'
import { afterEach, describe, expect, test } from 'vitest'
import type { Network, PeerStream } from './index.ts'
import { next, TestNetworks } from './test-networks.ts'

const networks = new TestNetworks()
const sockets: Socket[] = []
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy()
  await networks.stop()
})

const protocol = '/peerage-test/1'
const multistream = '\x13/multistream/1.0.0\n'
const bulkBytes = 16_000_000

const portOf = (network: Network): number => network.port!

function knock(network: Network): Socket {
  const socket = connect(portOf(network), '127.0.0.1')
  socket.on('error', () => {}).resume()
  sockets.push(socket)
  return socket
}

const heard = (socket: Socket, event: 'close' | 'connect' | 'drain'): Promise<void> =>
  new Promise(resolve => socket.once(event, () => resolve()))
const closed = (socket: Socket): Promise<void> => heard(socket, 'close')

/** A stream from one peer to the victim; `finish` sends a lot over it and resolves when all has come. */
async function transfer(from: Network, victim: Network): Promise<{ finish(): Promise<void> }> {
  const arrived = next<PeerStream>(callback => victim.handle(protocol, callback))
  const stream = await from.open(victim.addresses(), protocol)
  const inbound = await arrived
  let bytes = 0
  const done = new Promise<void>(resolve => {
    inbound.onData(chunk => {
      bytes += chunk.length
      if (bytes === bulkBytes) resolve()
    })
  })
  const chunk = new Uint8Array(bulkBytes / 64)
  return {
    async finish() {
      for (let n = 0; n < 64; n++) if (!stream.send(chunk)) await stream.drained()
      await done
    },
  }
}

describe('beside an honest transfer', () => {
  test.each<[string, (socket: Socket) => void]>([
    ['say nothing', () => {}],
    ['send their first bytes one by one', socket => void drip(socket, multistream, 100)],
    ['stop in the middle of multistream', socket => void socket.write(multistream.slice(0, 9), 'latin1')],
    ['agree on TLS and say no more', socket => void socket.write(`${multistream}\x0b/tls/1.0.0\n`, 'latin1')],
    [
      'stop in the middle of the first TLS record',
      socket => void socket.write(`${multistream}\x0b/tls/1.0.0\n\x16\x03\x01\x02\x00\x01\x00\x01`, 'latin1'),
    ],
    ['close their half at once', socket => void socket.end()],
  ])('forty that %s cost a bounded number of places for a bounded time', async (_what, attack) => {
    const [honest, victim] = await Promise.all([
      networks.create(),
      networks.create({ config: { upgradeTimeoutMs: 700, maxPendingInbound: 16 } }),
    ])
    // Dialled by the victim: how long an honest one takes to come in is not what is short here.
    await expect(victim.open(honest.addresses(), protocol)).rejects.toMatchObject({ code: 'peer.protocol' })
    const { finish } = await transfer(honest, victim)
    const began = performance.now()
    const gone = Array.from({ length: 40 }, async () => {
      const socket = knock(victim)
      socket.once('connect', () => attack(socket))
      await closed(socket)
    })
    await finish()
    expect(victim.stats().connections.pending).toBeLessThanOrEqual(16)
    await Promise.all(gone)
    expect(performance.now() - began).toBeLessThan(20_000)
    await expect.poll(() => victim.stats().connections.pending).toBe(0)
    expect(victim.connections().map(({ peer }) => peer)).toEqual([honest.peerId])
  })
})

async function drip(socket: Socket, text: string, everyMs: number): Promise<void> {
  for (const letter of text) {
    if (socket.destroyed) return
    socket.write(letter, 'latin1')
    await pause(everyMs)
  }
}

test('a handshake has one limit of time for all its parts', async () => {
  // Long enough that a machine that stumbles does not make it look like two limits.
  const victim = await networks.create({ config: { upgradeTimeoutMs: 1_500 } })
  victim.claim({ name: 'other', matches: head => (head[0] === 0x13 ? undefined : false), receive: () => {} })
  const socket = knock(victim)
  const began = performance.now()
  void drip(socket, `${multistream}\x0b/tls/1.0.0\n`, 200)
  await closed(socket)
  const lasted = performance.now() - began
  expect(lasted).toBeGreaterThan(1_400)
  expect(lasted).toBeLessThan(2_900)
})

test('a handshake that only talks is cut by its bytes, long before its time', async () => {
  const victim = await networks.create({
    config: { upgradeTimeoutMs: 60_000, maxHandshakeBytes: 320 * 1024 },
  })
  const socket = knock(victim)
  await heard(socket, 'connect')
  const gone = closed(socket)
  socket.write(multistream, 'latin1')
  const nonsense = Buffer.from('\x06/nope\n'.repeat(10_000), 'latin1')
  for (let n = 0; n < 40 && !socket.destroyed; n++) {
    if (!socket.write(nonsense)) await Promise.race([heard(socket, 'drain'), gone])
  }
  await gone
  await expect.poll(() => victim.stats().connections.pending).toBe(0)
  expect(process.memoryUsage().arrayBuffers).toBeLessThan(200 * 2 ** 20)
})

test('one peer cannot have more connections than a peer may', async () => {
  const victim = await networks.create({ config: { maxConnectionsPerPeer: 2 } })
  victim.handle(protocol, () => {})
  const seed = new Uint8Array(32).fill(7)
  const same = await Promise.all([1, 2, 3, 4].map(() => networks.create({ identity: { seed } })))
  await Promise.allSettled(same.map(one => one.open(victim.addresses(), protocol)))
  await expect.poll(() => victim.connections().length).toBe(2)
  expect(victim.stats().closed).toMatchObject({ peer: 2 })
})

test('a full peer still takes a contact in, and strangers give their places', async () => {
  const friend = await networks.create()
  const victim = await networks.create({
    config: { maxConnections: 3 },
    isKnown: peer => peer === friend.peerId,
  })
  victim.handle(protocol, () => {})
  const strangers = await Promise.all([1, 2, 3, 4, 5].map(() => networks.create()))
  for (const stranger of strangers) await stranger.open(victim.addresses(), protocol).catch(() => {})
  expect(victim.connections().length).toBeLessThanOrEqual(3)
  await friend.open(victim.addresses(), protocol)
  expect(victim.connections().map(({ peer }) => peer)).toContain(friend.peerId)
  expect(victim.stats().connections).toMatchObject({ inbound: 3, max: 3 })
})

test('streams that nobody reads cost their connection when they hold too much', async () => {
  const [attacker, honest, victim] = await Promise.all([
    networks.create(),
    networks.create(),
    networks.create({ config: { maxBufferedBytes: 4 * 2 ** 20 } }),
  ])
  victim.handle('/unread', stream => {
    stream.onData(() => {})
    stream.pause()
  })
  for (let n = 0; n < 30; n++) {
    const stream = await attacker.open(victim.addresses(), '/unread').catch(() => undefined)
    stream?.send(new Uint8Array(256 * 1024))
  }
  await (await transfer(honest, victim)).finish()
  await expect.poll(() => victim.stats().closed.memory).toBe(1)
  const { receiving, sending, max } = victim.stats().memory
  expect(receiving + sending).toBeLessThanOrEqual(max)
})

test('whatever is called an address throws nothing and leads nowhere', async () => {
  const [a, b] = await Promise.all([networks.create(), networks.create()])
  const part = fc.oneof(
    fc.constantFrom(
      'ip4',
      'ip6',
      'tcp',
      'udp',
      'dns',
      'p2p',
      'p2p-circuit',
      '127.0.0.1',
      '::1',
      '1',
      '65536',
      '',
    ),
    fc.string({ maxLength: 12 }),
  )
  const address = fc.array(part, { maxLength: 8 }).map(parts => `/${parts.join('/')}`)
  await fc.assert(
    fc.asyncProperty(fc.array(address, { maxLength: 6 }), async addresses => {
      a.rememberAddresses(b.peerId, addresses)
      expect(a.knownAddresses(b.peerId).length).toBeLessThanOrEqual(16)
    }),
    { numRuns: 200 },
  )
  for (const odd of [
    '/ip4/999.1.1.1/tcp/1',
    '/ip4/127.0.0.1/tcp/99999',
    '/ip4/127.0.0.1',
    '/p2p-circuit',
    '\0',
  ])
    await expect(a.open([odd], protocol)).rejects.toMatchObject({ code: 'network.unreachable' })
})

test('a peer with IPv6 only and one that listens on IPv4 only meet where one dials the other', async () => {
  const [six, four] = await Promise.all([
    networks.create({ config: { hosts: ['::1'] } }),
    networks.create({ config: { hosts: ['127.0.0.1'] } }),
  ])
  for (const one of [six, four]) one.handle(protocol, () => {})
  await four.open(six.addresses(), protocol)
  expect(four.connections().map(({ address }) => address.split('/')[1])).toEqual(['ip6'])
  await six.open(four.peerId, protocol)
  expect(six.connections()).toHaveLength(1)
})
