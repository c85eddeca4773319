import { describe, expect, test } from 'vitest'
import { type MemoryStream, memoryStreams } from '../../../test/simulation/memory-stream.ts'
import { equalBytes, utf8, VirtualWorld } from '../../base/index.ts'
import type { ByteStream } from '../../swarm/index.ts'
import { mseSwarmKey } from '../../wire/index.ts'
import { type Encryption, receiveHands, type Shaken, type SwarmNames, shakeHands } from './handshake.ts'

const flags = { fast: true, extended: true, dht: false, v2: false }
const name = new Uint8Array(20).fill(7)
const names: SwarmNames = {
  has: one => equalBytes(one, name),
  v2Name: () => undefined,
  find: key => (equalBytes(key, mseSwarmKey(name)) ? name : undefined),
}
const timeoutMs = 10_000
const self = (value: number): { peerId: Uint8Array; flags: typeof flags } => ({
  peerId: new Uint8Array(20).fill(value),
  flags,
})

interface House {
  readonly world: VirtualWorld
  readonly dialled: MemoryStream
  readonly came: MemoryStream
}

function house(cut = 65_536, seed = 1): House {
  const world = new VirtualWorld(seed)
  const [dialled, came] = memoryStreams(world, ['a', 'b'], { cut })
  return { world, dialled, came }
}

const dial = ({ world, dialled: stream }: House, encryption: Encryption, wanted = name): Promise<Shaken> =>
  shakeHands({ stream, names: [wanted], own: self(1), encryption, world, timeoutMs })

const receive = (
  { world, came: stream }: House,
  encryption: Encryption,
  mayExchangeKeys = (): boolean => true,
): Promise<Shaken> =>
  receiveHands({ stream, names, own: self(2), encryption, mayExchangeKeys, world, timeoutMs })

/** Moves time until the promise is settled; what it says is aborted with as the connector and the listener do. */
async function settle(world: VirtualWorld, all: readonly Promise<Shaken>[]): Promise<(Shaken | Error)[]> {
  let open = true
  const settled = Promise.all(all.map(one => one.catch((error: unknown) => error as Error)))
  void settled.finally(() => {
    open = false
  })
  while (open) {
    for (let i = 0; i < 30; i++) await Promise.resolve()
    if (open && !world.step()) throw new Error('nothing happens any more')
  }
  return settled
}

/** What is sent into one end and comes out of the other, whole. */
async function carry(
  world: VirtualWorld,
  from: ByteStream,
  to: Shaken,
  bytes: Uint8Array,
): Promise<Uint8Array> {
  const got: number[] = [...to.rest]
  to.stream.onData(chunk => got.push(...chunk))
  to.stream.resume()
  let released = false
  from.send(bytes, () => {
    released = true
  })
  world.advance(1000)
  expect(released).toBe(true)
  return Uint8Array.from(got)
}

describe('who meets whom', () => {
  const outcomes: Readonly<Record<string, 'plain' | 'rc4' | 'refused'>> = {
    'off off': 'plain',
    'off prefer': 'plain',
    'off require': 'refused',
    'prefer off': 'refused',
    'prefer prefer': 'plain',
    'prefer require': 'rc4',
    'require off': 'refused',
    'require prefer': 'rc4',
    'require require': 'rc4',
  }
  for (const [pair, outcome] of Object.entries(outcomes))
    for (const cut of [65_536, 100, 1])
      test(`dialled with ${pair.replace(' ', ', received with ')}, in pieces of ${cut} bytes: ${outcome}`, async () => {
        const [out, into] = pair.split(' ') as [Encryption, Encryption]
        const at = house(cut, cut)
        const receiving = receive(at, into)
        receiving.catch((error: unknown) => at.came.abort(error as Error))
        const [a, b] = await settle(at.world, [dial(at, out), receiving])
        if (outcome === 'refused') {
          expect(a).toMatchObject({ code: 'peer.protocol' })
          expect(b).toMatchObject({ code: 'peer.protocol' })
          return
        }
        const [one, other] = [a as Shaken, b as Shaken]
        expect([one.encrypted, other.encrypted]).toEqual([outcome === 'rc4', outcome === 'rc4'])
        expect([one.peerId[0], other.peerId[0]]).toEqual([2, 1])
        const long = Uint8Array.from({ length: cut === 1 ? 5001 : 200_001 }, (_, i) => (i * 31) >> 3)
        const kept = long.slice()
        expect(equalBytes(await carry(at.world, one.stream, other, long), kept)).toBe(true)
        expect(equalBytes(await carry(at.world, other.stream, one, long.subarray(3)), kept.subarray(3))).toBe(
          true,
        )
        // A block may be on its way to others too.
        expect(equalBytes(long, kept)).toBe(true)
      })
})

describe('a hybrid, dialled by its v1 name (BEP 52, "upgrade path")', () => {
  const v2Name = new Uint8Array(20).fill(9)
  for (const knows of [true, false])
    for (const encryption of ['off', 'require'] as const)
      test(`by who ${knows ? 'knows' : 'does not know'} v2, encryption ${encryption}`, async () => {
        const { world, dialled, came } = house()
        const shake = { encryption, world, timeoutMs }
        const receiving = receiveHands({
          ...shake,
          stream: came,
          names: { ...names, v2Name: () => v2Name },
          own: self(2),
          mayExchangeKeys: () => true,
        })
        const own = { ...self(1), flags: { ...flags, v2: knows } }
        const dialling = shakeHands({ ...shake, stream: dialled, names: [name, v2Name], own })
        for (const shaken of (await settle(world, [dialling, receiving])) as Shaken[])
          expect(shaken.infoHash).toEqual(knows ? v2Name : name)
        expect((await dialling).flags.v2).toBe(true)
      })
})

test('what is said right behind the handshake is not lost, ciphered or not', async () => {
  for (const [out, into] of [
    ['require', 'prefer'],
    ['prefer', 'prefer'],
  ] as const) {
    const at = house()
    const receiving = receive(at, into).then(shaken => {
      shaken.stream.send(utf8('at once'))
      return shaken
    })
    const [a] = await settle(at.world, [dial(at, out), receiving])
    const shaken = a as Shaken
    expect(await carry(at.world, (await receiving).stream, shaken, utf8(', and later'))).toEqual(
      utf8('at once, and later'),
    )
  }
})

describe('what is refused', () => {
  test('another swarm than ours, before anything is said that only a member could say', async () => {
    const at = house()
    const receiving = receive(at, 'prefer')
    receiving.catch((error: unknown) => at.came.abort(error as Error))
    const [, b] = await settle(at.world, [dial(at, 'require', new Uint8Array(20).fill(8)), receiving])
    expect(b).toMatchObject({ code: 'peer.protocol', message: 'It wants content that is not here.' })
  })

  test('who keeps us waiting, at any byte of a key exchange', async () => {
    for (const length of [0, 1, 20, 95, 96, 97, 300, 500]) {
      const at = house()
      at.dialled.send(at.world.random.bytes(length))
      const [b] = await settle(at.world, [receive(at, 'prefer')])
      expect(b).toMatchObject({ code: 'peer.protocol', message: 'It took too long to say hello.' })
      expect(at.world.now()).toBe(timeoutMs)
    }
  })

  test('a flood of random bytes, as soon as padding would have to end', async () => {
    const at = house(100)
    at.dialled.send(Uint8Array.from({ length: 5000 }, (_, i) => i * 7 + 1))
    const [b] = await settle(at.world, [receive(at, 'prefer')])
    expect(b).toMatchObject({ code: 'wire.invalid' })
  })

  test('more key exchanges than may be, when a key is there and before it costs anything', async () => {
    const at = house()
    let asked = 0
    const receiving = receive(at, 'prefer', () => {
      asked++
      return false
    })
    at.dialled.send(at.world.random.bytes(95))
    at.world.advance(100)
    await Promise.resolve()
    expect(asked).toBe(0)
    at.dialled.send(at.world.random.bytes(1))
    const [b] = await settle(at.world, [receiving])
    expect(b).toMatchObject({ code: 'peer.protocol', message: 'Too many exchange keys at the moment.' })
    expect(asked).toBe(1)
    expect(at.dialled.bufferedBytes + at.came.bufferedBytes).toBe(0)
  })
})
