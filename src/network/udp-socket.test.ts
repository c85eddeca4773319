import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { afterEach, expect, test } from 'vitest'
import type { Endpoint } from './datagrams.ts'
import { Egress } from './egress/index.ts'
import { findListenPort, isPortTaken } from './listen-port.ts'
import { maxDatagramBytes, maxWaitingDatagrams, UdpSocket } from './udp-socket.ts'

const opened: UdpSocket[] = []
const others: Socket[] = []
afterEach(async () => {
  for (const other of others.splice(0)) other.close()
  await Promise.all(opened.splice(0).map(socket => socket.close()))
})

async function open(hosts: string[], mayReach: (ip: string) => boolean = () => true): Promise<UdpSocket> {
  const socket = await UdpSocket.open({
    ...(await findListenPort(new Egress({ lanOnly: false }), hosts, 0)),
    mayReach,
  })
  opened.push(socket)
  return socket
}

/** A program of another kind on this machine. */
async function other(type: 'udp4' | 'udp6'): Promise<Socket> {
  const socket = createSocket(type)
  others.push(socket)
  socket.bind(0, type === 'udp4' ? '127.0.0.1' : '::1')
  await once(socket, 'listening')
  return socket
}

/** Gives what comes to `socket` one by one. */
function received(socket: UdpSocket): () => Promise<{ bytes: Buffer; from: Endpoint }> {
  const waiting: { bytes: Buffer; from: Endpoint }[] = []
  let wake = (): void => {}
  socket.claim({
    name: 'all',
    matches: () => true,
    receive: (bytes, { address, port }) => {
      waiting.push({ bytes: Buffer.from(bytes), from: { address, port } })
      wake()
    },
  })
  return async () => {
    while (waiting.length === 0) await new Promise<void>(resolve => (wake = resolve))
    return waiting.shift()!
  }
}

test.each([
  ['udp4', '127.0.0.1'],
  ['udp6', '::1'],
] as const)('speaks with any program over %s', async (type, address) => {
  const socket = await open(['127.0.0.1', '::1'])
  expect(socket.families).toEqual([4, 6])
  const next = received(socket)
  const peer = await other(type)
  peer.send('question', socket.port, address)
  expect(await next()).toEqual({
    bytes: Buffer.from('question'),
    from: { address, port: peer.address().port },
  })
  const answer = once(peer, 'message')
  socket.send(Buffer.from('answer'), { address, port: peer.address().port })
  const [bytes, from] = await answer
  expect([String(bytes), from.port]).toEqual(['answer', socket.port])
})

test('a datagram that would come cut off is lost, the longest that fits is not', async () => {
  const socket = await open(['127.0.0.1'])
  const next = received(socket)
  const peer = await other('udp4')
  for (const length of [5_000, maxDatagramBytes + 1, maxDatagramBytes])
    peer.send(new Uint8Array(length), socket.port, '127.0.0.1')
  expect((await next()).bytes).toHaveLength(maxDatagramBytes)
})

test('nothing is sent to or taken from an address that may not be reached', async () => {
  const socket = await open(['127.0.0.1'], ip => ip !== '127.0.0.2')
  const next = received(socket)
  const peer = await other('udp4')
  const far = createSocket('udp4')
  others.push(far)
  far.bind(0, '127.0.0.2')
  await once(far, 'listening')
  const told: string[] = []
  far.on('message', bytes => told.push(String(bytes)))
  peer.on('message', bytes => told.push(String(bytes)))
  far.send('far', socket.port, '127.0.0.1')
  await new Promise<void>(resolve => far.send('far again', socket.port, '127.0.0.1', () => resolve()))
  peer.send('near', socket.port, '127.0.0.1')
  expect(String((await next()).bytes)).toBe('near')
  const answered = once(peer, 'message')
  socket.send(Buffer.from('to far'), { address: '127.0.0.2', port: far.address().port })
  socket.send(Buffer.from('to near'), { address: '127.0.0.1', port: peer.address().port })
  await answered
  expect(told).toEqual(['to near'])
})

test('what a protocol throws ends nothing', async () => {
  const socket = await open(['127.0.0.1'])
  socket.claim({
    name: 'broken',
    matches: bytes => bytes.length === 3,
    receive: () => {
      throw new Error('broken')
    },
  })
  const next = received(socket)
  const peer = await other('udp4')
  peer.send('bad', socket.port, '127.0.0.1')
  peer.send('good', socket.port, '127.0.0.1')
  expect(String((await next()).bytes)).toBe('good')
})

test('more than may wait for the system is lost', async () => {
  let tried = 0
  const socket = await open(['127.0.0.1'], () => {
    tried++
    return true
  })
  const peer = await other('udp4')
  const to = { address: '127.0.0.1', port: peer.address().port }
  for (let sent = 0; sent < maxWaitingDatagrams + 100; sent++) socket.send(Buffer.from('x'), to)
  expect(tried).toBe(maxWaitingDatagrams)
  await new Promise(setImmediate)
  socket.send(Buffer.from('x'), to)
  expect(tried).toBe(maxWaitingDatagrams + 1)
})

test('a malformed address and a closed socket are no error', async () => {
  const socket = await open(['127.0.0.1'])
  socket.send(Buffer.from('x'), { address: 'nowhere', port: 1 })
  socket.send(Buffer.from('x'), { address: '127.0.0.1', port: 0 })
  socket.send(Buffer.from('x'), { address: '::1', port: 1 })
  await socket.close()
  socket.send(Buffer.from('x'), { address: '127.0.0.1', port: 1 })
  const again = await UdpSocket.open({ hosts: ['127.0.0.1'], port: socket.port, mayReach: () => true })
  opened.push(again)
  expect(again.port).toBe(socket.port)
})

test('a port that is taken is refused with the code of the system, and nothing stays open', async () => {
  const socket = await open(['127.0.0.1'])
  const taken = UdpSocket.open({ hosts: ['127.0.0.2', '127.0.0.1'], port: socket.port, mayReach: () => true })
  await expect(taken).rejects.toSatisfy(isPortTaken)
  opened.push(await UdpSocket.open({ hosts: ['127.0.0.2'], port: socket.port, mayReach: () => true }))
})

test('many sockets send to one endpoint until an answer comes to one of them, which then is the way', async () => {
  const socket = await open(['127.0.0.1'])
  const peer = await other('udp4')
  const to = { address: '127.0.0.1', port: peer.address().port }
  const asked = new Set<number>()
  peer.on('message', (_bytes, from) => asked.add(from.port))
  const stop = socket.spread(to, 5)
  while (asked.size < 6) {
    socket.send(Buffer.from('hello'), to)
    await new Promise(resolve => setImmediate(resolve))
  }
  const next = received(socket)
  const [chosen = 0] = [...asked].filter(port => port !== socket.port)
  peer.send('answer', chosen, '127.0.0.1')
  expect((await next()).from).toEqual(to)
  stop()
  asked.clear()
  while (asked.size === 0) {
    socket.send(Buffer.from('further'), to)
    await new Promise(resolve => setImmediate(resolve))
  }
  expect([...asked]).toEqual([chosen])
  // Others are reached as before.
  const third = await other('udp4')
  socket.send(Buffer.from('other'), { address: '127.0.0.1', port: third.address().port })
  const [, from] = await once(third, 'message')
  expect(from.port).toBe(socket.port)
})
