import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { type ClientRequest, type IncomingMessage, request } from 'node:http'
import { request as requestTls } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { fakePeer, fakeState } from '../../test/peer/fake-peer.ts'
import { systemWorld } from '../base/index.ts'
import { Config, OperationRegistry } from '../peer/index.ts'
import { type ApiServer, startApiServer } from './api-server.ts'
import { openLog } from './log.ts'
import { PageTickets } from './page-tickets.ts'
import { RemoteAccess, remoteConfig } from './remote/index.ts'

const token = 'ab'.repeat(32)
const password = 'correct horse battery'
const maxBodyBytes = 2048
const tickets = new PageTickets(Date.now)
let home: string
let server: ApiServer
let remote: RemoteAccess
let closeLog: () => void
/** Of this computer, and of somebody who signed in from elsewhere. */
const keys = { local: token, remote: '' }
type Place = keyof typeof keys

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'peerage-hostile-'))
  await writeFile(join(home, 'index.html'), '<!doctype html><title>Peerage</title>')
  const peer = fakePeer(fakeState())
  const caller = new OperationRegistry(() => ({ allowed: true, reason: '' }))
  for (const service of peer.services) caller.register(service)
  const { log, close } = openLog(home, {
    logLevel: 'info',
    maxLogBytes: 1e6,
    keptLogs: 1,
    shownLogEntries: 100,
  })
  closeLog = close
  const config = await Config.load({ home, sections: { remote: remoteConfig } })
  remote = new RemoteAccess({ home, world: systemWorld, config, events: peer.events, log })
  server = await startApiServer({
    caller,
    events: peer.events,
    token,
    version: '1',
    socket: join(home, 'api.sock'),
    webFolder: home,
    tickets,
    remote,
    config: { apiPort: 0, maxBodyBytes, maxApiConnections: 64, maxEventListeners: 2 },
  })
  await remote.setPassword(password)
  await remote.begin(server.route)
  await remote.start({ address: '127.0.0.1', port: 0 })
  keys.remote = JSON.parse(await signIn(password)).token
})

afterAll(async () => {
  remote.stop()
  await server.close()
  closeLog()
  await rm(home, { recursive: true })
})

interface Asked {
  readonly path: string
  readonly method?: string
  /** `KEY` stands for the token of the place, `PORT` for its port, `WRONG` for the scheme of the other. */
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

function outgoingTo(place: Place, { path, method = 'POST', headers = {} }: Asked): ClientRequest {
  const port = place === 'local' ? server.port : remote.status().port
  const filled = Object.entries(headers).map(([name, text]) => [
    name,
    text
      .replace('KEY', keys[place])
      .replace('PORT', String(port))
      .replace('WRONG', place === 'local' ? 'https' : 'http'),
  ])
  const options = { host: '127.0.0.1', port, method, path, headers: Object.fromEntries(filled) }
  return place === 'local' ? request(options) : requestTls({ ...options, rejectUnauthorized: false })
}

/** The status of a raw request, sent as it is written: `fetch` would tidy its path and refuse some headers. */
function ask(place: Place, asked: Asked): Promise<number> {
  const { method = 'POST', body = '{"text":"hi"}' } = asked
  return new Promise((resolve, reject) => {
    const outgoing = outgoingTo(place, asked)
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

async function signIn(given: string): Promise<string> {
  const headers = { 'content-type': 'application/json' }
  const outgoing = outgoingTo('remote', { path: '/api/sign-in', headers })
  outgoing.end(JSON.stringify({ password: given }))
  const [response] = (await once(outgoing, 'response')) as [IncomingMessage]
  return text(response)
}

const good = { authorization: 'Bearer KEY', 'content-type': 'application/json' }
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
  { name: 'the description', path: '/openapi.json', method: 'GET', headers: good, accepted: 200 },
]

/** What a page of somebody else, or a name that somebody else's DNS points here, sends along. */
const wrongHeaders: readonly Readonly<Record<string, string>>[] = [
  ...[
    ...['evil.example', 'evil.example:7420', 'localhost.evil.example', '127.0.0.1.nip.example', '127.0.0.1'],
    ...['0.0.0.0', '[::1]', 'localhost', '127.0.0.1:1', '127.1', '2130706433', 'localhost:', 'LOCALHOST:1'],
  ].map(host => ({ host })),
  { host: 'evil.example:PORT' },
  { origin: 'WRONG://127.0.0.1:PORT' },
  { origin: 'https://evil.example:PORT' },
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

/** Of the one place, and of the other. */
const tokensFor = (place: Place): string[] => [
  '',
  'Bearer',
  `Bearer ${'cd'.repeat(32)}`,
  `Bearer ${keys[place].slice(1)}`,
  `Bearer ${keys[place]}0`,
  `Basic ${keys[place]}`,
  `Bearer ${keys[place === 'local' ? 'remote' : 'local']}`,
  keys[place],
]

const places: readonly Place[] = ['local', 'remote']

describe.each(places)('%s', place => {
  test.each(doors)('$name is given to who asks rightly', async ({ accepted, ...door }) => {
    expect(await ask(place, door)).toBe(accepted)
  })

  test.each(doors)('of $name a hostile page gets nothing', async door => {
    const accepted: unknown[] = []
    for (const wrong of wrongHeaders) {
      const status = await ask(place, { ...door, headers: { ...door.headers, ...wrong } })
      if (status !== 403 && status !== 400 && status !== 0) accepted.push({ wrong, status })
    }
    expect(accepted).toEqual([])
  })

  test.each(doors.slice(0, 2))('$name is closed without the token of now', async door => {
    for (const authorization of tokensFor(place)) {
      const headers = { ...door.headers, authorization }
      expect(await ask(place, { ...door, headers }), authorization).toBe(401)
      // Neither a cookie nor the address stands for it.
      const elsewhere = { ...headers, cookie: `token=${keys[place]}` }
      expect(
        await ask(place, { ...door, path: `${door.path}?token=${keys[place]}`, headers: elsewhere }),
      ).toBe(401)
    }
    const asProtocol = { 'sec-websocket-protocol': `peerage, token.${'cd'.repeat(32)}` }
    expect(
      await ask(place, { ...door, headers: { ...door.headers, authorization: '', ...asProtocol } }),
    ).toBe(401)
  })

  test.each(['GET', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', 'HEAD', 'TRACE'])(
    'an operation is not for %s',
    async method => {
      expect(await ask(place, { path: '/api/fake/echo', method, headers: good })).toBe(404)
    },
  )

  test.each([
    'text/plain',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'application/xml',
  ])('a form of another page cannot send %s', async type => {
    expect(await ask(place, { path: '/api/fake/echo', headers: { ...good, 'content-type': type } })).toBe(400)
  })

  test('a body that is too large, or is not JSON, is refused', async () => {
    const body = JSON.stringify({ text: 'x'.repeat(maxBodyBytes) })
    expect([0, 400, 413]).toContain(await ask(place, { path: '/api/fake/echo', headers: good, body }))
    for (const broken of ['{', '[1', 'text=hi', '{"text":"hi"', '\u0000'])
      expect(await ask(place, { path: '/api/fake/echo', headers: good, body: broken })).toBe(400)
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
    for (const method of ['GET', 'HEAD']) expect([400, 404]).toContain(await ask(place, { path, method }))
  })
})

test('from elsewhere there is the page and signing in, and nothing else', async () => {
  for (const door of doors) {
    const { authorization: _, ...headers } = door.headers ?? {}
    const isPage = door.path === '/' || door.path.startsWith('/people')
    expect(await ask('remote', { ...door, headers }), door.name).toBe(isPage ? 200 : 401)
  }
  for (const path of ['/api/media', '/api/none/none'])
    expect(await ask('remote', { path, headers: { 'content-type': 'application/json' } })).toBe(401)
  // And on this computer nobody signs in.
  const body = JSON.stringify({ password })
  for (const path of ['/api/sign-in', '/api/sign-out'])
    expect(await ask('local', { path, headers: good, body })).toBe(404)
  // A ticket gives the token of this computer, so it is for no other.
  const ticket = new URL(tickets.give('http://127.0.0.1').url).hash.slice('#ticket='.length)
  const asked = {
    path: '/api/ticket',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ ticket }),
  }
  expect(await ask('remote', asked)).toBe(404)
  expect(await ask('local', asked)).toBe(200)
})

test('a hostile page cannot sign in, nor send what is no password', async () => {
  const body = JSON.stringify({ password })
  const headers = { 'content-type': 'application/json' }
  for (const wrong of wrongHeaders)
    expect([0, 400, 403]).toContain(
      await ask('remote', { path: '/api/sign-in', headers: { ...headers, ...wrong }, body }),
    )
  for (const broken of [
    '{}',
    '[]',
    '{"password":""}',
    '{"password":["x"]}',
    '{',
    `{"password":"${'x'.repeat(5000)}"}`,
  ])
    expect([0, 400, 413]).toContain(await ask('remote', { path: '/api/sign-in', headers, body: broken }))
  expect(await ask('remote', { path: '/api/sign-in', headers: { 'content-type': 'text/plain' }, body })).toBe(
    400,
  )
  expect(JSON.parse(await signIn('wrong horse battery'))).toMatchObject({
    error: { code: 'remote.password-wrong' },
  })
})
