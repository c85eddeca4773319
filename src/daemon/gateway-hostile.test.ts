import { request } from 'node:http'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { gatewayOver, Trees } from '../../test/conformance/gateway-trees.ts'
import { gatewayConfig } from '../services/gateway/index.ts'
import { listenForGateway } from './gateway-server.ts'

// What a page of somebody else, a name that somebody else's DNS points here, and content itself may try. On a socket: what the engine is asked and
// what it sends goes through all that reads and writes HTTP.

const secret = 'nobody but the user reads this'
const trees = new Trees()
const diary = trees.folder({ 'diary.txt': trees.file(secret) })
trees.hideAll()
const injected = 'a\r\nSet-Cookie: x=1\r\n\r\n<b>'
const open = trees.folder({
  'a.txt': trees.file('everybody may read this'),
  'sw.js': trees.file('self.addEventListener("fetch", () => {})'),
  [injected]: trees.folder({ 'b.txt': trees.file('b') }),
  _redirects: trees.file('/to/* /:splat 302\n/out/* //:splat 302\n'),
})
let server: Awaited<ReturnType<typeof listenForGateway>>

beforeAll(async () => {
  const { gateway } = gatewayOver(trees)
  const config = gatewayConfig.parse({ port: 0 })
  server = await listenForGateway({ config, answer: (asked, signal) => gateway.answer(asked, signal) }, false)
})
afterAll(() => server.close())

interface Told {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly body: string
}

/** As it is written: `fetch` would tidy the path and refuse some headers. */
function ask(path: string, headers: Readonly<Record<string, string>> = {}, method = 'GET'): Promise<Told> {
  return new Promise((resolve, reject) => {
    const outgoing = request({ host: '127.0.0.1', port: server.port, method, path, headers })
    outgoing.on('response', response => {
      text(response).then(body => {
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body })
      }, reject)
    })
    outgoing.on('error', error =>
      'code' in error && error.code === 'ECONNRESET'
        ? resolve({ status: 0, headers: {}, body: '' })
        : reject(error),
    )
    outgoing.end()
  })
}

/** What is answered to what is written, byte for byte. */
async function written(lines: string): Promise<string> {
  const socket = connect(server.port, '127.0.0.1')
  socket.end(lines)
  return await text(socket)
}

/** The first line of it. */
async function write(lines: string): Promise<string> {
  return (await written(lines)).split('\r\n')[0]!
}

const own = { host: `${open.cid}.ipfs.localhost` }
const path = `/ipfs/${open.cid}/a.txt`

test.each([
  ...['evil.example', 'evil.example:7480', 'localhost.evil.example', '127.0.0.1.nip.example', '0.0.0.0'],
  ...[
    '127.1',
    '2130706433',
    '0x7f.1',
    '[::]',
    '[::ffff:127.0.0.1]',
    'localhost.',
    'a.localhost',
    '192.168.0.2',
  ],
  ...[`${open.cid}.ipfs.evil.example`, `${open.cid}.ipfs.localhost.evil.example`, 'localhost:1@evil.example'],
  ...['localhost#.evil.example', 'localhost/.evil.example', 'localhost:99999999'],
])('the host %j is not one of this gateway', async host => {
  const { status, body } = await ask(path, { host })
  expect([403, 400]).toContain(status)
  expect(body).not.toContain('everybody')
})

test('no host, two of them, and one in the first line that is not ours', async () => {
  expect(await write(`GET ${path} HTTP/1.1\r\nConnection: close\r\n\r\n`)).toContain('400')
  const twice = 'Host: 127.0.0.1\r\nHost: evil.example\r\nConnection: close\r\n'
  expect(await write(`GET ${path} HTTP/1.1\r\n${twice}\r\n`)).toContain('400')
  expect(await write(`GET ${path} HTTP/1.1\r\nHost:\r\nConnection: close\r\n\r\n`)).toContain('403')
  const ours = 'Host: 127.0.0.1\r\nConnection: close\r\n'
  expect(await write(`GET http://evil.example${path} HTTP/1.1\r\n${ours}\r\n`)).toContain('403')
  expect(await write(`GET ${path} HTTP/1.1\r\n${ours}\r\n`)).toContain('200')
})

test.each([
  ...[
    '/../',
    '/%2e%2e/',
    '/..%2f..%2fetc%2fpasswd',
    '/a/../../',
    '/./',
    '/%2e',
    '/a%2fb',
    '/%00',
    '/%',
    '/%c3',
  ],
  ...['/..\\..\\', '/%5c..%5c', '/a.txt/..', '/a.txt%00.html'],
])('the path %j leads nowhere', async rest => {
  for (const told of [await ask(`/ipfs/${open.cid}${rest}`), await ask(rest, own)]) {
    expect([400, 404]).toContain(told.status)
    expect(told.body).not.toContain(secret)
  }
})

test('no address of another host is ever led to', async () => {
  for (const rest of [
    ...['//evil.example/', '///evil.example', '/\\evil.example/', '//evil.example/%2f..'],
    ...['/to//evil.example/', '/to/%2fevil.example', '/out/evil.example', '/?uri=ipfs://evil.example'],
  ])
    for (const host of [own.host, 'localhost', '127.0.0.1']) {
      const { headers } = await ask(rest, { host })
      const { origin } = new URL(String(headers.location ?? '/'), `http://${host}`)
      // A rule of a site may lead to another, as a link in a page may; what is asked for may not choose which.
      if (rest.startsWith('/out/') && host === own.host) expect(origin).toBe('http://evil.example')
      else expect(origin).toMatch(/^http:\/\/([a-z0-9.]+\.)?localhost$|^http:\/\/127\.0\.0\.1$/)
    }
})

test('names become no headers', async () => {
  const name = encodeURIComponent(injected)
  const folder = await ask(`/ipfs/${open.cid}/${name}`)
  expect(folder).toMatchObject({ status: 301, headers: { location: `/ipfs/${open.cid}/${name}/` } })
  const told = [
    folder,
    await ask(`/ipfs/${open.cid}/${name}/`),
    await ask(`/${name}`, own),
    await ask(`${path}?filename=${name}`),
    await ask(`${path}?filename=${name}&format=raw`),
    await ask(`/ipfs/${name}`, { accept: 'text/html' }),
    await ask(`/to/${name}`, own),
    await ask(`/ipfs/?uri=ipfs://${name}`),
    await ask(path, { accept: `text/html;q=${'1'.repeat(5_000)}`, range: `bytes=${'0-0,'.repeat(2_500)}` }),
  ]
  for (const { headers, body } of told) {
    expect(headers['set-cookie']).toBeUndefined()
    expect(body).not.toContain('<b>')
  }
  expect(told.at(-1)).toMatchObject({ status: 200, body: 'everybody may read this' })
})

test('who writes what is no HTTP is told so', async () => {
  const rest = ' HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n'
  const typed = await written(`GET /ipfs/${open.cid}/file-źł.txt${rest}`)
  expect(typed).toMatch(
    /^HTTP\/1.1 400 Bad Request\r\n(.*\r\n)*\r\nThe address has characters .*%C4%85 for ą.*\n$/,
  )
  expect(await write(`GET /ipfs/${open.cid}/a b${rest}`)).toContain('400')
  expect(await write('\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03')).toBe('HTTP/1.1 400 Bad Request')
})

test('enormous requests are refused before anything is read for them', async () => {
  const before = trees.reads.length
  for (const rest of [
    'a/'.repeat(7_000),
    'a'.repeat(15_000),
    '%61'.repeat(5_000),
    `?x=${'y'.repeat(20_000)}`,
  ]) {
    const { status } = await ask(`/ipfs/${open.cid}/${rest}`)
    expect([0, 400, 414, 431]).toContain(status)
  }
  expect(trees.reads.length).toBe(before)
})

test('nothing but GET and HEAD, and no header that opens anything to another origin', async () => {
  const from = {
    origin: 'https://evil.example',
    'access-control-request-method': 'GET',
    'access-control-request-private-network': 'true',
  }
  const told: Told[] = []
  for (const method of ['POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', 'TRACE'])
    told.push(await ask(path, from, method))
  for (const { status } of told) expect(status).toBe(405)
  for (const url of [path, `${path}?format=raw`, `${path}?format=car`, `/ipfs/${open.cid}/`, '/ipfs/x', '/'])
    told.push(await ask(url, from))
  for (const { headers } of told) {
    expect(Object.keys(headers).filter(one => one.startsWith('access-control-'))).toEqual([])
    expect(headers['cross-origin-resource-policy']).toBe('same-origin')
    expect(headers['x-content-type-options']).toBe('nosniff')
  }
  for (const site of ['cross-site', 'same-site'])
    expect((await ask(path, { ...from, 'sec-fetch-site': site, 'sec-fetch-mode': 'cors' })).status).toBe(403)
})

test('a service worker is given where the origin is that of one root', async () => {
  const script = `/ipfs/${open.cid}/sw.js`
  for (const headers of [{ 'service-worker': 'script' }, { 'sec-fetch-dest': 'serviceworker' }]) {
    expect((await ask(script, headers)).status).toBe(400)
    expect((await ask('/sw.js', { ...own, ...headers })).status).toBe(200)
  }
  // Nothing that is asked for by path runs in an origin that others share.
  expect((await ask(script)).headers['content-security-policy']).toBe('sandbox')
})

test('private content is not here, whatever is asked beside it', async () => {
  for (const rest of [
    '',
    '/',
    '/diary.txt',
    '/diary.txt?format=raw',
    '?format=car',
    '/diary.txt?peerage-key=0',
  ])
    for (const headers of [{}, { authorization: 'Bearer 0' }, { cookie: 'peerage-key=0' }]) {
      const { status, body } = await ask(`/ipfs/${diary.cid}${rest}`, headers)
      expect([status, body.includes(secret)]).toEqual([404, false])
    }
})
