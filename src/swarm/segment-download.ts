import type { Lease } from './ports.ts'
import { type DepthMark, leafBytes } from './request-depth.ts'

/** Who fetches: as much of a session as downloads need to know. */
export interface Fetcher {
  readonly peer: string
  readonly snubbed: boolean
  /** Milliseconds until it has delivered what it was asked for; Infinity while its speed is unknown. */
  drainMs(now: number): number
  /** Forgets a request whose answer is no longer needed, and tells the peer. */
  cancel(request: BlockRequest): void
  /** Whether it still means to ask for the rest of a segment. */
  holds(segment: SegmentDownload): boolean
  forgetSegment(segment: SegmentDownload): void
}

/** One request on its way, for a run of leaves of one segment. */
export interface BlockRequest {
  readonly by: Fetcher
  /** `Layout.requestKey`. */
  readonly key: number
  readonly segment: SegmentDownload
  readonly firstLeaf: number
  readonly leaves: number
  readonly begin: number
  readonly length: number
  readonly mark: DepthMark
  /** Its leaves were given to others too, because the peer is too slow. */
  givenUp: boolean
  /** The block is arriving: where it is written. */
  target: LeaseRef | undefined
  /** Set instead of `target` when somebody else is writing the same leaves: joined to the segment at the end. */
  scratch: Uint8Array | undefined
}

/** A lease with the number of those who still write into it: given back when the last one is done. */
export class LeaseRef {
  readonly lease: Lease
  #holders = 1

  constructor(lease: Lease) {
    this.lease = lease
  }

  hold(): this {
    this.#holders++
    return this
  }

  drop(): void {
    if (--this.#holders === 0) this.lease.release()
  }
}

const receivedBit = 128
const manyRequests = 128

/**
 * A segment on its way: which of its leaves are asked for, which are here and who sent them. The bytes lie in a lease.
 * Nobody writes into the lease any more when it is handed over to be verified: what is verified is what gets written.
 */
export class SegmentDownload {
  readonly piece: number
  /** Number of the segment in its piece. */
  readonly index: number
  /** Offset in the piece. */
  readonly begin: number
  readonly length: number
  readonly leaves: number
  readonly startedAt: number
  /** The peer that fetches it as a whole; others help only when it is slow or gone. */
  owner: Fetcher | undefined
  /** In flight, by whoever asked. */
  readonly requests: BlockRequest[] = []
  /** For each leaf the peer it came from. */
  readonly suppliers: (string | undefined)[] = []
  lease: LeaseRef
  free: number
  /** Until when nobody but its owner is asked for it: its piece was false before, and several had sent it. */
  aloneUntil: number = Number.NEGATIVE_INFINITY
  #received = 0
  /** No leaf before this one is free. */
  #firstFree = 0
  /** For each leaf how many requests are on their way, or `receivedBit`. */
  readonly #state: Uint8Array

  constructor(
    at: { piece: number; index: number; begin: number; length: number },
    lease: Lease,
    owner: Fetcher | undefined,
    now: number,
  ) {
    this.piece = at.piece
    this.index = at.index
    this.begin = at.begin
    this.length = at.length
    this.leaves = Math.ceil(at.length / leafBytes)
    this.free = this.leaves
    this.lease = new LeaseRef(lease)
    this.owner = owner
    this.startedAt = now
    this.#state = new Uint8Array(this.leaves)
  }

  get complete(): boolean {
    return this.#received === this.leaves
  }

  get receivedLeaves(): number {
    return this.#received
  }

  hasLeaf(leaf: number): boolean {
    return this.#state[leaf]! >= receivedBit
  }

  /** Bytes of a run of leaves; only the last leaf of a file is shorter. */
  runBytes(firstLeaf: number, leaves: number): number {
    return Math.min(this.length, (firstLeaf + leaves) * leafBytes) - firstLeaf * leafBytes
  }

  /** The first run of at most `longest` leaves that nobody was asked for. */
  freeRun(longest: number): { firstLeaf: number; leaves: number } | undefined {
    const run = this.#run(longest, state => state === 0, this.#firstFree)
    this.#firstFree = run?.firstLeaf ?? this.leaves
    return run
  }

  /** The first run of at most `longest` leaves that are missing, asked of someone else, and of nobody twice. */
  duplicateRun(longest: number, by: Fetcher): { firstLeaf: number; leaves: number } | undefined {
    const mine = this.requests.filter(request => request.by === by)
    const isMine = (leaf: number): boolean =>
      mine.some(request => leaf >= request.firstLeaf && leaf < request.firstLeaf + request.leaves)
    return this.#run(longest, (state, leaf) => state < 2 && !isMine(leaf))
  }

  /** Milliseconds until all of it may be here: until the slowest of those that were asked has delivered. */
  etaMs(now: number): number {
    let longest = this.free > 0 ? (this.owner?.drainMs(now) ?? Number.POSITIVE_INFINITY) : 0
    if (this.requests.length > manyRequests) return Math.max(longest, this.#slowestMs(now))
    for (const request of this.requests) {
      let soonest = request.by.drainMs(now)
      for (const other of this.requests)
        if (other !== request && overlap(other, request)) soonest = Math.min(soonest, other.by.drainMs(now))
      longest = Math.max(longest, soonest)
    }
    return longest
  }

  /** Long v1 pieces have so many requests that pairs of them are too many to look at: a good guess is the slowest peer. */
  #slowestMs(now: number): number {
    let slowest = 0
    const seen = new Set<Fetcher>()
    for (const { by } of this.requests) {
      if (seen.has(by)) continue
      seen.add(by)
      slowest = Math.max(slowest, by.drainMs(now))
    }
    return slowest
  }

  /** Whether others may help with it. */
  isShared(now: number): boolean {
    return this.owner === undefined || this.aloneUntil <= now
  }

  /** Leaves that are known to be zero without asking anybody. */
  fillZeros(firstLeaf: number, leaves: number): void {
    const from = firstLeaf * leafBytes
    this.lease.lease.bytes.fill(0, from, from + this.runBytes(firstLeaf, leaves))
    this.#state.fill(receivedBit, firstLeaf, firstLeaf + leaves)
    this.free -= leaves
    this.#received += leaves
  }

  isAskedOf(peer: Fetcher): boolean {
    return this.requests.some(request => request.by === peer)
  }

  addRequest(request: BlockRequest): void {
    this.requests.push(request)
    this.#count(request, 1)
  }

  /** A request ended without (more) data, or its data came: it no longer counts. */
  removeRequest(request: BlockRequest): void {
    const at = this.requests.indexOf(request)
    if (at < 0) return
    this.requests.splice(at, 1)
    if (!request.givenUp) this.#count(request, -1)
    this.#endWriting(request)
  }

  /** Lets others ask for the leaves of a request that takes too long. It still counts if it comes. */
  giveUp(request: BlockRequest): void {
    if (request.givenUp) return
    request.givenUp = true
    this.#count(request, -1)
  }

  /** Where the block of `request` shall be written; undefined when it is not needed any more. */
  startWriting(request: BlockRequest): Uint8Array | undefined {
    if (this.hasRun(request)) return undefined
    const busy = this.requests.some(other => other.target !== undefined && overlap(other, request))
    if (busy || this.#anyReceived(request)) {
      request.scratch = new Uint8Array(request.length)
      return request.scratch
    }
    request.target = this.lease.hold()
    return request.target.lease.bytes.subarray(
      request.begin - this.begin,
      request.begin - this.begin + request.length,
    )
  }

  /**
   * The block of `request` is here in full: marks its leaves. False when there was no memory to keep it apart from a rival
   * that is still writing; then it counts as not received.
   */
  finishWriting(request: BlockRequest, makeLease: (length: number) => Lease | undefined): boolean {
    if (this.complete) return true
    const source = this.#source(request)
    if (source === undefined) return false
    const rival = this.requests.some(
      other => other !== request && other.target === this.lease && overlap(other, request),
    )
    if (rival && !this.#moveOut(makeLease)) return false
    const bytes = this.lease.lease.bytes
    const moved = request.target !== this.lease
    for (let leaf = request.firstLeaf; leaf < request.firstLeaf + request.leaves; leaf++) {
      if (this.hasLeaf(leaf)) continue
      const at = leaf * leafBytes
      const from = at - request.firstLeaf * leafBytes
      if (moved) bytes.set(source.subarray(from, from + leafBytes), at)
      if (this.#state[leaf] === 0) this.free--
      this.#state[leaf] = this.#state[leaf]! | receivedBit
      this.suppliers[leaf] = request.by.peer
      this.#received++
    }
    return true
  }

  #source(request: BlockRequest): Uint8Array | undefined {
    if (request.scratch !== undefined) return request.scratch
    const start = request.begin - this.begin
    return request.target?.lease.bytes.subarray(start, start + request.length)
  }

  /** Leaves the lease to a slow rival that is still writing into it, and goes on in a fresh one. */
  #moveOut(makeLease: (length: number) => Lease | undefined): boolean {
    const fresh = makeLease(this.length)
    if (fresh === undefined) return false
    for (let leaf = 0; leaf < this.leaves; leaf++) {
      const at = leaf * leafBytes
      if (this.hasLeaf(leaf))
        fresh.bytes.set(this.lease.lease.bytes.subarray(at, Math.min(at + leafBytes, this.length)), at)
    }
    this.lease.drop()
    this.lease = new LeaseRef(fresh)
    return true
  }

  #endWriting(request: BlockRequest): void {
    request.target?.drop()
    request.target = undefined
    request.scratch = undefined
  }

  #run(
    longest: number,
    fits: (state: number, leaf: number) => boolean,
    from = 0,
  ): { firstLeaf: number; leaves: number } | undefined {
    let firstLeaf = from
    while (firstLeaf < this.leaves && !fits(this.#state[firstLeaf]!, firstLeaf)) firstLeaf++
    if (firstLeaf === this.leaves) return undefined
    let leaves = 1
    while (
      leaves < longest &&
      firstLeaf + leaves < this.leaves &&
      fits(this.#state[firstLeaf + leaves]!, firstLeaf + leaves)
    )
      leaves++
    return { firstLeaf, leaves }
  }

  #count(request: BlockRequest, change: 1 | -1): void {
    for (let leaf = request.firstLeaf; leaf < request.firstLeaf + request.leaves; leaf++) {
      const state = this.#state[leaf]!
      if (state === 0) this.free--
      this.#state[leaf] = state + change
      if (this.#state[leaf] === 0) {
        this.free++
        if (leaf < this.#firstFree) this.#firstFree = leaf
      }
    }
  }

  hasRun(request: BlockRequest): boolean {
    for (let leaf = request.firstLeaf; leaf < request.firstLeaf + request.leaves; leaf++)
      if (!this.hasLeaf(leaf)) return false
    return true
  }

  #anyReceived(request: BlockRequest): boolean {
    for (let leaf = request.firstLeaf; leaf < request.firstLeaf + request.leaves; leaf++)
      if (this.hasLeaf(leaf)) return true
    return false
  }
}

function overlap(a: BlockRequest, b: BlockRequest): boolean {
  return a.firstLeaf < b.firstLeaf + b.leaves && b.firstLeaf < a.firstLeaf + a.leaves
}
