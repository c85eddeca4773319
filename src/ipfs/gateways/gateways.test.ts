import { once } from 'node:events'
import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { CID } from 'multiformats/cid'
import { afterEach, expect, test } from 'vitest'
import { gatewayOver, kuboV1, Trees } from '../../../test/conformance/gateway-trees.ts'
import { VirtualWorld } from '../../base/index.ts'
import { decodeCid, type VerifiedBlock, verifyBlock } from '../../content/index.ts'
import { Egress } from '../../network/index.ts'
import { decodeDagPb } from '../../wire/index.ts'
import type { BlockSource } from '../ports.ts'
import { Gateways, urlOf } from './gateways.ts'

const servers: Server[] = []
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections()
    server.close()
  }
})

const world = new VirtualWorld(1)
const never = new AbortController().signal
const take = async (cid: CID, bytes: Uint8Array): Promise<VerifiedBlock> =>
  verifyBlock(cid, Uint8Array.from(bytes))

async function serve(answer: RequestListener): Promise<string> {
  const server = createServer(answer).listen(0, '127.0.0.1')
  servers.push(server)
  await once(server, 'listening')
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

/** Our own gateway over trees, on a socket; the URLs that it was asked for. */
async function ourGateway(
  trees: Trees,
  refuse?: (url: string) => boolean,
): Promise<{ url: string; asked: string[] }> {
  const { gateway } = gatewayOver(trees)
  const asked: string[] = []
  const url = await serve(async ({ method = '', url = '', headers }: IncomingMessage, response) => {
    asked.push(url)
    if (refuse?.(url)) return response.writeHead(406).end()
    const single = headers as Record<string, string>
    const told = await gateway.answer({ method, url, headers: single }, never)
    response.writeHead(told.status, told.headers)
    for await (const chunk of told.body ?? []) response.write(chunk)
    return response.end()
  })
  return { url, asked }
}

function sources(...urls: string[]): { gateways: Gateways; source: BlockSource } {
  const network = { egress: new Egress({ lanOnly: false }), mayReach: () => true }
  const gateways = new Gateways({ world, network, urls: () => urls })
  return { gateways, source: gateways.sources()[0]! }
}

function fileOf(trees: Trees, leaves: number) {
  const bytes = Uint8Array.from({ length: leaves * 1_000 }, (_, i) => (i * 7 + (i >> 8)) & 255)
  const { cid } = trees.file(bytes, { ...kuboV1, leafBytes: 1_000 })
  const parts = decodeDagPb(trees.block(cid)).links.map(({ hash }) => decodeCid(hash))
  return { cid, parts }
}

test('a block, and several of a file that are wanted together as one CAR', async () => {
  const trees = new Trees()
  const { cid, parts } = fileOf(trees, 40)
  const { url, asked } = await ourGateway(trees)
  const { source } = sources(`${url}/`)
  expect(source.name).toBe(url)
  expect((await source.want(cid, take, never))?.bytes).toEqual(trees.block(cid))
  const some = [3, 4, 5, 6, 20].map(i => parts[i]!)
  const blocks = await Promise.all(some.map(part => source.want(part, take, never)))
  expect(blocks.map(block => block?.bytes)).toEqual(some.map(part => trees.block(part)))
  expect(asked.toSorted()).toEqual(
    [
      `/ipfs/${cid}?format=raw`,
      `/ipfs/${cid}?format=car&dag-scope=entity&entity-bytes=3000:6999`,
      `/ipfs/${parts[20]}?format=raw`,
    ].toSorted(),
  )
})

test('one that sends no CARs is asked for blocks', async () => {
  const trees = new Trees()
  const { cid, parts } = fileOf(trees, 4)
  const { url, asked } = await ourGateway(trees, path => path.includes('format=car'))
  const { source } = sources(url)
  await source.want(cid, take, never)
  for (const _ of [1, 2]) {
    const blocks = await Promise.all(parts.map(part => source.want(part, take, never)))
    expect(blocks.map(block => block?.bytes)).toEqual(parts.map(part => trees.block(part)))
  }
  expect(asked.filter(path => path.includes('format=car'))).toHaveLength(1)
})

test('what it has not is nowhere, and who lies is asked for nothing again', async () => {
  const trees = new Trees()
  const { cid } = trees.file('what is right')
  const { url } = await ourGateway(new Trees())
  expect(await sources(url).source.want(cid, take, never)).toBeUndefined()
  const liar = await serve((_, response) => response.end('what is wrong'))
  const { gateways, source } = sources(liar)
  await expect(source.want(cid, take, never)).rejects.toThrow(
    expect.objectContaining({ code: 'block.mismatch' }),
  )
  expect(gateways.sources()).toEqual([])
  expect(await source.want(cid, take, never)).toBeUndefined()
})

test('a CAR that is cut off or has something else in it', async () => {
  const trees = new Trees()
  const { cid, parts } = fileOf(trees, 4)
  const { gateway } = gatewayOver(trees)
  const url = await serve(async ({ url = '' }, response) => {
    const told = await gateway.answer({ method: 'GET', url, headers: { host: '127.0.0.1' } }, never)
    const chunks: Uint8Array[] = []
    for await (const chunk of told.body ?? []) chunks.push(chunk)
    const whole = Buffer.concat(chunks)
    response.end(url.includes('format=car') ? whole.subarray(0, -1) : whole)
  })
  const { source } = sources(url)
  await source.want(cid, take, never)
  const blocks = await Promise.all(parts.map(part => source.want(part, take, never)))
  expect(blocks.map(block => block?.bytes)).toEqual(parts.map(part => trees.block(part)))
})

test('one that is busy or broken rests, as long as it says', async () => {
  const { cid } = new Trees().file('x')
  const busy = await serve((_, response) => response.writeHead(429, { 'retry-after': '120' }).end())
  const { gateways, source } = sources(busy)
  expect(await source.want(cid, take, never)).toBeUndefined()
  world.advance(119_000)
  expect(gateways.sources()).toEqual([])
  world.advance(1_001)
  expect(gateways.sources()).toHaveLength(1)
  const broken = sources(await serve((_, response) => response.writeHead(500).end()))
  await expect(broken.source.want(cid, take, never)).rejects.toThrow('HTTP status 500')
  expect(broken.gateways.sources()).toEqual([])
  world.advance(2_501)
  expect(broken.gateways.sources()).toHaveLength(1)
})

test('the fast ones are asked first, and how long one takes is known in the next session', async () => {
  const trees = new Trees()
  const { cid } = trees.file(new Uint8Array(1_000))
  const late =
    (ms: number): RequestListener =>
    (_, response) => {
      world.advance(ms)
      response.end(trees.block(cid))
    }
  const [slow, fast] = [await serve(late(900)), await serve(late(100))]
  const { gateways } = sources(slow, fast)
  for (const source of gateways.sources()) {
    expect([source.usualMs, source.heardAt]).toEqual([undefined, undefined])
    await source.want(cid, take, never)
    expect(source.heardAt).toBe(world.now())
  }
  expect(gateways.sources().map(({ name, usualMs }) => [name, usualMs])).toEqual([
    [fast, 100],
    [slow, 900],
  ])
})

test('a block without end is broken off, and a signal ends the waiting', async () => {
  const { cid } = new Trees().file('x')
  const endless = await serve((_, response) => {
    const more = (): void => {
      while (!response.destroyed && response.write(Buffer.alloc(65_536)));
    }
    response.on('drain', more)
    more()
  })
  await expect(sources(endless).source.want(cid, take, never)).rejects.toThrow(
    expect.objectContaining({ code: 'wire.limit' }),
  )
  const silent = await serve(() => undefined)
  const abort = new AbortController()
  const wanted = sources(silent).source.want(cid, take, abort.signal)
  setImmediate(() => abort.abort(new Error('enough')))
  await expect(wanted).rejects.toThrow('enough')
})

test('gateways that routing names', () => {
  const { gateways } = sources()
  const named = (addresses: string[], protocols = ['transport-ipfs-gateway-http']) =>
    gateways.sourceOf({ peer: 'x', addresses, protocols })?.name
  expect(named(['/dns4/gateway.example/tcp/443/https'])).toBe('https://gateway.example')
  expect(named(['/ip4/192.0.2.1/tcp/8443/tls/http'])).toBe('https://192.0.2.1:8443')
  expect(named(['/dns4/gateway.example/tcp/443/https'], ['transport-bitswap'])).toBeUndefined()
  expect(named(['/dns4/gateway.example/tcp/80/http'])).toBeUndefined()
  expect(urlOf('/dns/a/../b/tcp/443/https')).toBeUndefined()
})

test.each([
  ...[
    '/dns/localhost',
    '/dns4/LOCALHOST',
    '/ip4/127.0.0.1',
    '/ip4/192.168.1.1',
    '/dns/127.1',
    '/dns/2130706433',
  ],
  ...['/dns4/0x7f.1', '/ip6/::1', '/ip6/fe80::1', '/ip6/::ffff:10.0.0.1'],
])('a stranger makes us knock at nothing in our own network: %s', address => {
  expect(urlOf(`${address}/tcp/8443/https`)).toBeUndefined()
})
