import { afterEach, describe, expect, it } from 'vitest'
import { systemWorld } from '../../base/index.ts'
import {
  DelimitedReader,
  decodeKademlia,
  encodeDelimited,
  encodeKademlia,
  type KademliaMessage,
} from '../../wire/index.ts'
import type { Network } from '../network.ts'
import type { PeerStream } from '../peer-stream.ts'
import { next, TestNetworks } from '../test-networks.ts'
import { type KademliaConfig, kademliaConfig } from './config.ts'
import { KademliaNetwork, peerageKademlia } from './kademlia-network.ts'

const networks = new TestNetworks()
const running: KademliaNetwork[] = []
afterEach(async () => {
  for (const one of running.splice(0)) one.stop()
  await networks.stop()
})

async function server(more: { config?: Partial<KademliaConfig>; mayAsk?(): boolean } = {}): Promise<{
  kademlia: KademliaNetwork
  asker: Network
  stream(): Promise<PeerStream>
}> {
  const network = await networks.create({ transports: 'memory' })
  const asker = await networks.create({ transports: 'memory' })
  const config = kademliaConfig.parse({ mode: 'server', announceSelf: false, ...more.config })
  const kademlia = new KademliaNetwork({
    world: systemWorld,
    network,
    protocol: peerageKademlia,
    ...more,
    config,
  })
  running.push(kademlia)
  kademlia.start()
  return { kademlia, asker, stream: () => asker.open(network.addresses(), peerageKademlia) }
}

const ping: KademliaMessage = { type: 'PING', key: new Uint8Array(0), closer: [], providers: [] }
const bytesOf = (message: KademliaMessage): Uint8Array => encodeDelimited(encodeKademlia(message))

/** What comes back until the stream ends. */
async function answersTo(stream: PeerStream, bytes: Uint8Array): Promise<KademliaMessage[]> {
  const got: KademliaMessage[] = []
  const reader = new DelimitedReader(100_000)
  stream.onData(chunk => {
    for (const frame of reader.push(chunk)) got.push(decodeKademlia(frame))
  })
  const closed = next<Error | undefined>(done => stream.onClose(done))
  stream.send(bytes)
  stream.closeWrite().catch(() => {})
  await closed
  return got
}

describe('a server', () => {
  it('answers several questions on one stream, in chunks of any size', async () => {
    const { stream } = await server()
    const both = new Uint8Array([
      ...bytesOf(ping),
      ...bytesOf({ ...ping, type: 'FIND_NODE', key: Uint8Array.of(1) }),
    ])
    const got = await answersTo(await stream(), both)
    expect(got.map(({ type }) => type)).toEqual(['PING', 'FIND_NODE'])
  })

  it.each([
    ['nonsense', encodeDelimited(Uint8Array.of(255, 255, 255))],
    ['a frame that is too long', Uint8Array.of(255, 255, 127)],
    ['a question without a key', bytesOf({ ...ping, type: 'FIND_NODE' })],
    [
      'a value that nobody judges',
      bytesOf({
        ...ping,
        type: 'PUT_VALUE',
        key: Uint8Array.of(1),
        record: { key: Uint8Array.of(1), value: Uint8Array.of(1), received: '' },
      }),
    ],
    ['a provider of a long key', bytesOf({ ...ping, type: 'ADD_PROVIDER', key: new Uint8Array(81) })],
  ])('ends a stream of %s, and goes on with others', async (_what, bytes) => {
    const { stream, kademlia } = await server()
    expect(await answersTo(await stream(), new Uint8Array([...bytes, ...bytesOf(ping)]))).toEqual([])
    expect(await answersTo(await stream(), bytesOf(ping))).toHaveLength(1)
    expect(kademlia.status).toMatchObject({ providers: 0, values: 0 })
  })

  it('answers so many questions and no more', async () => {
    const { stream } = await server({ config: { maxQuestionsPerSecond: 1 } })
    const many = new Uint8Array(Array.from({ length: 50 }, () => [...bytesOf(ping)]).flat())
    expect((await answersTo(await stream(), many)).length).toBeLessThanOrEqual(11)
  })

  it('has so many streams of one peer, and none of one that may not ask', async () => {
    const { stream } = await server()
    const open = await Promise.all(Array.from({ length: 12 }, stream))
    const answered = await Promise.all(
      open.map(async one => {
        one.send(bytesOf(ping))
        return await Promise.race([
          next<Uint8Array>(data => one.onData(data)).then(() => true),
          next<Error | undefined>(close => one.onClose(close)).then(() => false),
        ])
      }),
    )
    expect(answered.filter(Boolean)).toHaveLength(8)
    const closed = await server({ mayAsk: () => false })
    expect(await answersTo(await closed.stream(), bytesOf(ping))).toEqual([])
  })

  it('that is a client offers nothing', async () => {
    const { stream } = await server({ config: { mode: 'client' } })
    await expect(stream()).rejects.toMatchObject({ code: 'peer.protocol' })
  })
})
