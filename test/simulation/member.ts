import { expect } from 'vitest'
import { sha1, sha256, type VirtualWorld } from '../../src/base/index.ts'
import { type InfoHashes, parseContent } from '../../src/content/index.ts'
import {
  acceptPeer,
  type ContentPort,
  greetPeer,
  type PeerTraits,
  pump,
  readFirstFrame,
  Swarm,
  type SwarmConfig,
  type SwarmEvent,
  swarmConfig,
} from '../../src/swarm/index.ts'
import { encodeSwarmAnswer, encodeSwarmHello } from '../../src/wire/index.ts'
import { MemoryContent, type MemoryShare } from './memory-content.ts'
import { type MemoryStream, memoryStreams } from './memory-stream.ts'

const mebibyte = 1_048_576

/** Runs virtual time and promises until `done` or 120 virtual seconds are over. */
export async function run(world: VirtualWorld, done: () => boolean): Promise<void> {
  let idle = 0
  while (!done() && world.now() < 120_000 && idle < 20) {
    await new Promise(resolve => setImmediate(resolve))
    if (!done() && !world.step()) idle++
  }
}

/** A peer with real bytes: what it is told it fetches, what it holds it serves. */
export class Member {
  readonly name: string
  readonly swarm: Swarm
  readonly events: SwarmEvent[] = []
  store: MemoryContent | undefined

  constructor(world: VirtualWorld, name: string, infoHash: Uint8Array, config: Partial<SwarmConfig> = {}) {
    this.name = name
    this.swarm = new Swarm({
      ports: {
        world,
        hash: async (bytes, algorithm) => (algorithm === 'sha1' ? sha1(bytes) : sha256(bytes)),
      },
      infoHash,
      self: name,
      config: swarmConfig.parse(config),
    })
    this.swarm.on(event => {
      this.events.push(event)
      if (event.type === 'metadata-received')
        this.hold(new MemoryContent(parseContent(event.info, hashesOf(event.info, infoHash))))
    })
  }

  hold(store: MemoryContent, port: ContentPort = store): this {
    this.store = store
    this.swarm.attach(port)
    return this
  }

  get done(): boolean {
    return this.swarm.completed
  }

  offences(): string[] {
    return this.events.flatMap(event =>
      event.type === 'peer-misbehaved' ? [`${event.peer} ${event.offence}`] : [],
    )
  }
}

/** Opens a stream between two members and waits until both have joined. */
export async function connect(
  world: VirtualWorld,
  a: Member,
  b: Member,
  cut = 65_536,
): Promise<[MemoryStream, MemoryStream]> {
  const [left, right] = memoryStreams(world, [a.name, b.name], { cut })
  const traits = (peer: string, initiator: boolean): PeerTraits => ({
    peer,
    maxRequestBytes: mebibyte,
    initiator,
  })
  const infoHash = a.swarm.infoHash
  const opened = greetPeer({ stream: left, hello: encodeSwarmHello({ infoHash }) })
  const first = readFirstFrame(right)
  const accepting = first.then(({ rest }) => {
    const answer = encodeSwarmAnswer({ ok: true })
    acceptPeer({ stream: right, swarm: b.swarm, traits: traits(a.name, false), answer, rest })
  })
  const opening = opened.then(({ rest }) => {
    acceptPeer({ stream: left, swarm: a.swarm, traits: traits(b.name, true), rest })
  })
  let settled = false
  const both = Promise.all([opening, accepting]).finally(() => {
    settled = true
  })
  both.catch(error => {
    left.abort(error)
    right.abort(error)
  })
  await run(world, () => settled)
  await both
  return [left, right]
}

/** What two public peers say in their handshakes: `v2` that they speak BEP 52, `extended` BEP 10. */
export type PublicTraits = Pick<PeerTraits, 'v2' | 'fast' | 'extended'>

/** Two public peers, after their BitTorrent handshakes. Without extensions they do not know each other for what they are. */
export function connectPublicly(
  world: VirtualWorld,
  a: Member,
  b: Member,
  { v2 = false, fast = true, extended = true }: PublicTraits = {},
): void {
  const [left, right] = memoryStreams(world, [a.name, b.name])
  const traits = (peer: string, initiator: boolean): PeerTraits => ({
    peer,
    initiator,
    private: false,
    endpoint: { address: `10.0.0.${peer.length}`, port: 6881 },
    fast,
    v2,
    extended,
  })
  pump({ stream: left, swarm: a.swarm, traits: traits(b.name, true) })
  pump({ stream: right, swarm: b.swarm, traits: traits(a.name, false) })
}

function hashesOf(info: Uint8Array, infoHash: Uint8Array): InfoHashes {
  if (infoHash.length === 32) return { infoHash, infoHashV1: sha1(info) }
  return { infoHash: sha256(info), infoHashV1: infoHash }
}

export function expectEqualFiles(member: Member, share: MemoryShare): void {
  expect(member.store!.files.length).toBe(share.files.length)
  for (const [i, bytes] of share.files.entries())
    expect(Buffer.compare(member.store!.files[i]!, bytes), `file ${i}`).toBe(0)
}
