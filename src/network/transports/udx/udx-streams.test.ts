import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { afterEach, expect, test } from 'vitest'
import { systemWorld as world } from '../../../base/index.ts'
import { decodeUdxGreeting, encodeUdxGreeting } from '../../../wire/index.ts'
import { networkConfig } from '../../config.ts'
import type { Endpoint } from '../../datagrams.ts'
import { UdpSocket } from '../../udp-socket.ts'
import { Admission } from '../admission.ts'
import { maxUnreadBytes, type UdxCarrier } from './udx-carrier.ts'
import { UdxStreams } from './udx-streams.ts'

const host = '127.0.0.1'
const paceMs = [200, 400, 800]
const token = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8)
const signal = new AbortController().signal
const cleanup: (() => Promise<unknown> | unknown)[] = []
afterEach(async () => {
  for (const each of cleanup.splice(0).reverse()) await each()
})

async function freePort(): Promise<number> {
  const probe = createSocket('udp4')
  probe.bind(0, host)
  await once(probe, 'listening')
  const { port } = probe.address()
  probe.close()
  return port
}

interface Side {
  readonly streams: UdxStreams
  readonly endpoint: Endpoint
  readonly admission: Admission
  /** Who came. */
  readonly inbound: UdxCarrier[]
}

async function side(limits: object = {}, upgradeTimeoutMs = 5_000): Promise<Side> {
  const port = await freePort()
  const socket = await UdpSocket.open({ hosts: [host], port, mayReach: () => true })
  const admission = new Admission({ limits: networkConfig.parse(limits), now: () => world.now() })
  const streams = new UdxStreams({ world, socket, greetings: socket, admission, upgradeTimeoutMs })
  const inbound: UdxCarrier[] = []
  streams.listen(4, carrier => {
    inbound.push(carrier)
    return new Promise(() => {})
  })
  cleanup.push(() => {
    streams.stop()
    return socket.close()
  })
  return { streams, endpoint: { address: host, port }, admission, inbound }
}

async function pair(from: Side, to: Side): Promise<[UdxCarrier, UdxCarrier]> {
  const { carrier } = await from.streams.ask({ endpoints: [to.endpoint], paceMs, signal })
  return [carrier, to.inbound.at(-1)!]
}

/** Also when it ends in an error. */
function gone(carrier: UdxCarrier): Promise<void> {
  return new Promise(resolve => carrier.once('close', resolve))
}

async function all(carrier: UdxCarrier): Promise<Buffer> {
  const parts: Buffer[] = []
  for await (const part of carrier) parts.push(part)
  return Buffer.concat(parts)
}

test('what is written before the end arrives, though the side that wrote is destroyed at once', async () => {
  const [a, b] = [await side(), await side()]
  const [ours, theirs] = await pair(a, b)
  const bytes = Buffer.from(world.random.bytes(3_000_000))
  const read = all(theirs)
  ours.write(bytes)
  ours.destroySoon()
  a.streams.stop()
  expect(Buffer.compare(await read, bytes)).toBe(0)
})

test('a reset is told at once', async () => {
  const [ours, theirs] = await pair(await side(), await side())
  const closed = gone(theirs)
  ours.resetAndDestroy()
  await closed
  expect(theirs.errored).toMatchObject({ code: 'ECONNRESET' })
})

test('who sends what nobody reads is cut off', async () => {
  const [ours, theirs] = await pair(await side(), await side())
  const closed = gone(theirs)
  const chunk = Buffer.alloc(1024 * 1024)
  for (let bytes = 0; bytes <= maxUnreadBytes + chunk.length; bytes += chunk.length) ours.write(chunk)
  await closed
  expect(theirs.errored).toMatchObject({ code: 'peer.protocol' })
})

test('chunks that wait stay as they came, though buffers are used again', async () => {
  const [ours, theirs] = await pair(await side(), await side())
  theirs.lendChunks()
  const bytes = Buffer.from(world.random.bytes(2_000_000))
  ours.write(bytes)
  // Nothing reads yet, then in turns.
  while (theirs.readableLength < 1_000_000) await new Promise(setImmediate)
  const parts: Buffer[] = []
  theirs.on('data', part => {
    parts.push(Buffer.from(part))
    theirs.pause()
    setImmediate(() => theirs.resume())
  })
  while (parts.reduce((sum, part) => sum + part.length, 0) < bytes.length) await new Promise(setImmediate)
  expect(Buffer.compare(Buffer.concat(parts), bytes)).toBe(0)
})

test('admission refuses before there is a stream, and the place is free again afterwards', async () => {
  const [a, b] = [await side(), await side({ maxConnectionsFromLoopback: 1 })]
  const [ours] = await pair(a, b)
  await expect(pair(a, b)).rejects.toMatchObject({ code: 'network.unreachable' })
  expect([b.inbound.length, b.admission.open]).toEqual([1, 1])
  ours.resetAndDestroy()
  while (b.admission.open > 0) await new Promise(setImmediate)
  await pair(a, b)
  expect(b.inbound).toHaveLength(2)
})

/** Somebody who proves its address and then says nothing. */
async function halfOpen(to: Endpoint, name: Uint8Array): Promise<ReturnType<typeof createSocket>> {
  const socket = createSocket('udp4')
  cleanup.push(() => socket.close())
  socket.bind(0, host)
  const ask = async (bytes: Uint8Array) => {
    const answer = once(socket, 'message')
    socket.send(bytes, to.port, to.address)
    return decodeUdxGreeting((await answer)[0])
  }
  const proof = await ask(encodeUdxGreeting({ type: 'hello', token: name }))
  if (proof?.type !== 'cookie') throw new Error('no cookie')
  const join = encodeUdxGreeting({ type: 'join', token: name, cookie: proof.cookie, stream: 7 })
  expect((await ask(join))?.type).toBe('accept')
  return socket
}

test('who proves its address and then nothing is cut when its time is over', async () => {
  const b = await side({}, 100)
  await halfOpen(b.endpoint, token)
  expect(b.admission.pending).toBe(1)
  await gone(b.inbound[0]!)
  while (b.admission.open > 0) await new Promise(setImmediate)
  expect(b.admission.pending).toBe(0)
})

test('garbage of every protocol on the socket disturbs no stream', async () => {
  const b = await side()
  const [ours, theirs] = await pair(await side(), b)
  const bytes = Buffer.from(world.random.bytes(2_000_000))
  const read = all(theirs)
  const noise = createSocket('udp4')
  cleanup.push(() => noise.close())
  const heads = [[0xff, 1, 1], [0xff, 1, 16], [0xfe, 0x70, 0x75, 0x64, 0x78, 1, 2], [0x64], [0x41]]
  for (let at = 0; at < 500; at++) {
    const packet = Buffer.from([...heads[at % heads.length]!, ...world.random.bytes(at % 90)])
    noise.send(packet, b.endpoint.port, host)
  }
  ours.end(bytes)
  expect(Buffer.compare(await read, bytes)).toBe(0)
})

test('two that meet half way get one stream, and the one that asks is told where', async () => {
  const [a, b] = [await side(), await side()]
  const meeting = { token, paceMs, signal }
  const [asked, met] = await Promise.all([
    a.streams.ask({ ...meeting, endpoints: [{ address: '127.0.0.9', port: 9 }, b.endpoint] }),
    b.streams.expect({ ...meeting, endpoints: [a.endpoint] }),
  ])
  expect([asked.endpoint, met.endpoint]).toEqual([b.endpoint, a.endpoint])
  const heard = once(met.carrier, 'data')
  asked.carrier.write('here')
  expect(String((await heard)[0])).toBe('here')
  expect([a.inbound.length, b.inbound.length, b.admission.pending]).toEqual([0, 0, 1])
  met.known()
  expect([b.admission.pending, b.admission.open]).toEqual([0, 1])
})
