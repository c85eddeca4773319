import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { gatewayOver, type TestGateway, Trees } from '../../../test/conformance/gateway-trees.ts'
import { PeerageError, VirtualWorld } from '../../base/index.ts'
import { Denylists } from '../../ipfs/index.ts'
import { keyName } from './keys.ts'

const secret = 'nobody but the user reads this\n'

/** A private folder, and a public one that links to its file. */
function privateTree() {
  const trees = new Trees()
  const file = trees.file(secret)
  const folder = trees.folder({ 'diary.txt': file })
  trees.hideAll()
  const lure = trees.folder({ 'lure.txt': file })
  return { trees, file, folder, lure }
}

async function listening(over: TestGateway): Promise<TestGateway> {
  await over.gateway.attach(async () => ({ port: 8080, close: async () => undefined }))
  await over.gateway.setEnabled(true)
  return over
}

async function followed(file: string): Promise<Denylists> {
  const denylists = new Denylists({ world: new VirtualWorld(1), maxBytes: 1_000, maxRules: 100 })
  await denylists.use([file])
  return denylists
}

test('private content is as if it were not here, however it is asked for', async () => {
  const { trees, file, folder, lure } = privateTree()
  const { get } = gatewayOver(trees)
  const nowhere = 'bafkreih4ephajybraj6wnxsbwjwa77fukurtpl7oj7t7pfq545duhot7cq'
  const expected = await get(`/ipfs/${nowhere}`)
  for (const url of [
    `/ipfs/${file.cid}`,
    `/ipfs/${folder.cid}/diary.txt`,
    `/ipfs/${lure.cid}/lure.txt`,
    `/ipfs/${file.cid}?format=raw`,
    `/ipfs/${folder.cid}?format=car`,
  ]) {
    const told = await get(url)
    expect(told.status).toBe(404)
    expect(told.text.replace(/baf[a-z2-7]+/g, '')).toBe(expected.text.replace(/baf[a-z2-7]+/g, ''))
  }
  const car = await get(`/ipfs/${lure.cid}?format=car`).catch(error => error as Error)
  expect(car instanceof Error || !car.text.includes(secret)).toBe(true)
})

test('where the network is asked, private content takes as long as what nobody has', async () => {
  const { trees, file } = privateTree()
  const never = {
    get: (_: unknown, { signal }: { signal?: AbortSignal }) => rejected(signal!),
    close: () => undefined,
  }
  const { get, world } = gatewayOver(trees, { session: () => never })
  const asked = [
    get(`/ipfs/${file.cid}`),
    get('/ipfs/bafkreih4ephajybraj6wnxsbwjwa77fukurtpl7oj7t7pfq545duhot7cq'),
  ]
  let over = 0
  for (const one of asked) void one.then(() => over++)
  await setImmediate()
  world.advance(29_000)
  await setImmediate()
  expect(over).toBe(0)
  world.advance(1_001)
  const told = await Promise.all(asked)
  for (const { status, headers } of told) expect([status, headers['retry-after']]).toEqual([504, '60'])
})

function rejected(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
}

test('the user gets a URL with a key, which becomes a cookie of that origin', async () => {
  const { trees, folder, file } = privateTree()
  const { gateway, get } = await listening(gatewayOver(trees))
  const { url, isPrivate } = gateway.urlOf(folder.cid.toString())
  expect(isPrivate).toBe(true)
  const { host, pathname, search } = new URL(url)
  expect(host).toBe(`${folder.cid}.ipfs.localhost:8080`)
  const moved = await get(`${pathname}${search}&x=1`, { host })
  expect(moved).toMatchObject({ status: 302, headers: { location: '/?x=1' } })
  for (const slashes of ['//', '/\\', '/\\/'])
    expect((await get(`${slashes}evil.example/${search}`, { host })).headers.location).toBe('/evil.example/')
  const cookie = moved.headers['set-cookie']!
  expect(cookie).toMatch(/^peerage-key=[0-9a-f]{64}; HttpOnly; SameSite=Strict; Path=\/$/)
  const headers = { cookie: cookie.split(';')[0]!, 'sec-fetch-site': 'same-origin' }
  const read = await get('/diary.txt', { host, headers })
  expect(read).toMatchObject({ status: 200, text: secret })
  expect(read.headers['cache-control']).toBe('no-store')
  const bearer = { authorization: `Bearer ${new URLSearchParams(search).get(keyName)}` }
  expect((await get(`/ipfs/${folder.cid}/diary.txt`, { headers: bearer })).text).toBe(secret)
  // Of another root, of another run, and from a page of another origin it opens nothing.
  expect((await get('/', { host: `${file.cid}.ipfs.localhost`, headers })).status).toBe(404)
  expect((await gatewayOver(new Trees()).get('/diary.txt', { host, headers })).status).toBe(404)
  const page = {
    ...headers,
    'sec-fetch-site': 'same-site',
    'sec-fetch-mode': 'navigate',
    'sec-fetch-dest': 'document',
  }
  expect((await get('/diary.txt', { host, headers: page })).status).toBe(404)
})

test('a key opens nothing at the origin of a name, whose owner decides what runs there', async () => {
  const { trees, folder } = privateTree()
  const names = { 'a.example': `/ipfs/${folder.cid}` }
  const { gateway, get } = await listening(gatewayOver(trees, { names }))
  const { search } = new URL(gateway.urlOf(folder.cid.toString()).url)
  const headers = { cookie: search.slice(1) }
  const host = 'a-example.ipns.localhost'
  expect((await get(`/diary.txt${search}`, { host })).status).toBe(404)
  expect((await get('/diary.txt', { host, headers })).status).toBe(404)
  expect((await get(`/ipns/a.example/diary.txt${search}`)).status).toBe(404)
})

test('a URL leads to what is named below a root', async () => {
  const { trees, folder } = privateTree()
  const { gateway, get } = await listening(gatewayOver(trees))
  const { url } = gateway.urlOf(`${folder.cid}/diary.txt`)
  const { pathname, search, host } = new URL(url)
  expect(pathname).toBe('/diary.txt')
  expect(await get(`${pathname}${search}`, { host })).toMatchObject({ status: 302 })
  expect(gateway.urlOf(`${folder.cid}/a b/100%`).url).toContain('/a%20b/100%25?')
})

test('the URL at an address is one by path', async () => {
  const { trees, folder } = privateTree()
  const { gateway, get } = await listening(gatewayOver(trees, { config: { hosts: ['192.0.2.1'] } }))
  const { host, pathname, search } = new URL(gateway.urlOf(`${folder.cid}/diary.txt`).url)
  expect([host, pathname]).toEqual(['192.0.2.1:8080', `/ipfs/${folder.cid}/diary.txt`])
  expect(await get(`${pathname}${search}`, { host })).toMatchObject({ status: 200, text: secret })
})

test('a public content needs no key', async () => {
  const trees = new Trees()
  const { gateway } = await listening(gatewayOver(trees))
  const { cid } = trees.file('all may read this')
  expect(gateway.urlOf(cid.toString())).toEqual({
    url: `http://${cid}.ipfs.localhost:8080/`,
    isPrivate: false,
  })
})

test('a page of another origin may lead here, but loads nothing', async () => {
  const trees = new Trees()
  const { cid } = trees.file('hello')
  const { get } = gatewayOver(trees)
  const from = (site: string, mode: string, dest: string) => ({
    headers: { 'sec-fetch-site': site, 'sec-fetch-mode': mode, 'sec-fetch-dest': dest },
  })
  for (const site of ['cross-site', 'same-site']) {
    expect((await get(`/ipfs/${cid}`, from(site, 'no-cors', 'image'))).status).toBe(403)
    expect((await get(`/ipfs/${cid}`, from(site, 'cors', 'empty'))).status).toBe(403)
    expect((await get(`/ipfs/${cid}`, from(site, 'navigate', 'iframe'))).status).toBe(403)
    expect((await get(`/ipfs/${cid}`, from(site, 'navigate', 'document'))).status).toBe(200)
  }
  const told = await get(`/ipfs/${cid}`)
  expect(told.headers).toMatchObject({
    'cross-origin-resource-policy': 'same-origin',
    'x-content-type-options': 'nosniff',
    // All roots share the origin of an address: what they give gets one of its own.
    'content-security-policy': 'sandbox',
  })
  expect(told.headers['access-control-allow-origin']).toBeUndefined()
  expect((await get(`/ipfs/${cid}`, { host: 'evil.example' })).status).toBe(403)
  expect((await get(`/ipfs/${cid}`, { method: 'POST' })).status).toBe(405)
  expect((await get(`/ipfs/${cid}`, { method: 'OPTIONS' })).headers.allow).toBe('GET, HEAD')
})

test('a failure is a page for who looks, and text for programs', async () => {
  const { get } = gatewayOver(new Trees())
  const html = await get('/ipfs/Qm%3Cscript%3E', { headers: { accept: 'text/html' } })
  expect(html.headers['content-type']).toContain('text/html')
  expect(html.text).toContain('&lt;script&gt;')
  expect((await get('/nothing')).headers['content-type']).toBe('text/plain; charset=utf-8')
})

test('bounds: requests at a time, blocks of a CAR, entries of a page', async () => {
  const trees = new Trees()
  const files = Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`${i}`, trees.file(`file ${i}`)]))
  const folder = trees.folder(files)
  const small = gatewayOver(trees, { config: { maxRequests: 1, maxCarBlocks: 20, maxListedEntries: 5 } })
  const ask = (url: string) =>
    small.gateway.answer({ method: 'GET', url, headers: { host: '127.0.0.1' } }, new AbortController().signal)
  const first = await ask(`/ipfs/${folder.cid}/`)
  expect((await ask(`/ipfs/${folder.cid}/`)).status).toBe(429)
  await first.body![Symbol.asyncIterator]().return?.()
  const page = await small.get(`/ipfs/${folder.cid}/`)
  expect(page.text.match(/<tr>/g)).toHaveLength(5)
  expect(page.text).toContain('more entries')
  await expect(small.get(`/ipfs/${folder.cid}?format=car`)).rejects.toThrow('20 blocks at most')
})

test('a denylist holds for names with their paths, and for names that they lead over', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'peerage-deny-'))
  const file = join(folder, 'list.deny')
  await writeFile(file, '/ipns/a.example/hidden*\n/ipns/denied.example\n/ipns/k.example gateway_status:451\n')
  const trees = new Trees()
  const root = trees.folder({ 'hidden.txt': trees.file('x'), 'open.txt': trees.file('y') })
  const over: Readonly<Record<string, string[]>> = { 'b.example': ['b.example', 'denied.example'] }
  const resolver = {
    resolve: async (name: string) => ({
      path: `/ipfs/${root.cid}`,
      names: over[name] ?? [name],
      validUntil: 1,
      freshUntil: 1,
    }),
    record: async () => ({ bytes: new Uint8Array(0), freshMs: 0 }),
  }
  const { get } = await listening(gatewayOver(trees, { resolver, denylists: await followed(file) }))
  const status = async (url: string): Promise<number> => (await get(url)).status
  expect(await status('/ipns/a.example/open.txt')).toBe(200)
  expect(await status('/ipns/a.example/hidden.txt')).toBe(410)
  expect(await status('/ipns/k.example/open.txt')).toBe(451)
  expect(await status('/ipns/b.example/open.txt')).toBe(410)
  // Whoever asks is not told where the list is; and what it denies nobody knows while it cannot be read.
  expect((await get('/ipns/a.example/hidden.txt')).text).not.toContain(folder)
  await rm(folder, { recursive: true })
  const unread = gatewayOver(trees, { denylists: await followed(file) })
  expect((await unread.get(`/ipfs/${root.cid}/open.txt`)).status).toBe(503)
})

test('what a denylist names by its path is not served as the page of its folder, nor by a rule of its site', async () => {
  const trees = new Trees()
  const bad = trees.file('<p>bad</p>')
  const root = trees.folder({
    a: trees.folder({ 'index.html': bad }),
    good: trees.folder({ 'index.html': trees.file('<p>good</p>') }),
    _redirects: trees.file('/x /a/index.html 200\n/y /a/ 200\n/z /good/ 200\n'),
  })
  const folder = await mkdtemp(join(tmpdir(), 'peerage-deny-'))
  const file = join(folder, 'list.deny')
  await writeFile(file, `/ipfs/${root.cid}/a/index.html\n/ipns/b.example/good/index.html\n`)
  const names = { 'b.example': `/ipfs/${root.cid}` }
  const { get } = await listening(gatewayOver(trees, { names, denylists: await followed(file) }))
  const host = `${root.cid}.ipfs.localhost`
  const [ofRoot, ofName] = await Promise.all(
    [host, 'b-example.ipns.localhost'].map(at =>
      Promise.all(['/a/index.html', '/a/', '/x', '/y', '/good/', '/z'].map(url => get(url, { host: at }))),
    ),
  )
  expect(ofRoot!.map(({ status }) => status)).toEqual([410, 410, 410, 410, 200, 200])
  expect(ofName!.map(({ status }) => status)).toEqual([410, 410, 410, 410, 410, 410])
  await rm(folder, { recursive: true })
})

test('a rule of a site that leads to what is no path is the fault of the site', async () => {
  const trees = new Trees()
  const root = trees.folder({ _redirects: trees.file('/x /%zz 200\n/y /a%2fb 200\n') })
  const { get } = gatewayOver(trees)
  const host = `${root.cid}.ipfs.localhost`
  for (const url of ['/x', '/y']) {
    const { status, text } = await get(url, { host })
    expect([status, text]).toEqual([500, expect.stringContaining('could not parse _redirects')])
  }
})

test('nobody listens without a daemon', async () => {
  const { gateway } = gatewayOver(new Trees())
  await expect(gateway.setEnabled(true)).rejects.toThrow(PeerageError)
  expect(() => gateway.urlOf('bafkqaaa')).toThrow('peerage gateway start')
})
