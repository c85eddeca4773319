import { hash } from 'node:crypto'
import fs from 'node:fs'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { decodeTorrent, encodeTorrent } from '../../src/content/index.ts'
import type { Peer } from '../../src/peer/index.ts'
import type { TransferSnapshot } from '../../src/services/files/index.ts'
import { type Encodable, encode } from '../../src/wire/index.ts'
import { get, getUntil, Peers } from './peers.ts'
import { bytesOf, makeTree, treeOf } from './trees.ts'

// Real web servers on loopback; nothing but a web seed leads anywhere.
const alone = {
  'network.hosts': ['127.0.0.1'],
  'network.mdns': false,
  'bittorrent.dht': false,
  'bittorrent.lsd': false,
  'webSeeds.retryMs': 50,
  'webSeeds.timeoutMs': 500,
}
const peers = new Peers()
const servers = new Set<Server>()
let a: Peer
let folder: string
let runs = 0

beforeAll(async () => {
  folder = makeTree(peers.path('Films & co'), {
    'one #1.bin': bytesOf(1, 900_000),
    'sub/two?.bin': bytesOf(2, 70_001),
    'sub/empty': new Uint8Array(0),
    'three.bin': bytesOf(3, 1),
    'four.bin': bytesOf(4, 400_000),
  })
  a = await peers.start('a', alone, { transports: 'tcp' })
})
afterEach(() => {
  for (const server of servers) {
    server.closeAllConnections()
    server.close()
  }
  servers.clear()
})
afterAll(() => peers.end())

type Handler = (request: IncomingMessage, response: ServerResponse, path: string) => void

/** A web server on loopback; `port` where a certain one is wanted. */
async function serve(handler: Handler, port = 0): Promise<{ server: Server; url: string; port: number }> {
  const server = createServer((request, response) => {
    handler(
      request,
      response,
      peers.path(decodeURIComponent(new URL(request.url!, 'http://x').pathname).slice(1)),
    )
  })
  servers.add(server)
  await new Promise<void>(done => server.listen(port, '127.0.0.1', done))
  const at = server.address() as AddressInfo
  return { server, url: `http://127.0.0.1:${at.port}/`, port: at.port }
}

const honest: Handler = (request, response, path) => {
  if (!fs.existsSync(path)) return void response.writeHead(404).end()
  const bytes = fs.readFileSync(path)
  const [, first, last] = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '') ?? []
  if (first === undefined) return void response.writeHead(200, { 'content-length': bytes.length }).end(bytes)
  const part = bytes.subarray(Number(first), Number(last) + 1)
  response.writeHead(206, {
    'content-range': `bytes ${first}-${last}/${bytes.length}`,
    'content-length': part.length,
  })
  response.end(part)
}

/** Writes a metadata file that names web seeds. */
async function torrentWith(
  webSeed: string[],
  input: object = {},
): Promise<{ torrent: string; infoHash: string }> {
  for await (const update of a.files.share({
    path: folder,
    public: true,
    webSeed,
    pieceLength: 65_536,
    ...input,
  }))
    if (update.phase === 'shared') {
      const torrent = peers.path(`${++runs}.torrent`)
      await a.files.export({ content: update.infoHash, path: torrent })
      // The next test shall not find the web seeds of this one there.
      await a.files.unshare({ content: update.infoHash })
      return { torrent, infoHash: update.infoHash }
    }
  throw new Error('it was not shared')
}

interface Fetched {
  readonly peer: Peer
  readonly into: string
  readonly infoHash: string
  readonly torrent: string
}

async function fetcher(
  webSeed: string[],
  set: Readonly<Record<string, unknown>> = {},
  input = {},
): Promise<Fetched> {
  const { torrent, infoHash } = await torrentWith(webSeed, input)
  const peer = await peers.start(`b${runs}`, { ...alone, ...set }, { transports: 'tcp' })
  return { peer, into: peers.path('into', `${runs}`), torrent, infoHash }
}

const all = ({ into }: Fetched): void => {
  expect(treeOf(`${into}/Films & co`)).toEqual(treeOf(folder))
}
const bytesAre =
  (count: number) =>
  ({ bytes }: TransferSnapshot): boolean =>
    bytes >= count

/** Undefined until the content is known there. */
async function seedOf(
  { peer, infoHash }: Fetched,
  url: string,
): Promise<{ state: string; message?: string } | undefined> {
  const rows = await peer.files.trackers({ content: infoHash }).catch(() => [])
  return rows.find(({ name }) => name === url)
}

async function until(what: () => Promise<boolean>): Promise<void> {
  const end = Date.now() + 10_000
  while (!(await what())) {
    if (Date.now() > end) throw new Error('it never came to that')
    await new Promise(done => setTimeout(done, 20))
  }
}

describe('from a web seed alone (BEP 19)', () => {
  it.each([
    ['v2', {}],
    ['hybrid', { hybrid: true }],
  ])('%s, names of all kinds', async (_, input) => {
    const { url } = await serve(honest)
    const b = await fetcher([url], {}, input)
    expect(await get(b.peer, b.torrent, b.into)).toMatchObject({
      state: 'complete',
      downBytesEver: 1_370_002,
    })
    all(b)
    await peers.stop(b.peer)
  })

  it('padding of a hybrid is never asked for', async () => {
    const asked: string[] = []
    const { url } = await serve((request, response, path) => {
      asked.push(path)
      honest(request, response, path)
    })
    const b = await fetcher([url], {}, { hybrid: true })
    await get(b.peer, b.torrent, b.into)
    expect(asked.some(path => path.includes('.pad'))).toBe(false)
    await peers.stop(b.peer)
  })

  it('only what is wanted', async () => {
    const asked = new Set<string>()
    const { url } = await serve((request, response, path) => {
      asked.add(path.slice(peers.root.length))
      honest(request, response, path)
    })
    const b = await fetcher([url])
    await get(b.peer, b.torrent, b.into, { choose: ['four.bin'] })
    expect([...asked]).toEqual(['/Films & co/four.bin'])
    await peers.stop(b.peer)
  })

  it('within the download limit', async () => {
    const { url } = await serve(honest)
    const b = await fetcher([url], { 'swarm.downloadBytesPerSecond': 800_000 })
    const began = performance.now()
    await get(b.peer, b.torrent, b.into)
    expect(performance.now() - began).toBeGreaterThan(1_000)
    await peers.stop(b.peer)
  })

  it('remembers where a redirect led', async () => {
    const end = await serve(honest)
    let redirects = 0
    const { url } = await serve((request, response) => {
      redirects++
      response.writeHead(302, { location: end.url + request.url!.slice(1) }).end()
    })
    const b = await fetcher([url], { 'webSeeds.connections': 1 })
    await get(b.peer, b.torrent, b.into)
    all(b)
    // Once for each of the files that have bytes.
    expect(redirects).toBe(4)
    await peers.stop(b.peer)
  })

  it('goes on after the server was gone for a while', async () => {
    let sent = 0
    const first = await serve((request, response, path) => {
      if (++sent > 3) first.server.closeAllConnections()
      else honest(request, response, path)
    })
    const b = await fetcher([first.url])
    await getUntil(b.peer, b.torrent, b.into, bytesAre(60_000))
    first.server.closeAllConnections()
    first.server.close()
    await until(async () => (await seedOf(b, first.url))?.state === 'failed')
    await serve(honest, first.port)
    await get(b.peer, b.torrent, b.into)
    all(b)
    await peers.stop(b.peer)
  })

  it('small files of a server that sends only whole ones', async () => {
    const { url } = await serve((request, response, path) => {
      delete request.headers.range
      honest(request, response, path)
    })
    const b = await fetcher([url])
    await get(b.peer, b.torrent, b.into)
    all(b)
    await peers.stop(b.peer)
  })

  it('large files of such a server are left to others, and that is said', async () => {
    const { url } = await serve((request, response, path) => {
      delete request.headers.range
      honest(request, response, path)
    })
    const b = await fetcher([url], { 'webSeeds.maxSkipBytes': 100_000 })
    await getUntil(b.peer, b.torrent, b.into, bytesAre(70_002))
    await until(async () => (await seedOf(b, url))?.message !== undefined)
    expect((await seedOf(b, url))?.message).toBe(
      '2 files cannot be had from it. It sends only whole files, and this one is too large for that.',
    )
    await peers.stop(b.peer)
  })

  it('pause ends it', async () => {
    let open = 0
    const { url } = await serve((_, response) => {
      open++
      response.on('close', () => open--)
      response.writeHead(206)
    })
    const b = await fetcher([url], { 'webSeeds.timeoutMs': 60_000 })
    for await (const _ of b.peer.files.get({ link: b.torrent, into: b.into, background: true }));
    await until(async () => open > 0)
    await b.peer.files.pause({ content: b.infoHash })
    await until(async () => open === 0)
    await peers.stop(b.peer)
  })
})

it('a server that lacks some of many files gives the others', async () => {
  const names = Array.from({ length: 600 }, (_, i) => `${i}.bin`)
  const path = makeTree(
    peers.path('Many'),
    Object.fromEntries(names.map((name, i) => [name, bytesOf(i, 1_000)])),
  )
  let lacked = 0
  const { url } = await serve((request, response, file) => {
    if (!/[05]0\.bin$|\/[0-9]\.bin$/.test(file)) return honest(request, response, file)
    lacked++
    response.writeHead(404).end()
  })
  const b = await fetcher([url], { 'webSeeds.maxMissingFiles': 16 }, { path })
  // 50, 100 ... 550 and 0 to 9; all at once at the beginning are below the bound.
  await getUntil(b.peer, b.torrent, b.into, bytesAre(579_000))
  expect(await seedOf(b, url)).toMatchObject({
    state: 'ok',
    message: '21 files cannot be had from it. It does not give this file (HTTP status 404).',
  })
  // Each was asked for once.
  expect(lacked).toBe(21)
  await peers.stop(b.peer)
})

it('no more than so many are used', async () => {
  const urls = [1, 2, 3].map(number => `http://127.0.0.1:9/${number}/`)
  const b = await fetcher(urls, { 'webSeeds.maxPerContent': 2 })
  void get(b.peer, b.torrent, b.into).catch(() => undefined)
  await until(async () => (await seedOf(b, urls[1]!)) !== undefined)
  expect(await seedOf(b, urls[0]!)).toBeDefined()
  expect(await seedOf(b, urls[2]!)).toBeUndefined()
  await peers.stop(b.peer)
})

it('are added and removed by hand', async () => {
  const { url } = await serve(honest)
  const b = await fetcher([])
  const getting = get(b.peer, b.torrent, b.into)
  const edit = (input: object): ReturnType<Peer['files']['edit']> =>
    b.peer.files.edit({ content: b.infoHash, ...input })
  await until(async () => (await b.peer.files.list()).length > 0)
  const gone = 'http://127.0.0.1:9/'
  await edit({ addWebSeed: [gone], addTracker: ['udp://127.0.0.1:9/a', 'udp://127.0.0.1:9/b'] })
  await until(async () => (await seedOf(b, gone)) !== undefined)
  await edit({ removeWebSeed: [gone], removeTracker: ['udp://127.0.0.1:9/a'], addWebSeed: [url] })
  expect(await getting).toMatchObject({ state: 'complete' })
  all(b)
  const rows = await edit({})
  expect(rows.filter(({ kind }) => kind === 'tracker').map(({ name }) => name)).toEqual([
    'udp://127.0.0.1:9/b',
  ])
  expect(await seedOf(b, gone)).toBeUndefined()
  await expect(edit({ addTracker: ['mailto:x'] })).rejects.toMatchObject({ code: 'usage.invalid' })
  await peers.stop(b.peer)
})

describe('from a web seed of the older kind alone (BEP 17)', () => {
  const pieceLength = 65_536
  const bytes = Buffer.from(bytesOf(9, 300_000))
  const files = [
    ['a.bin', 100_000],
    ['b.bin', 200_000],
  ] as const
  const hashes = Array.from({ length: Math.ceil(bytes.length / pieceLength) }, (_, piece) =>
    hash('sha1', bytes.subarray(piece * pieceLength, (piece + 1) * pieceLength), 'buffer'),
  )
  const dictionary = (object: Record<string, Encodable>): Encodable => new Map(Object.entries(object))
  const info = encode(
    dictionary({
      files: files.map(([name, length]) => dictionary({ length, path: [name] })),
      name: 'old',
      'piece length': pieceLength,
      pieces: Buffer.concat(hashes),
    }),
  )

  /** As the script of the BEP. */
  const script =
    (before: (response: ServerResponse, count: number) => boolean): Handler =>
    (request, response) => {
      const [, named, piece, first, last] =
        /^\/seed\?info_hash=((?:%..){20})&piece=(\d+)&ranges=(\d+)-(\d+)$/.exec(request.url!) ?? []
      if (named?.replaceAll('%', '') !== hash('sha1', info)) return void response.writeHead(404).end()
      if (!before(response, ++asked)) return
      const at = Number(piece) * pieceLength
      response.end(bytes.subarray(at + Number(first), at + Number(last) + 1))
    }
  let asked = 0

  async function start(url: string): Promise<Fetched> {
    asked = 0
    const torrent = peers.path(`${++runs}.torrent`)
    fs.writeFileSync(torrent, encodeTorrent({ info, pieceLayers: new Map(), httpSeeds: [`${url}seed`] }))
    const peer = await peers.start(`b${runs}`, alone, { transports: 'tcp' })
    return { peer, into: peers.path('into', `${runs}`), torrent, infoHash: hash('sha1', info) }
  }

  it('waits as long as it is told', async () => {
    const times: number[] = []
    const { url } = await serve(
      script((response, count) => {
        times.push(performance.now())
        if (count === 1) response.writeHead(503).end('1')
        return count > 1
      }),
    )
    const b = await start(url)
    await get(b.peer, b.torrent, b.into)
    expect(Buffer.compare(fs.readFileSync(`${b.into}/old/a.bin`), bytes.subarray(0, 100_000))).toBe(0)
    expect(Buffer.compare(fs.readFileSync(`${b.into}/old/b.bin`), bytes.subarray(100_000))).toBe(0)
    expect(times[1]! - times[0]!).toBeGreaterThan(900)
    const exported = peers.path(`${runs}-again.torrent`)
    await b.peer.files.export({ content: b.infoHash, path: exported })
    expect(decodeTorrent(fs.readFileSync(exported)).httpSeeds).toEqual([`${url}seed`])
    await peers.stop(b.peer)
  })

  it.each<[string, (response: ServerResponse) => void, string]>([
    ['an error', response => response.writeHead(404).end(), 'It answers with HTTP status 404.'],
    ['too much', response => response.end(bytes), 'It sends other parts of pieces than it is asked for.'],
    [
      'a novel instead of a wait',
      response => response.writeHead(503).end('x'.repeat(1000)),
      'more than 64 bytes',
    ],
  ])('%s', async (_, bad, said) => {
    const { url } = await serve(
      script(response => {
        bad(response)
        return false
      }),
    )
    const b = await start(url)
    void get(b.peer, b.torrent, b.into).catch(() => undefined)
    await until(async () => (await seedOf(b, `${url}seed`))?.state === 'failed')
    expect((await seedOf(b, `${url}seed`))?.message).toContain(said)
    await peers.stop(b.peer)
  })
})

describe('bad web seeds', () => {
  /** Served by one bad and one good server; what is said of the bad one. */
  async function besideAGoodOne(
    bad: Handler,
    set: Readonly<Record<string, unknown>> = {},
  ): Promise<string | undefined> {
    const one = await serve(bad)
    const b = await fetcher([one.url], set)
    const getting = get(b.peer, b.torrent, b.into)
    await until(async () => (await seedOf(b, one.url))?.state === 'failed')
    const message = (await seedOf(b, one.url))?.message
    const good = await serve(honest)
    const { torrent } = await torrentWith([good.url])
    void get(b.peer, torrent, b.into).catch(() => undefined)
    await getting
    all(b)
    await peers.stop(b.peer)
    return message
  }

  it('false bytes: banned, and somebody else finishes it', async () => {
    const message = await besideAGoodOne((request, response, path) => {
      const { end } = response
      response.end = ((bytes?: Uint8Array) =>
        end.call(response, bytes && Buffer.from(bytes).fill(7), 'binary')) as typeof end
      honest(request, response, path)
    })
    expect(message).toMatch(/^Banned: It sent false bytes of piece \d+\.$/)
  })

  const startsAnswer =
    (then: (response: ServerResponse) => void): Handler =>
    (request, response, path) => {
      const [, first, last] = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range!)!
      const { size } = fs.statSync(path)
      response.writeHead(206, {
        'content-range': `bytes ${first}-${last}/${size}`,
        'content-length': Number(last) - Number(first) + 1,
      })
      response.write(Buffer.alloc(0))
      response.flushHeaders()
      setTimeout(() => then(response), 20)
    }

  it('none of the files', async () => {
    expect(await besideAGoodOne((_, response) => response.writeHead(404).end())).toContain('HTTP status 404')
  })

  it('one of the files is missing: the others still come', async () => {
    const lacking = await serve((request, response, path) =>
      path.endsWith('four.bin') ? response.writeHead(404).end() : honest(request, response, path),
    )
    const b = await fetcher([lacking.url])
    await getUntil(b.peer, b.torrent, b.into, bytesAre(970_002))
    const good = await serve(honest)
    await get(b.peer, (await torrentWith([good.url])).torrent, b.into)
    all(b)
    await peers.stop(b.peer)
  })

  it('a file of another size', async () => {
    const message = await besideAGoodOne((request, response) => {
      const [, first, last] = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range!)!
      const length = Number(last) - Number(first) + 1
      response.writeHead(206, {
        'content-range': `bytes ${first}-${last}/99999999`,
        'content-length': length,
      })
      response.end(Buffer.alloc(length))
    })
    expect(message).toBe('The file there has another size.')
  })

  it.each<[string, Handler, string]>([
    ['no answer', () => undefined, 'It does not answer.'],
    [
      'an answer that breaks off',
      startsAnswer(response => response.destroy()),
      'It broke off in the middle of an answer.',
    ],
    ['an answer that stops', startsAnswer(() => undefined), 'It does not answer.'],
    [
      'another range',
      (_, response) => void response.writeHead(206, { 'content-range': 'bytes 7-8/900000' }).end('xx'),
      'It sends other parts of files than it is asked for.',
    ],
    ['an error', (_, response) => void response.writeHead(500).end(), 'It answers with HTTP status 500.'],
    [
      'a packed file',
      (_, response) => void response.writeHead(206, { 'content-encoding': 'gzip' }).end('x'),
      'It sends files in packed form.',
    ],
    [
      'a redirect loop',
      (request, response) => void response.writeHead(302, { location: request.url! }).end(),
      'it redirects too often',
    ],
    [
      'a redirect to nowhere',
      (_, response) => void response.writeHead(302, { location: 'file:///etc/passwd' }).end(),
      'it redirects to nowhere',
    ],
    [
      'headers without end',
      (_, response) => void response.writeHead(200, { 'x-long': 'x'.repeat(20_000) }).end(),
      'cannot be reached',
    ],
  ])('%s', async (_, bad, said) => {
    expect(await besideAGoodOne(bad)).toContain(said)
  })

  it('a body without end is read no further than was asked for', async () => {
    let written = 0
    const endless: Handler = (request, response, path) => {
      const [, first, last] = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range!)!
      const bytes = fs.readFileSync(path)
      response.writeHead(206, { 'content-range': `bytes ${first}-${last}/${bytes.length}` })
      response.write(bytes.subarray(Number(first), Number(last) + 1))
      const more = (): void => {
        written += 65_536
        if (!response.destroyed) response.write(Buffer.alloc(65_536), () => setImmediate(more))
      }
      more()
    }
    const { url } = await serve(endless)
    const b = await fetcher([url])
    await get(b.peer, b.torrent, b.into)
    all(b)
    const before = written
    await new Promise(done => setTimeout(done, 100))
    expect(written - before).toBeLessThanOrEqual(65_536)
    await peers.stop(b.peer)
  })

  it('one that is too busy is left alone as long as it says', async () => {
    const asked: number[] = []
    const { url } = await serve((request, response, path) => {
      asked.push(performance.now())
      if (asked.length > 4) honest(request, response, path)
      else response.writeHead(503, { 'retry-after': '1' }).end()
    })
    const b = await fetcher([url], { 'webSeeds.connections': 1 })
    await get(b.peer, b.torrent, b.into)
    expect(asked[1]! - asked[0]!).toBeGreaterThan(900)
    await peers.stop(b.peer)
  })
})
