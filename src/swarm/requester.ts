import type { World } from '../base/index.ts'
import type { SwarmConfig } from './config.ts'
import type { Deadlines } from './deadlines.ts'
import type { Downloads } from './downloads.ts'
import type { Layout } from './layout.ts'
import type { PeerState } from './peer-state.ts'
import type { Picker } from './picker.ts'
import { leafBytes } from './request-depth.ts'
import type { BlockRequest, SegmentDownload } from './segment-download.ts'

export interface RequesterParts {
  readonly world: World
  readonly config: SwarmConfig
  readonly layout: Layout
  readonly downloads: Downloads
  readonly picker: Picker
  readonly deadlines: Deadlines
  /** The hashes of this piece will be needed: ask `peer` for them if they are not here yet. */
  prepare(peer: PeerState, piece: number): void
  /** Fill this peer again in so many milliseconds: a rate limit holds it back. */
  later(peer: PeerState, ms: number): void
  wake(peer: PeerState): void
}

const endgameEveryMs = 30
const endgameLooksAt = 256
/** A duplicate must be expected to come this much sooner than the original to be worth its bytes. */
const endgameAdvantage = 2
/** How long a piece is not asked of a peer that rejected it: at first shortly, for it may have been a matter of order. */
const avoidMs = 300
const longestAvoidMs = 60_000
const mostAvoided = 1024
const suggestedOnlyMs = 250
/** What a reader waits for is late after this long; only the next few pieces are looked after so. */
const lateMs = 1000
const rescueEveryMs = 100
const rescuedPieces = 4
/** So long after its last suggestion a peer is taken to be spreading rare pieces. */
const spreadingMs = 2000

/** Keeps each peer's queue of requests as deep as its speed asks for, and books what comes back. */
export class Requester {
  /** Bytes of blocks that came although nobody (any more) wanted them. */
  wastedBytes = 0
  paused = false
  readonly #parts: RequesterParts
  /** Who rejected a piece: the other way round than `PeerState.avoided`. */
  readonly #avoidedAt = new Map<number, Set<PeerState>>()

  constructor(parts: RequesterParts) {
    this.#parts = parts
  }

  /** Sends as many requests as fit. Cheap when nothing fits. */
  fill(peer: PeerState): void {
    if (!this.#mayRequest(peer)) return
    const now = this.#parts.world.now()
    const window = peer.snubbed ? leafBytes : peer.depth.window
    let room = window - peer.depth.outstanding
    // Wait until a batch fits: choosing pieces has a cost by the call.
    if (room <= 0 || (peer.requests.size > 1 && room < window / 8)) {
      if (this.#parts.deadlines.active) this.#rescue(peer, now)
      return
    }
    while (room > 0 && peer.requests.size < peer.maxRequests) {
      const wait = peer.downloadLimit.waitMs(now)
      if (wait > 0) {
        this.#parts.later(peer, wait)
        return
      }
      const segment = this.#current(peer, room, now)
      if (segment === undefined) break
      const asked = this.#request(peer, segment, segment.freeRun(this.#leaves(peer)), now)
      if (asked === 0) this.#disown(peer, segment)
      room -= asked
    }
    if (room > 0) this.#help(peer, room, now)
    else if (this.#parts.deadlines.active) this.#rescue(peer, now)
  }

  /** Where the data of a block goes; undefined when it was not asked for or is here already. */
  place(peer: PeerState, piece: number, begin: number, length: number): Uint8Array | undefined {
    const request = this.#find(peer, piece, begin, length)
    if (request === undefined) return undefined
    const now = this.#parts.world.now()
    peer.lastByteAt = now
    peer.depth.roundTrip(now - request.mark.sentAt)
    return request.segment.startWriting(request)
  }

  /** Whether `place` was called for this block. */
  isArriving(peer: PeerState, piece: number, begin: number): boolean {
    const request = peer.requests.get(this.#parts.layout.requestKey(piece, begin))
    return request?.target !== undefined || request?.scratch !== undefined
  }

  /** A block is here in full. False when it had not been asked for. */
  receive(peer: PeerState, piece: number, begin: number, length: number): boolean {
    const request = this.#find(peer, piece, begin, length)
    if (request === undefined) {
      this.wastedBytes += length
      return false
    }
    const now = this.#parts.world.now()
    peer.requests.delete(request.key)
    peer.depth.received(length, request.mark, now)
    peer.lastBlockAt = now
    peer.lastByteAt = now
    peer.snubbed = false
    const { segment } = request
    const late = segment.complete
    if (late || !segment.finishWriting(request, bytes => this.#parts.downloads.lease(bytes)))
      this.wastedBytes += length
    segment.removeRequest(request)
    if (late) return true
    this.#cancelRivals(segment)
    if (segment.complete) this.#finish(segment)
    else this.#parts.downloads.returned(segment)
    return true
  }

  /** The peer will not answer this request (BEP 6). */
  reject(peer: PeerState, piece: number, begin: number, length: number): boolean {
    const request = this.#find(peer, piece, begin, length)
    if (request === undefined) return false
    const now = this.#parts.world.now()
    this.#release(peer, request)
    if (peer.peerChoking) return true
    const before = peer.avoided.get(piece)
    // All blocks of a piece are rejected together: that counts once.
    if (before === undefined || before.until <= now) {
      const ms = before === undefined ? avoidMs : Math.min(before.ms * 8, longestAvoidMs)
      if (peer.avoided.size >= mostAvoided) peer.avoided.clear()
      peer.avoided.set(piece, { ms, until: now + ms })
      const others = this.#avoidedAt.get(piece)
      if (others === undefined) this.#avoidedAt.set(piece, new Set([peer]))
      else others.add(peer)
    }
    if (now - peer.lastSuggestionAt < spreadingMs) peer.suggestedOnlyUntil = now + suggestedOnlyMs
    return true
  }

  /** There is a new copy of a piece (or ours): whoever rejected it while sending that copy has no more reason to. */
  askAgain(piece: number): void {
    const peers = this.#avoidedAt.get(piece)
    if (peers === undefined) return
    this.#avoidedAt.delete(piece)
    for (const peer of peers) {
      peer.avoided.delete(piece)
      this.#parts.wake(peer)
    }
  }

  /** It choked us or left: everything it was asked for goes to others. */
  releaseAll(peer: PeerState): void {
    for (const request of [...peer.requests.values()]) this.#release(peer, request)
    for (const segment of peer.segments.splice(0)) this.#parts.downloads.orphan(segment)
  }

  /** It is too slow: what it was asked for may be asked of others too, and it keeps one request. */
  snub(peer: PeerState): void {
    peer.snubbed = true
    peer.depth.collapse()
    const segments = new Set(peer.segments.splice(0))
    for (const request of peer.requests.values()) {
      request.segment.giveUp(request)
      segments.add(request.segment)
    }
    for (const segment of segments) this.#parts.downloads.returned(segment)
  }

  #mayRequest(peer: PeerState): boolean {
    return (
      !this.paused &&
      !peer.closed &&
      peer.amInterested &&
      (!peer.peerChoking || peer.allowedFastIn.size > 0) &&
      this.#parts.downloads.remaining > 0
    )
  }

  #leaves(peer: PeerState): number {
    return peer.depth.requestBytes(peer.maxRequestBytes) / leafBytes
  }

  /** The segment it is at, or the next. */
  #current(peer: PeerState, room: number, now: number): SegmentDownload | undefined {
    for (let assigned = false; ; ) {
      const segment = peer.segments[0]
      if (segment === undefined) {
        if (assigned) return undefined
        this.#parts.picker.assign(peer, room, now)
        assigned = true
        if (peer.segments.length === 0) return undefined
      } else if (segment.free > 0) return segment
      else peer.segments.shift()
    }
  }

  #request(
    peer: PeerState,
    segment: SegmentDownload,
    run: { firstLeaf: number; leaves: number } | undefined,
    now: number,
  ): number {
    if (run === undefined) return 0
    const begin = segment.begin + run.firstLeaf * leafBytes
    const length = segment.runBytes(run.firstLeaf, run.leaves)
    const key = this.#parts.layout.requestKey(segment.piece, begin)
    if (peer.requests.has(key)) return 0
    this.#parts.prepare(peer, segment.piece)
    if (peer.requests.size === 0) {
      peer.lastBlockAt = now
      peer.lastByteAt = now
    }
    const mark = peer.depth.sent(length, now)
    const request: BlockRequest = {
      by: peer,
      key,
      segment,
      ...run,
      begin,
      length,
      mark,
      givenUp: false,
      target: undefined,
      scratch: undefined,
    }
    peer.requests.set(key, request)
    segment.addRequest(request)
    peer.downloadLimit.spend(length)
    peer.pipe.send({ type: 'request', piece: segment.piece, begin, length })
    return length
  }

  /**
   * Nothing new is left for this peer: it helps others with what they have not asked for yet, and at the very end
   * (endgame) asks again for what would come much later from somebody else.
   */
  #help(peer: PeerState, room: number, now: number): void {
    const { downloads } = this.#parts
    if (now < peer.endgameAt || now < peer.suggestedOnlyUntil || downloads.active.size === 0) return
    // Whoever spreads rare pieces has better things to send than the rest of what others send already.
    if (now - peer.lastSuggestionAt < spreadingMs && !downloads.isEndgame) return
    peer.endgameAt = now + endgameEveryMs
    let left = room
    for (const segment of this.#slowest(peer, now)) {
      if (left <= 0) return
      const longest = this.#leaves(peer)
      const run = segment.freeRun(longest)
      if (run !== undefined) left -= this.#request(peer, segment, run, now)
      else if (!downloads.starved)
        left -= this.#request(peer, segment, segment.duplicateRun(longest, peer), now)
    }
  }

  /** A reader waits for a segment that comes too slowly from somebody else: this peer is asked for it too, now. */
  #rescue(peer: PeerState, now: number): void {
    if (now < peer.endgameAt) return
    peer.endgameAt = now + rescueEveryMs
    const { downloads, layout } = this.#parts
    this.#parts.deadlines.walk((piece, distance) => {
      for (let index = 0; index < layout.segmentCount(piece); index++) {
        const segment = downloads.active.get(layout.segmentKey(piece, index))
        if (segment === undefined || peer.holds(segment) || !peer.mayAsk(piece, now)) continue
        if (!segment.isShared(now)) continue
        const mine = peer.depth.etaMs(segment.length - segment.receivedLeaves * leafBytes)
        if (now - segment.startedAt < lateMs || segment.etaMs(now) < mine) continue
        const longest = Math.floor(peer.maxRequestBytes / leafBytes)
        const run = segment.freeRun(longest) ?? segment.duplicateRun(longest, peer)
        this.#request(peer, segment, run, now)
      }
      return distance < rescuedPieces
    })
  }

  /** Segments that others fetch and that this peer would have much sooner, the slowest first. */
  #slowest(peer: PeerState, now: number): SegmentDownload[] {
    const found: { segment: SegmentDownload; ms: number }[] = []
    let looked = 0
    for (const segment of this.#parts.downloads.active.values()) {
      if (++looked > endgameLooksAt) break
      if (!peer.mayAsk(segment.piece, now) || peer.holds(segment) || !segment.isShared(now)) continue
      const ms = segment.etaMs(now)
      const missing = segment.length - segment.receivedLeaves * leafBytes
      const mine = peer.depth.bytesPerSecond === 0 ? 1000 : peer.depth.etaMs(missing)
      if (ms > endgameAdvantage * mine) found.push({ segment, ms })
    }
    return found.sort((a, b) => b.ms - a.ms || a.segment.startedAt - b.segment.startedAt).map(f => f.segment)
  }

  #find(peer: PeerState, piece: number, begin: number, length: number): BlockRequest | undefined {
    const request = peer.requests.get(this.#parts.layout.requestKey(piece, begin))
    return request?.length === length ? request : undefined
  }

  #release(peer: PeerState, request: BlockRequest): void {
    const { segment } = request
    peer.removeRequest(request)
    segment.removeRequest(request)
    if (segment.owner === peer) peer.forgetSegment(segment)
    this.#parts.downloads.returned(segment)
  }

  /** Whatever else was asked for and is now here. Those in the middle of sending it finish; their bytes go nowhere. */
  #cancelRivals(segment: SegmentDownload): void {
    if (segment.requests.length === 0) return
    for (const rival of [...segment.requests]) {
      if (rival.target !== undefined || rival.scratch !== undefined || !segment.hasRun(rival)) continue
      rival.by.cancel(rival)
      segment.removeRequest(rival)
    }
  }

  /** What it has been asked for already and is too slow with is for somebody else. */
  #disown(peer: PeerState, segment: SegmentDownload): void {
    peer.forgetSegment(segment)
    this.#parts.downloads.orphan(segment)
  }

  #finish(segment: SegmentDownload): void {
    segment.owner?.forgetSegment(segment)
    this.#parts.downloads.finish(segment)
  }
}
