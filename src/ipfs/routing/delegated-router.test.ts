import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { CID } from 'multiformats/cid'
import { afterEach, expect, test } from 'vitest'
import { VirtualWorld } from '../../base/index.ts'
import { Egress } from '../../network/index.ts'
import type { Provider } from '../ports.ts'
import { DelegatedRouter } from './delegated-router.ts'

const egress = new Egress({ lanOnly: false })
const cid = CID.parse('bafkqaddwgevxmmraojswg33smq')
const peer = '12D3KooWLQzUv2FHWGVPXTXSZpdHs7oHbXub2G5WC8Tx4NQhyd2d'
const record = { Schema: 'peer', ID: peer, Addrs: ['/ip4/192.0.2.1/tcp/4001'] }
const ends: (() => void)[] = []
afterEach(() => {
  for (const end of ends.splice(0)) end()
})

type Answer = (request: IncomingMessage, response: ServerResponse) => void

async function routerOf(answer: Answer, world = new VirtualWorld(1)): Promise<DelegatedRouter> {
  const server = createServer(answer)
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  ends.push(() => {
    server.closeAllConnections()
    server.close()
  })
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
  return new DelegatedRouter({
    world,
    url,
    http: { egress, mayReach: () => true },
    timeoutMs: 5_000,
    maxProviders: 3,
  })
}

const signal = (): AbortSignal => AbortSignal.timeout(10_000)
async function providersOf(router: DelegatedRouter): Promise<Provider[]> {
  const found: Provider[] = []
  await router.findProviders(cid, signal(), provider => found.push(provider))
  return found
}

test('providers come as one text or line by line, and no more than the bound', async () => {
  const paths: string[] = []
  const json = await routerOf((request, response) => {
    paths.push(request.url!)
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify({ Providers: [record] }))
  })
  expect(await providersOf(json)).toMatchObject([{ peer, addresses: record.Addrs }])
  expect(paths).toEqual([`/routing/v1/providers/${cid}`])
  const lines = await routerOf((_, response) => {
    response.setHeader('content-type', 'application/x-ndjson')
    response.end(`${JSON.stringify(record)}\n`.repeat(9))
  })
  expect(await providersOf(lines)).toHaveLength(3)
})

/** The router of a public name, which leads to a server here. */
async function publicRouterOf(answer: Answer): Promise<DelegatedRouter> {
  const server = createServer(answer)
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  ends.push(() => {
    server.closeAllConnections()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  return new DelegatedRouter({
    world: new VirtualWorld(1),
    url: 'http://router.example',
    http: {
      mayReach: () => true,
      egress: {
        resolve: async () => [{ address: '192.0.2.7', family: 4 }],
        dial: async () => {
          const socket = connect({ host: '127.0.0.1', port })
          await once(socket, 'connect')
          return socket
        },
      },
    },
    timeoutMs: 5_000,
    maxProviders: 3,
  })
}

test('a public server cannot lead to this machine: neither us by a redirect nor others by addresses', async () => {
  const asked: string[] = []
  const redirects = await publicRouterOf((request, response) => {
    asked.push(request.url!)
    response.writeHead(302, { location: 'http://127.0.0.1:5001/api/v0/shutdown' }).end()
  })
  await expect(providersOf(redirects)).rejects.toMatchObject({ code: 'network.unreachable' })
  expect(asked).toEqual([`/routing/v1/providers/${cid}`])
  const Addrs = [
    '/ip4/127.0.0.1/tcp/4001',
    '/ip6/::1/tcp/4001',
    '/ip4/192.168.1.1/tcp/80',
    '/ip4/10.0.0.1/tcp/4001',
    '/ip4/10.0.0.2/tcp/4001',
    '/ip4/10.0.0.3/tcp/4001',
    '/ip4/8.8.8.8/tcp/4001',
  ]
  const tells = await publicRouterOf((_, response) =>
    response.end(JSON.stringify({ Providers: [{ ...record, Addrs }] })),
  )
  expect(await providersOf(tells)).toMatchObject([
    { addresses: ['/ip4/8.8.8.8/tcp/4001', '/ip4/10.0.0.1/tcp/4001', '/ip4/10.0.0.2/tcp/4001'] },
  ])
})

test('records of other types are passed over, and a record that is too long is refused', async () => {
  const odd = [null, 7, [], { Schema: 'peer', ID: 7 }, { Schema: 7, ID: peer }, { ...record, Addrs: 'x' }]
  const router = await routerOf((request, response) => {
    if (request.url!.includes('/ipns/')) {
      response.setHeader('content-type', 'application/vnd.ipfs.ipns-record')
      response.end(Buffer.alloc(20_000))
    } else response.end(JSON.stringify({ Providers: odd }))
  })
  expect(await providersOf(router)).toMatchObject([{ peer, addresses: [] }])
  await expect(router.getRecord('k51', signal())).rejects.toMatchObject({ code: 'wire.limit' })
})

test('a stream without an end is cut off, and its server rests', async () => {
  const world = new VirtualWorld(2)
  let asked = 0
  const router = await routerOf((_, response) => {
    asked++
    response.setHeader('content-type', 'application/x-ndjson')
    const flood = (): void => {
      while (response.writable && response.write(`{"Schema":"other","x":"${'y'.repeat(1_000)}"}\n`));
    }
    response.on('drain', flood)
    flood()
  }, world)
  await expect(providersOf(router)).rejects.toMatchObject({ code: 'wire.limit' })
  expect(await providersOf(router)).toEqual([])
  expect(asked).toBe(1)
  world.advance(61_000)
  await expect(providersOf(router)).rejects.toMatchObject({ code: 'wire.limit' })
})

test('a line without an end, no JSON, and a busy server are refused; nothing found is nothing', async () => {
  const answers: Answer[] = [
    (_, response) => {
      response.setHeader('content-type', 'application/x-ndjson')
      response.end('x'.repeat(100_000))
    },
    (_, response) => response.end('<html>'),
    (_, response) => response.writeHead(503).end(),
  ]
  for (const answer of answers) await expect(providersOf(await routerOf(answer))).rejects.toThrow()
  expect(await providersOf(await routerOf((_, response) => response.writeHead(404).end()))).toEqual([])
})

test('records of names are taken and given, and a peer that was not asked for is passed over', async () => {
  const kept = new Map<string, Buffer>()
  const router = await routerOf((request, response) => {
    if (request.url!.startsWith('/routing/v1/peers/')) {
      const other = { ...record, ID: 'QmVujd5Vb7moysJj8itnGufN7MEtPRCNHkKpNuA4onsRa3' }
      response.end(JSON.stringify({ Peers: [record, other] }))
      return
    }
    const chunks: Buffer[] = []
    request.on('data', chunk => chunks.push(chunk))
    request.on('end', () => {
      if (request.method === 'PUT') kept.set(request.url!, Buffer.concat(chunks))
      response.setHeader('content-type', 'application/vnd.ipfs.ipns-record')
      response.end(kept.get(request.url!))
    })
  })
  const bytes = Uint8Array.of(0, 255, 10, 13, 128)
  expect(await router.putRecord('k51', bytes, signal())).toBe(true)
  expect(await router.getRecord('k51', signal())).toEqual(Buffer.from(bytes))
  const found: Provider[] = []
  await router.findPeer(peer, signal(), one => found.push(one))
  expect(found).toMatchObject([{ peer }])
})
