import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type RequestListener, type Server } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { setTimeout } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'
import { afterEach, describe, expect, it } from 'vitest'
import { Egress, type Resolve } from './egress/index.ts'
import { type HttpOptions, httpRequest } from './http-client.ts'

const servers: Server[] = []
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections()
    server.close()
  }
})

/** A server; its port, and the connections that came. */
async function serve(answer: RequestListener): Promise<{ port: number; connections: () => number }> {
  let connections = 0
  const server = createServer(answer).listen(0, '127.0.0.1')
  server.on('connection', () => connections++)
  servers.push(server)
  await once(server, 'listening')
  return { port: (server.address() as AddressInfo).port, connections: () => connections }
}

const usual: HttpOptions = {
  signal: new AbortController().signal,
  mayReach: () => true,
  egress: new Egress({ lanOnly: false }),
}
const textOf = async (url: string, options: Partial<HttpOptions> = {}): Promise<string> => {
  const answer = await httpRequest(url, { ...usual, ...options })
  return new TextDecoder().decode(await answer.read(100_000))
}

describe('a public URL', () => {
  /** An internet of names; every address of it is that server. Whatever is dialled is told. */
  function internet(
    port: number,
    names: Readonly<Record<string, readonly string[]>>,
  ): { options: Pick<HttpOptions, 'egress'>; dialled: string[] } {
    const dialled: string[] = []
    return {
      dialled,
      options: {
        egress: {
          resolve: async host =>
            (names[host] ?? []).map(address => ({ address, family: address.includes(':') ? 6 : 4 })),
          async dial({ host }) {
            dialled.push(host)
            const socket = connect({ host: '127.0.0.1', port })
            await once(socket, 'connect')
            return socket
          },
        },
      },
    }
  }

  const inside = [
    '127.0.0.1',
    '10.1.2.3',
    '192.168.0.1',
    '172.16.0.1',
    '169.254.169.254',
    '100.64.0.1',
    '0.0.0.0',
    '224.0.0.1',
    '255.255.255.255',
    '::1',
    '::',
    'fe80::1',
    'fd00::1',
    'ff02::1',
    '::ffff:10.1.2.3',
    '::ffff:a01:203',
    '64:ff9b::a01:203',
    '64:ff9b::7f00:1',
    '2002:a01:203::1',
  ]

  it.each(inside)('whose name leads to %s is refused', async address => {
    const { port } = await serve((_, response) => void response.end('secret'))
    const { options, dialled } = internet(port, { 'public.example': [address] })
    await expect(textOf('http://public.example/', options)).rejects.toMatchObject({
      code: 'network.unreachable',
      message: expect.stringContaining('no address that may be talked to'),
    })
    expect(dialled).toEqual([])
  })

  it.each(inside)('that redirects to %s is refused', async address => {
    const { port } = await serve((_, response) => {
      const host = address.includes(':') ? `[${address}]` : address
      response.writeHead(302, { location: `http://${host}/admin` }).end()
    })
    const { options, dialled } = internet(port, { 'public.example': ['203.0.113.1'] })
    await expect(textOf('http://public.example/', options)).rejects.toMatchObject({
      code: 'network.unreachable',
    })
    expect(dialled).toEqual(['203.0.113.1'])
  })

  it.each(['localhost', 'intranet.example'])('that redirects to the name %s is refused', async name => {
    const { port } = await serve(
      (_, response) => void response.writeHead(302, { location: `http://${name}/` }).end(),
    )
    const { options, dialled } = internet(port, {
      'public.example': ['203.0.113.1'],
      'intranet.example': ['10.0.0.7'],
      localhost: ['127.0.0.1'],
    })
    await expect(textOf('http://public.example/', options)).rejects.toMatchObject({
      code: 'network.unreachable',
    })
    expect(dialled).toEqual(['203.0.113.1'])
  })

  it('of a name with both kinds of addresses goes to the public one', async () => {
    const { port } = await serve((_, response) => void response.end('hello'))
    const { options, dialled } = internet(port, { 'public.example': ['10.0.0.1', '203.0.113.1'] })
    expect(await textOf('http://public.example/', options)).toBe('hello')
    expect(dialled).toEqual(['203.0.113.1'])
  })

  it('is asked for its name once: what was checked is what is dialled', async () => {
    const { port } = await serve((_, response) => void response.end('hello'))
    const { options, dialled } = internet(port, {})
    let asked = 0
    const resolve: Resolve = async () => [{ address: asked++ === 0 ? '203.0.113.1' : '127.0.0.1', family: 4 }]
    const egress = { ...options.egress, resolve }
    expect(await textOf('http://rebinding.example/', { ...options, egress })).toBe('hello')
    expect([asked, dialled]).toEqual([1, ['203.0.113.1']])
  })

  it('with a filter in the way is refused', async () => {
    const { port } = await serve((_, response) => void response.end('hello'))
    const { options, dialled } = internet(port, { 'public.example': ['203.0.113.1'] })
    const mayReach = (ip: string): boolean => ip !== '203.0.113.1'
    await expect(textOf('http://public.example/', { ...options, mayReach })).rejects.toThrow()
    expect(dialled).toEqual([])
  })

  it('that redirects from an encrypted to an open connection is refused, as TLS with an unknown certificate is', async () => {
    const { port } = await serve((_, response) => void response.end('hello'))
    const { options } = internet(port, { 'public.example': ['203.0.113.1'] })
    await expect(textOf('https://public.example/', options)).rejects.toMatchObject({
      code: 'network.unreachable',
    })
  })
})

it('a URL that says a private address itself is followed', async () => {
  const { port } = await serve((request, response) =>
    request.url === '/a'
      ? void response.writeHead(302, { location: '/b' }).end()
      : void response.end(request.url),
  )
  expect(await textOf(`http://127.0.0.1:${port}/a`)).toBe('/b')
})

it('connections are used again', async () => {
  const { port, connections } = await serve((_, response) => void response.end('hello'))
  for (let i = 0; i < 5; i++) expect(await textOf(`http://127.0.0.1:${port}/`)).toBe('hello')
  expect(connections()).toBe(1)
})

it('one that was closed at the other end is replaced', async () => {
  const { port, connections } = await serve((_, response) => void response.end('hello'))
  const url = `http://127.0.0.1:${port}/`
  await textOf(url)
  servers[0]!.closeAllConnections()
  expect(await textOf(url)).toBe('hello')
  expect(connections()).toBe(2)
})

it('a long body comes as it was sent, though nobody reads it at once', async () => {
  const bytes = randomBytes(5_000_000)
  const { port, connections } = await serve((request, response) => {
    if (request.url === '/long') response.setHeader('content-length', bytes.length)
    response.end(bytes)
  })
  for (const path of ['/long', '/chunks', '/long']) {
    const answer = await httpRequest(`http://127.0.0.1:${port}${path}`, usual)
    await setTimeout(20)
    expect(bytes.equals(await answer.read(bytes.length))).toBe(true)
    await expect(textOf(`http://127.0.0.1:${port}${path}`)).rejects.toMatchObject({ code: 'wire.limit' })
  }
  expect(connections()).toBeLessThan(7)
})

it('packed answers are unpacked, in chunks or not', async () => {
  const { port } = await serve((_, response) => {
    response.writeHead(200, { 'content-encoding': 'gzip' })
    const bytes = gzipSync('hello')
    response.write(bytes.subarray(0, 5))
    response.end(bytes.subarray(5))
  })
  expect(await textOf(`http://127.0.0.1:${port}/`)).toBe('hello')
})

it('the signal ends it, whatever it waits for', async () => {
  const { port } = await serve((request, response) => {
    if (request.url === '/body') response.write('he')
  })
  for (const path of ['/head', '/body']) {
    const abort = new AbortController()
    const asked = textOf(`http://127.0.0.1:${port}${path}`, { signal: abort.signal })
    const refused = expect(asked).rejects.toThrow('enough')
    await setTimeout(50)
    abort.abort(new Error('enough'))
    await refused
  }
})
