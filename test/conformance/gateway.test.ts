import { encode as encodeCbor } from '@ipld/dag-cbor'
import { CID } from 'multiformats/cid'
import { expect, test } from 'vitest'
import { sha256, utf8 } from '../../src/base/index.ts'
import { buildSymlink, cidOfSha256, codecs } from '../../src/content/index.ts'
import { cidsOfCar, gatewayOver, kuboV0, kuboV1, partsOf, type Told, Trees } from './gateway-trees.ts'

// The tables of ipfs/gateway-conformance for paths: raw blocks, CARs, UnixFS files and folders, ranges, caching. The same trees, built by us, with
// the CIDs of the fixtures. docs/gateway.md says which groups there are.

const forGood = 'public, max-age=29030400, immutable'
const trees = new Trees()
const { get } = gatewayOver(trees)

const ascii = 'hello application/vnd.ipld.car\n'
const asciiFile = trees.file(ascii)
const lorem = `Lorem ipsum dolor sit amet, consectetur adipiscing elit. Nunc non imperdiet nunc. Proin ac quam ut nibh eleifend aliquet. Vestibulum ante ipsum primis in faucibus orci luctus et ultrices posuere cubilia curae; Sed ligula dolor, imperdiet sagittis arcu et, semper tincidunt urna. Donec et tempor augue, quis sollicitudin metus. Curabitur semper ullamcorper aliquet. Mauris hendrerit sodales lectus eget fermentum. Proin sollicitudin vestibulum commodo. Vivamus nec lectus eu augue aliquet dignissim nec condimentum justo. In hac habitasse platea dictumst. Mauris vel sem neque.

Vivamus finibus, enim at lacinia semper, arcu erat gravida lacus, sit amet gravida magna orci sit amet est. Sed non leo lacus. Nullam viverra ipsum a tincidunt dapibus. Nulla pulvinar ligula sit amet ante ultrices tempus. Proin purus urna, semper sed lobortis quis, gravida vitae ipsum. Aliquam mi urna, pulvinar eu bibendum quis, convallis ac dolor. In gravida justo sed risus ullamcorper, vitae luctus massa hendrerit. Pellentesque habitant amet.`
const small = { ...kuboV1, leafBytes: 256 }
const multiblock = trees.file(lorem, small)
const leaves = [
  'bafkreie5noke3mb7hqxukzcy73nl23k6lxszxi5w3dtmuwz62wnvkpsscm',
  'bafkreih4ephajybraj6wnxsbwjwa77fukurtpl7oj7t7pfq545duhot7cq',
  'bafkreigu7buvm3cfunb35766dn7tmqyh2um62zcio63en2btvxuybgcpue',
  'bafkreicll3huefkc3qnrzeony7zcfo7cr3nbx64hnxrqzsixpceg332fhe',
  'bafkreifst3pqztuvj57lycamoi7z34b4emf7gawxs74nwrc2c7jncmpaqm',
]
const helloFile = trees.file('hello world\n')
const subdir = trees.folder({ 'ascii.txt': asciiFile, 'hello.txt': helloFile, 'multiblock.txt': multiblock })
const mixed = trees.folder({ subdir })
const duplicates = trees.folder({
  'ascii-copy.txt': asciiFile,
  'ascii.txt': asciiFile,
  'hello.txt': helloFile,
  'multiblock.txt': multiblock,
})

const root4 = trees.folder({ 'index.html': trees.file('hello\n') })
const root3 = trees.folder({ root4 })
const root2 = trees.folder({ root3 })
const cached = trees.folder({ root2 })

const text = trees.file('I am a txt file on path with utf8\n')
const inner = trees.folder({ 'file-źł.txt': text })
const confusing = (name: string) =>
  trees.folder({ 'file.txt': trees.file(`I am a txt file in confusing /${name} dir\n`) })
const listing = trees.folder({
  api: confusing('api'),
  ipfs: confusing('ipfs'),
  ipns: confusing('ipns'),
  ą: trees.folder({ ę: inner }),
})
const twoFiles = trees.folder({ subdir: trees.folder({ 'ascii.txt': asciiFile, 'hello.txt': helloFile }) })
const rawText = 'hello application/vnd.ipld.raw\n'
const rawFile = trees.file(rawText)
const rawDir = trees.folder({ 'ascii.txt': rawFile })
const rawBlock = trees.folder({ dir: rawDir })
const document = documentOf({
  cats: false,
  files: { single: helloFile.cid, multiblock: multiblock.cid },
  monkeys: true,
})
const withDocument = trees.folder({ document })

function documentOf(data: unknown) {
  const bytes = encodeCbor(data)
  const cid = trees.put(cidOfSha256(sha256(bytes), codecs.dagCbor, 1), bytes)
  return { cid, fileSize: 0, dagSize: bytes.length }
}

test('the trees are those of the fixtures', () => {
  expect(cidsOfFile()).toEqual(leaves)
  expect(cached.cid.toString()).toBe('bafybeib3ffl2teiqdncv3mkz4r23b5ctrwkzrrhctdbne6iboayxuxk5ui')
  expect(twoFiles.cid.toString()).toBe('bafybeietjm63oynimmv5yyqay33nui4y4wx6u3peezwetxgiwvfmelutzu')
  expect(rawBlock.cid.toString()).toBe('bafybeie72edlprgtlwwctzljf6gkn2wnlrddqjbkxo3jomh4n7omwblxly')
  expect(withDocument.cid.toString()).toBe('bafybeia264q44a3kmfc2otctzu4egp2k235o3t7mslz2yjraymp4nv6asi')
  expect(listing.cid.toString()).toBe('bafybeig6ka5mlwkl4subqhaiatalkcleo4jgnr3hqwvpmsqfca27cijp3i')
  // Printed in the table as the bytes of a block.
  expect(Buffer.from(trees.block(root4.cid)).toString('hex')).toBe(
    '12340a24015512205891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03120a696e6465782e68746d6c18060a020801',
  )
})

function cidsOfFile(): string[] {
  const parts = Array.from({ length: 5 }, (_, i) => utf8(lorem).subarray(i * 256, (i + 1) * 256))
  return parts.map(part => cidOfSha256(sha256(part), codecs.raw, 1).toString())
}

test('a raw block, by parameter and by header, with ranges, with its headers', async () => {
  const raw = { accept: 'application/vnd.ipld.raw' }
  const block = trees.block(rawDir.cid)
  for (const path of [`/ipfs/${rawBlock.cid}/dir`, `/ipfs/${rawDir.cid}`]) {
    expect(await get(`${path}?format=raw`)).toMatchObject({ status: 200, bytes: block })
    expect(await get(path, { headers: raw })).toMatchObject({ status: 200, bytes: block })
    const part = await get(path, { headers: { ...raw, range: 'bytes=6-16' } })
    expect(part).toMatchObject({ status: 206, bytes: block.subarray(6, 17) })
    expect(part.headers).toMatchObject({
      'content-range': 'bytes 6-16/57',
      'content-type': 'application/vnd.ipld.raw',
    })
    expect(
      (await get(`${path}?format=raw`, { headers: { accept: 'application/vnd.ipld.car' } })).bytes,
    ).toEqual(block)
    const file = await get(`${path}${path.endsWith('dir') ? '/ascii.txt' : ''}?filename=foobar.bin`, {
      headers: raw,
    })
    expect(file.headers['content-disposition']).toBe('attachment; filename="foobar.bin"')
  }
  for (const path of [`/ipfs/${rawBlock.cid}/dir/ascii.txt`, `/ipfs/${rawFile.cid}`]) {
    const file = await get(path, { headers: raw })
    expect(file).toMatchObject({ status: 200, text: rawText })
    expect(file.headers).toMatchObject({
      'content-type': 'application/vnd.ipld.raw',
      'content-length': '31',
      'content-disposition': `attachment; filename="${rawFile.cid}.bin"`,
      'x-content-type-options': 'nosniff',
      'cache-control': forGood,
      'x-ipfs-path': path,
      etag: `"${rawFile.cid}.raw"`,
    })
    expect(file.headers['x-ipfs-roots']?.split(',').at(-1)).toBe(rawFile.cid.toString())
    expect((await get(path, { headers: { ...raw, range: 'bytes=7-9' } })).text).toBe(rawText.slice(7, 10))
    const parts = partsOf(await get(path, { headers: { ...raw, range: 'bytes=7-9,1-3' } }))
    expect(parts.map(({ body }) => body)).toEqual([rawText.slice(7, 10), rawText.slice(1, 4)])
    expect(parts[0]!.head).toBe('Content-Type: application/vnd.ipld.raw\r\nContent-Range: bytes 7-9/31')
  }
})

test('caches tell what was asked for by Accept from what the URL is otherwise (Content-Location)', async () => {
  const path = `/ipfs/${rawBlock.cid}/dir/ascii.txt`
  const raw = await get(path, { headers: { accept: 'application/vnd.ipld.raw' } })
  expect(raw.headers).toMatchObject({ vary: 'Accept', 'content-location': `${path}?format=raw` })
  const again = { accept: 'application/vnd.ipld.raw', 'if-none-match': raw.headers.etag! }
  expect((await get(path, { headers: again })).headers).toMatchObject({
    'content-location': `${path}?format=raw`,
  })
  const car = await get(path, { headers: { accept: 'application/vnd.ipld.car;dups=y' } })
  expect(car.headers['content-location']).toBe(`${path}?format=car&car-dups=y`)
  expect((await get(path)).headers).toMatchObject({ vary: 'Accept' })
  for (const { headers } of [await get(path), await get(`${path}?format=raw`)])
    expect(headers['content-location']).toBeUndefined()
})

test('a page of ours that a cache has already holds no longer than when it came', async () => {
  const path = `/ipfs/${twoFiles.cid}/`
  const page = await get(path)
  const again = await get(path, { headers: { 'if-none-match': page.headers.etag! } })
  const { 'content-length': _, ...told } = page.headers
  expect(again).toMatchObject({ status: 304, headers: told })
  expect(told['cache-control']).toBe('public, max-age=604800, stale-while-revalidate=2678400')
})

test.each([
  ['bytes=6-16', 'bytes 6-16/31', ascii.slice(6, 17)],
  ['bytes=-3', 'bytes 28-30/31', ascii.slice(28)],
])('the range %s of a file', async (range, contentRange, body) => {
  const told = await get(`/ipfs/${subdir.cid}/ascii.txt`, { headers: { range } })
  expect(told).toMatchObject({ status: 206, text: body })
  expect(told.headers['content-range']).toBe(contentRange)
})

test('several ranges of a file, in the order in which they are asked for', async () => {
  const path = `/ipfs/${subdir.cid}/ascii.txt`
  const told = await get(path, { headers: { range: 'bytes=6-16,0-4' } })
  expect(told.status).toBe(206)
  expect(told.headers['content-length']).toBe(String(told.bytes.length))
  expect(told.headers['content-range']).toBeUndefined()
  expect(partsOf(told)).toEqual(
    [
      [6, 16],
      [0, 4],
    ].map(([from, to]) => ({
      head: `Content-Type: text/plain; charset=utf-8\r\nContent-Range: bytes ${from}-${to}/31`,
      body: ascii.slice(from, to! + 1),
    })),
  )
  // What touches is one range; what lies behind the end is left out; too many are answered with all.
  const joined = await get(path, { headers: { range: 'bytes=0-3, 4-9, 99-' } })
  expect(joined).toMatchObject({ status: 206, text: ascii.slice(0, 10) })
  expect(joined.headers['content-range']).toBe('bytes 0-9/31')
  const many = Array.from({ length: 17 }, (_, i) => `${i}-${i}`).join()
  expect(await get(path, { headers: { range: `bytes=${many}` } })).toMatchObject({ status: 200, text: ascii })
})

test('a file whole, as a HEAD, a range behind its end, and If-Range', async () => {
  const path = `/ipfs/${subdir.cid}/ascii.txt`
  const whole = await get(path)
  expect(whole).toMatchObject({ status: 200, text: ascii })
  expect(whole.headers).toMatchObject({
    'accept-ranges': 'bytes',
    'content-length': '31',
    'content-type': 'text/plain; charset=utf-8',
  })
  expect(await get(path, { method: 'HEAD' })).toMatchObject({ status: 200, headers: whole.headers, text: '' })
  expect(await get(path, { headers: { range: 'bytes=31-' } })).toMatchObject({
    status: 416,
    headers: { 'content-range': 'bytes */31' },
  })
  const same = { range: 'bytes=0-1', 'if-range': whole.headers.etag! }
  expect(await get(path, { headers: same })).toMatchObject({ status: 206, text: 'he' })
  const stale = await get(path, { headers: { range: 'bytes=0-1', 'if-range': '"other"' } })
  expect(stale).toMatchObject({ status: 200, text: ascii })
  expect((await get(`/ipfs/${multiblock.cid}`)).text).toBe(lorem)
})

test('a range of a file of which other blocks are missing', async () => {
  const broken = new Trees()
  const bytes = Uint8Array.from({ length: 3072 }, (_, i) => i * 7 + (i >> 10))
  const file = broken.file(bytes, { ...kuboV0, leafBytes: 1024 })
  const gateway = gatewayOver(broken)
  const all = cidsOfCar((await gateway.get(`/ipfs/${file.cid}?format=car`)).bytes)
  broken.remove(CID.parse(all[2]!))
  for (const [range, from, to] of [
    ['bytes=997-1000', 997, 1001],
    ['bytes=2200-2201', 2200, 2202],
  ] as const) {
    const told = await gateway.get(`/ipfs/${file.cid}`, { headers: { range } })
    expect(told.status).toBe(206)
    expect(told.bytes).toEqual(bytes.subarray(from, to))
  }
  const car = (bytes: string): Promise<Told> =>
    gateway.get(`/ipfs/${file.cid}?format=car&dag-scope=entity&entity-bytes=${bytes}`)
  expect(cidsOfCar((await car('0:1000')).bytes)).toEqual([all[0], all[1]])
  expect(cidsOfCar((await car('2200:*')).bytes)).toEqual([all[0], all[3]])
  expect((await gateway.get(`/ipfs/${file.cid}`, { headers: { range: 'bytes=1024-1030' } })).status).toBe(404)
})

test('a folder as a page', async () => {
  expect(await get(`/ipfs/${listing.cid}/ą/ę`)).toMatchObject({
    status: 301,
    headers: { location: `/ipfs/${listing.cid}/%C4%85/%C4%99/` },
  })
  const page = await get(`/ipfs/${listing.cid}/ą/ę/`)
  expect(page.headers.etag).toMatch(/^"DirIndex-.*_CID-/)
  const at = `/ipfs/${listing.cid}`
  for (const link of [
    'Index of',
    `/ipfs/<a href="${at}">${listing.cid}</a>/<a href="${at}/%C4%85"><bdi>ą</bdi></a>/<a href="${at}/%C4%85/%C4%99"><bdi>ę</bdi></a>`,
    `<a href="${at}/%C4%85/%C4%99/..">..</a>`,
    `<a href="${at}/%C4%85/%C4%99/file-%C5%BA%C5%82.txt"><bdi>file-źł.txt</bdi></a>`,
    `<a class="ipfs-hash" translate="no" href="/ipfs/${text.cid}?filename=file-%C5%BA%C5%82.txt">`,
  ])
    expect(page.text).toContain(link)
  expect(page.headers['content-security-policy']).toContain("default-src 'none'")
  expect((await get(`/ipfs/${listing.cid}/`)).text).not.toContain('>..</a>')
  expect((await get(`/ipfs/${listing.cid}/i-do-not-exist`)).status).toBe(404)
})

test('caching headers of pages, of folders with an index.html, and of files', async () => {
  const path = `/ipfs/${cached.cid}/root2/root3/`
  const roots = [cached, root2, root3, root4].map(({ cid }) => cid.toString())
  const page = await get(path)
  expect(page.headers).toMatchObject({
    'x-ipfs-path': path,
    'x-ipfs-roots': roots.slice(0, 3).join(','),
    'cache-control': 'public, max-age=604800, stale-while-revalidate=2678400',
  })
  const index = await get(`${path}root4/`)
  expect(index.headers).toMatchObject({
    'cache-control': forGood,
    'x-ipfs-path': `${path}root4/`,
    'x-ipfs-roots': roots.join(','),
    etag: `"${root4.cid}"`,
    'content-type': 'text/html',
  })
  expect(index.text).toBe('hello\n')
  expect((await get(`${path}root4/index.html`)).headers['x-ipfs-roots']).toMatch(/^(?:[^,]+,){4}[^,]+$/)
  for (const etag of [page.headers.etag!, `W/${page.headers.etag}`, '*'])
    expect((await get(path, { headers: { 'if-none-match': etag } })).status).toBe(304)
  for (const etag of [index.headers.etag!, `"a", "b", W/${index.headers.etag}`])
    expect((await get(`${path}root4/`, { headers: { 'if-none-match': etag } })).status).toBe(304)
  expect((await get(`${path}root4/?format=raw`)).headers['cache-control']).toBe(forGood)
})

test('only-if-cached', async () => {
  const headers = { 'cache-control': 'only-if-cached' }
  const path = `/ipfs/${cached.cid}/root2/root3/root4/?format=raw`
  const elsewhere = '/ipfs/QmYzfKSE55XCjD1MW128RfciAf2DViABhEiXfgVFMabSjN'
  for (const method of ['GET', 'HEAD']) {
    expect((await get(path, { headers, method })).status).toBe(200)
    expect((await get(elsewhere, { headers, method })).status).toBe(412)
  }
  expect((await get(elsewhere)).status).toBe(404)
})

test('symbolic links, and names with percent signs', async () => {
  const foo = trees.file('content\n', kuboV0)
  const emit = (cid: Parameters<Trees['put']>[0], bytes: Uint8Array): void => void trees.put(cid, bytes)
  const bar = buildSymlink('foo', { profile: kuboV0, emit })
  const links = trees.folder({ bar, foo }, kuboV0)
  expect(links.cid.toString()).toBe('QmWvY6FaqFMS89YAQ9NAPjVP4WZKA1qbHbicc9HeSKQTgt')
  expect((await get(`/ipfs/${links.cid}?format=raw`)).bytes).toEqual(trees.block(links.cid))
  expect((await get(`/ipfs/${links.cid}/`)).text).toMatch(/>bar<[\s\S]*>foo</)
  expect((await get(`/ipfs/${links.cid}/bar`)).text).toBe('foo')
  const named = trees.folder({ 'Portugal%2C+España=Peninsula Ibérica.txt': helloFile })
  expect((await get(`/ipfs/${named.cid}/Portugal%252C+España=Peninsula%20Ibérica.txt`)).text).toBe(
    'hello world\n',
  )
})

/** The CIDs of a CAR, asked for by parameter and, the same, by header. */
const car = async (path: string, headers: Record<string, string> = {}): Promise<string[]> => {
  const told = await get(path, { headers })
  expect(told.status).toBe(200)
  expect(told.headers).toMatchObject({
    'content-type': expect.stringContaining('application/vnd.ipld.car; version=1; order=dfs'),
    'content-disposition': expect.stringMatching(/^attachment; filename=".*\.car"$/),
    'x-content-type-options': 'nosniff',
    'accept-ranges': 'none',
    etag: expect.stringMatching(/^"\S+"$/),
  })
  if (path.includes('format=car') && headers.accept === undefined) {
    const asked = { headers: { accept: 'application/vnd.ipld.car' } }
    expect((await get(path.replace(/format=car&?/, ''), asked)).bytes).toEqual(told.bytes)
  }
  return cidsOfCar(told.bytes)
}
const texts = (nodes: readonly { readonly cid: { toString(): string } }[]): string[] =>
  nodes.map(({ cid }) => cid.toString())

test('CARs of paths', async () => {
  const at = `/ipfs/${mixed.cid}`
  const way = texts([mixed, subdir])
  const [ascii1, hello, file] = texts([asciiFile, helloFile, multiblock])
  const small = texts([twoFiles, ...[trees.folder({ 'ascii.txt': asciiFile, 'hello.txt': helloFile })]])
  expect(await car(`/ipfs/${twoFiles.cid}/subdir/ascii.txt?format=car`)).toEqual([...small, ascii1])
  expect(await car(`/ipfs/${twoFiles.cid}/subdir?format=car&dag-scope=block`)).toEqual(small)
  expect(await car(`/ipfs/${twoFiles.cid}/subdir/ascii.txt?format=car&dag-scope=block`)).toEqual([
    ...small,
    ascii1,
  ])
  expect(await car(`/ipfs/${twoFiles.cid}?format=car&dag-scope=entity`)).toEqual([small[0]])
  expect(await car(`${at}/subdir/ascii.txt?format=car&dag-scope=entity`)).toEqual([...way, ascii1])
  for (const scope of ['entity', 'all'])
    expect(await car(`${at}/subdir/multiblock.txt?format=car&dag-scope=${scope}`)).toEqual([
      ...way,
      file,
      ...leaves,
    ])
  expect(await car(`${at}/subdir/multiblock.txt?format=car&dag-scope=entity&entity-bytes=0:*`)).toEqual([
    ...way,
    file,
    ...leaves,
  ])
  expect(await car(`${at}/subdir?format=car&dag-scope=all`)).toEqual([...way, ascii1, hello, file, ...leaves])
  expect(await car(`/ipfs/${document.cid}/files/single?format=car`)).toEqual(texts([document, helloFile]))
  expect(await car(`/ipfs/${withDocument.cid}/document?format=car&dag-scope=entity`)).toEqual(
    texts([withDocument, document]),
  )
  expect((await get(`/ipfs/${twoFiles.cid}/subdir/i-do-not-exist?format=car`)).status).toBe(404)
})

test('the parameter format is before the header Accept', async () => {
  const path = `/ipfs/${rawDir.cid}`
  const type = async (format: string, accept: string) =>
    (await get(`${path}?format=${format}`, { headers: { accept } })).headers['content-type']
  expect(await type('car', 'application/vnd.ipld.raw')).toContain('application/vnd.ipld.car')
  expect(await type('raw', 'application/vnd.ipld.car')).toBe('application/vnd.ipld.raw')
})

test.each([
  ['0:*', leaves],
  ['512:*', leaves.slice(2)],
  ['512:1023', leaves.slice(2, 4)],
  ['512:-256', leaves.slice(2, 4)],
  ['-5:*', leaves.slice(3)],
  ['-9999:*', leaves],
  ['-9999:-3', leaves.slice(0, 4)],
  ['0:0', leaves.slice(0, 1)],
  ['9999:*', []],
])('a CAR with entity-bytes=%s', async (bytes, expected) => {
  const path = `/ipfs/${multiblock.cid}?format=car&dag-scope=entity&entity-bytes=${bytes}`
  expect(await car(path)).toEqual([multiblock.cid.toString(), ...expected])
})

test('a CAR of a sharded folder, and on a path through it', async () => {
  const files = Array.from({ length: 100 }, (_, i) => trees.file(`file ${i} ${'x'.repeat(300)}`, small))
  const nameOf = (i: number): string => `${i}-${'n'.repeat(20)}.txt`
  const entries = Array.from({ length: 8_000 }, (_, i) => [nameOf(i), files[i % 100]!] as const)
  const folder = trees.folder(Object.fromEntries(entries))
  const shards = await car(`/ipfs/${folder.cid}?format=car&dag-scope=entity&entity-bytes=0:*`)
  expect(shards.length).toBeGreaterThan(100)
  expect(shards[0]).toBe(folder.cid.toString())
  const onPath = await car(`/ipfs/${folder.cid}/${nameOf(685)}?format=car`)
  const at = onPath.indexOf(files[85]!.cid.toString())
  expect(at).toBeGreaterThan(1)
  expect(onPath.slice(0, at).every(cid => shards.includes(cid))).toBe(true)
  // The file has two leaves.
  expect(onPath.slice(at)).toHaveLength(3)
  expect(await car(`/ipfs/${folder.cid}/${nameOf(685)}?format=car&dag-scope=block`)).toEqual(
    onPath.slice(0, at + 1),
  )
})

test('blocks that stand in a DAG twice', async () => {
  const path = `/ipfs/${duplicates.cid}`
  const [one, hello, file] = texts([asciiFile, helloFile, multiblock])
  const once = [duplicates.cid.toString(), one, hello, file, ...leaves]
  const twice = [duplicates.cid.toString(), one, one, hello, file, ...leaves]
  expect(await car(path, { accept: 'application/vnd.ipld.car; version=1; order=dfs; dups=y' })).toEqual(twice)
  expect(await car(path, { accept: 'application/vnd.ipld.car; version=1; order=dfs; dups=n' })).toEqual(once)
  const inHeader = { accept: 'application/vnd.ipld.car; version=1; order=dfs; dups=y' }
  expect(await car(`${path}?format=car`, inHeader)).toEqual(twice)
  expect((await get(`${path}?format=car`, { headers: inHeader })).headers['content-type']).toContain('dups=y')
  expect(await car(`${path}?format=car&car-dups=y`, { accept: 'application/vnd.ipld.car; dups=n' })).toEqual(
    twice,
  )
  expect(
    await car(`${path}?format=car&car-order=dfs`, { accept: 'application/vnd.ipld.car; order=unk' }),
  ).toEqual(once)
  expect(await car(path, { accept: 'application/vnd.ipld.car; order=unk' })).toEqual(once)
  const inline = 'bafkqaf3imvwgy3zaneqgc3janfxgy2lomvscay3jmqfa'
  expect(await car(`/ipfs/${inline}`, { accept: 'application/vnd.ipld.car; dups=y' })).toEqual([])
})

test('a TAR is not sent', async () => {
  expect((await get(`/ipfs/${mixed.cid}?format=tar`)).status).toBe(406)
})

test('HEAD tells of everything what GET does, without it', async () => {
  const paths = [
    `/ipfs/${subdir.cid}/ascii.txt`,
    `/ipfs/${subdir.cid}/`,
    `/ipfs/${subdir.cid}`,
    `/ipfs/${cached.cid}/root2/root3/root4/`,
    `/ipfs/${multiblock.cid}?format=raw`,
    `/ipfs/${mixed.cid}?format=car`,
    `/ipfs/${document.cid}`,
    `/ipfs/${subdir.cid}/nothing`,
    '/',
  ]
  for (const path of paths) {
    const [whole, head] = [await get(path), await get(path, { method: 'HEAD' })]
    expect([path, head.status, head.headers, head.bytes.length]).toEqual([
      path,
      whole.status,
      whole.headers,
      0,
    ])
  }
  // Only GET has ranges.
  const part = await get(paths[0]!, { method: 'HEAD', headers: { range: 'bytes=0-1' } })
  expect(part).toMatchObject({ status: 200, headers: { 'content-length': '31' } })
})
