import type { World } from '../../base/index.ts'
import type { Contact } from './contact.ts'
import { GroupCounts } from './network-group.ts'
import { commonBits, distanceOf, type Place } from './place.ts'

/** Peers of one bucket, and how many answer a look-up (`kad-dht`, "Replication parameter"). */
export const bucketSize = 20
/** Peers of one bucket that wait for a place in it. */
const maxWaiting = 8
/** Peers of one group of addresses in one bucket. */
const maxPerGroupInBucket = 2
/** Questions in a row that a peer leaves unanswered before it goes. */
const maxFailures = 2

/** Silence after which it is worth asking whether a peer is still there. */
const doubtfulMs = 300_000

export interface TableLimits {
  readonly maxNodesPerNetwork: number
}

/** A peer that has answered us. */
interface Entry {
  contact: Contact
  /** The group of the address at which it answered. */
  group: string | undefined
  /** World.now() of its last answer. */
  answeredAt: number
  failures: number
}

interface Bucket {
  /** Who answered least recently comes first. */
  readonly entries: Entry[]
  readonly waiting: Entry[]
  /** World.now() of the last look-up that passed here. */
  askedAt: number
}

/**
 * The peers that we know, more of those near to us (Kademlia's k-buckets). Only who has answered gets in, whoever answers stays, and
 * of one group of addresses there are few: the table can be filled with nobody's inventions and taken over from no one network.
 */
export class RoutingTable {
  readonly #world: World
  readonly #limits: TableLimits
  readonly #own: Place
  /** By bits in common with us. */
  readonly #buckets: (Bucket | undefined)[] = []
  readonly #byPeer = new Map<string, Entry>()
  readonly #groups = new GroupCounts()

  constructor(world: World, limits: TableLimits, own: Place) {
    this.#world = world
    this.#limits = limits
    this.#own = own
  }

  get size(): number {
    return this.#byPeer.size
  }

  has(peer: string): boolean {
    return this.#byPeer.has(peer)
  }

  /** Whether one at that place would get in without another going. */
  hasRoom(place: Place): boolean {
    return (this.#buckets[commonBits(this.#own, place)]?.entries.length ?? 0) < bucketSize
  }

  /** All of them. */
  contacts(): Contact[] {
    return Array.from(this.#byPeer.values(), ({ contact }) => contact)
  }

  /**
   * A peer answered at an address of a group. Undefined when it has a place, or none is to be had; otherwise who should be asked
   * whether it is still there, since this one waits for its place.
   */
  answered(contact: Contact, group: string | undefined): Contact | undefined {
    const known = this.#byPeer.get(contact.peer)
    if (known !== undefined) {
      this.#renew(known, contact, group)
      return undefined
    }
    const at = commonBits(this.#own, contact.place)
    const bucket = this.#bucket(at)
    if (!this.#admits(bucket, group)) return undefined
    const entry: Entry = { contact, group, answeredAt: this.#world.now(), failures: 0 }
    if (bucket.entries.length < bucketSize) {
      this.#insert(bucket, entry)
      return undefined
    }
    this.#wait(bucket, entry)
    const eldest = bucket.entries[0]!
    return this.#world.now() - eldest.answeredAt >= doubtfulMs ? eldest.contact : undefined
  }

  /** A peer left a question unanswered while others answer. Answers whether it is gone from the table now. */
  failed(peer: string): boolean {
    const entry = this.#byPeer.get(peer)
    if (entry === undefined) return false
    entry.failures++
    const bucket = this.#bucket(commonBits(this.#own, entry.contact.place))
    if (entry.failures < maxFailures && bucket.waiting.length === 0) return false
    this.#remove(bucket, entry)
    const next = bucket.waiting.findLastIndex(one => this.#admits(bucket, one.group))
    if (next >= 0) this.#insert(bucket, bucket.waiting.splice(next, 1)[0]!)
    return true
  }

  /** The `count` nearest to a target, nearest first. */
  nearest(target: Place, count: number = bucketSize): Contact[] {
    const shared = commonBits(this.#own, target)
    const found: Contact[] = []
    // Everybody in one of these is nearer than anybody in the next, so that most need not be sorted.
    const take = (buckets: readonly (Bucket | undefined)[]): void => {
      if (found.length >= count) return
      const ranked: { contact: Contact; distance: number }[] = []
      for (const bucket of buckets)
        for (const { contact } of bucket?.entries ?? [])
          ranked.push({ contact, distance: distanceOf(target, contact.place) })
      ranked.sort((a, b) => a.distance - b.distance)
      for (const { contact } of ranked) found.push(contact)
    }
    take(this.#buckets.slice(shared, shared + 1))
    // Who has more in common with us than the target has is as far from it as we are.
    take(this.#buckets.slice(shared + 1))
    for (let at = shared - 1; at >= 0; at--) take(this.#buckets.slice(at, at + 1))
    return found.slice(0, count)
  }

  /** Those that have not answered for so long, who was silent longest first. */
  silent(forMs: number, most: number): Contact[] {
    const since = this.#world.now() - forMs
    return [...this.#byPeer.values()]
      .filter(({ answeredAt }) => answeredAt <= since)
      .sort((a, b) => a.answeredAt - b.answeredAt)
      .slice(0, most)
      .map(({ contact }) => contact)
  }

  /** A look-up for that target has run. */
  searched(target: Place): void {
    const bucket = this.#buckets[commonBits(this.#own, target)]
    if (bucket !== undefined) bucket.askedAt = this.#world.now()
  }

  /** The buckets, by bits in common with us, up to `most`, in which nothing was looked up for so long. */
  stale(forMs: number, most: number): number[] {
    const since = this.#world.now() - forMs
    return this.#buckets.flatMap((bucket, at) =>
      at < most && bucket !== undefined && bucket.askedAt <= since ? [at] : [],
    )
  }

  #bucket(at: number): Bucket {
    const bucket = this.#buckets[at] ?? { entries: [], waiting: [], askedAt: this.#world.now() }
    this.#buckets[at] = bucket
    return bucket
  }

  #admits(bucket: Bucket, group: string | undefined): boolean {
    if (group === undefined) return true
    if (this.#groups.of(group) >= this.#limits.maxNodesPerNetwork) return false
    return bucket.entries.filter(entry => entry.group === group).length < maxPerGroupInBucket
  }

  #renew(entry: Entry, contact: Contact, group: string | undefined): void {
    entry.contact = contact
    entry.failures = 0
    entry.answeredAt = this.#world.now()
    this.#groups.remove(entry.group)
    entry.group = group
    this.#groups.add(group)
    const { entries } = this.#bucket(commonBits(this.#own, contact.place))
    entries.push(entries.splice(entries.indexOf(entry), 1)[0]!)
  }

  #wait({ waiting }: Bucket, entry: Entry): void {
    const before = waiting.findIndex(one => one.contact.peer === entry.contact.peer)
    if (before >= 0) waiting.splice(before, 1)
    waiting.push(entry)
    if (waiting.length > maxWaiting) waiting.shift()
  }

  #insert(bucket: Bucket, entry: Entry): void {
    bucket.entries.push(entry)
    this.#byPeer.set(entry.contact.peer, entry)
    this.#groups.add(entry.group)
  }

  #remove(bucket: Bucket, entry: Entry): void {
    bucket.entries.splice(bucket.entries.indexOf(entry), 1)
    this.#byPeer.delete(entry.contact.peer)
    this.#groups.remove(entry.group)
  }
}
