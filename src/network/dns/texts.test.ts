import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, test } from 'vitest'
import { VirtualWorld } from '../../base/index.ts'
import { Egress } from '../egress/index.ts'
import { textsUnder } from './texts.ts'

test('a server of DNS over HTTPS that never answers is given the time that it has', async () => {
  const world = new VirtualWorld(1)
  const asked = Promise.withResolvers<void>()
  const server = createServer(() => asked.resolve())
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/dns-query`
  const found = textsUnder('a.example', {
    egress: new Egress({ lanOnly: true }),
    mayReach: () => true,
    world,
    overHttps: { url, timeoutMs: 700 },
  })
  await asked.promise
  world.advance(699)
  await new Promise(resolve => setImmediate(resolve))
  world.advance(1)
  await expect(found).rejects.toThrow(expect.objectContaining({ code: 'network.unreachable' }))
  server.closeAllConnections()
  server.close()
})
