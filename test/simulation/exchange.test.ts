import { expect, test } from 'vitest'
import { seededRandom, sha256, VirtualWorld } from '../../src/base/index.ts'
import { parseContent } from '../../src/content/index.ts'
import {
  acceptPeer,
  type ContentPort,
  greetPeer,
  readFirstFrame,
  Swarm,
  type SwarmConfig,
  type SwarmEvent,
  swarmConfig,
} from '../../src/swarm/index.ts'
import { encodeSwarmAnswer, encodeSwarmHello } from '../../src/wire/index.ts'
import { MemoryContent, type MemoryShare, memoryShare } from './memory-content.ts'
import { memoryStreams } from './memory-stream.ts'

const random = seededRandom(7)
const kibibyte = 1024
const mebibyte = 1024 * kibibyte

/** Runs virtual time and promises until `done` or 120 virtual seconds are over. */
async function run(world: VirtualWorld, done: () => boolean): Promise<void> {
  while (!done() && world.now() < 120_000) {
    await new Promise(resolve => setImmediate(resolve))
    if (!done()) world.step()
  }
}

class Member {
  readonly name: string
  readonly swarm: Swarm
  readonly events: SwarmEvent[] = []
  store: MemoryContent | undefined

  constructor(world: VirtualWorld, name: string, infoHash: Uint8Array, config: Partial<SwarmConfig> = {}) {
    this.name = name
    this.swarm = new Swarm({
      ports: { world, hash: async bytes => sha256(bytes) },
      infoHash,
      self: name,
      config: swarmConfig.parse(config),
    })
    this.swarm.on(event => {
      this.events.push(event)
      if (event.type === 'metadata-received')
        this.hold(new MemoryContent(parseContent(event.info, { infoHash })))
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

async function connect(world: VirtualWorld, a: Member, b: Member, cut = 65_536): Promise<void> {
  const [left, right] = memoryStreams(world, [a.name, b.name], { cut })
  const traits = (peer: string, initiator: boolean) => ({ peer, maxRequestBytes: mebibyte, initiator })
  const infoHash = a.swarm.infoHash
  const opened = greetPeer({ stream: left, hello: encodeSwarmHello({ infoHash }) })
  const first = readFirstFrame(right)
  let joined = false
  void first.then(({ rest }) => {
    const answer = encodeSwarmAnswer({ ok: true })
    acceptPeer({ stream: right, swarm: b.swarm, traits: traits(a.name, false), answer, rest })
  })
  void opened.then(({ rest }) => {
    acceptPeer({ stream: left, swarm: a.swarm, traits: traits(b.name, true), rest })
    joined = true
  })
  await run(world, () => joined)
}

function expectEqualFiles(member: Member, share: MemoryShare): void {
  expect(member.store!.files.length).toBe(share.files.length)
  for (const [i, bytes] of share.files.entries())
    expect(Buffer.compare(member.store!.files[i]!, bytes), `file ${i}`).toBe(0)
}

const shares: Record<string, () => MemoryShare> = {
  'one file of several pieces': () => memoryShare({ a: random.bytes(300 * kibibyte + 5) }, 32 * kibibyte),
  'pieces longer than a segment': () =>
    memoryShare({ big: random.bytes(5 * mebibyte + 777), small: random.bytes(99) }, 4 * mebibyte),
  'many tiny files': () =>
    memoryShare(
      Object.fromEntries(Array.from({ length: 200 }, (_, i) => [`f${i}`, random.bytes(i * 101)])),
      64 * kibibyte,
    ),
  'an empty file and a byte': () =>
    memoryShare({ none: new Uint8Array(0), one: random.bytes(1) }, 16 * kibibyte),
}

for (const [what, make] of Object.entries(shares))
  test.each([61, 65_536])(`fetches ${what} from nothing but the info hash, in chunks of %i`, async cut => {
    const share = make()
    const world = new VirtualWorld(1)
    const seed = new Member(world, 'seed', share.content.infoHash).hold(
      new MemoryContent(share.content, share),
    )
    const taker = new Member(world, 'taker', share.content.infoHash)
    await connect(world, taker, seed, cut)
    await run(world, () => taker.done)
    expectEqualFiles(taker, share)
    expect(taker.offences()).toEqual([])
    expect(taker.store!.leased).toBe(0)
    for (const file of share.content.files)
      expect(taker.store!.pieceLayer(file.index)).toEqual(share.layers.get(file.index))
  })
