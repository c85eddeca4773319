import { base36 } from 'multiformats/bases/base36'
import { CID } from 'multiformats/cid'
import { expect, test } from 'vitest'
import { MemoryKeyValue } from '../../src/access/memory-key-value.ts'
import { fromUtf8, VirtualWorld } from '../../src/base/index.ts'
import { formatName, parseName } from '../../src/content/index.ts'
import { ipfsNamesConfig } from '../../src/ipfs/names/config.ts'
import { IpfsNames } from '../../src/ipfs/names/index.ts'
import { decodeIpnsRecord } from '../../src/wire/index.ts'
import fixtures from './gateway-records.json' with { type: 'json' }
import { gatewayOver, type Told, Trees } from './gateway-trees.ts'
import vectors from './ipns-vectors.json' with { type: 'json' }

// The tables of ipfs/gateway-conformance for names, over their records and our resolver: paths, origins of their own, DNSLink, trustless records.

const records = new Map(
  [...vectors, ...fixtures].map(({ name, record }) => [
    nameOf(name),
    new Uint8Array(Buffer.from(record, 'base64')),
  ]),
)
const peerId = '12D3KooWLQzUv2FHWGVPXTXSZpdHs7oHbXub2G5WC8Tx4NQhyd2d'
const ed25519 = 'k51qzi5uqu5dk3v4rmjber23h16xnr23bsggmqqil9z2gduiis5se8dht36dam'
const cachedRoot = 'bafybeib3ffl2teiqdncv3mkz4r23b5ctrwkzrrhctdbne6iboayxuxk5ui'
const links: Readonly<Record<string, string>> = {
  '_dnslink.dnslink-over-ipns.example.org': `/ipns/${peerId}`,
  '_dnslink.dnslink-over-ipns-cidv1.example.org': `/ipns/${ed25519}`,
  '_dnslink.dnslink-subpath.example.org': `/ipfs/${cachedRoot}/root2`,
  '_dnslink.dnslink-test.example.org': '/ipfs/bafkreicysg23kiwv34eg2d7qweipxwosdo2py4ldv42nbauguluen5v6am',
}

const trees = new Trees()
const hello = trees.file('hello\n')
const root4 = trees.folder({ 'index.html': hello })
const root3 = trees.folder({ root4 })
const root2 = trees.folder({ root3 })
const root1 = trees.folder({ root2 })
const world = new VirtualWorld(7)
const resolver = new IpfsNames({
  world,
  config: ipfsNamesConfig.parse({}),
  state: new MemoryKeyValue(),
  routing: {
    async *getRecords(name) {
      const record = records.get(formatName(name))
      if (record !== undefined) yield record
    },
    putRecord: async () => ({ peers: 0, servers: 0 }),
  },
  keys: { open: () => Promise.reject(new Error('It has no keys.')) },
  texts: async host => ({
    texts: links[host] === undefined ? [] : [`dnslink=${links[host]}`],
    ttlSeconds: 60,
  }),
})
const { get } = gatewayOver(trees, { resolver })
const at = (host: string, url: string): Promise<Told> => get(url, { host: `${host}.localhost:8080` })

function nameOf(text: string): string {
  const parsed = parseName(text)
  if (parsed.kind !== 'key') throw new Error('no key')
  return formatName(parsed.multihash)
}

const of = (kind: string): string => nameOf([...vectors, ...fixtures].find(one => one.kind === kind)!.name)

test.each([
  ['v1', 502, undefined],
  ['v1-v2-broken-v1-value', 502, undefined],
  ['v1-v2-broken-signature-v2', 502, undefined],
  ['v1-v2-broken-signature-v1', 200, 'v1+v2 with broken signature v1'],
  ['v1-v2', 200, 'v1+v2 record'],
  ['v2', 200, 'v2-only record'],
])('the record %s: %i', async (kind, status, text) => {
  const told = await get(`/ipns/${of(kind)}`)
  expect(told.status).toBe(status)
  if (text !== undefined) expect(told.text).toBe(text)
})

test('a key that is written in another way leads to the one way', async () => {
  for (const [written, name] of [
    [
      '12D3KooWRBy97UB99e3J6hiPesre1MZeuNQvfan4gBziswrRJsNK',
      'k51qzi5uqu5dlvj2baxnqndepeb86cbk3ng7n3i46uzyxzyqj2xjonzllnv0v8',
    ],
    [
      'QmcJM7PRfkSbcM5cf1QugM5R37TLRKyJGgBEhXjLTB8uA2',
      'k2k4r8ol4m8kkcqz509c1rcjwunebj02gcnm5excpx842u736nja8ger',
    ],
  ])
    expect(await get(`/ipns/${written}/root2/?a=b`)).toMatchObject({
      status: 302,
      headers: { location: `/ipns/${name}/root2/?a=b` },
    })
  // A program that wants the record gets it.
  expect((await get(`/ipns/${peerId}?format=ipns-record`)).status).toBe(200)
})

test('a name that leads to a path', async () => {
  expect(root1.cid.toString()).toBe(cachedRoot)
  expect(await get(`/ipns/${of('subpath')}/root3/root4/index.html`)).toMatchObject({
    status: 200,
    text: 'hello\n',
  })
})

test('caching headers of names', async () => {
  const path = `/ipns/${of('cache')}/root2/root3/`
  const roots = [root1, root2, root3, root4, hello].map(({ cid }) => cid.toString())
  const page = await get(path)
  expect(page.headers).toMatchObject({
    'x-ipfs-path': path,
    'x-ipfs-roots': roots.slice(0, 3).join(','),
    etag: expect.stringMatching(new RegExp(`^"DirIndex-.*_CID-${root3.cid}"$`)),
  })
  const index = await get(`${path}root4/`)
  expect(index.headers).toMatchObject({
    'x-ipfs-path': `${path}root4/`,
    'x-ipfs-roots': roots.slice(0, 4).join(','),
    etag: `"${root4.cid}"`,
  })
  const file = await get(`${path}root4/index.html`)
  expect(file.headers).toMatchObject({
    'x-ipfs-path': `${path}root4/index.html`,
    'x-ipfs-roots': roots.join(','),
    etag: `"${hello.cid}"`,
  })
  const raw = await get(`${path}root4/?format=raw`)
  expect(raw).toMatchObject({ status: 200, bytes: trees.block(root4.cid) })
  for (const { headers } of [page, index, file, raw])
    expect(headers['cache-control']).toMatch(/^public, max-age=\d+$/)
  const again = await get(`${path}root4/index.html`, { headers: { 'if-none-match': `"${hello.cid}"` } })
  expect(again.status).toBe(304)
})

test.each(['v1-v2', 'v2'])('the record %s as it was signed', async kind => {
  const name = of(kind)
  const asked = [
    await get(`/ipns/${name}?format=ipns-record`),
    await get(`/ipns/${name}`, { headers: { accept: 'application/vnd.ipfs.ipns-record' } }),
  ]
  for (const told of asked) {
    expect(told.status).toBe(200)
    expect(told.headers).toMatchObject({
      'content-type': 'application/vnd.ipfs.ipns-record',
      'content-disposition': `attachment; filename="${name}.ipns-record"`,
      'cache-control': 'public, max-age=1800',
    })
    expect(fromUtf8(decodeIpnsRecord(told.bytes).value)).toBe((await resolver.resolve(name, signal)).path)
  }
  const named = await get(`/ipns/${name}?format=ipns-record&filename=testтест.ipns-record`)
  expect(named.headers['content-disposition']).toBe(
    `attachment; filename="test____.ipns-record"; filename*=UTF-8''test%D1%82%D0%B5%D1%81%D1%82.ipns-record`,
  )
})
const { signal } = new AbortController()

test.each(['rsa', 'ed25519'])('the origin of the key %s', async kind => {
  const name = of(kind)
  const written = fixtures.find(one => one.kind === kind)!.name
  const dagPb = CID.createV1(0x70, CID.parse(name, base36).multihash).toString(base36)
  const location = `http://${name}.ipns.localhost:8080/`
  for (const one of [written, name])
    expect(await get(`/ipns/${one}`, { host: 'localhost:8080' })).toMatchObject({
      status: 301,
      headers: { location },
    })
  expect(await at(`${dagPb}.ipns`, '/')).toMatchObject({ status: 301, headers: { location } })
  expect(await at(`${name}.ipns`, '/')).toMatchObject({ status: 200, text: 'hello\n' })
})

test.each([
  'dnslink-over-ipns.example.org',
  'dnslink-over-ipns-cidv1.example.org',
  'dnslink-test.example.org',
])('the domain %s, as it is and in one label', async domain => {
  const label = domain.replaceAll('-', '--').replaceAll('.', '-')
  for (const host of [domain, label])
    expect(await at(`${host}.ipns`, '/')).toMatchObject({ status: 200, text: 'hello\n' })
  expect((await get(`/ipns/${domain}/wiki/`, { host: 'localhost' })).headers.location).toBe(
    `http://${label}.ipns.localhost/wiki/`,
  )
})

test('a domain that leads to a path', async () => {
  expect(await at('dnslink--subpath-example-org.ipns', '/root3/root4/index.html')).toMatchObject({
    status: 200,
    text: 'hello\n',
  })
})
