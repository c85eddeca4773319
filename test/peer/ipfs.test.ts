import fs from 'node:fs'
import { CarReader } from '@ipld/car'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { concat, sha256, utf8 } from '../../src/base/index.ts'
import { cidOfSha256, codecs, parseLink } from '../../src/content/index.ts'
import { listenForGateway } from '../../src/daemon/gateway-server.ts'
import type { Peer } from '../../src/peer/index.ts'
import type { CidUpdate } from '../../src/services/files/index.ts'
import type { IpfsEntry } from '../../src/services/ipfs/index.ts'
import { carSectionHead, encodeCarHeader, encodeDagPb, encodeUnixFs } from '../../src/wire/index.ts'
import { cat, codeOf, describeCid, get, getUntil, Peers, share } from './peers.ts'
import { bytesOf, makeTree, treeOf } from './trees.ts'

// Nothing leaves this machine.
const alone = {
  'network.hosts': ['127.0.0.1'],
  'network.mdns': false,
  'bittorrent.dht': false,
  'bittorrent.lsd': false,
  'ipfsRouting.bootstrap': [],
  'ipfsRouting.servers': [],
  'gateway.port': 0,
  // Whoever was too slow to answer is asked again soon.
  'ipfsSession.findAgainMs': 1_000,
}
const foldersOf = (root: string): string[] =>
  fs
    .readdirSync(root, { recursive: true, withFileTypes: true })
    .filter(entry => entry.isDirectory())
    .map(entry => `${entry.parentPath}/${entry.name}`.slice(root.length + 1))
    .sort()
const peers = new Peers()
let a: Peer
let b: Peer

beforeAll(async () => {
  a = await peers.start('a', alone, { transports: 'tcp' })
  b = await peers.start('b', alone, { transports: 'tcp' })
  // So that they are connected.
  const hello = await share(a, makeTree(peers.path('hello'), { 'one.bin': bytesOf(9, 10) }))
  await get(b, hello.link, peers.path('into-hello'))
}, 60_000)
afterAll(() => peers.end())

describe('a CID', () => {
  it('is fetched to files, and is a share like all others then', async () => {
    const path = makeTree(peers.path('tree'), {
      'one.bin': bytesOf(1, 3_000_000),
      'sub/two.txt': bytesOf(2, 70_001),
      'sub/empty': new Uint8Array(0),
    })
    const { cid, link } = await share(a, path, { on: 'ipfs,private' })
    expect(await describeCid(b, cid!)).toMatchObject({
      cid,
      blocks: 0,
      missing: 1,
      isWhole: false,
      contents: [],
    })
    expect(await codeOf(describeCid(b, `${cid}/sub`))).toBe('block.missing')
    expect(parseLink(link)).toMatchObject({ kind: 'peerage', cid })
    expect(await a.files.announce({ content: 'tree' })).toMatchObject([
      { name: `/ipfs/${cid}`, kind: 'ipfs' },
    ])
    const got = await get(b, `ipfs://${cid}`, peers.path('into'), { timeout: 10 })
    expect(got).toMatchObject({ state: 'complete', totalBytes: 3_070_001, files: 3 })
    expect(treeOf(peers.path('into', cid!))).toEqual(treeOf(path))
    const one = await get(b, `/ipfs/${cid}/sub/two.txt`, peers.path('into'), { timeout: 10 })
    expect(one).toMatchObject({ state: 'complete', name: 'two.txt', files: 1 })
    expect(fs.readFileSync(peers.path('into', 'two.txt'))).toEqual(fs.readFileSync(`${path}/sub/two.txt`))
    // What it was listed by is a part of it, and not of the cache.
    await b.pins.clear({})
    const told = await describeCid(b, cid!)
    expect(told).toMatchObject({
      cid,
      codec: 'dag-pb',
      hash: 'sha2-256',
      kind: 'directory',
      isWhole: true,
      missing: 0,
    })
    expect(told).toMatchObject({
      v0: expect.stringMatching(/^Qm/),
      contents: [{ infoHash: got.infoHash }],
      isPinned: false,
    })
    expect(told.bytes).toBeGreaterThan(3_070_001)
    for (const other of [told.v0!, told.base36, `https://ipfs.io/ipfs/${told.v0}`])
      expect(await describeCid(b, other)).toMatchObject({ cid, isWhole: true })
    expect(await describeCid(b, `${cid}/sub/two.txt`)).toMatchObject({
      kind: 'file',
      size: 70_001,
      blocks: 1,
    })
    // The same again is what is here.
    expect(await get(b, cid!, peers.path('into'))).toMatchObject({
      state: 'complete',
      infoHash: got.infoHash,
    })
    expect(await cat(b, got.infoHash, { file: 'one.bin', offset: 1, length: 5 })).toHaveLength(5)
  })

  it('is fetched in part: what was chosen is a content of its own', async () => {
    const path = makeTree(peers.path('chosen'), {
      'one.bin': bytesOf(41, 1_200_000),
      'sub/two.txt': bytesOf(42, 5_000),
      'sub/three.txt': bytesOf(43, 5_000),
      'sub/none': new Uint8Array(0),
    })
    const { cid } = await share(a, path, { on: 'ipfs' })
    const into = peers.path('into-chosen')
    expect(await codeOf(get(b, cid!, into, { choose: ['four'], timeout: 10 }))).toBe('content.no-such-file')
    await b.files.remove({ content: cid!, deleteFiles: false })
    const got = await get(b, cid!, into, { choose: ['sub'], timeout: 10 })
    expect(got).toMatchObject({ state: 'complete', files: 3, totalBytes: 10_000 })
    expect(treeOf(`${into}/${cid}/sub`)).toEqual(treeOf(`${path}/sub`))
    expect(fs.readdirSync(`${into}/${cid}`)).toEqual(['sub'])
    const row = (await b.files.list({})).find(({ infoHash }) => infoHash === got.infoHash)
    expect(row?.audience).toBeDefined()
    // The CID is that of more than is here: all of it is another content.
    const whole = await get(b, cid!, peers.path('into-whole'), { timeout: 10 })
    expect(whole.infoHash).not.toBe(got.infoHash)
    expect(whole).toMatchObject({ state: 'complete', files: 4 })
  })

  it('of a tree with empty folders brings them, and they are the same CID there, until all of it goes', async () => {
    const path = makeTree(peers.path('hollow'), { 'sub/one.txt': bytesOf(61, 1_000) })
    fs.mkdirSync(`${path}/none/at/all`, { recursive: true })
    fs.mkdirSync(`${path}/sub/none`)
    const { cid } = await share(a, path, { on: 'ipfs' })
    const [into, chosen] = [peers.path('into-hollow'), peers.path('into-half')]
    const got = await get(b, cid!, into, { timeout: 10 })
    expect(got).toMatchObject({ state: 'complete', files: 1 })
    expect(foldersOf(`${into}/${cid}`)).toEqual(['none', 'none/at', 'none/at/all', 'sub', 'sub/none'])
    const told: CidUpdate[] = []
    for await (const update of b.files.cid({ path: `${into}/${cid}` })) told.push(update)
    expect(told.at(-1)).toMatchObject({ cid })
    await b.files.remove({ content: got.infoHash, deleteFiles: true })
    expect(fs.readdirSync(into)).toEqual([])
    await get(b, cid!, chosen, { choose: ['sub'], timeout: 10 })
    expect(foldersOf(`${chosen}/${cid}`)).toEqual(['sub', 'sub/none'])
  })

  it('in a link with an info hash brings its empty folders, too, wherever its files come from, and whenever it is asked for again', async () => {
    const path = makeTree(peers.path('both'), { 'sub/one.txt': bytesOf(62, 1_000) })
    fs.mkdirSync(`${path}/none/at/all`, { recursive: true })
    fs.mkdirSync(`${path}/sub/none`)
    const { link } = await share(a, path, { on: 'bittorrent,ipfs,private' })
    const [into, chosen] = [peers.path('into-both'), peers.path('into-some')]
    const all = ['none', 'none/at', 'none/at/all', 'sub', 'sub/none']
    const { infoHash } = await get(b, link, into, { timeout: 10 })
    const folders = (): string[] => foldersOf(`${into}/both`)
    await expect.poll(folders, { timeout: 10_000 }).toEqual(all)
    fs.rmSync(`${into}/both/none`, { recursive: true })
    await get(b, link, into, { timeout: 10 })
    await expect.poll(folders, { timeout: 10_000 }).toEqual(all)
    await b.files.remove({ content: infoHash, deleteFiles: true })
    expect(fs.readdirSync(into)).toEqual([])
    await get(b, link, chosen, { choose: ['sub'], timeout: 10 })
    await expect.poll(() => foldersOf(`${chosen}/both`), { timeout: 10_000 }).toEqual(['sub', 'sub/none'])
  })

  it.each([
    ['..', 'dag.invalid'],
    ['../out', 'dag.invalid'],
    ['/etc/out', 'dag.invalid'],
    ['', 'dag.invalid'],
    ['a\0b', 'dag.invalid'],
  ])('of a folder with a file called %j is refused, and nothing is written', async (name, code) => {
    const leaf = cidOfSha256(sha256(utf8('out')), codecs.raw, 1)
    const bytes = encodeDagPb({
      links: [{ hash: leaf.bytes, name, size: 3 }],
      data: encodeUnixFs({ type: 'directory', blockSizes: [] }),
    })
    const root = cidOfSha256(sha256(bytes), codecs.dagPb, 1)
    const blocks = [
      { cid: root, bytes },
      { cid: leaf, bytes: utf8('out') },
    ]
    const sections = blocks.map(one => concat([carSectionHead(one.cid.bytes, one.bytes.length), one.bytes]))
    const file = peers.path(`hostile-${root}.car`)
    fs.writeFileSync(file, concat([encodeCarHeader([root]), ...sections]))
    for await (const _ of b.car.import({ file, pin: false }));
    const into = peers.path('into-hostile', String(root))
    expect(await codeOf(get(b, `${root}`, into, { timeout: 10 }))).toBe(code)
    expect(fs.existsSync(into)).toBe(false)
    expect(fs.existsSync(peers.path('into-hostile', 'out'))).toBe(false)
    await b.files.remove({ content: `${root}`, deleteFiles: false })
  })

  it('of a path is what a share of it gets, in both profiles, and nothing is kept', async () => {
    const path = makeTree(peers.path('named'), {
      'one.bin': bytesOf(51, 1_200_000),
      'sub/two.txt': bytesOf(52, 5_000),
    })
    const told: CidUpdate[] = []
    for await (const update of b.files.cid({ path })) told.push(update)
    const { cid } = await share(a, path, { on: 'ipfs' })
    expect(told.at(-1)).toMatchObject({ phase: 'named', cid, name: 'named', files: 2, totalBytes: 1_205_000 })
    await expect(b.files.list({})).resolves.not.toContainEqual(expect.objectContaining({ name: 'named' }))
    for await (const update of b.files.cid({ path, profile: 'unixfs-v0-2015' })) told.push(update)
    expect(told.at(-1)).toMatchObject({ phase: 'named', cid: expect.stringMatching(/^Qm/) })
    const stop = AbortSignal.abort(new Error('enough'))
    await expect(
      (async () => {
        for await (const _ of b.files.cid({ path }, { signal: stop }));
      })(),
    ).rejects.toThrow('enough')
  })

  it('that nobody has ends when nothing comes for too long, and is removed', async () => {
    const cid = 'bafkreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy'
    await expect(get(b, cid, peers.path('into'), { timeout: 0.5 })).rejects.toMatchObject({
      code: 'network.no-peers',
    })
    const row = (await b.files.list({})).find(({ infoHash }) => infoHash === `/ipfs/${cid}`)
    expect(row).toMatchObject({ state: 'finding', name: cid })
    expect(await b.files.pause({ content: cid })).toMatchObject({ state: 'paused' })
    await b.files.remove({ content: cid, deleteFiles: false })
    expect((await b.files.list({})).some(({ infoHash }) => infoHash === `/ipfs/${cid}`)).toBe(false)
  })
})

describe('a folder', () => {
  it('is listed and read without being fetched, also in part', async () => {
    const path = makeTree(peers.path('looked-at'), {
      'one.bin': bytesOf(31, 1_300_000),
      'sub/two.txt': bytesOf(32, 7_001),
    })
    const { cid } = await share(a, path, { on: 'ipfs' })
    expect(await listed(cid!)).toEqual([
      expect.objectContaining({ name: 'one.bin', kind: 'file', size: 1_300_000 }),
      expect.objectContaining({ name: 'sub', kind: 'directory' }),
    ])
    const [two] = await listed(`ipfs://${cid}/sub/two.txt`)
    expect(two).toMatchObject({ name: 'two.txt', kind: 'file', size: 7_001 })
    const bytes = fs.readFileSync(`${path}/one.bin`)
    const middle = { offset: 1_000_000, length: 200_000 }
    expect(await cat(b, `/ipfs/${cid}/one.bin`, middle)).toEqual(bytes.subarray(1_000_000, 1_200_000))
    expect(await cat(b, two!.cid)).toEqual(fs.readFileSync(`${path}/sub/two.txt`))
    expect(await cat(b, cid!, { file: 'sub/two.txt', length: 3 })).toHaveLength(3)
    expect(await codeOf(cat(b, cid!))).toBe('content.no-such-file')
    expect(await codeOf(cat(b, `${two!.cid}`, { offset: 8_000 }))).toBe('usage.invalid')
    expect(await codeOf(listed(`ipfs://${cid}/three`))).toBe('content.no-such-file')
  })

  it('that nobody has is not waited for longer than was said', async () => {
    const link = 'bafkreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy'
    const told: unknown[] = []
    const listing = async (): Promise<void> => {
      for await (const update of b.ipfs.ls({ link, timeout: 1 })) told.push(update)
    }
    expect(await codeOf(listing())).toBe('network.no-peers')
    expect(told[0]).toMatchObject({ phase: 'looking', name: link, asked: expect.any(Number) })
    const exporting = async (): Promise<void> => {
      const what = link
      for await (const _ of b.car.export({ what, timeout: 0.1, path: peers.path('nothing.car') }));
    }
    expect(await codeOf(exporting())).toBe('network.no-peers')
    expect(await codeOf(cat(b, link, { timeout: 0.1 }))).toBe('network.no-peers')
    expect(fs.readdirSync(peers.root).filter(name => name.startsWith('nothing'))).toEqual([])
  })
})

describe('an archive and the gateway', () => {
  it('have what only another peer has', async () => {
    const path = makeTree(peers.path('elsewhere'), {
      'one.bin': bytesOf(61, 1_500_000),
      'sub/two.txt': bytesOf(62, 5_000),
    })
    const { cid } = await share(a, path, { on: 'ipfs' })
    const car = peers.path('elsewhere.car')
    const said: unknown[] = []
    for await (const update of b.car.export({ what: `${cid}/sub`, path: car })) said.push(update)
    expect(said.at(-1)).toMatchObject({ phase: 'exported', blocks: 2 })
    const archive = await CarReader.fromBytes(fs.readFileSync(car))
    const [sub] = (await listed(cid!)).filter(({ name }) => name === 'sub')
    expect((await archive.getRoots()).map(String)).toEqual([sub!.cid])
    await b.attachGateway(options => listenForGateway(options, false))
    const at = (await b.gateway.start({})).url!.replace('localhost', '127.0.0.1')
    const { searchParams } = new URL((await b.gateway.url({ what: cid! })).url)
    // What a peer gives that we are connected to may be for us alone: the key is asked for.
    const headers = {
      authorization: `Bearer ${searchParams.get('peerage-key')}`,
      range: 'bytes=1048000-1049999',
    }
    const told = await fetch(`${at}/ipfs/${cid}/one.bin`, { headers })
    expect(told.status).toBe(206)
    const bytes = fs.readFileSync(`${path}/one.bin`).subarray(1_048_000, 1_050_000)
    expect(Buffer.from(await told.arrayBuffer()).equals(bytes)).toBe(true)
  })
})

describe('a CID on its way', () => {
  const eager = { ...alone, 'store.checkpointMs': 100 }
  let slow: Peer
  let to: Peer
  let into: string
  /** Connected, in this run. */
  const startTo = async (round: number): Promise<void> => {
    to = await peers.start('to', eager, { transports: 'tcp' })
    const hello = await share(slow, makeTree(peers.path(`hello-${round}`), { one: bytesOf(10 + round, 10) }))
    await get(to, hello.link, peers.path('into-hello-to'))
  }
  beforeAll(async () => {
    slow = await peers.start(
      'slow',
      { ...alone, 'files.uploadBytesPerSecond': 3_000_000 },
      { transports: 'tcp' },
    )
    await startTo(1)
    into = peers.path('into-long')
  }, 60_000)

  it('goes on after a restart where it was', async () => {
    const path = makeTree(peers.path('long'), {
      'one.bin': bytesOf(71, 9_000_000),
      'two.bin': bytesOf(72, 9_000),
    })
    const { cid } = await share(slow, path, { on: 'ipfs' })
    await getUntil(to, cid!, into, ({ bytes }) => bytes > 1_500_000)
    await to.files.pause({ content: cid! })
    await peers.stop(to)
    await startTo(2)
    const seen: number[] = []
    const signal = AbortSignal.timeout(15_000)
    for await (const { bytes, state } of to.files.get({ link: cid!, into }, { signal }))
      if (state === 'fetching') seen.push(bytes)
    expect(seen[0]).toBeGreaterThan(1_000_000)
    expect(treeOf(`${into}/${cid}`)).toEqual(treeOf(path))
  })

  it('is removed with all that was written of it, also when it was paused before a restart', async () => {
    fs.mkdirSync(into, { recursive: true })
    const there = (): string[] => fs.readdirSync(into, { recursive: true }).map(String).toSorted()
    const before = there()
    const path = makeTree(peers.path('longer'), {
      'one.bin': bytesOf(73, 6_000_000),
      'sub/two.bin': bytesOf(74, 6_000_000),
    })
    const { cid } = await share(slow, path, { on: 'ipfs' })
    const begin = async (): Promise<void> => {
      await getUntil(to, cid!, into, ({ bytes }) => bytes > 500_000)
      expect(there()).not.toEqual(before)
    }
    await begin()
    await to.files.remove({ content: cid!, deleteFiles: false })
    expect(there()).toEqual(before)
    await begin()
    await to.files.pause({ content: cid! })
    await peers.stop(to)
    to = await peers.start('to', eager, { transports: 'tcp' })
    expect(there()).not.toEqual(before)
    await to.files.remove({ content: cid!, deleteFiles: false })
    expect(there()).toEqual(before)
  })
})

async function listed(link: string): Promise<readonly IpfsEntry[]> {
  for await (const update of b.ipfs.ls({ link })) if (update.phase === 'listed') return update.entries
  throw new Error('it was not listed')
}

describe('a swarm', () => {
  it('has IPFS as one more of those who give', async () => {
    const path = makeTree(peers.path('swarm'), {
      'one.bin': bytesOf(21, 2_500_000),
      'sub/two.bin': bytesOf(22, 300_000),
    })
    const { link, infoHash } = await share(a, path, { on: 'ipfs,private' })
    // Slow enough that all who give come to it.
    await get(b, link, peers.path('into-swarm'), { paused: true })
    await b.files.set({ content: infoHash, down: 1_500_000 })
    const seen: unknown[] = []
    const signal = AbortSignal.timeout(15_000)
    for await (const update of b.files.get({ link, into: peers.path('into-swarm') }, { signal })) {
      seen.push(...update.peers.map(({ peer }) => peer))
      if (update.state === 'fetching') seen.push(...(await b.files.trackers({ content: infoHash })))
    }
    const cid = parseLink(link).cid!
    expect(seen).toContain(`/ipfs/${cid}`)
    expect(seen).toContainEqual(expect.objectContaining({ kind: 'ipfs', name: `/ipfs/${cid}`, peers: 1 }))
    expect(treeOf(peers.path('into-swarm', 'swarm'))).toEqual(treeOf(path))
  })
})

describe('blocks', () => {
  it('that came to one who may read them are given on to nobody', async () => {
    const path = makeTree(peers.path('ours'), { 'one.bin': bytesOf(7, 1_500_000) })
    const { cid } = await share(a, path, { on: 'ipfs' })
    await share(a, path, { on: 'private', who: [`peer:${b.peerId}`] })
    expect(await cat(b, `ipfs://${cid}/one.bin`, { length: 10 })).toHaveLength(10)
    const c = await peers.start('c', alone, { transports: 'tcp' })
    const hello = await share(b, makeTree(peers.path('hello-c'), { 'two.bin': bytesOf(10, 10) }))
    await get(c, hello.link, peers.path('into-c'))
    const reads = async (): Promise<string> => {
      const signal = AbortSignal.timeout(1_500)
      const parts = c.files.cat({ content: `ipfs://${cid}/one.bin`, length: 10 }, { signal })
      for await (const part of parts) if (part instanceof Uint8Array) return 'read'
      return 'ended'
    }
    await expect(reads()).rejects.toMatchObject({ name: 'TimeoutError' })
    // Also not when all of it was fetched to files.
    const got = await get(b, cid!, peers.path('into-ours'), { timeout: 10 })
    expect(got).toMatchObject({ state: 'complete' })
    await expect(reads()).rejects.toMatchObject({ name: 'TimeoutError' })
    expect(await b.access.show({ resource: `content:${got.infoHash}` })).toMatchObject({ rules: [] })
    expect(await codeOf(b.files.announce({ content: got.infoHash! }))).toBe('usage.invalid')
  })

  it('of a private share go to those who may read it, and to nobody else', async () => {
    const path = makeTree(peers.path('secret'), { 'one.bin': bytesOf(5, 1_500_000) })
    const { cid } = await share(a, path, { on: 'ipfs' })
    await share(a, path, { on: 'private', who: [`peer:${a.peerId}`] })
    await expect(get(b, cid!, peers.path('into-secret'), { timeout: 1 })).rejects.toMatchObject({
      code: 'network.no-peers',
    })
    await share(a, path, { on: 'private', who: [`peer:${b.peerId}`] })
    // Whoever did not give it is asked again when it begins anew.
    await b.files.pause({ content: cid! })
    expect(await get(b, cid!, peers.path('into-secret'), { timeout: 10 })).toMatchObject({
      state: 'complete',
    })
  })
})
