import fs from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { fakePeer, fakeState } from '../../test/peer/fake-peer.ts'
import { VirtualWorld } from '../base/index.ts'
import { OperationRegistry } from '../peer/index.ts'
import { type ApiServer, startApiServer } from './api-server.ts'
import { Uploads } from './uploads.ts'

const token = 'ab'.repeat(32)
const world = new VirtualWorld(1)
const downloads = (): string => join(root, 'Downloads')
let root: string
let server: ApiServer
let uploads: Uploads

beforeAll(async () => {
  root = fs.realpathSync(fs.mkdtempSync(join(tmpdir(), 'peerage-uploads-')))
  const config = { maxUploads: 2, maxUploadFiles: 3, uploadIdleMs: 1000 }
  uploads = new Uploads({ world, home: root, config, downloads })
  server = await startApiServer({
    caller: new OperationRegistry(() => ({ allowed: true, reason: '' })),
    events: fakePeer(fakeState()).events,
    token,
    version: '1',
    socket: join(root, 'api.sock'),
    uploads,
    config: { apiPort: 0, maxBodyBytes: 2048, maxApiConnections: 64, maxEventListeners: 2 },
  })
})

afterAll(async () => {
  await server.close()
  await uploads.stop()
  fs.rmSync(root, { recursive: true })
})

async function post(
  path: string,
  body: unknown = {},
  headers: Record<string, string> = {},
): Promise<{ status: number; answer: Record<string, never> }> {
  const isBytes = body instanceof Uint8Array
  const response = await fetch(`${server.url}/api/upload${path}`, {
    method: 'POST',
    body: isBytes ? Buffer.from(body) : JSON.stringify(body),
    headers: {
      authorization: `Bearer ${token}`,
      'content-type': isBytes ? 'application/octet-stream' : 'application/json',
      ...headers,
    },
  })
  return { status: response.status, answer: (await response.json()) as Record<string, never> }
}

const began = async (body: object): Promise<string> => (await post('', body)).answer.upload!

test('a file that is larger than any other body comes to the folder of downloads', async () => {
  const bytes = new Uint8Array(3_000_000).fill(7)
  const id = await began({ name: 'film.bin', files: [{ path: 'film.bin', size: bytes.length }] })
  expect(await post(`/${id}/0`, bytes)).toEqual({ status: 200, answer: {} })
  const path = join(downloads(), 'Shared from the browser', 'film.bin')
  expect(await post(`/${id}/finish`)).toEqual({ status: 200, answer: { path } })
  expect(fs.statSync(path).size).toBe(bytes.length)
  expect((await post(`/${id}/finish`)).status).toBe(400)
})

test('a folder keeps its paths, and paths that lead out are refused', async () => {
  const id = await began({ name: 'Trip', folder: true, files: [{ path: 'a/b.txt', size: 1 }] })
  await post(`/${id}/0`, Uint8Array.of(65))
  const { answer } = await post(`/${id}/finish`)
  expect(fs.readFileSync(join(String(answer.path), 'a/b.txt'), 'utf8')).toBe('A')
  for (const path of ['../x', '/x', 'a/../../x']) {
    const refused = await post('', { name: 'Trip', folder: true, files: [{ path, size: 1 }] })
    expect(refused.status).toBe(422)
  }
})

test('a cancelled upload leaves nothing, and so does one that nobody goes on with', async () => {
  const before = fs.readdirSync(join(downloads(), 'Shared from the browser'))
  const plan = { name: 'x', files: [{ path: 'x', size: 1 }] }
  const [first, second] = [await began(plan), await began(plan)]
  expect((await post('', plan)).status).toBe(413)
  await post(`/${first}/0`, Uint8Array.of(1))
  await post(`/${first}/cancel`)
  world.advance(1001)
  await expect.poll(async () => (await post(`/${second}/0`, Uint8Array.of(1))).status).toBe(400)
  await expect.poll(() => fs.readdirSync(join(downloads(), 'Shared from the browser'))).toEqual(before)
})

test('a file that is longer or shorter than was said is refused, and its upload can be cancelled', async () => {
  const id = await began({ name: 'x', files: [{ path: 'x', size: 2 }] })
  for (const length of [0, 1, 3, 100_000])
    expect((await post(`/${id}/0`, new Uint8Array(length))).status, String(length)).toBe(400)
  for (const index of ['1', '-1', '9999999', 'x'])
    expect((await post(`/${id}/${index}`, Uint8Array.of(1))).status).toBe(400)
  expect((await post(`/${id}/finish`)).status).toBe(400)
  expect((await post(`/${id}/cancel`)).status).toBe(200)
})

test('what is to be opened stays out of the downloads, and goes when it is not needed any more', async () => {
  const id = await began({ name: 'x.torrent', files: [{ path: 'x.torrent', size: 1 }], purpose: 'open' })
  await post(`/${id}/0`, Uint8Array.of(1))
  const { answer } = await post(`/${id}/finish`)
  expect(answer.path).toBe(join(root, 'opened', 'x.torrent'))
  await post(`/${id}/cancel`)
  expect(fs.existsSync(String(answer.path))).toBe(false)
})

test('nobody uploads without the token, from another site, or with another kind of body', async () => {
  const plan = { name: 'x', files: [{ path: 'x', size: 1 }] }
  expect((await post('', plan, { authorization: '' })).status).toBe(401)
  expect((await post('', plan, { origin: 'http://evil.example' })).status).toBe(403)
  expect((await post('', plan, { 'content-type': 'text/plain' })).status).toBe(400)
  expect((await post('', { name: 'x', files: Array(4).fill(plan.files[0]) })).status).toBe(400)
  expect((await post('', { name: 'x', files: [] })).status).toBe(400)
})
