import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { fakePeer, fakeState } from '../../test/peer/fake-peer.ts'
import { OperationRegistry } from '../peer/index.ts'
import { type ApiServer, startApiServer } from './api-server.ts'

const token = 'ab'.repeat(32)
const maxBodyBytes = 2048
let home: string
let server: ApiServer

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'peerage-hostile-'))
  await writeFile(join(home, 'index.html'), '<!doctype html><title>Peerage</title>')
  const peer = fakePeer(fakeState())
  const caller = new OperationRegistry(() => ({ allowed: true, reason: '' }))
  for (const service of peer.services) caller.register(service)
  server = await startApiServer({
    caller,
    events: peer.events,
    token,
    version: '1',
    socket: join(home, 'api.sock'),
    webFolder: home,
    config: { apiPort: 0, maxBodyBytes, maxApiConnections: 64, maxEventListeners: 2 },
  })
})

afterAll(async () => {
  await server.close()
  await rm(home, { recursive: true })
})

interface Asked {
  readonly path: string
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

/** The status of a raw request, sent as it is written: `fetch` would tidy its path and refuse some headers. */
function ask({ path, method = 'POST', headers = {}, body = '{"text":"hi"}' }: Asked): Promise<number> {
  return new Promise((resolve, reject) => {
    const outgoing = request({ host: '127.0.0.1', port: server.port, method, path, headers: { ...headers } })
    const end = (status: number) => (): void => {
      outgoing.destroy()
      resolve(status)
    }
    outgoing.on('response', response => end(response.statusCode ?? 0)())
    outgoing.on('upgrade', end(101))
    // A connection that is cut is refused as well as one that is answered.
    outgoing.on('error', error =>
      'code' in error && error.code === 'ECONNRESET' ? resolve(0) : reject(error),
    )
    outgoing.end(method === 'POST' || method === 'PUT' ? body : undefined)
  })
}

const good = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
const socketHeaders = {
  connection: 'upgrade',
  upgrade: 'websocket',
  'sec-websocket-version': '13',
  'sec-websocket-key': 'AQIDBAUGBwgJCgsMDQ4PEA==',
}

/** Everything that can be asked for; each is accepted when nothing about it is wrong. */
const doors: readonly (Asked & { readonly name: string; readonly accepted: number })[] = [
  { name: 'an operation', path: '/api/fake/echo', headers: good, accepted: 200 },
  {
    name: 'events',
    path: '/api/events',
    method: 'GET',
    headers: { ...good, ...socketHeaders },
    accepted: 101,
  },
  { name: 'the page', path: '/', method: 'GET', accepted: 200 },
  { name: 'a route of the page', path: '/people/circles', method: 'GET', accepted: 200 },
  { name: 'the description', path: '/openapi.json', method: 'GET', accepted: 200 },
]

/** What a page of somebody else, or a name that somebody else's DNS points here, sends along. */
const wrongHeaders: readonly Readonly<Record<string, string>>[] = [
  ...[
    ...['evil.example', 'evil.example:7420', 'localhost.evil.example', '127.0.0.1.nip.example', '127.0.0.1'],
    ...['0.0.0.0', '[::1]', 'localhost', '127.0.0.1:1', '127.1', '2130706433', 'localhost:', 'LOCALHOST:1'],
  ].map(host => ({ host })),
  ...[
    ...['https://evil.example', 'null', 'http://localhost:1', 'http://127.0.0.1', 'https://localhost', ''],
    ...[
      'file://',
      'chrome-extension://abc',
      'http://localhost.evil.example',
      'http://127.0.0.1.evil.example',
    ],
  ].map(origin => ({ origin })),
  ...['cross-site', 'same-site', 'CROSS-SITE', 'other'].map(site => ({ 'sec-fetch-site': site })),
]

test.each(doors)('$name is given to who asks rightly', async ({ accepted, ...door }) => {
  expect(await ask(door)).toBe(accepted)
})

test.each(doors)('of $name a hostile page gets nothing', async door => {
  const accepted: unknown[] = []
  for (const wrong of wrongHeaders) {
    const status = await ask({ ...door, headers: { ...door.headers, ...wrong } })
    if (status !== 403 && status !== 400 && status !== 0) accepted.push({ wrong, status })
  }
  expect(accepted).toEqual([])
})

const tokens = [
  '',
  'Bearer',
  `Bearer ${'cd'.repeat(32)}`,
  `Bearer ${token.slice(1)}`,
  `Bearer ${token}0`,
  `Basic ${token}`,
  token,
]

test.each(doors.slice(0, 2))('$name is closed without the token of now', async door => {
  for (const authorization of tokens) {
    const headers = { ...door.headers, authorization }
    expect(await ask({ ...door, headers }), authorization).toBe(401)
    // Neither a cookie nor the address stands for it.
    const elsewhere = { ...headers, cookie: `token=${token}` }
    expect(await ask({ ...door, path: `${door.path}?token=${token}`, headers: elsewhere })).toBe(401)
  }
  const asProtocol = { 'sec-websocket-protocol': `peerage, token.${'cd'.repeat(32)}` }
  expect(await ask({ ...door, headers: { ...door.headers, authorization: '', ...asProtocol } })).toBe(401)
})

test.each(['GET', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', 'HEAD', 'TRACE'])(
  'an operation is not for %s',
  async method => {
    expect(await ask({ path: '/api/fake/echo', method, headers: good })).toBe(404)
  },
)

test.each([
  'text/plain',
  'application/x-www-form-urlencoded',
  'multipart/form-data; boundary=x',
  'application/xml',
])('a form of another page cannot send %s', async type => {
  expect(await ask({ path: '/api/fake/echo', headers: { ...good, 'content-type': type } })).toBe(400)
})

test('a body that is too large, or is not JSON, is refused', async () => {
  const body = JSON.stringify({ text: 'x'.repeat(maxBodyBytes) })
  expect([0, 400, 413]).toContain(await ask({ path: '/api/fake/echo', headers: good, body }))
  for (const broken of ['{', '[1', 'text=hi', '{"text":"hi"', '\u0000'])
    expect(await ask({ path: '/api/fake/echo', headers: good, body: broken })).toBe(400)
})

test.each([
  '/../package.json',
  '/assets/../../package.json',
  '/assets/%2e%2e/%2e%2e/package.json',
  '/%2e%2e%2fpackage.json',
  '/..%5c..%5cpackage.json',
  '/assets/x.js',
  '/api.token',
  '/index.html/../../api.token',
  '//etc/passwd',
  '/%00',
  '/media/x/../../api.token',
  '/media/%2e%2e/api.token',
  `/media/${'A'.repeat(24)}/x.mp4`,
  '/api/events/..',
  '/people/%ff',
])('no file is reached by %s', async path => {
  for (const method of ['GET', 'HEAD']) expect([400, 404]).toContain(await ask({ path, method }))
})
