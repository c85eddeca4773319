import type { FuzzTarget } from '../../test/fuzz/target.ts'
import { Bitfield, concat, PeerageError, seededRandom, sha1, sha256, VirtualWorld } from '../base/index.ts'
import { buildInfo, layer, levelOf, merkleRoot, parseContent } from '../content/index.ts'
import {
  encodeExtensionHandshake,
  encodeHolepunch,
  encodeMessage,
  encodeMetadataMessage,
  encodeUtPex,
  MessageDecoder,
} from '../wire/index.ts'
import { swarmConfig } from './config.ts'
import type { ContentPort, Lease, Offer, PeerTraits, Verdict } from './ports.ts'
import { leafBytes } from './request-depth.ts'
import { Swarm } from './swarm.ts'

const bytes = seededRandom(1).bytes(10 * leafBytes)
const pieceLength = 2 * leafBytes
const leaves = concat(
  Array.from({ length: 10 }, (_, i) => sha256(bytes.subarray(i * leafBytes, (i + 1) * leafBytes))),
)
const pieceLayer = layer(leaves, levelOf(pieceLength))
const files = [{ path: ['a'], size: bytes.length, piecesRoot: merkleRoot(leaves) }]
const info = buildInfo({ name: 'a', pieceLength, files, singleFile: true })
const content = parseContent(info, { infoHash: sha256(info), infoHashV1: sha1(info) })
const config = swarmConfig.parse({})

/** Answers at once and in order, so that every run of the same input is the same. */
function at<T>(world: VirtualWorld, value: () => T): PromiseLike<T> {
  return {
    // biome-ignore lint/suspicious/noThenProperty: a promise would not be replayable
    then: onValue => {
      world.after(1, () => void onValue?.(value()))
      return undefined as never
    },
  }
}

class FuzzContent implements ContentPort {
  readonly content = content
  readonly have: Bitfield
  leased = 0
  readonly #world: VirtualWorld

  constructor(world: VirtualWorld, isSeed: boolean) {
    this.#world = world
    this.have = isSeed ? Bitfield.full(content.pieceCount) : new Bitfield(content.pieceCount)
  }

  lease(length: number): Lease {
    this.leased += length
    let held = true
    return {
      bytes: new Uint8Array(length),
      release: () => {
        if (!held) throw new Error('released twice')
        held = false
        this.leased -= length
      },
    }
  }

  accept({ piece, begin, length, lease }: Offer): PromiseLike<Verdict> {
    return at(this.#world, () => {
      const start = piece * pieceLength + begin
      const good = Buffer.compare(lease.bytes, bytes.subarray(start, start + length)) === 0
      lease.release()
      if (good) this.have.set(piece)
      return good
        ? { ok: true, pieceDone: true, filesDone: this.have.isFull ? [0] : [] }
        : { ok: false, leaves: new Uint8Array(Math.ceil(length / leafBytes) * 32) }
    })
  }

  loan(piece: number, begin: number, length: number): PromiseLike<Lease> {
    const start = piece * pieceLength + begin
    return at(this.#world, () => ({ bytes: bytes.slice(start, start + length), release: () => undefined }))
  }

  leaves(piece: number): PromiseLike<Uint8Array> {
    return at(this.#world, () => leaves.slice(piece * 64, piece * 64 + 64))
  }

  pieceLayer(): Uint8Array | undefined {
    return this.have.isFull ? pieceLayer : undefined
  }

  setPieceLayer(): void {}
}

const endpoint = { address: '192.0.2.1', port: 6881 }

/** Bits of the first byte: 4 a peer of the public network, 8 without the fast extension, 16 super-seeding. */
function traitsOf(bits: number): PeerTraits {
  if ((bits & 4) === 0) return { peer: 'fuzz', maxRequestBytes: 1_048_576, private: true }
  const peer = `${endpoint.address} ${'ab'.repeat(20)}`
  return { peer, endpoint, banKey: endpoint.address, self: '00', fast: (bits & 8) === 0, dht: true, v2: true }
}

/** First byte: the state of our side, in its two lowest bits, and the kind of peer. The rest: what the peer sends. */
function run(input: Uint8Array): void {
  const world = new VirtualWorld(input.length)
  const bits = input[0] ?? 0
  const state = (bits & 3) % 3
  const failures: unknown[] = []
  const ports = {
    world,
    hash: (of: Uint8Array) => at(world, () => sha256(of)),
    defer: (call: () => void) => void world.after(0, call),
  }
  const swarm = new Swarm({ ports, config, infoHash: content.infoHash })
  swarm.publicTerms = { listenPort: 1, dhtPort: 2, pex: true, holepunch: true }
  if ((bits & 16) !== 0) swarm.setSuperSeeding(true)
  swarm.on(event => {
    if (event.type === 'failed') failures.push(event.error.cause ?? event.error)
  })
  const store = new FuzzContent(world, state === 0)
  if (state < 2) swarm.attach(store)
  const pipe = {
    name: 'fuzz',
    send: () => undefined,
    bufferedBytes: 0,
    onDrain: () => undefined,
    close: () => decoder.stop(),
  }
  const decoder = new MessageDecoder({
    place: (piece, begin, length) => session.place(piece, begin, length),
    onMessage: message => {
      session.receive(message)
      world.advance(1)
    },
  })
  const session = swarm.join(pipe, traitsOf(bits))
  try {
    world.advance(2)
    for (let start = 1; start < input.length; start += 1000) decoder.push(input.subarray(start, start + 1000))
  } catch (error) {
    if (!(error instanceof PeerageError)) throw error
  }
  world.advance(3000)
  swarm.close()
  world.advance(10)
  if (failures.length > 0) throw failures[0]
  if (store.leased !== 0) throw new Error(`${store.leased} bytes of leases were forgotten`)
}

const block = (piece: number): Uint8Array =>
  encodeMessage({
    type: 'piece',
    piece,
    begin: 0,
    length: leafBytes,
    data: bytes.subarray(piece * pieceLength, piece * pieceLength + leafBytes),
  })
const request = { root: files[0]!.piecesRoot, baseLayer: 1, index: 0, length: 8, proofLayers: 0 }

const extended = (id: number, payload: Uint8Array): Uint8Array =>
  encodeMessage({ type: 'extended', id, payload })
const told = { ...endpoint, encryption: true, seed: false, utp: true, holepunch: true, reachable: true }
const messages = { ut_metadata: 3, ut_pex: 4, lt_donthave: 5, ut_holepunch: 6, upload_only: 7 }

/** What a peer of the public network says that one of ours does not. */
const publicTalk = [
  encodeMessage({ type: 'bitfield', bytes: Uint8Array.of(0b01111000) }),
  extended(
    0,
    encodeExtensionHandshake({ messages, port: 6881, requestQueue: 500, yourIp: Uint8Array.of(1, 2, 3, 4) }),
  ),
  encodeMessage({ type: 'port', port: 6881 }),
  encodeMessage({ type: 'unchoke' }),
  encodeMessage({ type: 'interested' }),
  encodeMessage({ type: 'request', piece: 2, begin: 0, length: leafBytes }),
  extended(3, encodeUtPex({ added: [told], dropped: [endpoint] })),
  extended(4, Uint8Array.of(0, 0, 0, 3)),
  extended(5, encodeHolepunch({ type: 'rendezvous', endpoint })),
  extended(5, encodeHolepunch({ type: 'connect', endpoint: { ...endpoint, port: 1 } })),
  extended(6, Uint8Array.of(1)),
  encodeMessage({ type: 'have', piece: 0 }),
  encodeMessage({ type: 'choke' }),
]

export const fuzz: FuzzTarget = {
  name: 'session',
  seeds: [
    ...[4, 12, 20, 5, 13].map(bits => concat([Uint8Array.of(bits), ...publicTalk])),
    concat([
      Uint8Array.of(0),
      encodeMessage({ type: 'interested' }),
      encodeMessage({ type: 'request', piece: 1, begin: 0, length: leafBytes }),
      encodeMessage({ type: 'cancel', piece: 1, begin: 0, length: leafBytes }),
      encodeMessage({ type: 'hash-request', ...request }),
      encodeMessage({ type: 'have', piece: 1 }),
      encodeMessage({
        type: 'extended',
        id: 1,
        payload: encodeMetadataMessage({ type: 'request', piece: 0 }),
      }),
    ]),
    concat([
      Uint8Array.of(1),
      encodeMessage({ type: 'bitfield', bytes: Uint8Array.of(0b11111000) }),
      encodeMessage({ type: 'unchoke' }),
      encodeMessage({ type: 'suggest', piece: 2 }),
      encodeMessage({ type: 'hashes', ...request, hashes: concat([pieceLayer, new Uint8Array(96)]) }),
      block(2),
      block(0),
      encodeMessage({ type: 'reject', piece: 3, begin: 0, length: leafBytes }),
      encodeMessage({ type: 'choke' }),
      encodeMessage({ type: 'allowed-fast', piece: 4 }),
    ]),
    concat([
      Uint8Array.of(2),
      encodeMessage({
        type: 'extended',
        id: 0,
        payload: encodeExtensionHandshake({
          messages: { ut_metadata: 3, pg_peers: 4 },
          metadataSize: info.length,
        }),
      }),
      encodeMessage({ type: 'have-all' }),
      encodeMessage({
        type: 'extended',
        id: 1,
        payload: encodeMetadataMessage({ type: 'data', piece: 0, totalSize: info.length, data: info }),
      }),
    ]),
  ],
  run,
}
