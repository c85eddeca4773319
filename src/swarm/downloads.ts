import { type Bitfield, PeerageError, type World } from '../base/index.ts'
import type { Availability } from './availability.ts'
import type { Layout } from './layout.ts'
import type { ContentPort, Lease, Verdict } from './ports.ts'
import { type Fetcher, SegmentDownload } from './segment-download.ts'

export interface DownloadsOptions {
  readonly world: World
  readonly port: ContentPort
  readonly layout: Layout
  readonly availability: Availability
  /** The root (or SHA-1) that a segment must have; undefined until it has been fetched (see `HashExchange`). */
  expected(piece: number, index: number): Uint8Array | undefined
  /** Several sent a piece that was false, and it is not known yet who lied (see `Blame`). */
  isSuspect(piece: number): boolean
  onVerified(segment: SegmentDownload, verdict: Verdict & { ok: true }): void
  onRefused(segment: SegmentDownload, verdict: Verdict & { ok: false }): void
  onFailed(error: PeerageError): void
  /** Something changed that may let requests go out: memory came back, a segment is free again. */
  onRoom(): void
}

/** Segment states of a piece that is longer than a segment. */
const isFree = 0
const isActive = 1
const isDone = 2

/** So long a piece that was false is left to one peer: slow ones may not hold it up for ever. */
const aloneMs = 30_000

/** What is being fetched: segments in flight, pieces begun, wishes, and the way from the last byte to the verdict. */
export class Downloads {
  /** In flight, by `Layout.segmentKey`. */
  readonly active: Map<number, SegmentDownload> = new Map()
  /** In flight and with leaves to ask for, but nobody who does. */
  readonly orphans: Set<SegmentDownload> = new Set()
  /** Pieces of several segments that are begun, with the state of each segment. */
  readonly partials: Map<number, Uint8Array> = new Map()
  /** Complete, but their hash is not known yet. */
  readonly waiting: Set<SegmentDownload> = new Set()
  /** The last lease was refused: memory is used up. */
  starved = false
  /** Pieces that are wanted and not yet had. */
  remaining = 0
  /** Bytes of these pieces. */
  missingBytes = 0
  /** Given to the store and not yet answered. */
  verifying = 0
  readonly #options: DownloadsOptions
  /** 0 skip, 1 low, 2 normal, 3 high. */
  readonly #wishes: Uint8Array
  /** Pieces that `remaining` does not count any more. The store's bits are set earlier, before its verdict arrives. */
  readonly #had: Bitfield
  /** Pieces with a segment that is complete and not yet judged. */
  readonly #landed = new Set<number>()
  #closed = false

  constructor(options: DownloadsOptions) {
    this.#options = options
    const { layout, availability, port } = options
    this.#wishes = new Uint8Array(layout.pieceCount).fill(2)
    this.#had = port.have.copy()
    this.remaining = layout.pieceCount - port.have.count
    this.missingBytes = layout.totalBytes - layout.payloadOf(port.have)
    if (port.have.count === 0) availability.openAll()
    else if (this.remaining > 0)
      for (let piece = 0; piece < layout.pieceCount; piece++)
        if (!port.have.has(piece)) availability.setOpen(piece, 2)
    this.#resume()
  }

  /** All that is missing is on its way: what is late may be asked for twice. */
  get isEndgame(): boolean {
    return this.#options.availability.openCount === 0 && this.orphans.size === 0 && !this.starved
  }

  wish(piece: number): number {
    return this.#wishes[piece]!
  }

  isWanted(piece: number): boolean {
    return this.#wishes[piece]! > 0 && !this.#had.has(piece)
  }

  /** True when that changed whether the piece is wanted. */
  setWish(piece: number, wish: number): boolean {
    const before = this.#wishes[piece]!
    if (before === wish) return false
    this.#wishes[piece] = wish
    if (this.#had.has(piece)) return false
    if (!this.#isBegun(piece)) this.#options.availability.setOpen(piece, wish)
    if (before !== 0 && wish !== 0) return false
    this.#countPiece(piece, wish === 0 ? -1 : 1)
    return true
  }

  /** Starts the next free segment of a piece for `owner`; undefined when there is none or no memory (`starved`). */
  begin(piece: number, owner: Fetcher): SegmentDownload | undefined {
    const { layout, world } = this.#options
    if (layout.segmentsPerPiece === 1 && this.#landed.has(piece)) return undefined
    const index = layout.segmentsPerPiece === 1 ? 0 : this.#nextFree(piece)
    if (index < 0) return undefined
    const key = layout.segmentKey(piece, index)
    if (this.active.has(key)) return undefined
    const length = layout.segmentBytes(piece, index)
    const lease = this.lease(length)
    if (lease === undefined) return undefined
    this.#mark(piece, index, isActive)
    const begin = index * layout.segmentLength
    const now = world.now()
    const segment = new SegmentDownload({ piece, index, begin, length }, lease, owner, now)
    if (this.#options.isSuspect(piece)) segment.aloneUntil = now + aloneMs
    for (const { firstLeaf, leaves } of layout.paddingLeaves(piece)) segment.fillZeros(firstLeaf, leaves)
    this.active.set(key, segment)
    if (!segment.complete) return segment
    // Nothing but padding: nobody needs to send anything.
    this.finish(segment)
    return undefined
  }

  lease(length: number): Lease | undefined {
    const lease = this.#options.port.lease(length)
    this.starved = lease === undefined
    return lease
  }

  /** Its owner is gone or too slow: others may take it over. Dropped when there is nothing in it. */
  orphan(segment: SegmentDownload): void {
    if (!this.active.has(this.#key(segment))) return
    segment.owner = undefined
    if (segment.receivedLeaves === 0 && segment.requests.length === 0) this.#drop(segment)
    else if (segment.free > 0) this.orphans.add(segment)
  }

  /** Leaves of it were given back: whoever fetches it goes on with them, or somebody else does. */
  returned(segment: SegmentDownload): void {
    if (segment.free > 0 && segment.owner?.holds(segment) !== true) this.orphan(segment)
  }

  adopt(segment: SegmentDownload, owner: Fetcher): void {
    segment.owner = owner
    this.orphans.delete(segment)
  }

  /** All leaves are here: verify and write, as soon as the hash is known. */
  finish(segment: SegmentDownload): void {
    this.active.delete(this.#key(segment))
    this.orphans.delete(segment)
    this.#landed.add(segment.piece)
    const expected = this.#options.expected(segment.piece, segment.index)
    if (expected === undefined) this.waiting.add(segment)
    else this.#offer(segment, expected)
  }

  /** Hashes came: whoever waited for them goes on. */
  hashesArrived(): void {
    for (const segment of this.waiting) {
      const expected = this.#options.expected(segment.piece, segment.index)
      if (expected === undefined) continue
      this.waiting.delete(segment)
      this.#offer(segment, expected)
    }
  }

  close(): void {
    this.#closed = true
    for (const segment of [...this.active.values(), ...this.waiting]) segment.lease.drop()
    this.active.clear()
    this.orphans.clear()
    this.waiting.clear()
  }

  #countPiece(piece: number, change: 1 | -1): void {
    this.remaining += change
    this.missingBytes += change * this.#options.layout.payload(piece)
  }

  /** Pieces that were begun earlier and are kept in parts. */
  #resume(): void {
    if (this.#options.layout.segmentsPerPiece === 1) return
    for (const { piece, segments } of this.#options.port.verifiedSegments?.() ?? [])
      for (const index of segments) this.#mark(piece, index, isDone)
  }

  #key(segment: SegmentDownload): number {
    return this.#options.layout.segmentKey(segment.piece, segment.index)
  }

  #isBegun(piece: number): boolean {
    if (this.#options.layout.segmentsPerPiece > 1) return this.partials.has(piece)
    return this.active.has(piece) || this.#landed.has(piece)
  }

  #nextFree(piece: number): number {
    const states = this.partials.get(piece)
    if (states === undefined) return 0
    return states.indexOf(isFree)
  }

  #mark(piece: number, index: number, state: number): void {
    const { layout, availability } = this.#options
    availability.setOpen(piece, 0)
    if (layout.segmentsPerPiece === 1) return
    let states = this.partials.get(piece)
    if (states === undefined) {
      states = new Uint8Array(layout.segmentCount(piece))
      this.partials.set(piece, states)
    }
    states[index] = state
  }

  #drop(segment: SegmentDownload): void {
    if (!this.active.delete(this.#key(segment))) return
    this.orphans.delete(segment)
    segment.lease.drop()
    this.#reopen(segment)
  }

  /** The segment is to be fetched (again). */
  #reopen(segment: SegmentDownload): void {
    const { piece, index } = segment
    const states = this.partials.get(piece)
    if (states !== undefined) {
      states[index] = isFree
      if (states.some(state => state !== isFree)) return
      this.partials.delete(piece)
    }
    if (!this.#had.has(piece)) this.#options.availability.setOpen(piece, this.#wishes[piece]!)
    this.#options.onRoom()
  }

  #offer(segment: SegmentDownload, expected: Uint8Array): void {
    const { piece, begin, length } = segment
    this.verifying++
    const wantLeaves = this.#options.isSuspect(piece)
    const { lease } = segment.lease
    const whole = this.#options.layout.segmentsPerPiece === 1
    this.#options.port.accept({ piece, begin, length, lease, expected, whole, wantLeaves }).then(
      verdict => this.#settle(segment, () => this.#judged(segment, verdict)),
      (error: unknown) => this.#settle(segment, () => this.#failed(segment, error)),
    )
  }

  #settle(segment: SegmentDownload, then: () => void): void {
    this.verifying--
    this.#landed.delete(segment.piece)
    if (this.#closed) return
    this.starved = false
    then()
    this.#options.onRoom()
  }

  #judged(segment: SegmentDownload, verdict: Verdict): void {
    if (!verdict.ok) {
      this.#reopen(segment)
      this.#options.onRefused(segment, verdict)
      return
    }
    // It came twice; the first one counts.
    if (this.#had.has(segment.piece)) return
    if (verdict.pieceDone) {
      this.partials.delete(segment.piece)
      if (this.#wishes[segment.piece]! > 0) this.#countPiece(segment.piece, -1)
      this.#had.set(segment.piece)
    } else this.#mark(segment.piece, segment.index, isDone)
    this.#options.onVerified(segment, verdict)
  }

  #failed(segment: SegmentDownload, error: unknown): void {
    this.#reopen(segment)
    this.#options.onFailed(
      error instanceof PeerageError
        ? error
        : new PeerageError('store.io', 'The store failed to take a block.', { cause: error }),
    )
  }
}
