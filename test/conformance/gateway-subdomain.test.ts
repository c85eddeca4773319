import { CID } from 'multiformats/cid'
import { beforeAll, expect, test } from 'vitest'
import { toHex, utf8 } from '../../src/base/index.ts'
import type { DagChild } from '../../src/content/index.ts'
import { gatewayOver, kuboV0, kuboV1, type Told, Trees } from './gateway-trees.ts'

// The tables of ipfs/gateway-conformance for subdomains and `_redirects` files; docs/gateway.md says which groups there are.

const trees = new Trees()
const hello = trees.file('hello\n')
const helloV0 = trees.file('hello\n', kuboV0)
const tooLong = trees.put(
  CID.parse(
    'bafkrgqhhyivzstcz3hhswshfjgy6ertgmnqeleynhwt4dlfsthi4hn7zgh4uvlsb5xncykzapi3ocd4lzogukir6ksdy6wzrnz6ohnv4aglcs',
  ),
  utf8('hello\n'),
)
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
    _redirects: redirectsOf(
      `/redirect-one /one.html
/301-redirect-one /one.html 301
/302-redirect-two /two.html 302
/200-index /index.html 200
/posts/:year/:month/:day/:title /articles/:year/:month/:day/:title 301
/splat/* /redirected-splat/:splat 301
/not-found/* /404.html 404
/gone/* /410.html 410
/unavail/* /451.html 451
/* /index.html 200
`,
    ),
    articles: nested(['2022', '06', '15', 'hello-world'], 'index.html', 'hello world\n'),
    'index.html': page('index'),
    'one.html': page('one'),
    'redirected-splat': nested([], 'one.html', 'redirected splat one\n'),
    'two.html': page('two'),
  },
  kuboV0,
)
const forced = trees.folder({ _redirects: redirectsOf('/a /b 301!\n') }, kuboV0)
const tooLarge = trees.folder({ _redirects: redirectsOf('/from /to 301\n'.repeat(4_682)) }, kuboV0)
const badCodes = trees.folder({ _redirects: redirectsOf('/a /b 999\n'), 'found.html': page('found') }, kuboV0)
const codes = [200, 301, 302, 303, 307, 308, 404, 410, 451]
const goodCodes = trees.folder(
  {
    _redirects: redirectsOf(codes.map(code => `/a${code} /b${code} ${code}\n`).join('')),
    b301: nested([], 'index.html', 'my b301\n'),
  },
  kuboV0,
)
const newlines = trees.folder(
  {
    _redirects: redirectsOf('/redirect-one /one.html\r\n/200-index /index.html 200\r\n'),
    'index.html': page('index'),
    'one.html': page('one'),
  },
  kuboV0,
)
const spa = trees.folder({
  _redirects: trees.file('# Map SPA routes to the main index HTML file.\n/* /index.html 200\n'),
  'index.html': trees.file('hello world\n'),
})

function redirectsOf(text: string) {
  return trees.file(text, kuboV0)
}

function nested(folders: readonly string[], name: string, text: string): DagChild {
  const within = trees.folder({ [name]: trees.file(text, kuboV0) }, kuboV0)
  return folders.reduceRight((inner, one) => trees.folder({ [one]: inner }, kuboV0), within)
}

const key = 'k51qzi5uqu5dk3v4rmjber23h16xnr23bsggmqqil9z2gduiis5se8dht36dam'
const record = Uint8Array.of(1, 2, 3)
const { get } = gatewayOver(trees, {
  names: {
    [key]: `/ipfs/${hello.cid}`,
    'dnslink.example-site.org': `/ipfs/${site.cid}`,
    'dnslink-enabled-with-spa.example.org': `/ipfs/${spa.cid}`,
    'deep.example.org': `/ipfs/${folder.cid}/ipfs`,
  },
  records: { [key]: record },
})

const at = (host: string, url: string, headers: Record<string, string> = {}): Promise<Told> =>
  get(url, { host: `${host}.localhost:8080`, headers })
const inSite = (url: string, headers: Record<string, string> = {}): Promise<Told> =>
  at(`${site.cid.toV1()}.ipfs`, url, headers)

const named = trees.folder({ 'Portugal%2C+España=Peninsula Ibérica.txt': hello })
let first: Told
beforeAll(async () => {
  first = await at(`${hello.cid}.ipfs`, '/')
})

test('the files are those of the fixtures', () => {
  expect(hello.cid.toString()).toBe('bafkreicysg23kiwv34eg2d7qweipxwosdo2py4ldv42nbauguluen5v6am')
  expect(page('404').cid.toString()).toBe('Qmd9GD7Bauh6N2ZLfNnYS3b7QVAijbud83b8GE8LPMNBBP')
  for (const [{ cid }, text] of [
    [folder, 'bafybeiht6dtwk3les7vqm6ibpvz6qpohidvlshsfyr7l5mpysdw2vmbbhe'],
    [site, 'QmYBhLYDwVFvxos9h8CGU2ibaY66QNgv8hpfewxaQrPiZj'],
    [forced, 'QmU7ysGXwAtiV7aBarZASJsxKoKyKmd9Xrz2FFamSCbg8S'],
    [tooLarge, 'QmQTfvjGmvTfxFpUcZNLdTLuKV227KJkGiN6xooHVeVZAS'],
    [badCodes, 'QmcBcFnKKqgpCVMxxGsriw9ByTVF6uDdKDMuEBq3m6f1bm'],
    [goodCodes, 'QmWHn2TunA1g7gQ7q9rwAoWuot2hMpojZ6cZ9ERsNKm5gE'],
    [newlines, 'QmYzMrtPyBv7LKiEAGLLRPtvqm3SjQYLWxwWQ2vnpxQwRd'],
    [spa, 'bafybeib5lboymwd6p2eo4qb2lkueaine577flvsjjeuevmp2nlio72xv5q'],
  ] as const)
    expect(cid.toString()).toBe(text)
})

test('a path leads to the origin of its root, in version 1', async () => {
  const host = 'localhost:8080'
  expect(await get(`/ipfs/${helloV0.cid}/`, { host })).toMatchObject({
    status: 301,
    headers: { location: `http://${helloV0.cid.toV1()}.ipfs.localhost:8080/` },
  })
  expect((await get(`/ipns/${key}`, { host })).headers.location).toBe(`http://${key}.ipns.localhost:8080/`)
  expect(
    (await get(`/ipfs/${named.cid}/Portugal%252C+España=Peninsula%20Ibérica.txt`, { host })).headers.location,
  ).toBe(`http://${named.cid}.ipfs.${host}/Portugal%252C+Espa%C3%B1a=Peninsula%20Ib%C3%A9rica.txt`)
  for (const [asked, url] of [
    [host, `/ipfs/${tooLong}/`],
    [`${tooLong}.ipfs.${host}`, '/'],
  ] as const)
    expect(await get(url, { host: asked })).toMatchObject({
      status: 400,
      text: expect.stringContaining('CID incompatible with DNS label length limit of 63'),
    })
  expect(
    await get(
      '/ipfs/?uri=ipfs%3A%2F%2FQmXoypizjW3WknFiJnKLwHCnL72vedxjQkDDP1mXWo6uco%2Fwiki%2FDiego_Maradona.html',
      { host },
    ),
  ).toMatchObject({
    status: 301,
    headers: { location: '/ipfs/QmXoypizjW3WknFiJnKLwHCnL72vedxjQkDDP1mXWo6uco/wiki/Diego_Maradona.html' },
  })
  expect(
    (await get('/ipns/?uri=ipns%3A%2F%2Fen.wikipedia-on-ipfs.example.org', { host })).headers.location,
  ).toBe('/ipns/en.wikipedia-on-ipfs.example.org')
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

test('whoever takes the gateway for a proxy names the host in the first line', async () => {
  const host = '127.0.0.1:8080'
  const at = 'localhost:8080'
  expect(await get(`http://${hello.cid}.ipfs.${at}`, { host })).toMatchObject({
    status: 200,
    text: 'hello\n',
  })
  expect(await get(`http://${at}/ipfs/${helloV0.cid}/`, { host })).toMatchObject({
    status: 301,
    headers: { location: `http://${helloV0.cid.toV1()}.ipfs.${at}/` },
  })
  expect((await get(`http://${folder.cid}.ipfs.${at}/ipfs/file.txt`, { host })).text).toBe(
    'I am a txt file\n',
  )
  // It is that name that counts, not the header.
  expect((await get(`http://evil.example/ipfs/${hello.cid}`, { host })).status).toBe(403)
  expect((await get(`http://localhost@evil.example/ipfs/${hello.cid}`, { host })).status).toBe(403)
})

test('a folder as a page at an origin of its own', async () => {
  const inner = trees.folder({ 'file-źł.txt': hello })
  const root = trees.folder({ ą: trees.folder({ ę: inner }) })
  const own = `${root.cid}.ipfs`
  expect((await at(own, '/')).text).not.toContain('>..</a>')
  expect(await at(own, '/ą/ę')).toMatchObject({ status: 301, headers: { location: '/%C4%85/%C4%99/' } })
  const page = await at(own, '/ą/ę/')
  expect(page.headers.etag).toContain('"DirIndex-')
  for (const link of [
    '<a href="/%C4%85/%C4%99/..">..</a>',
    `/ipfs/<a href="/">${root.cid}</a>/<a href="/%C4%85"><bdi>ą</bdi></a>/<a href="/%C4%85/%C4%99"><bdi>ę</bdi></a>`,
    '<a href="/%C4%85/%C4%99/file-%C5%BA%C5%82.txt"><bdi>file-źł.txt</bdi></a>',
    `<a class="ipfs-hash" translate="no" href="//localhost:8080/ipfs/${hello.cid}?filename=file-%C5%BA%C5%82.txt">`,
  ])
    expect(page.text).toContain(link)
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

test('_redirects: lines that end with CR LF, each code, and a site with one page', async () => {
  const ended = `${newlines.cid.toV1()}.ipfs`
  expect(await at(ended, '/redirect-one')).toMatchObject({ status: 301, headers: { location: '/one.html' } })
  expect(await at(ended, '/200-index')).toMatchObject({ status: 200, text: 'my index\n' })
  for (const code of codes.filter(one => one > 300 && one < 400))
    expect(await at(`${goodCodes.cid.toV1()}.ipfs`, `/a${code}`)).toMatchObject({
      status: code,
      headers: { location: `/b${code}` },
    })
  for (const host of [`${spa.cid}.ipfs`, 'dnslink--enabled--with--spa-example-org.ipns']) {
    const headers = { accept: 'text/html' }
    const told = await at(host, '/missing-page', headers)
    expect(told).toMatchObject({ status: 200, text: 'hello world\n' })
    const again = await at(host, '/missing-page', { ...headers, 'if-none-match': told.headers.etag! })
    expect(again.status).toBe(304)
  }
})

test('_redirects: files that cannot be understood, and where rules do not hold', async () => {
  const text = /^could not parse _redirects:/
  expect(await at(`${forced.cid.toV1()}.ipfs`, '/not-found')).toMatchObject({
    status: 500,
    text: expect.stringMatching(text),
  })
  const large = await at(`${tooLarge.cid.toV1()}.ipfs`, '/x')
  expect(large).toMatchObject({
    status: 500,
    text: expect.stringContaining('redirects file size cannot exceed'),
  })
  expect(await at(`${badCodes.cid.toV1()}.ipfs`, '/found.html')).toMatchObject({
    status: 200,
    text: 'my found\n',
  })
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
