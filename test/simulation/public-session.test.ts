import { describe, expect, test } from 'vitest'
import { Bitfield, VirtualWorld } from '../../src/base/index.ts'
import type { Content } from '../../src/content/index.ts'
import {
  type PeerTraits,
  type PublicTerms,
  type Session,
  Swarm,
  type SwarmConfig,
  type SwarmEvent,
  swarmConfig,
} from '../../src/swarm/index.ts'
import {
  decodeExtensionHandshake,
  decodeHolepunch,
  decodeUtPex,
  encodeExtensionHandshake,
  encodeHolepunch,
  encodeUtPex,
  type Holepunch,
  type Message,
} from '../../src/wire/index.ts'
import { answered, FakeStore, fakeContent } from './fake-content.ts'

const pieces = 16
const block = 16_384
const self = '2d5045303030302d'.padEnd(40, '0')
const terms: PublicTerms = { listenPort: 7000, dhtPort: 7001, pex: true, holepunch: true }
const theirIds = { ut_metadata: 11, ut_pex: 12, lt_donthave: 13, ut_holepunch: 14, upload_only: 15 }

/** One swarm of ours; the public peers are what the test makes them say. */
class House {
  readonly world = new VirtualWorld(1)
  readonly events: SwarmEvent[] = []
  readonly content: Content
  readonly store: FakeStore
  readonly swarm: Swarm

  constructor(
    options: {
      has?: 'all' | 'none'
      config?: Partial<SwarmConfig>
      attach?: boolean
      isPrivate?: boolean
      terms?: PublicTerms
    } = {},
  ) {
    const { world } = this
    this.content = { ...fakeContent(pieces * block, block), isPrivate: options.isPrivate ?? false }
    const have = options.has === 'all' ? Bitfield.full(pieces) : new Bitfield(pieces)
    this.store = new FakeStore(world, this.content, have)
    this.swarm = new Swarm({
      infoHash: this.content.infoHash,
      config: swarmConfig.parse(options.config ?? {}),
      ports: {
        world,
        hash: () => answered(world, 1, () => this.content.infoHash),
        defer: callback => void world.after(0, callback),
      },
    })
    this.swarm.publicTerms = options.terms ?? terms
    this.swarm.on(event => this.events.push(event))
    if (options.attach !== false) this.swarm.attach(this.store)
  }

  peer(n: number, more: Partial<PeerTraits> = {}): Guest {
    return new Guest(this, n, more)
  }

  of<T extends SwarmEvent['type']>(type: T): Extract<SwarmEvent, { type: T }>[] {
    return this.events.filter((event): event is Extract<SwarmEvent, { type: T }> => event.type === type)
  }
}

class Guest {
  readonly sent: Message[] = []
  readonly name: string
  readonly address: string
  readonly session: Session
  readonly #house: House
  closed: string | undefined

  constructor(house: House, n: number, more: Partial<PeerTraits>) {
    this.#house = house
    this.address = more.endpoint?.address ?? `198.51.100.${n}`
    this.name = more.peer ?? `${this.address} ${n.toString(16).padStart(40, '0')}`
    this.session = house.swarm.join(
      {
        name: this.name,
        send: message => void this.sent.push(message),
        bufferedBytes: 0,
        onDrain: () => undefined,
        close: reason => {
          this.closed = reason
        },
      },
      {
        peer: this.name,
        banKey: this.address,
        endpoint: { address: this.address, port: 50_000 + n },
        self,
        initiator: false,
        fast: true,
        extended: true,
        dht: true,
        v2: true,
        ...more,
      },
    )
  }

  say(...messages: Message[]): this {
    for (const message of messages) this.session.receive(message)
    this.#house.world.advance(5)
    return this
  }

  handshake(more: Partial<Parameters<typeof encodeExtensionHandshake>[0]> = {}): this {
    const payload = encodeExtensionHandshake({ messages: theirIds, port: 6881, ...more })
    return this.say({ type: 'extended', id: 0, payload })
  }

  /** Payloads of what we sent in one of its extensions. */
  heard(id: number): Uint8Array[] {
    return this.sent.flatMap(message =>
      message.type === 'extended' && message.id === id ? [message.payload] : [],
    )
  }

  types(): string[] {
    return this.sent.map(message => message.type)
  }
}

const bitfield: Message = { type: 'bitfield', bytes: Uint8Array.of(255, 255) }
const request = (piece: number): Message => ({ type: 'request', piece, begin: 0, length: block })

describe('what we say first', () => {
  test('to a peer of the public network', () => {
    const { sent } = new House({ has: 'all' }).peer(1)
    expect(sent.map(message => message.type).slice(0, 3)).toEqual(['extended', 'port', 'have-all'])
    const said = decodeExtensionHandshake((sent[0] as Extract<Message, { type: 'extended' }>).payload)
    expect(Object.keys(said.messages).sort()).toEqual(Object.keys(theirIds).sort())
    expect(said).toMatchObject({
      port: 7000,
      requestQueue: 2000,
      uploadOnly: true,
      maxRequestBytes: 1_048_576,
    })
    expect(said.yourIp).toEqual(Uint8Array.of(198, 51, 100, 1))
    expect(sent[1]).toEqual({ type: 'port', port: 7001 })
  })

  test('to one without BEP 5, 6 and 10', () => {
    const none = { fast: false, extended: false, dht: false }
    expect(new House({ has: 'all' }).peer(1, none).types()).toEqual(['bitfield'])
    expect(new House().peer(1, none).types()).toEqual([])
  })

  test('nothing of others where the content is private (BEP 27)', () => {
    const house = new House({ isPrivate: true })
    const a = house.peer(1).handshake()
    house.peer(2, { initiator: true }).handshake()
    house.world.advance(120_000)
    const said = decodeExtensionHandshake(a.heard(0)[0]!)
    expect(said.messages.ut_pex).toBeUndefined()
    expect(a.heard(theirIds.ut_pex)).toEqual([])
    a.say({ type: 'extended', id: 3, payload: encodeUtPex({ added: [pex('203.0.113.9')], dropped: [] }) })
    expect(house.of('endpoints-learned')).toEqual([])
  })

  // What is being read may turn out to be private: a busy disk took long enough to show it.
  test('to tell of others only once that may be', () => {
    let mayTell = false
    const house = new House({
      attach: false,
      terms: {
        ...terms,
        get pex() {
          return mayTell
        },
      },
    })
    const guest = house.peer(1).handshake()
    const offers = (): unknown => decodeExtensionHandshake(guest.heard(0).at(-1)!).messages.ut_pex
    expect(offers()).toBeUndefined()
    mayTell = true
    house.swarm.attach(house.store)
    house.world.advance(5)
    expect(offers()).toBeGreaterThan(0)
  })

  test('again, when the content is known', () => {
    const house = new House({ attach: false })
    const guest = house.peer(1).handshake().say(bitfield)
    house.swarm.attach(house.store)
    const sizes = guest.heard(0).map(payload => decodeExtensionHandshake(payload).metadataSize)
    expect(sizes).toEqual([undefined, house.content.info.length])
    expect(house.swarm.stats().seeds).toBe(1)
  })

  test('what was here before the content was known, when it is', () => {
    const house = new House({ attach: false })
    const guest = house.peer(1).handshake()
    for (const piece of [3, 9]) house.store.have.set(piece)
    house.swarm.attach(house.store)
    expect(guest.types()).toContain('have-none')
    expect(guest.sent.filter(({ type }) => type === 'have')).toEqual([
      { type: 'have', piece: 3 },
      { type: 'have', piece: 9 },
    ])
    expect(house.peer(2).types().slice(0, 3)).toEqual(['extended', 'port', 'bitfield'])
    expect(house.peer(3).types()).not.toContain('have')
  })
})

describe('without the fast extension', () => {
  const old = { fast: false }

  test('a choke drops all requests, and what is on its way still counts', () => {
    const house = new House()
    const guest = house.peer(1, old).say(bitfield, { type: 'unchoke' })
    const asked = guest.sent.filter(message => message.type === 'request')
    expect(asked.length).toBeGreaterThan(0)
    guest.say({ type: 'choke' })
    expect(house.swarm.peerStats()[0]!.requestedBytes).toBe(0)
    for (const { piece, begin, length } of asked as Extract<Message, { type: 'request' }>[])
      guest.say({ type: 'piece', piece, begin, length })
    expect(guest.closed).toBeUndefined()
    guest.say({ type: 'unchoke' })
    expect(house.swarm.peerStats()[0]!.requestedBytes).toBe(asked.length * block)
  })

  test('nothing is rejected, and a request while choked is not heard', () => {
    const house = new House({ has: 'all', config: { initialSeeding: false } })
    const guest = house.peer(1, old).say(request(1), { type: 'cancel', piece: 1, begin: 0, length: block })
    expect(guest.types()).not.toContain('reject')
    guest.say({ type: 'interested' }, request(2))
    expect(guest.types()).toContain('unchoke')
    expect(guest.sent.at(-1)).toMatchObject({ type: 'piece', piece: 2 })
  })
})

test('a peer that loses a piece is not asked for it (BEP 54)', () => {
  const house = new House()
  const guest = house.peer(1).handshake().say({ type: 'have-all' })
  expect(house.swarm.stats().seeds).toBe(1)
  guest.say({ type: 'extended', id: 4, payload: Uint8Array.of(0, 0, 0, 3) })
  guest.say({ type: 'extended', id: 4, payload: Uint8Array.of(0, 0, 0, 4) })
  expect(house.swarm.peerStats()[0]!.pieces).toBe(pieces - 2)
  guest.say({ type: 'unchoke' })
  const asked = guest.sent.flatMap(message => (message.type === 'request' ? [message.piece] : []))
  expect(asked).toHaveLength(8)
  expect(asked).not.toContain(3)
  guest.say({ type: 'extended', id: 4, payload: Uint8Array.of(0, 0, 1, 0) })
  expect(guest.closed).toMatch(/lost a piece/)
})

test('tells when nothing more is wanted, and again when something is (BEP 21)', () => {
  const house = new House()
  const guest = house.peer(1).handshake()
  house.swarm.setPriority(0, pieces, 'skip')
  house.world.advance(1500)
  house.swarm.setPriority(0, pieces, 'normal')
  house.world.advance(1500)
  expect(guest.heard(theirIds.upload_only)).toEqual([Uint8Array.of(1), Uint8Array.of(0)])
})

test('parts soon with another seed, and with one that asks for nothing', () => {
  const house = new House({ has: 'all' })
  const seed = house.peer(1).handshake().say({ type: 'have-all' })
  const partial = house.peer(2).handshake({ uploadOnly: true }).say(bitfield)
  const late = house.peer(3).handshake()
  late.say({ type: 'extended', id: 6, payload: Uint8Array.of(1) })
  const leecher = house.peer(4).handshake()
  house.world.advance(15_000)
  expect([seed, partial, late].map(guest => guest.closed)).toEqual(
    new Array(3).fill('There is nothing left to exchange.'),
  )
  expect(leecher.closed).toBeUndefined()
})

test('says what it hears of addresses', () => {
  const house = new House()
  for (const n of [1, 2]) house.peer(n).handshake({ yourIp: Uint8Array.of(203, 0, 113, 5) })
  expect(house.of('address-seen')).toHaveLength(2)
  expect(house.swarm.externalAddress(4)).toBe('203.0.113.5')
  expect(house.swarm.externalAddress(6)).toBeUndefined()
  house.peer(3).say({ type: 'port', port: 6999 })
  expect(house.of('dht-port')).toEqual([
    { type: 'dht-port', endpoint: { address: '198.51.100.3', port: 6999 } },
  ])
})

const pex = (address: string): Parameters<typeof encodeUtPex>[0]['added'][number] => ({
  address,
  port: 6881,
  encryption: false,
  seed: false,
  utp: false,
  holepunch: false,
  reachable: false,
})

describe('peer exchange (BEP 11)', () => {
  test('tells of those that can be dialled, once, and when they leave', () => {
    const house = new House()
    const guest = house.peer(1).handshake()
    house.peer(2, { initiator: true }).say({ type: 'have-all' })
    const listener = house.peer(3).handshake({ prefersEncryption: true })
    house.peer(4, { extended: false })
    house.world.advance(1500)
    const [first] = guest.heard(theirIds.ut_pex).map(decodeUtPex)
    expect(first!.added).toEqual([
      { ...pex('198.51.100.2'), port: 50_002, seed: true, reachable: true },
      { ...pex('198.51.100.3'), encryption: true, holepunch: true },
    ])
    listener.session.closed()
    house.world.advance(30_000)
    expect(guest.heard(theirIds.ut_pex)).toHaveLength(1)
    house.world.advance(40_000)
    expect(guest.heard(theirIds.ut_pex).map(decodeUtPex).at(-1)).toEqual({
      added: [],
      dropped: [{ address: '198.51.100.3', port: 6881 }],
    })
  })

  test('gives on what it hears, but not too much of it', () => {
    const house = new House()
    const guest = house.peer(1).handshake()
    const payload = encodeUtPex({ added: [pex('203.0.113.9')], dropped: [] })
    for (let i = 0; i < 12; i++) guest.say({ type: 'extended', id: 3, payload })
    expect(house.of('endpoints-learned')).toHaveLength(3)
    expect(guest.closed).toMatch(/too often/)
    expect(house.of('peer-misbehaved')).toMatchObject([{ offence: 'flood', banned: false }])
  })
})

test('lists of pieces that stand for `have` messages may come as often as these (aria2)', () => {
  const house = new House()
  const guest = house.peer(1).say({ type: 'have-none' })
  for (let piece = 0; piece < pieces; piece++) {
    const bytes = new Uint8Array(2)
    new DataView(bytes.buffer).setUint16(0, 0xffff << (pieces - 1 - piece))
    guest.say({ type: 'bitfield', bytes })
  }
  expect(guest.closed).toBeUndefined()
  expect(house.swarm.peerStats()[0]!.isSeed).toBe(true)
  house.peer(2).say(bitfield)
  guest.say({ type: 'bitfield', bytes: Uint8Array.of(0, 1) })
  expect(house.swarm.stats().seeds).toBe(1)
})

test('a super seed serves what it told of, also who says only then that it has nothing (BEP 16)', () => {
  const house = new House({ has: 'all' })
  house.swarm.setSuperSeeding(true)
  const guest = house.peer(1)
  house.world.advance(1000)
  const told = guest.sent.flatMap(message => (message.type === 'have' ? [message.piece] : []))
  expect(told.length).toBeGreaterThan(0)
  guest.say({ type: 'have-none' }, { type: 'interested' })
  house.world.advance(11_000)
  guest.say({ type: 'bitfield', bytes: Uint8Array.of(0, 1) }, { type: 'have-none' })
  for (const piece of told) guest.say(request(piece))
  house.world.advance(1000)
  expect(guest.types().filter(type => type === 'piece')).toHaveLength(told.length)
})

describe('holepunching (BEP 55)', () => {
  const holepunch = (message: Holepunch): Message => ({
    type: 'extended',
    id: 5,
    payload: encodeHolepunch(message),
  })
  const meet = (address: string, port: number): Message =>
    holepunch({ type: 'rendezvous', endpoint: { address, port } })

  test('introduces two members to each other', () => {
    const house = new House()
    const [a, b] = [house.peer(1).handshake(), house.peer(2).handshake()]
    a.say(meet('198.51.100.2', 6881))
    const [toA] = a.heard(theirIds.ut_holepunch).map(decodeHolepunch)
    const [toB] = b.heard(theirIds.ut_holepunch).map(decodeHolepunch)
    expect(toA).toEqual({ type: 'connect', endpoint: { address: '198.51.100.2', port: 6881 } })
    expect(toB).toEqual({ type: 'connect', endpoint: { address: '198.51.100.1', port: 6881 } })
  })

  test('says why it cannot', () => {
    const house = new House()
    for (const n of [8, 9]) house.peer(n).handshake({ yourIp: Uint8Array.of(203, 0, 113, 5) })
    const a = house.peer(1).handshake()
    house.peer(2, { extended: false })
    a.say(meet('198.51.100.7', 1), meet('198.51.100.2', 50_002), meet('203.0.113.5', 7000))
    const answers = a.heard(theirIds.ut_holepunch).map(decodeHolepunch)
    expect(answers.map(answer => answer?.type === 'error' && answer.error)).toEqual([
      'not-connected',
      'no-support',
      'no-self',
    ])
  })

  test('ignores whoever does not speak it, and too much of it', () => {
    const house = new House()
    const mute = house.peer(1).handshake({ messages: {} }).say(meet('198.51.100.2', 1))
    expect(mute.types().filter(type => type === 'extended')).toHaveLength(1)
    const loud = house.peer(2).handshake()
    for (let i = 0; i < 50; i++) loud.say(meet('198.51.100.7', 1))
    expect(loud.heard(theirIds.ut_holepunch)).toHaveLength(20)
  })

  test('asks to be introduced, and tells when it is', () => {
    const house = new House()
    const endpoint = { address: '203.0.113.77', port: 1 }
    expect(house.swarm.rendezvous(endpoint)).toBe(false)
    const guest = house.peer(1).handshake()
    const other = house.peer(2).handshake()
    expect(house.swarm.rendezvous(endpoint, other.name)).toBe(true)
    expect(guest.heard(theirIds.ut_holepunch)).toEqual([])
    expect(decodeHolepunch(other.heard(theirIds.ut_holepunch)[0]!)).toEqual({ type: 'rendezvous', endpoint })
    other.say(holepunch({ type: 'connect', endpoint }))
    other.say(holepunch({ type: 'error', endpoint, error: 'not-connected' }))
    // One that is here already is not dialled.
    other.say(holepunch({ type: 'connect', endpoint: { address: '198.51.100.1', port: 6881 } }))
    expect(house.of('holepunch-connect')).toEqual([{ type: 'holepunch-connect', from: other.name, endpoint }])
    expect(house.of('holepunch-failed')).toHaveLength(1)
  })
})

describe('who may be here', () => {
  test('bans an address with everybody behind it, until it is lifted', () => {
    const house = new House()
    const [a, b] = [
      house.peer(1),
      house.peer(2, { peer: `198.51.100.1 ${'b'.repeat(40)}`, banKey: '198.51.100.1' }),
    ]
    house.swarm.ban('198.51.100.1')
    expect([a.closed, b.closed]).toEqual(['It was banned.', 'It was banned.'])
    expect(house.swarm.isBanned(a.name)).toBe(true)
    expect(house.swarm.bans()).toEqual(['198.51.100.1'])
    expect(() => house.peer(1)).toThrow(expect.objectContaining({ code: 'peer.protocol' }))
    house.swarm.unban('198.51.100.1')
    expect(() => house.peer(1)).not.toThrow()
  })

  test('of two streams between the same two peers both keep the same one', () => {
    const smaller = '198.51.100.1 '.concat('0'.repeat(40))
    const larger = '198.51.100.1 '.concat('f'.repeat(40))
    for (const [peer, dialled] of [
      [smaller, false],
      [larger, true],
    ] as const) {
      // The one that the smaller id opened stays, whichever came first.
      for (const order of [
        [dialled, !dialled],
        [!dialled, dialled],
      ]) {
        const house = new House()
        const join = (initiator: boolean): Guest | undefined => {
          try {
            return house.peer(1, { peer, initiator })
          } catch {
            return undefined
          }
        }
        const guests = order.map(join)
        expect(guests.map(guest => guest !== undefined && guest.closed === undefined)).toEqual(
          order.map(initiator => initiator === dialled),
        )
      }
    }
  })

  test('lets only so many come from one address', () => {
    const house = new House({ config: { maxPeersPerAddress: 2 } })
    const endpoint = { address: '198.51.100.1', port: 1 }
    for (const n of [1, 2]) house.peer(n, { endpoint })
    expect(() => house.peer(3, { endpoint })).toThrow(expect.objectContaining({ code: 'peer.protocol' }))
  })

  test('when full, the lowest priority gives way to a higher one (BEP 40)', () => {
    const own = { ...terms, externalAddress: () => '123.213.32.10' }
    const house = new House({ config: { maxPeers: 8 }, terms: own })
    const guests = Array.from({ length: 40 }, (_, n) => {
      try {
        return house.peer(n, { endpoint: { address: `${n + 1}.76.54.32`, port: 1 } })
      } catch {
        return undefined
      }
    })
    expect(house.swarm.peerCount).toBe(8)
    const left = guests.filter(guest => guest?.closed?.includes('priority'))
    expect(left.length).toBeGreaterThan(0)
    expect(guests.filter(guest => guest === undefined).length).toBe(40 - 8 - left.length)
  })
})

describe('whoever overdoes it is disconnected', () => {
  test.each<[string, (guest: Guest) => void]>([
    [
      'lists of pieces',
      guest => {
        for (let i = 0; i < 9; i++) guest.say(bitfield)
      },
    ],
    [
      'small talk',
      guest => {
        for (let i = 0; i < 700; i++) guest.say({ type: 'interested' }, { type: 'not-interested' })
      },
    ],
    [
      'handshakes',
      guest => {
        for (let i = 0; i < 1100; i++)
          guest.session.receive({
            type: 'extended',
            id: 0,
            payload: encodeExtensionHandshake({ messages: {} }),
          })
      },
    ],
    [
      'the same list of pieces',
      guest => {
        for (let i = 0; i < 10; i++) guest.say({ type: 'bitfield', bytes: Uint8Array.of(255, 0) })
      },
    ],
    [
      'lists of pieces that shrink and grow again',
      guest => {
        for (let i = 0; i < 18; i++)
          guest.say(i % 2 ? bitfield : { type: 'bitfield', bytes: Uint8Array.of(1, 0) })
      },
    ],
    [
      'requests while choked',
      guest => {
        for (let i = 0; i < 8001; i++) guest.session.receive(request(i % pieces))
      },
    ],
    [
      'blocks nobody asked for',
      guest => {
        for (let i = 0; i < 65; i++) guest.say({ type: 'piece', piece: 1, begin: 0, length: block })
      },
    ],
  ])('%s', (_, overdo) => {
    const house = new House({ has: 'all' })
    const guest = house.peer(1).handshake()
    overdo(guest)
    expect(guest.closed).toBeDefined()
    expect(house.of('peer-misbehaved')).toMatchObject([{ offence: 'flood', banned: false }])
  })

  test('a block longer than we answer with', () => {
    const house = new House({ has: 'all', config: { maxRequestBytes: 131_072 } })
    const guest = house.peer(1).say({ type: 'request', piece: 0, begin: 0, length: 262_144 })
    expect(guest.closed).toMatch(/cannot be/)
  })

  test('no more requests wait here than we said', () => {
    const house = new House({ has: 'all', config: { maxQueuedRequests: 4, uploadBytesPerSecond: 1 } })
    const guest = house.peer(1).handshake().say({ type: 'interested' })
    for (let piece = 0; piece < 12; piece++) guest.session.receive(request(piece))
    expect(guest.types().filter(type => type === 'reject')).toHaveLength(8)
  })
})

test('as many requests as the other side bears, and no longer ones than it said', () => {
  const house = new House({ config: { startWindowBytes: 1_048_576 } })
  const guest = house.peer(1).handshake({ requestQueue: 3 }).say({ type: 'have-all' }, { type: 'unchoke' })
  const asked = guest.sent.filter(message => message.type === 'request')
  expect(asked).toHaveLength(3)
  expect(asked.every(message => message.type === 'request' && message.length === block)).toBe(true)
})

test('whoever opened a newer stream is a member still when the older one ends', () => {
  const house = new House()
  const stayed: boolean[] = []
  house.swarm.on(event => {
    if (event.type === 'peer-left') stayed.push(house.swarm.has(event.peer))
  })
  house.peer(1)
  const newer = house.peer(1)
  newer.session.closed('gone')
  expect(stayed).toEqual([true, false])
})

test('a private torrent: nobody is met on the word of a member (BEP 27)', () => {
  const house = new House({ isPrivate: true })
  house
    .peer(1)
    .handshake()
    .say({
      type: 'extended',
      id: 5,
      payload: encodeHolepunch({ type: 'connect', endpoint: { address: '203.0.113.9', port: 1 } }),
    })
  expect(house.of('holepunch-connect')).toEqual([])
})
