import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { text } from 'node:stream/consumers'
import { afterEach, expect, test } from 'vitest'
import {
  type GatewayAnswer,
  type GatewayConfig,
  type GatewayRequest,
  gatewayConfig,
} from '../services/gateway/index.ts'
import { listenForGateway } from './gateway-server.ts'

type Answer = (request: GatewayRequest, signal: AbortSignal) => Promise<GatewayAnswer>

const open: (() => unknown)[] = []
afterEach(async () => {
  for (const end of open.splice(0).reverse()) await end()
})

async function listening(answer: Answer, set: Partial<GatewayConfig> = {}): Promise<number> {
  const config = gatewayConfig.parse({ port: 0, ...set })
  const { port, close } = await listenForGateway({ config, answer }, false)
  open.push(close)
  return port
}

async function dial(port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1')
  socket.on('error', () => undefined)
  open.push(() => socket.destroy())
  await once(socket, 'connect')
  return socket
}

/** A body without end, and how much of it was taken. */
function endless() {
  const seen = { chunks: 0, ended: false }
  const body = (async function* () {
    try {
      for (;;) {
        seen.chunks++
        yield new Uint8Array(1_048_576)
      }
    } finally {
      seen.ended = true
    }
  })()
  return { seen, body }
}

test('a request and its answer', async () => {
  const asked: GatewayRequest[] = []
  const port = await listening(async request => {
    asked.push(request)
    return {
      status: 206,
      headers: { 'x-a': 'b' },
      body: (async function* () {
        yield Buffer.from('hello')
      })(),
    }
  })
  const told = await fetch(`http://127.0.0.1:${port}/ipfs/x?y=%20`, { headers: { range: 'bytes=0-4' } })
  expect([told.status, told.headers.get('x-a'), await told.text()]).toEqual([206, 'b', 'hello'])
  expect(asked[0]).toMatchObject({
    method: 'GET',
    url: '/ipfs/x?y=%20',
    headers: { host: `127.0.0.1:${port}`, range: 'bytes=0-4' },
  })
})

test('a client that reads nothing gets no more than it takes, and is cut off', async () => {
  const { seen, body } = endless()
  const port = await listening(async () => ({ status: 200, headers: {}, body }), { sendTimeoutMs: 150 })
  const socket = await dial(port)
  socket.pause()
  socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n')
  await expect.poll(() => seen.ended, { timeout: 5_000 }).toBe(true)
  expect(seen.chunks).toBeLessThan(32)
})

test('a body that fails ends the connection, and a client that goes away ends the body', async () => {
  const { seen, body } = endless()
  const signals: AbortSignal[] = []
  const port = await listening(async ({ url }, signal) => {
    signals.push(signal)
    if (url === '/endless') return { status: 200, headers: {}, body }
    return {
      status: 200,
      headers: {},
      body: (async function* (): AsyncGenerator<Uint8Array> {
        yield Buffer.from('a')
        throw new Error('lost')
      })(),
    }
  })
  await expect(fetch(`http://127.0.0.1:${port}/`).then(told => told.text())).rejects.toThrow()
  const socket = await dial(port)
  socket.write('GET /endless HTTP/1.1\r\nHost: x\r\n\r\n')
  await once(socket, 'data')
  socket.destroy()
  await expect.poll(() => seen.ended && signals[1]!.aborted, { timeout: 5_000 }).toBe(true)
})

test('an answer that cannot be sent ends its body', async () => {
  const { seen, body } = endless()
  const iterator = body[Symbol.asyncIterator]()
  const ended: string[] = []
  const lent = {
    [Symbol.asyncIterator]: () => ({
      next: () => iterator.next(),
      return: async () => {
        ended.push('body')
        return { done: true as const, value: undefined }
      },
    }),
  }
  const port = await listening(async () => ({ status: 200, headers: { 'x-name': 'ą' }, body: lent }))
  await expect(fetch(`http://127.0.0.1:${port}/`)).rejects.toThrow()
  expect([ended, seen.chunks]).toEqual([['body'], 0])
})

test('connections and headers are bounded, and nothing is upgraded', async () => {
  const port = await listening(async () => ({ status: 200, headers: {} }), { maxConnections: 1 })
  const first = await dial(port)
  const second = await dial(port)
  await once(second, 'close')
  first.write(`GET / HTTP/1.1\r\nHost: x\r\nX: ${'a'.repeat(20_000)}\r\n\r\n`)
  expect(await text(first)).toMatch(/^HTTP\/1.1 431 .*\r\n\r\nThe request has more than 16384 bytes.\n$/s)
  const third = await dial(port)
  third.write('GET / HTTP/1.1\r\nHost: x\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n')
  await once(third, 'close')
})

test('a port that is taken', async () => {
  const port = await listening(async () => ({ status: 200, headers: {} }))
  const config = gatewayConfig.parse({ port })
  const options = { config, answer: async () => ({ status: 200, headers: {} }) }
  await expect(listenForGateway(options, false)).rejects.toThrow(
    expect.objectContaining({ code: 'network.port-in-use' }),
  )
  const other = await listenForGateway(options, true)
  open.push(other.close)
  expect(other.port).not.toBe(port)
})
