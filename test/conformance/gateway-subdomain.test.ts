import { beforeAll, expect, test } from 'vitest'
import { toHex } from '../../src/base/index.ts'
import { gatewayOver, kuboV0, kuboV1, type Told, Trees } from './gateway-trees.ts'

// The tables of ipfs/gateway-conformance for subdomains, names, `_redirects` files and records of names. Left out: what concerns the headers
// X-Forwarded-*, which are for gateways behind others; a host that is none of ours is refused instead of answered.

const trees = new Trees()
const hello = trees.file('hello\n')
const helloV0 = trees.file('hello\n', kuboV0)
const folder = trees.folder({
  api: trees.folder({ 'file.txt': trees.file('I am a txt file\n') }),
  hello,
  ipfs: trees.folder({
    'file.txt': trees.file('I am a txt file\n'),
    ipns: trees.folder({ bar: trees.file('text-file-content\n') }),
  }),
})
const page = (name: string) => trees.file(`my ${name}\n`, kuboV0)
const site = trees.folder(
  {
    '404.html': page('404'),
    '410.html': page('410'),
    '451.html': page('451'),
    _redirects: trees.file(
      `/redirect-one /one.html
/301-redirect-one /one.html 301
/302-redirect-two /two.html 302
/200-index /index.html 200
/posts/:year/:month/:day/:title /articles/:year/:month/:day/:title 301
/splat/* /redirected-splat/:splat 301
/not-found/* /404.html 404
/gone/* /410.html 410
/unavail/* /451.html 451
/* /index.html 200`,
      kuboV0,
    ),
    'index.html': page('index'),
    'one.html': page('one'),
    'two.html': page('two'),
  },
  kuboV0,
)
const forced = trees.folder({ _redirects: trees.file('/not-found* /404.html 301!\n') })
const tooLarge = trees.folder({ _redirects: trees.file(`${'/a /b 301\n'.repeat(7_000)}`) })
const badCodes = trees.folder({
  'found.html': trees.file('my found\n'),
  _redirects: trees.file('/a /b 999\n'),
})
const key = 'k51qzi5uqu5dk3v4rmjber23h16xnr23bsggmqqil9z2gduiis5se8dht36dam'
const record = Uint8Array.of(1, 2, 3)
const { get } = gatewayOver(trees, {
  names: {
    [key]: `/ipfs/${hello.cid}`,
    'dnslink.example-site.org': `/ipfs/${site.cid}`,
    'deep.example.org': `/ipfs/${folder.cid}/ipfs`,
  },
  records: { [key]: record },
})

const at = (host: string, url: string, headers: Record<string, string> = {}): Promise<Told> =>
  get(url, { host: `${host}.localhost:8080`, headers })
const inSite = (url: string, headers: Record<string, string> = {}): Promise<Told> =>
  at(`${site.cid.toV1()}.ipfs`, url, headers)

let first: Told
beforeAll(async () => {
  first = await at(`${hello.cid}.ipfs`, '/')
})

test('the files are those of the fixtures', () => {
  expect(hello.cid.toString()).toBe('bafkreicysg23kiwv34eg2d7qweipxwosdo2py4ldv42nbauguluen5v6am')
  expect(page('404').cid.toString()).toBe('Qmd9GD7Bauh6N2ZLfNnYS3b7QVAijbud83b8GE8LPMNBBP')
  expect(trees.file('my one\n', kuboV0).cid.toString()).toBe('QmNwEgMrExwSsE8DCjZjahYfHUfkSWRhtqSkQUh4Fk3udD')
})

test('a path leads to the origin of its root, in version 1', async () => {
  const host = 'localhost:8080'
  expect(await get(`/ipfs/${helloV0.cid}/`, { host })).toMatchObject({
    status: 301,
    headers: { location: `http://${helloV0.cid.toV1()}.ipfs.localhost:8080/` },
  })
  expect((await get(`/ipns/${key}`, { host })).headers.location).toBe(`http://${key}.ipns.localhost:8080/`)
  expect((await get('/ipfs/QmInvalidCID', { host })).text).toContain('invalid path "/ipfs/QmInvalidCID"')
})

test('content at the origin of its root', async () => {
  expect(first).toMatchObject({ status: 200, text: 'hello\n' })
  expect(first.headers['content-security-policy']).toBeUndefined()
  // The namespace /ipfs/ is not there, but a folder of that name may be.
  expect((await at(`${hello.cid}.ipfs`, `/ipfs/${hello.cid}/`)).status).toBe(404)
  const own = `${folder.cid}.ipfs`
  expect((await at(own, '/ipfs/file.txt')).text).toBe('I am a txt file\n')
  expect((await at(own, '/')).text).toContain('<a href="/hello">hello</a>')
  expect((await at(own, '/')).text).toContain('<a href="/ipfs">ipfs</a>')
  const deep = await at(own, '/ipfs/ipns/')
  expect(deep.text).toContain('<a href="/ipfs/ipns/..">..</a>')
  expect(deep.text).toContain('<a href="/ipfs/ipns/bar">bar</a>')
  expect((await at(own, '/ipfs/ipns/bar')).text).toBe('text-file-content\n')
  expect((await at(own, '/ipfs/ipns')).headers.location).toBe('/ipfs/ipns/')
})

test('names: keys, domains, paths behind them', async () => {
  const told = await at(`${key}.ipns`, '/')
  expect(told).toMatchObject({ status: 200, text: 'hello\n' })
  expect(told.headers['cache-control']).toBe('public, max-age=1800')
  expect((await at('dnslink-example--site-org.ipns', '/one.html')).text).toBe('my one\n')
  expect((await at('dnslink.example-site.org.ipns', '/one.html')).text).toBe('my one\n')
  expect((await at('deep-example-org.ipns', '/ipns/bar')).text).toBe('text-file-content\n')
  const byPath = await get(`/ipns/${key}`)
  expect(byPath.headers['x-ipfs-path']).toBe(`/ipns/${key}`)
  expect(byPath.headers['x-ipfs-roots']).toBe(hello.cid.toString())
})

test('records of names', async () => {
  const byParameter = await get(`/ipns/${key}?format=ipns-record&filename=testтест.ipns-record`)
  expect(toHex(byParameter.bytes)).toBe('010203')
  expect(byParameter.headers).toMatchObject({
    'content-type': 'application/vnd.ipfs.ipns-record',
    'cache-control': 'public, max-age=1800',
    'content-disposition': `attachment; filename="test____.ipns-record"; filename*=UTF-8''test%D1%82%D0%B5%D1%81%D1%82.ipns-record`,
  })
  const headers = { accept: 'application/vnd.ipfs.ipns-record' }
  expect((await get(`/ipns/${key}`, { headers })).bytes).toEqual(record)
  expect((await get(`/ipfs/${hello.cid}`, { headers })).status).toBe(400)
})

test.each([
  ['/redirect-one', 301, '/one.html'],
  ['/301-redirect-one', 301, '/one.html'],
  ['/302-redirect-two', 302, '/two.html'],
  ['/posts/2022/01/01/hello-world', 301, '/articles/2022/01/01/hello-world'],
  ['/splat/one.html', 301, '/redirected-splat/one.html'],
])('_redirects: %s', async (url, status, location) => {
  expect(await inSite(url)).toMatchObject({ status, headers: { location } })
})

test('_redirects: pages in place of what is not there', async () => {
  expect(await inSite('/200-index')).toMatchObject({ status: 200, text: 'my index\n' })
  expect(await inSite('/catch-all')).toMatchObject({ status: 200, text: 'my index\n' })
  expect((await inSite('/one.html')).text).toBe('my one\n')
  for (const [url, name, status] of [
    ['/not-found/x', '404', 404],
    ['/gone/x', '410', 410],
    ['/unavail/x', '451', 451],
  ] as const) {
    const told = await inSite(url)
    expect(told).toMatchObject({ status, text: `my ${name}\n` })
    expect(told.headers.etag).toBe(`"${page(name).cid}"`)
    expect(told.headers['cache-control']).toBe('public, max-age=29030400, immutable')
  }
  const etag = (await inSite('/catch-all')).headers.etag!
  expect((await inSite('/catch-all', { 'if-none-match': etag })).status).toBe(304)
  const named = await at('dnslink-example--site-org.ipns', '/not-found/x')
  expect(named).toMatchObject({ status: 404, text: 'my 404\n' })
  expect(named.headers['cache-control']).not.toContain('immutable')
})

test('_redirects: files that cannot be understood, and where rules do not hold', async () => {
  const text = /^could not parse _redirects:/
  expect(await at(`${forced.cid}.ipfs`, '/not-found')).toMatchObject({
    status: 500,
    text: expect.stringMatching(text),
  })
  const large = await at(`${tooLarge.cid}.ipfs`, '/x')
  expect(large).toMatchObject({
    status: 500,
    text: expect.stringContaining('redirects file size cannot exceed'),
  })
  expect(await at(`${badCodes.cid}.ipfs`, '/found.html')).toMatchObject({ status: 200, text: 'my found\n' })
  // No origin of its own: no rules.
  expect((await get(`/ipfs/${site.cid}/catch-all`)).status).toBe(404)
  expect((await inSite('/catch-all?format=raw')).status).toBe(404)
})

test('the leaves of a spec profile are not needed for names: nothing but folders is read on the way', async () => {
  const own = new Trees()
  const file = own.file('x'.repeat(2_000), { ...kuboV1, leafBytes: 500 })
  const gateway = gatewayOver(own)
  await gateway.get(`/ipfs/${file.cid}?filename=a.txt`, { method: 'HEAD' })
  expect(new Set(own.reads)).toEqual(new Set([file.cid.toString()]))
})
