import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { createServer as createTcpServer, type Server as TcpServer } from 'node:net'
import { gzipSync } from 'node:zlib'
import { afterEach, expect, test } from 'vitest'
import { systemWorld, utf8, VirtualWorld } from '../../base/index.ts'
import { type DatagramProtocol, type Datagrams, Egress, type Endpoint } from '../../network/index.ts'
import { trackersConfig } from './config.ts'
import { Trackers } from './trackers.ts'

const config = trackersConfig.parse({
  timeoutMs: 60_000,
  stopTimeoutMs: 100,
  minIntervalMs: 20_000,
  maxReplyBytes: 50_000,
})
const servers: (Server | TcpServer)[] = []
const kept: Trackers[] = []
afterEach(() => {
  for (const trackers of kept.splice(0)) trackers.stop()
  for (const server of servers.splice(0)) {
    if ('closeAllConnections' in server) server.closeAllConnections()
    server.close()
  }
})

async function tracker(
  answer: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<string> {
  const server = createServer(answer)
  servers.push(server)
  return `${await addressOf(server)}/announce`
}

async function addressOf(server: Server | TcpServer): Promise<string> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return `http://127.0.0.1:${(server.address() as { port: number }).port}`
}

function trackersOf(timeoutMs: number = config.timeoutMs): Trackers {
  const trackers = new Trackers({
    world: systemWorld,
    config: { ...config, timeoutMs },
    datagrams: undefined,
    self: { peerId: new Uint8Array(20), port: 1, key: 1 },
    families: () => [4],
    mayReach: () => true,
    egress: new Egress({ lanOnly: false }),
  })
  kept.push(trackers)
  return trackers
}

/** What a tracker's first announce comes to, and the peers that are taken from it. */
async function announced(
  url: string,
  timeoutMs?: number,
): Promise<{ message: string | undefined; state: string; peers: Endpoint[] }> {
  const peers: Endpoint[] = []
  const announcer = trackersOf(timeoutMs).announce({
    names: [new Uint8Array(20).fill(7)],
    tiers: [[url]],
    progress: () => ({ uploaded: 0, downloaded: 0, left: 1 }),
    onPeers: found => peers.push(...found),
  })
  for (;;) {
    const [{ state, message } = { state: 'idle' }] = announcer.status()
    if (state === 'ok' || state === 'failed') {
      await announcer.stop()
      return { state, message: message as string | undefined, peers }
    }
    await new Promise(resolve => setImmediate(resolve))
  }
}

const endless = (response: ServerResponse): void => {
  const more = (): void => {
    while (!response.destroyed && response.write(Buffer.alloc(16_384, 'd')));
    if (!response.destroyed) response.once('drain', more)
  }
  more()
}

test.each<[string, (request: IncomingMessage, response: ServerResponse) => void, RegExp]>([
  ['an endless body', (_, response) => endless(response), /more than 50000 bytes/],
  [
    'a gzip bomb',
    (_, response) => {
      response.setHeader('content-encoding', 'gzip')
      response.end(gzipSync(Buffer.alloc(64 * 2 ** 20)))
    },
    /more than 50000 bytes/,
  ],
  [
    'packing that is none',
    (_, response) => {
      response.setHeader('content-encoding', 'gzip')
      response.write('this is not packed')
    },
    /its answer cannot be unpacked/,
  ],
  [
    'redirects in a circle',
    (request, response) => {
      response.writeHead(302, { location: request.url })
      response.end()
    },
    /redirects too often/,
  ],
  [
    'a redirect with an endless body',
    (request, response) => {
      response.writeHead(302, { location: request.url })
      endless(response)
    },
    /redirects too often/,
  ],
  [
    'a redirect to what is no web server',
    (_, response) => {
      response.writeHead(302, { location: 'file:///etc/passwd' })
      response.end()
    },
    /redirects to nowhere/,
  ],
  ['no answer', () => undefined, /did not answer in time/],
  [
    'a body that never ends to begin',
    (_, response) => {
      response.flushHeaders()
    },
    /did not answer in time/,
  ],
  [
    'a byte now and then',
    (_, response) => {
      const timer = setInterval(() => response.write('d'), 50)
      response.once('close', () => clearInterval(timer))
    },
    /did not answer in time/,
  ],
  [
    'a connection that breaks off',
    (_, response) => {
      response.writeHead(200, { 'content-length': 100 })
      response.write('d8:inter', () => response.destroy())
    },
    /breaks off/,
  ],
  ['a web page', (_, response) => void response.end('<html>'), /./],
  [
    'an error without words',
    (_, response) => {
      response.writeHead(500)
      response.end('no')
    },
    /HTTP status 500/,
  ],
])('a tracker with %s costs its own turn', async (_, answer, why) => {
  const silent = why.source.includes('in time')
  const { state, message } = await announced(await tracker(answer), silent ? 300 : undefined)
  expect(state).toBe('failed')
  expect(message).toMatch(why)
})

test('a tracker that accepts and sends headers without end', async () => {
  const server = createTcpServer(socket => {
    socket.on('error', () => undefined)
    socket.write('HTTP/1.1 200 OK\r\n')
    const more = (): void => {
      while (!socket.destroyed && socket.write(`x-${'y'.repeat(1000)}: z\r\n`));
      if (!socket.destroyed) socket.once('drain', more)
    }
    more()
  })
  servers.push(server)
  expect(await announced(`${await addressOf(server)}/announce`)).toMatchObject({ state: 'failed' })
})

test('a name does not lead to this machine', async () => {
  expect(await announced('http://localhost.:1/announce')).toMatchObject({
    state: 'failed',
    message: expect.stringMatching(/no address that may be talked to|its name is not known/),
  })
})

test('words of an error in bencoding are shown', async () => {
  const url = await tracker((_, response) => {
    response.writeHead(403)
    response.end('d14:failure reason7:go awaye')
  })
  expect((await announced(url)).message).toBe('The tracker refuses: go away')
})

test('peers that nobody can be are not taken, nor more than 2,000', async () => {
  const compact = (...peers: number[][]): string => Buffer.from(peers.flat()).toString('latin1')
  const some = compact(
    [127, 0, 0, 1, 0, 0],
    [0, 0, 0, 0, 1, 1],
    [224, 0, 0, 1, 1, 1],
    [255, 255, 255, 255, 1, 1],
    [127, 0, 0, 1, 1, 1],
  )
  const few = await tracker((_, response) => {
    response.end(Buffer.from(`d8:intervali60e5:peers${some.length}:${some}e`, 'latin1'))
  })
  expect((await announced(few)).peers).toEqual([{ address: '127.0.0.1', port: 257 }])
  const all = 'abcdef'.repeat(8_000)
  const many = await tracker((_, response) => {
    response.end(`d8:intervali60e5:peers${all.length}:${all}e`)
  })
  expect((await announced(many)).peers).toHaveLength(2_000)
})

test('a tracker that hangs takes few of the turns', async () => {
  let waiting = 0
  const hanging = await tracker(() => void waiting++)
  const good = await tracker((_, response) => void response.end('d8:intervali60e5:peers0:e'))
  const trackers = trackersOf()
  const content = (url: string): Parameters<Trackers['announce']>[0] => ({
    names: [new Uint8Array(20)],
    tiers: [[url]],
    progress: () => ({ uploaded: 0, downloaded: 0, left: 1 }),
    onPeers: () => undefined,
  })
  const stuck = Array.from({ length: 100 }, () => trackers.announce(content(hanging)))
  const fine = trackers.announce(content(good))
  while (fine.status()[0]!.state !== 'ok') await new Promise(resolve => setImmediate(resolve))
  expect(waiting).toBeLessThanOrEqual(config.maxAnnouncesPerTracker)
  await Promise.all([...stuck, fine].map(announcer => announcer.stop()))
})

/** A socket whose other ends are functions of the test. */
class FakeDatagrams implements Datagrams {
  readonly port: number = 1
  readonly families: readonly (4 | 6)[] = [4]
  readonly sent: Uint8Array[] = []
  #protocol: DatagramProtocol | undefined
  answer: (bytes: Uint8Array, to: Endpoint) => void = () => undefined

  send(bytes: Uint8Array, to: Endpoint): void {
    this.sent.push(bytes)
    this.answer(bytes, to)
  }

  claim(protocol: DatagramProtocol): () => void {
    this.#protocol = protocol
    return () => undefined
  }

  /** Whether anybody took it. */
  receive(bytes: Uint8Array, from: Endpoint): boolean {
    const takes = this.#protocol!.matches(bytes, from)
    if (takes) this.#protocol!.receive(bytes, from)
    return takes
  }
}

const at: Endpoint = { address: '127.0.0.9', port: 80 }

function udpScene(): {
  world: VirtualWorld
  datagrams: FakeDatagrams
  pass(seconds: number): Promise<void>
  status(): string
} {
  const world = new VirtualWorld(3)
  const datagrams = new FakeDatagrams()
  const trackers = new Trackers({
    world,
    config: { ...config, timeoutMs: 15_000 },
    datagrams,
    self: { peerId: new Uint8Array(20), port: 1, key: 1 },
    families: () => [4],
    mayReach: () => true,
    egress: new Egress({ lanOnly: false }),
  })
  const announcer = trackers.announce({
    names: [new Uint8Array(20)],
    tiers: [['udp://127.0.0.9:80/announce']],
    progress: () => ({ uploaded: 0, downloaded: 0, left: 1 }),
    onPeers: () => undefined,
  })
  return {
    world,
    datagrams,
    status: () => announcer.status().map(({ state, message = '' }) => `${state} ${message}`)[0]!,
    async pass(seconds) {
      for (let i = 0; i < seconds * 10; i++) {
        world.advance(100)
        // Names are resolved by the system, also when they are numbers.
        for (let j = 0; j < 3; j++) await new Promise(resolve => setImmediate(resolve))
      }
    },
  }
}

function reply(action: number, request: Uint8Array, rest: Uint8Array): Uint8Array {
  const out = new Uint8Array(8 + rest.length)
  out[3] = action
  out.set(request.subarray(12, 16), 4)
  out.set(rest, 8)
  return out
}

async function until(scene: ReturnType<typeof udpScene>, done: () => boolean): Promise<void> {
  for (let i = 0; i < 200 && !done(); i++) await scene.pass(0.1)
}

test('UDP: only the answer to this question from this address counts', async () => {
  const scene = udpScene()
  const { datagrams } = scene
  await until(scene, () => datagrams.sent.length > 0)
  const connect = datagrams.sent[0]!
  const good = reply(0, connect, new Uint8Array(8).fill(5))
  const wrong = Uint8Array.from(good)
  wrong[7]! ^= 1
  expect(datagrams.receive(wrong, at)).toBe(false)
  datagrams.receive(good, { address: '127.0.0.8', port: 80 })
  datagrams.receive(good, { address: '127.0.0.9', port: 81 })
  await scene.pass(0.1)
  expect(datagrams.sent).toHaveLength(1)
  datagrams.receive(good, at)
  await until(scene, () => datagrams.sent.length > 1)
  expect(datagrams.sent[1]!.subarray(0, 8)).toEqual(new Uint8Array(8).fill(5))
})

test.each([
  ['short', (request: Uint8Array) => reply(0, request, new Uint8Array(3)), /no answer of a UDP tracker/],
  ['of another kind', (request: Uint8Array) => reply(1, request, new Uint8Array(12)), /something else/],
  ['an error', (request: Uint8Array) => reply(3, request, utf8('closed')), /refuses: closed/],
])('UDP: an answer that is %s ends the turn', async (_, answer, why) => {
  const scene = udpScene()
  scene.datagrams.answer = (bytes, to) => {
    if (bytes.length === 16) queueMicrotask(() => scene.datagrams.receive(answer(bytes), to))
  }
  await until(scene, () => scene.status().startsWith('failed'))
  expect(scene.status()).toMatch(why)
})

test('UDP: silence ends the turn', async () => {
  const scene = udpScene()
  await until(scene, () => scene.status().startsWith('failed'))
  expect(scene.status()).toMatch(/did not answer in time/)
})

test('UDP: a tracker that was started again is connected to again', async () => {
  const scene = udpScene()
  const { datagrams } = scene
  let connects = 0
  let refuse = false
  datagrams.answer = (bytes, to) => {
    const answer =
      bytes.length === 16
        ? reply(0, bytes, new Uint8Array(8).fill(++connects))
        : refuse && connects === 1
          ? reply(3, bytes, utf8('unknown connection'))
          : reply(1, bytes, Uint8Array.of(0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3))
    queueMicrotask(() => datagrams.receive(answer, to))
  }
  await until(scene, () => scene.status().startsWith('ok'))
  refuse = true
  await scene.pass(25)
  expect(scene.status()).toMatch(/^ok/)
  expect(connects).toBe(2)
})
