import {
  Circles,
  type Identity,
  identityFromSeed,
  type KeyValue,
  People,
  Revocations,
} from '../../access/index.ts'
import { VirtualWorld } from '../../base/index.ts'
import type { PeerStream } from '../../network/index.ts'
import { decodeGossip, type GossipMessage, gossipFrameReader } from '../../wire/index.ts'
import { CircleTopics } from './circle-topics.ts'
import { type GossipConfig, gossipConfig } from './config.ts'
import { Gossip, gossipProtocol } from './gossip.ts'
import type { Company, GossipEvent, Relation } from './host.ts'
import { PeopleTopics } from './people-topics.ts'
import { RevocationTopics } from './revocation-topics.ts'
import { VirtualInternet, type VirtualNetwork } from './virtual-network.ts'

/** Milliseconds. */
export const day = 86_400_000

/** Values in memory. */
export function memory(): KeyValue {
  const values = new Map<string, Map<string, unknown>>()
  return {
    get: (kind, key) => values.get(kind)?.get(key),
    put(kind, key, value) {
      values.set(kind, (values.get(kind) ?? new Map()).set(key, value))
    },
    delete: (kind, key) => void values.get(kind)?.delete(key),
    entries: kind => values.get(kind) ?? [],
  }
}

/** A peer of a town, with its real people, circles and revocations. */
export interface Member {
  readonly identity: Identity
  readonly peerId: string
  readonly network: VirtualNetwork
  readonly people: People
  readonly circles: Circles
  readonly revocations: Revocations
  readonly events: GossipEvent[]
  readonly state: KeyValue
  readonly contacts: Set<string>
  gossip: Gossip
  /** Calls back that relations may have changed. */
  changed(): void
}

/**
 * Peers that gossip in virtual time. Without circles all of them are fellows, but for those that are said to be strangers. For tests.
 */
export class Town {
  readonly world: VirtualWorld
  readonly internet: VirtualInternet
  readonly members: Member[] = []
  readonly strangers: Set<string> = new Set()
  readonly relations: Map<string, Relation> = new Map()
  readonly config: GossipConfig
  /** Who is in a circle of one's own is a fellow, and nobody else. */
  readonly byCircles: boolean
  /** Strangers whose circles are looked at all the same. */
  readonly introducers: Set<string> = new Set()

  constructor(seed: number, config: Partial<GossipConfig> = {}, byCircles = false) {
    this.byCircles = byCircles
    this.world = new VirtualWorld(seed)
    this.internet = new VirtualInternet(this.world)
    this.config = gossipConfig.parse(config)
  }

  add(): Member {
    const identity = identityFromSeed(this.world.random.bytes(32))
    const { peerId } = identity
    const state = memory()
    const people = new People({ state, max: 1_000 })
    const circles = new Circles({ identity, world: this.world, state, max: 10 })
    const revocations = new Revocations({
      identity,
      state,
      now: () => this.world.wallTime(),
      relevance: () => 'known',
      maxLists: 1_000,
    })
    const member: Member = {
      identity,
      peerId,
      network: this.internet.node(peerId),
      people,
      circles,
      revocations,
      events: [],
      state,
      contacts: new Set(),
      gossip: undefined as never,
      changed: () => undefined,
    }
    this.members.push(member)
    this.restart(member)
    return member
  }

  restart(member: Member): void {
    const { network, people, circles, revocations, state, events } = member
    const concerns = (one: string, peer: string): boolean => this.isFellow(one) && this.isFellow(peer)
    const relation = (peer: string): Relation =>
      this.relations.get(peer) ??
      (this.isFellow(peer) || member.contacts.has(peer) || knows(circles, peer) ? 'fellow' : 'stranger')
    member.gossip = new Gossip(
      {
        world: this.world,
        config: this.config,
        state,
        sources: [
          new PeopleTopics(people, concerns),
          new RevocationTopics(revocations, concerns),
          new CircleTopics({
            circles,
            keysOf: peer => [peer],
            mayIntroduce: peer => relation(peer) === 'fellow' || this.introducers.has(peer),
          }),
        ],
        relation,
        contacts: () => member.contacts,
        circles: () => this.#companies(member),
        fellows: peer =>
          this.byCircles
            ? this.members
                .map(({ peerId }) => peerId)
                .filter(one => knows(circles, one) && knows(circles, peer))
            : this.fellows(),
        onChanged: listener => {
          member.changed = listener
          return circles.onChanged(() => listener())
        },
        emit: event => void events.push(event),
      },
      network,
    )
  }

  #companies({ circles, peerId }: Member): Company[] {
    const others = (peers: Iterable<string>): string[] => [...peers].filter(peer => peer !== peerId)
    if (!this.byCircles) return [{ topic: 'all', peers: others(this.fellows()) }]
    return circles
      .list()
      .filter(({ role }) => role !== undefined)
      .map(({ id }) => ({ topic: `circle:${id}`, peers: others(circles.members(id).keys()) }))
  }

  fellows(): string[] {
    return this.members.map(({ peerId }) => peerId).filter(peer => this.isFellow(peer))
  }

  isFellow(peer: string): boolean {
    return !this.byCircles && !this.strangers.has(peer)
  }

  start(): void {
    for (const { gossip } of this.members) gossip.start()
  }

  /** Lets virtual time pass, and what waits for promises come to its turn. */
  async pass(ms: number): Promise<void> {
    for (let at = 0; at < ms; at += 10) {
      this.world.advance(10)
      for (let turn = 0; turn < 32; turn++) await Promise.resolve()
    }
  }

  /** Who revokes a grant; gives its id. */
  revoke({ revocations }: Member, byte = 7): string {
    const id = byte.toString(16).padStart(2, '0').repeat(32)
    revocations.revoke([{ id, expires: this.world.wallTime() + day }])
    return id
  }

  knowing(issuer: Member, id: string): Member[] {
    return this.members.filter(({ revocations }) => revocations.isRevoked(issuer.peerId, id))
  }
}

/** A peer that speaks the protocol by hand. */
export async function speaker(
  town: Town,
  to: Member,
): Promise<{ stream: PeerStream; heard: GossipMessage[] }> {
  const identity = identityFromSeed(town.world.random.bytes(32))
  town.strangers.add(identity.peerId)
  const network = town.internet.node(identity.peerId)
  const opening = network.open(to.peerId, gossipProtocol)
  await town.pass(100)
  const stream = await opening
  const heard: GossipMessage[] = []
  let reader = gossipFrameReader()
  stream.onData(chunk => {
    for (let at = 0; at < chunk.length; ) {
      const { consumed, frame } = reader.push(chunk.subarray(at))
      at += consumed
      if (frame === undefined) break
      heard.push(decodeGossip(frame))
      reader = gossipFrameReader()
    }
  })
  await town.pass(100)
  return { stream, heard }
}

/** Whether that peer is in a circle with the one whose circles these are. */
function knows(circles: Circles, peer: string): boolean {
  return [...circles.circlesOf(peer)].some(id => circles.role(id, peer) !== undefined)
}

/** Two members that know each other's address. */
export function pair(config: Partial<GossipConfig> = {}): { town: Town; ann: Member; ben: Member } {
  const town = new Town(1, config)
  const [ann, ben] = [town.add(), town.add()]
  ann.network.known.add(ben.peerId)
  ben.network.known.add(ann.peerId)
  return { town, ann, ben }
}
