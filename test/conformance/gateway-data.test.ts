import { encode as encodeCbor } from '@ipld/dag-cbor'
import { encode as encodeJson } from '@ipld/dag-json'
import type { CID } from 'multiformats/cid'
import { expect, test } from 'vitest'
import { fromHex, sha256, utf8 } from '../../src/base/index.ts'
import { cidOfSha256, codecs } from '../../src/content/index.ts'
import { gatewayOver, partsOf, Trees } from './gateway-trees.ts'

// The tables of ipfs/gateway-conformance for JSON and CBOR: what is given as it is, by which type, and how links in it are followed.

const trees = new Trees()
const put = (code: number, bytes: Uint8Array): CID => trees.put(cidOfSha256(sha256(bytes), code, 1), bytes)
const codecOf = { json: 0x0200, cbor: 0x51, 'dag-json': codecs.dagJson, 'dag-cbor': codecs.dagCbor } as const
const last = { hello: 'this is not a link' }
const rest = { banana: 10, monkey: false }
const made = {
  json: traversal('dag-json', encodeJson),
  cbor: traversal('dag-cbor', encodeCbor),
}
const plain = {
  json: put(codecOf.json, utf8('{\n\t"test": "plain json"\n}\n')),
  cbor: put(codecOf.cbor, fromHex('a164746573746a706c61696e206a736f6e')),
}
const jsonText = '{ "test": "i am a plain json file" }\n'
const jsonFile = trees.file(jsonText)
const textFile = trees.file('I am a txt file on path with utf8\n')
const key = 'k51qzi5uqu5dhjghbwdvbo6mi40htrq6e2z4pwgp15pgv3ho1azvidttzh8yy2'
const { get } = gatewayOver(trees, { names: { [key]: `/ipfs/${made.json}` } })

function traversal(format: 'dag-json' | 'dag-cbor', encode: (data: unknown) => Uint8Array): CID {
  const code = codecOf[format]
  const link = put(code, encode({ bar: put(code, encode(last)) }))
  return put(code, encode({ foo: { link, object: rest } }))
}

const typeOf = async (url: string, headers: Record<string, string> = {}): Promise<string | undefined> =>
  (await get(url, { headers })).headers['content-type']

test('the blocks are those of the fixtures', () => {
  expect(made.json.toString()).toBe('baguqeeram5ujjqrwheyaty3w5gdsmoz6vittchvhk723jjqxk7hakxkd47xq')
  expect(made.cbor.toString()).toBe('bafyreibs4utpgbn7uqegmd2goqz4bkyflre2ek2iwv743fhvylwi4zeeim')
  expect(plain.json.toString()).toBe('bagaaierajjsnhsxqlgfrvknlt7z2heoljcgfv37cn45tu7mhmr23x3ekiboq')
  expect(plain.cbor.toString()).toBe('bafireif3aymeikgfbofx533yf5vlx4kimzq6zmzmpra2mnzfsfnmv4hchm')
  expect(jsonFile.cid.toString()).toBe('bafkreibrppizs3g7axs2jdlnjua6vgpmltv7k72l7v7sa6mmht6mne3qqe')
})

test('a file that has JSON in it', async () => {
  const path = `/ipfs/${jsonFile.cid}`
  const asked = [
    await get(path),
    await get(path, { headers: { accept: 'application/json' } }),
    await get(`${path}?format=json`, { headers: { accept: 'application/vnd.ipld.raw' } }),
  ]
  for (const told of asked) {
    expect(told).toMatchObject({ status: 200, text: jsonText })
    expect(told.headers['content-type']).toBe('application/json')
  }
  expect((await get(`/ipfs/${textFile.cid}?format=json`)).status).toBe(406)
})

test.each([
  [textFile.cid, '?format=dag-json', {}],
  [textFile.cid, '?format=dag-cbor', {}],
  [textFile.cid, '?format=cbor', {}],
  [textFile.cid, '', { accept: 'application/vnd.ipld.dag-json' }],
  [made.json, '?format=dag-cbor', {}],
  [made.json, '?format=cbor', {}],
  [made.cbor, '?format=dag-json', {}],
  [made.cbor, '?format=json', {}],
  [made.cbor, '', { accept: 'application/vnd.ipld.dag-json' }],
  [plain.json, '?format=dag-json', {}],
])('nothing becomes another codec: %s%s %o', async (cid, query, headers) => {
  expect((await get(`/ipfs/${cid}${query}`, { headers: headers as Record<string, string> })).status).toBe(406)
})

test.each([
  ['json', 'inline'],
  ['cbor', 'attachment'],
] as const)('a block of plain %s', async (format, disposition) => {
  const cid = plain[format]
  const bytes = trees.block(cid)
  const type = `application/${format}`
  for (const [url, headers] of [
    [`/ipfs/${cid}`, {}],
    [`/ipfs/${cid}?format=${format}`, {}],
    [`/ipfs/${cid}`, { accept: type }],
  ] as const) {
    const told = await get(url, { headers })
    expect(told).toMatchObject({ status: 200, bytes })
    expect(told.headers).toMatchObject({
      'content-type': type,
      'content-disposition': `${disposition}; filename="${cid}.${format}"`,
    })
    const part = await get(url, { headers: { ...headers, range: 'bytes=7-9' } })
    expect(part).toMatchObject({ status: 206, bytes: bytes.subarray(7, 10) })
    expect(part.headers['content-range']).toBe(`bytes 7-9/${bytes.length}`)
    const parts = partsOf(await get(url, { headers: { ...headers, range: 'bytes=7-9,1-3' } }))
    expect(parts.map(({ body }) => Buffer.from(body, 'latin1'))).toEqual([
      Buffer.from(bytes.subarray(7, 10)),
      Buffer.from(bytes.subarray(1, 4)),
    ])
    expect(parts[0]!.head).toContain(`Content-Type: ${type}`)
  }
})

test.each(['json', 'cbor'] as const)('paths in DAG-%s', async format => {
  const path = `/ipfs/${made[format]}/foo`
  const end = await get(`${path}/link/bar?format=dag-${format}`)
  expect(end.status).toBe(200)
  expect(end.bytes).toEqual(format === 'json' ? utf8(JSON.stringify(last)) : encodeCbor(last))
  expect((await get(`${path}?format=dag-${format}`)).status).toBe(501)
  expect((await get(`${path}/object/banana`)).status).toBe(501)
  expect((await get(`${path}/i-do-not-exist`)).status).toBe(404)
})

test.each([
  ['json', 'inline'],
  ['cbor', 'attachment'],
] as const)('DAG-%s as it is, by its own type and by the plain one', async (format, disposition) => {
  const cid = made[format]
  const path = `/ipfs/${cid}`
  const bytes = trees.block(cid)
  const own = `application/vnd.ipld.dag-${format}`
  const bare = `application/${format}`
  for (const [url, accept, type] of [
    [path, undefined, own],
    [`${path}?format=dag-${format}`, undefined, own],
    [path, own, own],
    [`${path}?format=${format}`, undefined, bare],
    [path, bare, bare],
  ] as const) {
    const headers = accept === undefined ? {} : { accept }
    const told = await get(url, { headers })
    expect(told).toMatchObject({ status: 200, bytes })
    expect(told.headers).toMatchObject({
      'content-type': type,
      'content-length': String(bytes.length),
      'content-disposition': `${disposition}; filename="${cid}.${format}"`,
      'cache-control': 'public, max-age=29030400, immutable',
      'x-ipfs-path': path,
      'x-ipfs-roots': cid.toString(),
      etag: `"${cid}.${type === own ? 'dag-' : ''}${format}"`,
    })
    expect(await get(url, { headers, method: 'HEAD' })).toMatchObject({ status: 200, headers: told.headers })
    expect((await get(url, { headers: { ...headers, 'if-none-match': told.headers.etag! } })).status).toBe(
      304,
    )
    expect((await get(url, { headers: { ...headers, range: 'bytes=7-9' } })).bytes).toEqual(
      bytes.subarray(7, 10),
    )
    const [first] = partsOf(await get(url, { headers: { ...headers, range: 'bytes=7-9,1-3' } }))
    expect(first!.head).toContain(`Content-Type: ${type}`)
  }
  const name = `filename=foobar.${format}`
  const dispositionOf = async (query: string): Promise<string | undefined> =>
    (await get(`${path}?${query}`, { headers: { accept: own } })).headers['content-disposition']
  expect(await dispositionOf(name)).toBe(`${disposition}; filename="foobar.${format}"`)
  expect(await dispositionOf(`${name}&download=true`)).toBe(`attachment; filename="foobar.${format}"`)
})

test.each(['json', 'cbor'] as const)('DAG-%s as a page for people', async format => {
  const headers = { accept: 'text/html' }
  const path = `/ipfs/${made[format]}/`
  const page = await get(path, { headers })
  expect(page.status).toBe(200)
  expect(page.headers).toMatchObject({
    'content-type': 'text/html; charset=utf-8',
    etag: expect.stringContaining('DagIndex-'),
    'cache-control': 'public, max-age=604800, stale-while-revalidate=2678400',
  })
  expect(page.headers['content-disposition']).toBeUndefined()
  expect(page.text).toContain('</html>')
  const [, link] = /<pre>.*?href="(\/ipfs\/ba[a-z2-7]+)">/s.exec(page.text)!
  expect((await get(link!, { headers })).text).toContain('&quot;bar&quot;')
  expect((await get(path, { headers: { ...headers, 'if-none-match': page.headers.etag! } })).status).toBe(304)
  expect(await typeOf(path, { accept: 'text/html, application/vnd.ipld.raw' })).toBe(
    'application/vnd.ipld.raw',
  )
})

test('what cannot be read is given as it is; what is missing is not', async () => {
  const broken = put(codecOf['dag-cbor'], Uint8Array.of(0xff, 1, 2))
  expect(await get(`/ipfs/${broken}`, { headers: { accept: 'text/html' } })).toMatchObject({
    status: 200,
    headers: { 'content-type': 'application/vnd.ipld.dag-cbor' },
  })
  const nowhere = cidOfSha256(sha256(utf8('nowhere')), codecOf['dag-cbor'], 1)
  const headers = { 'cache-control': 'only-if-cached' }
  expect((await get(`/ipfs/${nowhere}`, { headers, method: 'HEAD' })).status).toBe(412)
})

test('by a name: the same, but it is not for ever', async () => {
  const [byName, direct] = [await get(`/ipns/${key}`), await get(`/ipfs/${made.json}`)]
  expect(byName.bytes).toEqual(direct.bytes)
  expect((await get(`/ipns/${key}?format=dag-json`)).bytes).toEqual(direct.bytes)
  const told = await get(`/ipns/${key}`, { headers: { accept: 'application/vnd.ipld.dag-json' } })
  expect(told.headers).toMatchObject({
    'content-type': 'application/vnd.ipld.dag-json',
    etag: `"${made.json}.dag-json"`,
    'x-ipfs-path': `/ipns/${key}`,
    'x-ipfs-roots': made.json.toString(),
    'cache-control': 'public, max-age=1800',
  })
  const page = await get(`/ipns/${key}/`, { headers: { accept: 'text/html' } })
  expect(page.headers.etag).toContain('DagIndex-')
  expect(page.headers['cache-control']).toBe('public, max-age=1800')
})
