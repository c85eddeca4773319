import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { type IncomingMessage, request } from 'node:http'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type FakeState, fakeBytes, fakePeer, fakeState } from '../../test/peer/fake-peer.ts'
import type { PeerageError } from '../base/index.ts'
import { OperationRegistry } from '../peer/index.ts'
import { type ApiServer, startApiServer } from './api-server.ts'
import type { HostedPeer } from './host-peer.ts'

const token = 'ab'.repeat(32)
const failures: PeerageError[] = []
let home: string
let server: ApiServer
let state: FakeState
let peer: HostedPeer

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'peerage-api-'))
  await writeFile(join(home, 'index.html'), '<!doctype html><title>Peerage</title>')
  state = fakeState()
  peer = fakePeer(state)
  const caller = new OperationRegistry(() => ({ allowed: true, reason: '' }))
  for (const service of peer.services) caller.register(service)
  server = await startApiServer({
    caller,
    events: peer.events,
    token,
    version: '1.2.3',
    socket: join(home, 'api.sock'),
    webFolder: home,
    config: { apiPort: 0, maxBodyBytes: 2048, maxApiConnections: 64, maxEventListeners: 2 },
    failed: error => failures.push(error),
  })
})

afterAll(async () => {
  await server.close()
  await rm(home, { recursive: true })
})

interface Answer {
  readonly status: number
  readonly headers: IncomingMessage['headers']
  readonly text: string
}

interface Asked {
  readonly method?: string
  readonly body?: string
  readonly headers?: Record<string, string>
  readonly overSocket?: boolean
}

function ask(
  path: string,
  { method = 'POST', body = '{}', headers = {}, overSocket = false }: Asked = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const where = overSocket
      ? { socketPath: join(home, 'api.sock') }
      : { host: '127.0.0.1', port: server.port }
    const outgoing = request(
      {
        ...where,
        method,
        path,
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', ...headers },
      },
      response => {
        const chunks: Buffer[] = []
        response.on('data', chunk => chunks.push(chunk as Buffer))
        response.on('error', reject)
        response.on('end', () =>
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            text: Buffer.concat(chunks).toString('latin1'),
          }),
        )
      },
    )
    outgoing.on('error', reject)
    outgoing.end(method === 'POST' ? body : undefined)
  })
}

test('an operation answers over TCP and over the socket', async () => {
  for (const overSocket of [false, true]) {
    const { status, text } = await ask('/api/fake/echo', { body: '{"text":"hi"}', overSocket })
    expect([status, JSON.parse(text)]).toEqual([200, { text: 'hi' }])
  }
  if (process.platform !== 'win32') expect((await stat(join(home, 'api.sock'))).mode & 0o777).toBe(0o600)
})

test.each([
  ['no token', { authorization: '' }, 401],
  ['a wrong token', { authorization: `Bearer ${'cd'.repeat(32)}` }, 401],
  ['a token that is cut', { authorization: `Bearer ${token.slice(0, 63)}` }, 401],
  ['another scheme', { authorization: `Basic ${token}` }, 401],
  ['a rebound name (CVE-2018-5702)', { host: 'evil.example' }, 403],
  ['a rebound name with our port', { host: 'evil.example:7420' }, 403],
  ['a name that begins like ours', { host: 'localhost.evil.example' }, 403],
  ['another origin', { origin: 'https://evil.example' }, 403],
  ['the null origin', { origin: 'null' }, 403],
  ['another port of this machine', { origin: 'http://localhost:1' }, 403],
  ['a cross-site fetch', { 'sec-fetch-site': 'cross-site' }, 403],
  ['a fetch of another port', { 'sec-fetch-site': 'same-site' }, 403],
])('%s is refused and nothing of it echoed', async (_, headers, status) => {
  const answer = await ask('/api/fake/echo', {
    body: '{"text":"hi"}',
    headers: headers as unknown as Record<string, string>,
  })
  expect(answer.status).toBe(status)
  expect(Object.keys(answer.headers).filter(name => name.startsWith('access-control'))).toEqual([])
  expect(answer.text).not.toContain('evil')
})

test('our own origin is welcome, and still gets no CORS header', async () => {
  for (const host of [`127.0.0.1:${server.port}`, `localhost:${server.port}`]) {
    const answer = await ask('/api/fake/echo', {
      body: '{"text":"hi"}',
      headers: { host, origin: `http://${host}`, 'sec-fetch-site': 'same-origin' },
    })
    expect(answer.status).toBe(200)
    expect(answer.headers['access-control-allow-origin']).toBeUndefined()
  }
})

test('a preflight gets nothing to go by', async () => {
  const { status, headers } = await ask('/api/fake/echo', {
    method: 'OPTIONS',
    headers: { origin: 'https://evil.example' },
  })
  expect(status).toBe(403)
  expect(headers['access-control-allow-origin']).toBeUndefined()
})

test.each([
  '/api/fake/../../etc/passwd',
  '/api/fake%2f..%2fecho/x',
  '/..%2f..%2fetc%2fpasswd',
  '/api/fake/constructor',
  '/api/__proto__/toString',
  '/status.css/../../package.json',
])('nothing but operations is served: %s', async path => {
  expect((await ask(path)).status).toBe(404)
  expect((await ask(path, { method: 'GET' })).status).toBe(404)
})

test('the page and the description need no token but a good Host', async () => {
  const page = await ask('/', { method: 'GET', headers: { authorization: '' } })
  expect(page.status).toBe(200)
  expect(page.headers['content-security-policy']).toContain("default-src 'none'")
  expect(page.text).not.toMatch(/https?:\/\//)
  const description = await ask('/openapi.json', { method: 'GET', headers: { authorization: '' } })
  expect(JSON.parse(description.text)).toMatchObject({
    openapi: '3.1.0',
    info: { version: '1.2.3' },
    paths: { '/api/fake/echo': { post: { operationId: 'fake.echo' } } },
  })
  expect((await ask('/', { method: 'GET', headers: { host: 'evil.example' } })).status).toBe(403)
})

test('errors carry code, message and remedy; the inside of the program stays inside', async () => {
  const told = await ask('/api/fake/fail')
  expect([told.status, JSON.parse(told.text).error]).toEqual([
    409,
    expect.objectContaining({
      code: 'store.exists',
      message: 'a.txt stands there.',
      details: { path: 'a.txt' },
    }),
  ])
  const crashed = await ask('/api/fake/crash')
  expect([crashed.status, JSON.parse(crashed.text).error.code]).toEqual([500, 'internal.bug'])
  expect(crashed.text).not.toContain('secret')
  expect(failures.map(error => (error.cause as Error).message)).toContain('a secret inside')
})

test.each([
  ['input of a wrong type', '{"text":1}', {}, 400],
  ['something that is not JSON', '{"text":', {}, 400],
  ['a form', 'text=hi', { 'content-type': 'application/x-www-form-urlencoded' }, 400],
  ['plain text', '{"text":"hi"}', { 'content-type': 'text/plain' }, 400],
  ['a body beyond the limit', `{"text":"${'x'.repeat(3000)}"}`, {}, 400],
])('%s is refused', async (_, body, headers, status) => {
  const answer = await ask('/api/fake/echo', { body, headers: headers as Record<string, string> })
  expect(answer.status).toBe(status)
  expect(JSON.parse(answer.text).error.code).toBe('usage.invalid')
})

test('a stream is one JSON object a line and ends with its result or its error', async () => {
  const good = await ask('/api/fake/count', { body: '{"to":3}' })
  expect(good.headers['content-type']).toMatch('application/x-ndjson')
  expect(
    good.text
      .trim()
      .split('\n')
      .map(line => Object.keys(JSON.parse(line))[0]),
  ).toEqual(['value', 'value', 'value', 'result'])
  const bad = await ask('/api/fake/count', { body: '{"to":2,"fail":true}' })
  expect(JSON.parse(bad.text.trim().split('\n').at(-1)!)).toMatchObject({
    error: { code: 'store.disk-full' },
  })
  expect((await ask('/api/fake/count', { body: '{"to":"x"}' })).status).toBe(400)
})

test.each(['wait', 'forever'])('%s is aborted when its caller goes away', async name => {
  const before = state.signals.length
  const socket = connect(server.port, '127.0.0.1')
  socket.write(
    `POST /api/fake/${name} HTTP/1.1\r\nhost: 127.0.0.1:${server.port}\r\nauthorization: Bearer ${token}\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}`,
  )
  await expect.poll(() => state.signals.length).toBe(before + 1)
  socket.destroy()
  await expect.poll(() => state.signals.at(-1)!.aborted).toBe(true)
})

test.each([
  ['bytes=0-9', 206, 0, 10, 'bytes 0-9/1000'],
  ['bytes=990-', 206, 990, 1000, 'bytes 990-999/1000'],
  ['bytes=990-5000', 206, 990, 1000, 'bytes 990-999/1000'],
  [undefined, 200, 0, 1000, undefined],
  ['bytes=5-1', 200, 0, 1000, undefined],
  ['lines=1-2', 200, 0, 1000, undefined],
])('bytes with range %s', async (range, status, from, to, contentRange) => {
  const answer = await ask('/api/fake/bytes', range === undefined ? {} : { headers: { range } })
  expect([answer.status, answer.headers['content-range']]).toEqual([status, contentRange])
  expect(answer.headers['content-length']).toBe(String(to - from))
  expect(Buffer.from(answer.text, 'latin1').equals(fakeBytes.subarray(from, to))).toBe(true)
})

/** The status of an upgrade request: 101 when it is welcome. */
function upgrade(headers: Record<string, string>): Promise<number> {
  return new Promise((resolve, reject) => {
    const outgoing = request({
      host: '127.0.0.1',
      port: server.port,
      path: '/api/events',
      headers: {
        connection: 'upgrade',
        upgrade: 'websocket',
        'sec-websocket-version': '13',
        'sec-websocket-key': 'AQIDBAUGBwgJCgsMDQ4PEA==',
        ...headers,
      },
    })
    const end = (status: number): void => {
      outgoing.destroy()
      resolve(status)
    }
    outgoing.on('response', response => end(response.statusCode ?? 0))
    outgoing.on('upgrade', () => end(101))
    outgoing.on('error', reject)
    outgoing.end()
  })
}

test('events over WebSocket are for those with the token and a good origin', async () => {
  const authorization = `Bearer ${token}`
  expect(await upgrade({})).toBe(401)
  expect(await upgrade({ 'sec-websocket-protocol': `peerage, token.${'cd'.repeat(32)}` })).toBe(401)
  expect(await upgrade({ authorization, origin: 'https://evil.example' })).toBe(403)
  expect(await upgrade({ authorization, host: 'evil.example' })).toBe(403)
  expect(await upgrade({ authorization, 'sec-fetch-site': 'cross-site' })).toBe(403)
  expect(await upgrade({ authorization })).toBe(101)
})

function listen(query = ''): Promise<WebSocket> {
  const socket = new WebSocket(`ws://127.0.0.1:${server.port}/api/events${query}`, [
    'peerage',
    `token.${token}`,
  ])
  return new Promise((resolve, reject) => {
    socket.addEventListener('open', () => resolve(socket), { once: true })
    socket.addEventListener('error', () => reject(new Error('refused')), { once: true })
  })
}

test('a listener may leave types of events out', async () => {
  const socket = await listen('?without=peer.connected,peer.disconnected')
  const heard = new Promise(resolve =>
    socket.addEventListener('message', ({ data }) => resolve(JSON.parse(data)), { once: true }),
  )
  peer.events.emit({ type: 'peer.disconnected', peer: 'x' })
  peer.events.emit({ type: 'addresses.changed', addresses: [] })
  expect(await heard).toMatchObject({ type: 'addresses.changed' })
  socket.close()
  await expect(listen('?without=<script>')).rejects.toThrow('refused')
})

test('events come as JSON to a bounded number of listeners', async () => {
  const sockets = [await listen(), await listen()]
  expect(sockets[0]?.protocol).toBe('peerage')
  await expect(listen()).rejects.toThrow('refused')
  const heard = sockets.map(
    socket =>
      new Promise(resolve =>
        socket.addEventListener('message', ({ data }) => resolve(JSON.parse(data)), { once: true }),
      ),
  )
  peer.events.emit({ type: 'peer.disconnected', peer: 'x' })
  expect(await Promise.all(heard)).toEqual(
    Array(2).fill(expect.objectContaining({ type: 'peer.disconnected', peer: 'x' })),
  )
})
