import { once } from 'node:events'
import { createServer } from 'node:http'
import { expect, test } from 'vitest'
import { systemWorld } from '../../base/index.ts'
import { Egress } from '../../network/index.ts'
import { trackersConfig } from './config.ts'
import { Trackers } from './trackers.ts'

test('who goes on right after a pause is not forgotten: the farewell arrives first', async () => {
  const events: (string | null)[] = []
  let answerFarewell: () => void = () => undefined
  const server = createServer((request, response) => {
    const event = new URL(request.url!, 'http://tracker').searchParams.get('event')
    events.push(event)
    const answer = (): void => void response.end('d8:intervali1800e5:peers0:e')
    if (event === 'stopped') answerFarewell = answer
    else answer()
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  const trackers = new Trackers({
    world: systemWorld,
    config: trackersConfig.parse({ stopTimeoutMs: 10_000 }),
    datagrams: undefined,
    self: { peerId: new Uint8Array(20), port: 1, key: 1 },
    families: () => [4],
    mayReach: () => true,
    egress: new Egress({ lanOnly: false }),
  })
  const join = (): ReturnType<Trackers['announce']> =>
    trackers.announce({
      names: [new Uint8Array(20)],
      tiers: [[`http://127.0.0.1:${port}/announce`]],
      progress: () => ({ uploaded: 0, downloaded: 0, left: 1 }),
      onPeers: () => undefined,
    })
  const first = join()
  await expect.poll(() => first.status()[0]?.state).toBe('ok')
  const gone = first.stop()
  const second = join()
  await expect.poll(() => events).toEqual(['started', 'stopped'])
  answerFarewell()
  await gone
  await expect.poll(() => second.status()[0]?.state).toBe('ok')
  expect(events).toEqual(['started', 'stopped', 'started'])
  trackers.stop()
  server.closeAllConnections()
  server.close()
})
