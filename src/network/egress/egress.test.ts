import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { VirtualWorld } from '../../base/index.ts'
import type { Endpoint } from '../datagrams.ts'
import { Egress } from './egress.ts'
import { proxyTrialMs } from './proxy-trial.ts'
import { encodeDatagram, encodeRequest } from './socks-message.ts'
import { maxProxyAnswerMs } from './socks-proxy.ts'

const servers: Server[] = []
const ways: Egress[] = []
afterEach(async () => {
  await Promise.all(ways.splice(0).map(way => way.close()))
  for (const server of servers.splice(0)) server.close()
})

const forever = new AbortController().signal
const far = { host: '192.0.2.1', port: 80, family: 4 } as const
const reply = (host: string, port: number): Uint8Array => Uint8Array.from(encodeRequest(0, { host, port }))

/** A proxy of which each test says how it answers, one answer for each thing that it is told. */
async function proxy(
  ...answers: readonly Uint8Array[]
): Promise<{ way: Egress; heard: string[]; sockets: Socket[] }> {
  const heard: string[] = []
  const sockets: Socket[] = []
  const server = createServer(socket => {
    sockets.push(socket)
    let at = 0
    socket.on('error', () => undefined)
    socket.on('data', chunk => {
      heard.push(chunk.toString('latin1'))
      socket.write(answers[at++] ?? '')
    })
  })
  servers.push(server.listen(0, '127.0.0.1'))
  await once(server, 'listening')
  const url = `socks5://me:secret@127.0.0.1:${(server.address() as AddressInfo).port}`
  const way = new Egress({ lanOnly: false, proxy: url })
  ways.push(way)
  return { way, heard, sockets }
}

const yes = Uint8Array.of(5, 2)
const welcome = Uint8Array.of(1, 0)

test('a name goes to the proxy as it is; what comes behind the reply is not lost', async () => {
  const { way, heard } = await proxy(yes, welcome, Buffer.concat([reply('0.0.0.0', 0), Buffer.from('hello')]))
  const [found] = await way.resolve('Tracker.Example', 0)
  const socket = await way.dial({ host: found!.address, port: 443, family: 4 }, forever)
  const [chunk] = await once(socket, 'data')
  expect(String(chunk)).toBe('hello')
  expect(heard[1]).toBe('\x01\x02me\x06secret')
  expect(heard[2]).toBe('\x05\x01\x00\x03\x0ftracker.example\x01\xbb')
  expect(way.state).toMatchObject({ isUp: true, proxy: { answers: true } })
  expect(JSON.stringify(way.state)).not.toContain('secret')
  socket.destroy()
})

test('a reply may come byte by byte', async () => {
  const { way, sockets } = await proxy(yes, welcome)
  const dialled = way.dial(far, forever)
  await expect.poll(() => sockets[0]?.bytesRead ?? 0).toBeGreaterThan(20)
  for (const byte of reply('example.org', 7)) {
    sockets[0]!.write(Uint8Array.of(byte))
    await new Promise(setImmediate)
  }
  ;(await dialled).destroy()
})

test.each([
  ['another protocol', [Buffer.from('HTTP/1.1 400 Bad Request\r\n')], 'peer.protocol'],
  ['no way to log in', [Uint8Array.of(5, 255)], 'peer.protocol'],
  ['a wrong password', [yes, Uint8Array.of(1, 1)], 'peer.protocol'],
  ['a refusal', [yes, welcome, Uint8Array.of(5, 4, 0, 1, 0, 0, 0, 0, 0, 0)], 'network.unreachable'],
  ['an address of no kind', [yes, welcome, Uint8Array.of(5, 0, 0, 77, 0, 0, 0)], 'peer.protocol'],
] as const)('%s ends the attempt, and nothing goes another way', async (_, answers, code) => {
  const { way, sockets } = await proxy(...answers)
  await expect(way.dial(far, forever)).rejects.toMatchObject({ code })
  await expect
    .poll(() => sockets.every(({ destroyed, readableEnded }) => destroyed || readableEnded))
    .toBe(true)
})

test('a proxy that says nothing, or stops in the middle, is given up', async () => {
  const world = new VirtualWorld(1)
  const server = createServer(socket => void socket.on('error', () => undefined).write(Uint8Array.of(5)))
  servers.push(server.listen(0, '127.0.0.1'))
  await once(server, 'listening')
  const way = new Egress({
    lanOnly: false,
    proxy: `socks5://127.0.0.1:${(server.address() as AddressInfo).port}`,
    world,
  })
  const dialled = way.dial(far, forever)
  const refused = expect(dialled).rejects.toMatchObject({ code: 'network.egress-down' })
  await once(server, 'connection')
  world.advance(maxProxyAnswerMs)
  await refused
})

test('without the proxy nothing is dialled, and it is told', async () => {
  const way = new Egress({ lanOnly: false, proxy: 'socks5://me:secret@127.0.0.1:1' })
  let told = 0
  way.onChange(() => told++)
  await expect(way.dial(far, forever)).rejects.toMatchObject({
    code: 'network.egress-down',
    message: expect.not.stringContaining('secret'),
  })
  expect(way.state).toMatchObject({ isUp: false, proxy: { answers: false } })
  expect(told).toBe(1)
})

test('loopback, multicast and sockets past the proxy are refused', async () => {
  const { way, heard } = await proxy(yes)
  for (const host of ['127.0.0.1', '::1', '198.19.0.9'])
    await expect(way.dial({ host, port: 80, family: 0 }, forever)).rejects.toMatchObject({
      code: 'network.egress-down',
    })
  await expect(way.udp({ family: 4, port: 0 })).rejects.toMatchObject({ code: 'network.egress-down' })
  expect([way.links(), heard]).toEqual([[], []])
})

test.each([
  'http://127.0.0.1:1',
  'socks5://',
  'socks4://127.0.0.1',
  'socks5://secret@h',
  'socks5://h/secret',
  '::',
])('%j is no proxy, which is said without showing it', proxy => {
  expect(() => new Egress({ lanOnly: false, proxy })).toThrow(
    expect.objectContaining({ code: 'config.invalid', message: expect.not.stringContaining('secret') }),
  )
})

test('datagrams go to the proxy with their address, and only from it they are taken', async () => {
  const relay = createSocket('udp4')
  const stranger = createSocket('udp4')
  relay.bind(0, '127.0.0.1')
  await once(relay, 'listening')
  const { way, sockets } = await proxy(yes, welcome, reply('0.0.0.0', relay.address().port))
  const datagrams = await way.openDatagrams(0, () => true)
  const heard: [string, Endpoint][] = []
  datagrams.claim({
    name: 'all',
    matches: () => true,
    receive: (bytes, from) => heard.push([Buffer.from(bytes).toString(), from]),
  })
  await expect.poll(() => datagrams.families).toEqual([4])
  expect(way.state).toMatchObject({ proxy: { udp: true } })
  datagrams.send(Buffer.from('question'), { address: '192.0.2.9', port: 53 })
  const [packet, from] = await once(relay, 'message')
  expect(packet).toEqual(
    Buffer.from(encodeDatagram({ host: '192.0.2.9', port: 53 }, Buffer.from('question'))),
  )
  const answer = encodeDatagram({ host: '192.0.2.9', port: 53 }, Buffer.from('answer'))
  stranger.send(answer, from.port, '127.0.0.1')
  const fragment = Uint8Array.from(answer)
  fragment[2] = 1
  for (const bytes of [fragment, Uint8Array.of(0, 0, 0, 1), answer]) relay.send(bytes, from.port, '127.0.0.1')
  await expect.poll(() => heard.length).toBe(1)
  expect(heard).toEqual([['answer', { address: '192.0.2.9', port: 53 }]])
  // The way ends with the connection on which it was asked for.
  sockets[0]!.destroy()
  await expect.poll(() => datagrams.families).toEqual([])
  relay.close()
  stranger.close()
})

test.each([
  ['cannot', Uint8Array.of(5, 7, 0, 1, 0, 0, 0, 0, 0, 0), 'does not know that command'],
  ['sends them to another machine', reply('192.0.2.55', 9), 'another machine than itself'],
])('datagrams are off where the proxy %s, and it is said', async (_, answer, problem) => {
  const { way } = await proxy(yes, welcome, answer)
  const datagrams = await way.openDatagrams(0, () => true)
  await expect.poll(() => way.state.proxy?.udp).toBe(false)
  expect(way.state.proxy?.udpProblem).toContain(problem)
  expect([datagrams.families, way.state.isUp]).toEqual([[], true])
})

test.each<[string, readonly Uint8Array[], object]>([
  ['works', [yes, welcome, reply('0.0.0.0', 9)], { answers: true, udp: true }],
  [
    'passes no datagrams on',
    [yes, welcome, Uint8Array.of(5, 7, 0, 1, 0, 0, 0, 0, 0, 0)],
    { answers: true, udp: false, udpProblem: expect.stringContaining('does not know that command') },
  ],
  ['wants another password', [yes, Uint8Array.of(1, 1)], { answers: false, fault: 'password' }],
  ['wants no password', [Uint8Array.of(5, 255)], { answers: false, fault: 'password' }],
  ['is none', [Buffer.from('HTTP/1.1 400 Bad Request')], { answers: false, fault: 'other-protocol' }],
])('a proxy that %s is found out before it is used', async (_, answers, found) => {
  const { way } = await proxy(...answers)
  const port = (servers.at(-1)!.address() as AddressInfo).port
  const plain = new Egress({ lanOnly: false })
  ways.push(plain)
  const trial = await plain.tryProxy(`socks5://me:secret@127.0.0.1:${port}`, forever)
  expect(trial).toMatchObject({ address: `127.0.0.1:${port}`, ...found })
  expect(JSON.stringify(trial)).not.toContain('secret')
  expect(way.state.isUp).toBe(true)
})

test('a proxy that says nothing is given up, and one that nobody is', async () => {
  const { heard } = await proxy()
  const port = (servers.at(-1)!.address() as AddressInfo).port
  const world = new VirtualWorld(1)
  const plain = new Egress({ lanOnly: false, world })
  ways.push(plain)
  const trial = plain.tryProxy(`socks5://127.0.0.1:${port}`, forever)
  await expect.poll(() => heard.length).toBe(1)
  world.advance(proxyTrialMs)
  expect(await trial).toMatchObject({
    answers: false,
    fault: 'silent',
    problem: expect.stringContaining('does not answer'),
  })
  const nobody = await plain.tryProxy('socks5://127.0.0.1:1', forever, { host: '127.0.0.1', port: 9 })
  expect(nobody).toMatchObject({ answers: false, fault: 'unreachable' })
  expect(nobody).not.toHaveProperty('far')
})

/** A proxy without passwords that really connects, by names of its own, and passes no datagrams on. */
async function realProxy(names: Readonly<Record<string, string>> = {}): Promise<string> {
  const sockets = new Set<Socket>()
  const server = createServer(socket => {
    sockets.add(socket.on('error', () => undefined))
    let isGreeted = false
    socket.on('data', chunk => {
      if (!isGreeted) {
        isGreeted = true
        socket.write(Uint8Array.of(5, 0))
        return
      }
      const [, command, , type, length = 0] = chunk
      const answer = (code: number): void => void socket.write(Uint8Array.of(5, code, 0, 1, 0, 0, 0, 0, 0, 0))
      if (command !== 1) return answer(7)
      const name = chunk.toString('latin1', 5, 5 + length)
      const host = type === 3 ? names[name] : [...chunk.subarray(4, 8)].join('.')
      if (host === undefined) return answer(4)
      const out = connect(chunk.readUInt16BE(chunk.length - 2), host)
      sockets.add(out.on('error', () => answer(5)).on('connect', () => answer(0)))
    })
  })
  servers.push(server.listen(0, '127.0.0.1'))
  server.on('close', () => {
    for (const socket of sockets) socket.destroy()
  })
  await once(server, 'listening')
  return `socks5://127.0.0.1:${(server.address() as AddressInfo).port}`
}

test('somebody far is really connected to, by the name that the proxy knows, or it is said what failed', async () => {
  const farHost = createServer(socket => void socket.on('error', () => undefined))
  servers.push(farHost.listen(0, '127.0.0.1'))
  await once(farHost, 'listening')
  const { port } = farHost.address() as AddressInfo
  const url = await realProxy({ 'far.example': '127.0.0.1' })
  const plain = new Egress({ lanOnly: false })
  ways.push(plain)
  const reachedBy = once(farHost, 'connection')
  expect(await plain.tryProxy(url, forever, { host: '127.0.0.1', port })).toMatchObject({
    answers: true,
    udp: false,
    far: { host: `127.0.0.1:${port}`, reached: true, ms: expect.any(Number) },
  })
  await reachedBy
  const named = await plain.tryProxy(url, forever, { host: 'far.example', port })
  expect(named.far).toMatchObject({ reached: true, namesBy: 'proxy' })
  const unknown = await plain.tryProxy(url, forever, { host: 'other.example', port })
  expect(unknown).toMatchObject({ answers: true, far: { reached: false, fault: 'unreachable' } })
  const closed = await plain.tryProxy(url, forever, { host: '127.0.0.1', port: 1 })
  expect(closed.far).toMatchObject({ reached: false, fault: 'refused' })
})

test('whoever far does not answer in time is told of, and the proxy works all the same', async () => {
  // To the question for datagrams it answers at once; to that for a connection never.
  const server = createServer(socket => {
    let at = 0
    socket
      .on('error', () => undefined)
      .on('data', chunk => {
        if (at++ === 0) socket.write(Uint8Array.of(5, 0))
        else if (chunk[1] === 3) socket.write(reply('0.0.0.0', 9))
        else asked.resolve()
      })
  })
  const asked = Promise.withResolvers<void>()
  servers.push(server.listen(0, '127.0.0.1'))
  await once(server, 'listening')
  const world = new VirtualWorld(1)
  const plain = new Egress({ lanOnly: false, world })
  ways.push(plain)
  const url = `socks5://127.0.0.1:${(server.address() as AddressInfo).port}`
  const trial = plain.tryProxy(url, forever, { host: 'far.example', port: 443 })
  await asked.promise
  world.advance(proxyTrialMs)
  expect(await trial).toMatchObject({ answers: true, far: { reached: false, fault: 'late' } })
})
