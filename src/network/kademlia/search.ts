import type { World } from '../../base/index.ts'
import type { Contact } from './contact.ts'
import { GroupCounts, networkGroupOf } from './network-group.ts'
import { compareDistance, distanceOf, type Place } from './place.ts'
import { bucketSize } from './routing-table.ts'

/** What a look-up hears from one peer. */
export interface Heard {
  readonly closer: readonly Contact[]
  /** The group of the address at which it answered. */
  readonly group: string | undefined
}

export interface SearchLimits {
  readonly paths: number
  readonly parallel: number
  readonly slowMs: number
  readonly maxAsked: number
  readonly maxNodesPerNetwork: number
}

export interface SearchParts {
  readonly world: World
  readonly limits: SearchLimits
  readonly target: Place
  /** PeerId of ours: others tell us of ourselves. */
  readonly self: string
  readonly start: readonly Contact[]
  /** All peers that are so near are wanted, and the k nearest at least (`SizeEstimate.radius`). */
  readonly radius: number
  readonly signal: AbortSignal
  /** Rejects when the peer does not answer. */
  ask(contact: Contact): Promise<Heard>
}

export interface Searched {
  /** Those that answered, nearest first. */
  readonly nearest: readonly Contact[]
  /** Peers that were asked, and how many of them did not answer. */
  readonly asked: number
  readonly failed: number
  /** Answers that lead to one another at most, the first peers counted. */
  readonly hops: number
}

/** Peers of one answer that are believed. */
const maxTold = bucketSize
/** Who told of so many peers that are not there is not believed any more. */
const maxWrong = 8
/** Addresses of one peer that are kept from all that is heard. */
const maxAddresses = 16
/** A path has arrived when so many of the nearest that it knows have answered. */
const arrivedAt = 3
/** The farthest are forgotten. */
const maxCandidates = 600

interface Teller {
  /** Peers that it told of and that are not there. */
  wrong: number
}

interface Candidate {
  contact: Contact
  /** Which of the paths may ask it. */
  path: number
  readonly toldBy: Teller | undefined
  readonly hops: number
  state: 'new' | 'asked' | 'slow' | 'answered' | 'failed'
  /** The group of its first address; once it answered, of the one at which it did. */
  group: string | undefined
}

/**
 * Walks towards a target on several paths that have no peer in common (S/Kademlia, "lookup over disjoint paths"), so that a liar leads
 * one of them astray only. When each has arrived, all ask together until every peer that is wanted has answered. A slow peer holds
 * nothing up; of one group of addresses few count.
 */
export function search(parts: SearchParts): Promise<Searched> {
  return new Search(parts).run()
}

class Search {
  readonly #parts: SearchParts
  /** Nearest first. */
  readonly #candidates: Candidate[] = []
  readonly #byPeer = new Map<string, Candidate>()
  readonly #inFlight: number[]
  readonly #groups = new GroupCounts()
  readonly #result = Promise.withResolvers<Searched>()
  #asked = 0
  #failed = 0
  #hops = 0
  #done = false

  constructor(parts: SearchParts) {
    this.#parts = parts
    this.#inFlight = Array.from({ length: parts.limits.paths }, () => 0)
  }

  async run(): Promise<Searched> {
    const { signal, start, limits } = this.#parts
    const end = (): void => this.#end()
    signal.addEventListener('abort', end)
    for (const [i, contact] of start.entries()) this.#add(contact, i % limits.paths, undefined, 1)
    this.#next()
    const searched = await this.#result.promise
    signal.removeEventListener('abort', end)
    return searched
  }

  #add(contact: Contact, path: number, toldBy: Teller | undefined, hops: number): void {
    if (contact.peer === this.#parts.self) return
    const known = this.#byPeer.get(contact.peer)
    if (known === undefined) this.#addNew(contact, path, toldBy, hops)
    else this.#hearAgain(known, contact, path)
  }

  #addNew(contact: Contact, path: number, toldBy: Teller | undefined, hops: number): void {
    const group = networkGroupOf(contact.addresses[0] ?? '')
    const candidate: Candidate = { contact, path, toldBy, hops, state: 'new', group }
    this.#byPeer.set(contact.peer, candidate)
    this.#insert(candidate)
    if (this.#candidates.length <= maxCandidates) return
    // What was asked stays known, or it would be asked again.
    const farthest = this.#candidates.findLastIndex(one => one.state === 'new')
    if (farthest >= 0) this.#byPeer.delete(this.#candidates.splice(farthest, 1)[0]!.contact.peer)
  }

  /** A liar may have been the first to tell of an honest peer, with addresses where it is not. */
  #hearAgain(known: Candidate, { addresses }: Contact, path: number): void {
    if (known.state !== 'new' && known.state !== 'failed') return
    const before = known.contact.addresses
    const fresh = addresses.filter(address => !before.includes(address))
    if (fresh.length === 0 || before.length >= maxAddresses) return
    const all = known.state === 'failed' ? [...fresh, ...before] : [...before, ...fresh]
    known.contact = { ...known.contact, addresses: all.slice(0, maxAddresses) }
    if (known.state === 'new' || known.path === path) return
    known.path = path
    known.state = 'new'
  }

  #insert(candidate: Candidate): void {
    const { target } = this.#parts
    let low = 0
    let high = this.#candidates.length
    while (low < high) {
      const middle = (low + high) >> 1
      const order = compareDistance(target, this.#candidates[middle]!.contact.place, candidate.contact.place)
      if (order <= 0) low = middle + 1
      else high = middle
    }
    this.#candidates.splice(low, 0, candidate)
  }

  #next(): void {
    if (this.#done) return
    if (this.#parts.signal.aborted || !this.#goOn()) this.#end()
  }

  /** Asks whom it is time to ask; whether there is anybody to wait for. */
  #goOn(): boolean {
    let walking = false
    for (let path = 0; path < this.#inFlight.length; path++) walking = this.#walk(path) || walking
    return walking || this.#close()
  }

  /** Asks further peers on one path; whether it is still on its way. */
  #walk(path: number): boolean {
    let near = 0
    let waits = false
    for (const candidate of this.#candidates) {
      if (candidate.path !== path) continue
      if (candidate.state === 'answered') near++
      else if (candidate.state === 'asked') waits = true
      else if (this.#mayAsk(candidate)) {
        if (this.#inFlight[path]! >= this.#parts.limits.parallel) return true
        this.#ask(candidate)
        waits = true
      }
      if (near >= arrivedAt) break
    }
    return waits
  }

  /** All paths have arrived: asks everybody who is wanted and has not answered yet. Whether there is somebody to wait for. */
  #close(): boolean {
    const most = this.#parts.limits.parallel * this.#inFlight.length
    let waits = false
    let asking = this.#inFlight.reduce((sum, count) => sum + count, 0)
    for (const candidate of this.#wanted()) {
      if (candidate.state === 'asked' || candidate.state === 'slow') waits = true
      if (!this.#mayAsk(candidate)) continue
      waits = true
      if (asking++ >= most) break
      this.#ask(candidate)
    }
    return waits
  }

  /** The k nearest and all within the radius that are there or may be, of one group of addresses only so many. */
  *#wanted(): Generator<Candidate> {
    const { target, radius, limits } = this.#parts
    const groups = new GroupCounts()
    let count = 0
    for (const candidate of [...this.#candidates]) {
      if (candidate.state === 'failed' || (candidate.state === 'new' && !this.#mayAsk(candidate))) continue
      const { group, state } = candidate
      // It is likely to be gone: waited for, but not counted on.
      if (state === 'slow') {
        yield candidate
        continue
      }
      if (groups.of(group) >= limits.maxNodesPerNetwork) continue
      if (count >= bucketSize && distanceOf(target, candidate.contact.place) > radius) return
      groups.add(group)
      count++
      yield candidate
    }
  }

  #mayAsk({ state, toldBy, group }: Candidate): boolean {
    const { maxAsked, maxNodesPerNetwork } = this.#parts.limits
    if (state !== 'new' || this.#asked >= maxAsked) return false
    if (toldBy !== undefined && toldBy.wrong >= maxWrong) return false
    return this.#groups.of(group) < maxNodesPerNetwork
  }

  #ask(candidate: Candidate): void {
    const { world, limits, ask } = this.#parts
    const { path } = candidate
    candidate.state = 'asked'
    this.#asked++
    this.#inFlight[path]!++
    const slow = world.after(limits.slowMs, () => {
      candidate.state = 'slow'
      this.#inFlight[path]!--
      this.#next()
    })
    const settled = (state: 'answered' | 'failed'): void => {
      slow.cancel()
      if (candidate.state === 'asked') this.#inFlight[path]!--
      candidate.state = state
    }
    ask(candidate.contact)
      .then(
        heard => {
          settled('answered')
          this.#heard(candidate, heard)
        },
        () => {
          settled('failed')
          this.#failed++
          if (candidate.toldBy !== undefined) candidate.toldBy.wrong++
        },
      )
      .then(() => this.#next())
  }

  #heard(candidate: Candidate, { closer, group }: Heard): void {
    candidate.group = group
    this.#groups.add(group)
    this.#hops = Math.max(this.#hops, candidate.hops)
    if (this.#done) return
    const teller: Teller = { wrong: 0 }
    for (const contact of closer.slice(0, maxTold))
      this.#add(contact, candidate.path, teller, candidate.hops + 1)
  }

  #end(): void {
    if (this.#done) return
    this.#done = true
    const nearest = [...this.#wanted()].filter(({ state }) => state === 'answered')
    this.#result.resolve({
      nearest: nearest.map(({ contact }) => contact),
      asked: this.#asked,
      failed: this.#failed,
      hops: this.#hops,
    })
  }
}
