import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { fakePeer, fakeState } from '../../test/peer/fake-peer.ts'
import { PeerageError, type RunningService, z } from '../base/index.ts'
import { OperationRegistry } from '../peer/index.ts'
import { type ApiServer, startApiServer } from './api-server.ts'
import { MediaTickets, mediaLimits } from './media.ts'
import { shownType } from './media-types.ts'

const token = 'ab'.repeat(32)
const whole = Uint8Array.from({ length: 1000 }, (_, at) => at % 251)
let home: string
let server: ApiServer

const input = z.object({ content: z.string(), file: z.string(), offset: z.int(), length: z.int() })
const files: RunningService = {
  name: 'files',
  state: undefined,
  stop: async () => undefined,
  operations: {
    cat: {
      summary: '',
      action: 'read',
      kind: 'bytes',
      command: { words: 'cat', example: '' },
      input,
      async *run(_: unknown, { content, file, offset, length }: z.infer<typeof input>) {
        if (content !== 'Film') throw new PeerageError('content.unknown')
        yield { totalBytes: 1000, offset, length, name: file }
        if (length > 0) yield whole.subarray(offset, offset + length)
      },
    },
  },
}

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'peerage-media-'))
  const caller = new OperationRegistry(() => ({ allowed: true, reason: '' }))
  caller.register(files)
  server = await startApiServer({
    caller,
    events: fakePeer(fakeState()).events,
    token,
    version: '1',
    socket: join(home, 'api.sock'),
    config: { apiPort: 0, maxBodyBytes: 2048, maxApiConnections: 64, maxEventListeners: 2 },
  })
})

afterAll(async () => {
  await server.close()
  await rm(home, { recursive: true })
})

function ask(body: object, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(`${server.url}/api/media`, {
    method: 'POST',
    body: JSON.stringify(body),
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', ...headers },
  })
}

async function urlOf(file: string): Promise<string> {
  const { url } = (await (await ask({ content: 'Film', file })).json()) as { url: string }
  return `${server.url}${url}`
}

test.each([
  [undefined, 200, 0, 1000, null],
  ['bytes=0-', 206, 0, 1000, 'bytes 0-999/1000'],
  ['bytes=10-19', 206, 10, 20, 'bytes 10-19/1000'],
  ['bytes=990-5000', 206, 990, 1000, 'bytes 990-999/1000'],
  ['bytes=-10', 206, 990, 1000, 'bytes 990-999/1000'],
  ['bytes=-5000', 206, 0, 1000, 'bytes 0-999/1000'],
  ['bytes=9-5', 200, 0, 1000, null],
  ['bytes=0-1,5-6', 200, 0, 1000, null],
])(
  'a ticket opens its file without the token, in ranges: %s',
  async (range, status, from, to, contentRange) => {
    const url = await urlOf('film.mp4')
    const headers: Record<string, string> = range === undefined ? {} : { range }
    for (const method of ['GET', 'HEAD']) {
      const answer = await fetch(url, { method, headers })
      expect([answer.status, answer.headers.get('content-range')]).toEqual([status, contentRange])
      expect(answer.headers.get('content-length')).toBe(String(to - from))
      const bytes = new Uint8Array(await answer.arrayBuffer())
      expect(bytes).toEqual(method === 'HEAD' ? new Uint8Array() : whole.slice(from, to))
    }
  },
)

test('a range behind the end is refused', async () => {
  const answer = await fetch(await urlOf('film.mp4'), { headers: { range: 'bytes=1000-' } })
  expect([answer.status, answer.headers.get('content-range')]).toEqual([416, 'bytes */1000'])
})

test.each(['page.html', 'x.svg', 'x.xhtml', 'x.js', 'x.exe', 'x.pdf', 'x', 'x.mp4.html', 'constructor'])(
  '%s is saved and never shown',
  async name => {
    const answer = await fetch(await urlOf(name))
    expect(answer.headers.get('content-type')).toBe('application/octet-stream')
    expect(answer.headers.get('content-disposition')).toMatch(/^attachment;/)
    expect(answer.headers.get('content-security-policy')).toContain('sandbox')
    expect(answer.headers.get('x-content-type-options')).toBe('nosniff')
    expect((await answer.arrayBuffer()).byteLength).toBe(1000)
  },
)

test('what is shown is in a sandbox too, and saved when asked for so', async () => {
  const url = await urlOf('Ünïcode "x" (1).MP4')
  const shown = await fetch(url)
  expect(shown.headers.get('content-type')).toBe('video/mp4')
  expect(shown.headers.get('content-security-policy')).toContain('sandbox')
  expect(shown.headers.get('content-disposition')).toBe(
    "inline; filename*=UTF-8''%C3%9Cn%C3%AFcode%20%22x%22%20%281%29.MP4",
  )
  await shown.arrayBuffer()
  const saved = await fetch(`${url}?save`)
  expect(saved.headers.get('content-disposition')).toMatch(/^attachment;/)
  await saved.arrayBuffer()
})

test('without the token there is no ticket, and without a ticket no file', async () => {
  expect((await ask({ content: 'Film', file: 'a.mp4' }, { authorization: '' })).status).toBe(401)
  expect((await ask({ content: 'Other', file: 'a.mp4' })).status).toBe(404)
  expect((await ask({ content: '' })).status).toBe(400)
  for (const path of [
    '/media/',
    '/media/x/film.mp4',
    '/media/../package.json',
    '/media/%2e%2e/%2e%2e/package.json',
  ])
    expect((await fetch(`${server.url}${path}`)).status, path).toBe(404)
  const url = await urlOf('film.mp4')
  expect((await fetch(url, { headers: { origin: 'https://evil.example' } })).status).toBe(403)
  expect((await fetch(url, { headers: { 'sec-fetch-site': 'cross-site' } })).status).toBe(403)
  expect((await fetch(url, { method: 'POST' })).status).toBe(404)
})

test('tickets end when they are not used, and the oldest goes when there are too many', () => {
  let now = 0
  const tickets = new MediaTickets(() => now, { tickets: 2, idleMs: 100 })
  const give = (content: string): string => tickets.give({ content }, { totalBytes: 1 })
  const [a, b] = [give('a'), give('b')]
  expect(give('a')).toBe(a)
  const c = give('c')
  expect(tickets.use(b)).toBeUndefined()
  expect(tickets.use(a)).toMatchObject({ content: 'a' })
  now = 101
  expect(tickets.use(c)).toBeUndefined()
  expect(give('a')).not.toBe(a)
  expect(mediaLimits.idleMs).toBe(43_200_000)
})

test('types are told by the last extension alone', () => {
  expect(shownType('a.html.png')).toBe('image/png')
  expect(shownType('a.png.html')).toBeUndefined()
  expect(shownType('a.__proto__')).toBeUndefined()
})
