import { once } from 'node:events'
import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { systemWorld } from '../../base/index.ts'
import { Egress } from '../egress/index.ts'
import { askingOver } from './create-gateway.ts'
import { xmlLimits } from './xml.ts'

const servers: Server[] = []
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections()
    server.close()
  }
})

async function serve(listener: RequestListener): Promise<URL> {
  const server = createServer(listener)
  servers.push(server)
  await once(server.listen(0, '127.0.0.1'), 'listening')
  return new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/ctl`)
}

const { signal } = new AbortController()
const egress = new Egress({ lanOnly: false })
const ask = askingOver(systemWorld, egress, () => true)

test('a call is a POST with its action and its body', async () => {
  const url = await serve(async (request, response) => {
    const chunks = await request.toArray()
    response.end([request.method, request.headers.soapaction, Buffer.concat(chunks)].join(' '))
  })
  expect(await ask(url, { action: 'urn:x#Do', body: '<a>ü</a>' }, signal)).toBe('POST "urn:x#Do" <a>ü</a>')
  expect(await ask(url, undefined, signal)).toBe('GET  ')
})

test('a router that sends us elsewhere, or too much, is not listened to', async () => {
  let asked = 0
  const elsewhere = await serve((_request, response) => {
    asked++
    response.end()
  })
  const url = await serve((request, response) => {
    if (request.method === 'GET') response.writeHead(302, { location: elsewhere.href }).end()
    else response.end('x'.repeat(xmlLimits.maxLength + 1))
  })
  await expect(ask(url, undefined, signal)).rejects.toMatchObject({ code: 'network.unreachable' })
  expect(asked).toBe(0)
  await expect(ask(url, { action: 'a', body: '' }, signal)).rejects.toMatchObject({ code: 'wire.limit' })
})

test('a router that is banned, or that hangs while nobody waits any more, is left alone', async () => {
  const url = await serve(() => undefined)
  const nobody = askingOver(systemWorld, egress, () => false)
  await expect(nobody(url, undefined, signal)).rejects.toMatchObject({ code: 'network.unreachable' })
  const given = new AbortController()
  const asked = ask(url, undefined, given.signal)
  given.abort(new Error('given up'))
  await expect(asked).rejects.toThrow('given up')
})
