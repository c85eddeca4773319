import type { Bitfield, World } from '../base/index.ts'
import type { Availability } from './availability.ts'
import type { PeerState } from './peer-state.ts'
import { PieceSet } from './piece-set.ts'

export interface SpreadParts {
  readonly world: World
  readonly availability: Availability
  readonly have: Bitfield
  readonly pieceLength: number
  /** Off: requests are served as they come. */
  readonly enabled: boolean
  peers(): Iterable<PeerState>
}

/** The first copy of a piece: to whom it was suggested or given. Forgotten once a second peer has the piece. */
interface FirstCopy {
  peer: PeerState
  given: boolean
  /** It said that it has the piece. */
  arrived: boolean
  since: number
}

interface Book {
  /** Suggested and not yet asked for. */
  readonly promised: Set<number>
  /** Given to it, and not known to be anywhere else yet. */
  readonly sole: Set<number>
  /** As many of these have arrived: it could pass them on. */
  kept: number
  /** It may ask for all blocks of these until it has them. */
  readonly granted: Set<number>
  /** Refused, with the time: who asks again later is served. */
  readonly refused: Map<number, number>
  /** How long it must wait to be served what it was refused; grows each time it insists. */
  patienceMs: number
  readonly revealed: Set<number>
}

const promiseMs = 3000
/** All blocks of a piece that are asked for in one go are refused together. */
const leastPatienceMs = 200
const mostPatienceMs = 5000
const stockMs = 400
const mostPromises = 32
const mostRefusals = 256

/**
 * Makes whoever alone has pieces (an initial seed, or the last one to hold them) send each of them once before any of them
 * twice, however many peers ask. It suggests different pieces that nobody else has to different peers (BEP 6, "suggest
 * piece"), and puts off requests for pieces that somebody else has or is just getting, as long as there are others to
 * send. Receivers follow suggestions of a peer before their own choice. Peers that do not pass on what only they got are
 * given less of it. Nothing of this costs throughput: the uplink is busy either way, only the order changes.
 */
export class Spread {
  /** Our pieces that no leecher has and nobody was promised. */
  readonly #untold: PieceSet
  readonly #firstCopies = new Map<number, FirstCopy>()
  /** Pieces that are being sent, with to how many peers. */
  readonly #onTheirWay = new Map<number, number>()
  readonly #books = new Map<PeerState, Book>()
  /** Pieces that a masked peer was told of: it may ask for them also when it has said anew what it has. */
  readonly #revealed = new WeakMap<PeerState, Set<number>>()
  readonly #parts: SpreadParts
  readonly #isInitial: boolean
  /** Whether public peers are told piece by piece what we have (BEP 16); undefined: while that helps. */
  superSeeding: boolean | undefined
  #promisedTotal = 0
  #kept = 0
  #keptAt = Number.NEGATIVE_INFINITY
  /** First copies given and not yet acknowledged by a `have`. */
  #arriving = 0
  #cursor: number

  constructor(parts: SpreadParts) {
    this.#parts = parts
    this.#untold = new PieceSet(parts.have.length)
    this.#isInitial = parts.have.isFull
    if (this.#isInitial) this.#untold.fill()
    else
      for (let piece = 0; piece < parts.have.length; piece++)
        if (parts.have.has(piece)) this.#untold.add(piece)
    this.#cursor = parts.world.random.below(Math.max(1, parts.have.length))
  }

  join(peer: PeerState): void {
    const revealed = this.#revealed.get(peer) ?? new Set()
    this.#revealed.set(peer, revealed)
    this.#books.set(peer, {
      promised: new Set(),
      sole: new Set(),
      kept: 0,
      granted: new Set(),
      refused: new Map(),
      patienceMs: leastPatienceMs,
      revealed,
    })
    if (peer.masked) this.promise(peer)
  }

  /**
   * Asked before the first message to a peer: whether it is to be told piece by piece what we have, as if we were getting
   * it just now (BEP 16). That is for peers that would not follow suggestions, as long as there is something to spread.
   */
  mask(peer: PeerState): boolean {
    const { availability } = this.#parts
    // Whoever is alone shall choose for itself: it may want only a part, or all of it in order.
    const hides = this.superSeeding ?? (availability.seeds === 0 && this.#leechers > 0)
    peer.masked = hides && peer.isPublic && this.#isInitial && this.#active && this.left > 0
    return peer.masked
  }

  get #leechers(): number {
    const { peers, seeds } = this.#parts.availability
    return peers - seeds
  }

  /** The peer shall know all that we have. */
  unmask(peer: PeerState): void {
    if (!peer.masked) return
    peer.masked = false
    const revealed = this.#books.get(peer)?.revealed
    for (let piece = 0; piece < this.#parts.have.length; piece++)
      if (this.#parts.have.has(piece) && revealed?.has(piece) !== true && !peer.has(piece))
        peer.pipe.send({ type: 'have', piece })
  }

  leave(peer: PeerState): void {
    const book = this.#books.get(peer)
    if (book === undefined) return
    for (const piece of [...book.promised, ...book.sole]) {
      const first = this.#firstCopies.get(piece)
      if (first !== undefined) this.#forget(piece, first)
      this.lost(piece)
    }
    this.#books.delete(peer)
    for (const piece of book.granted) {
      this.#landed(piece)
      this.lost(piece)
    }
  }

  /** One copy fewer is around: perhaps only ours is left. */
  lost(piece: number): void {
    const { availability, have } = this.#parts
    if (have.has(piece) && availability.leecherCopies(piece) === 0 && !this.#firstCopies.has(piece))
      this.#untold.add(piece)
  }

  #landed(piece: number): void {
    const others = (this.#onTheirWay.get(piece) ?? 1) - 1
    if (others > 0) this.#onTheirWay.set(piece, others)
    else this.#onTheirWay.delete(piece)
  }

  /** We have a piece more. */
  gained(piece: number): void {
    this.lost(piece)
  }

  /** A leecher has `piece`. */
  seen(peer: PeerState, piece: number): void {
    this.#untold.delete(piece)
    const book = this.#books.get(peer)
    if (book?.granted.delete(piece)) this.#landed(piece)
    book?.refused.delete(piece)
    const first = this.#firstCopies.get(piece)
    if (first === undefined) return
    if (first.peer === peer && this.#parts.availability.leecherCopies(piece) < 2) {
      this.#give(piece, first)
      this.#arrive(first)
      return
    }
    this.#forget(piece, first)
  }

  /** Whether to serve this request now. When not, the peer has been given something better to ask for. */
  admit(peer: PeerState, piece: number): boolean {
    const book = this.#books.get(peer)
    if (peer.masked && book !== undefined) return this.#admitMasked(peer, book, piece)
    if (book === undefined || !this.#active || !peer.fast || book.granted.has(piece)) return true
    if (this.#mayGive(peer, book, piece)) {
      this.#grant(peer, book, piece)
      return true
    }
    if (!book.refused.has(piece) && book.refused.size < mostRefusals)
      book.refused.set(piece, this.#parts.world.now())
    this.promise(peer)
    return false
  }

  #admitMasked(peer: PeerState, book: Book, piece: number): boolean {
    if (!book.revealed.has(piece)) return false
    if (book.granted.has(piece)) return true
    this.#grant(peer, book, piece)
    this.promise(peer)
    return true
  }

  /** Keeps enough suggestions at a peer that its requests never wait for one. */
  promise(peer: PeerState): void {
    const book = this.#books.get(peer)
    if (book === undefined || !this.#active) return
    if (peer.masked ? !this.#wantsToKnow(peer, book) : !this.#isServed(peer) || !this.#contested) return
    const { world, pieceLength } = this.#parts
    const now = world.now()
    const soon = Math.ceil((peer.up.rate(now) * stockMs) / 1000 / pieceLength)
    const stock = Math.min(mostPromises, Math.max(2, soon))
    if (this.#isBehind(book)) return
    while (book.promised.size < stock) {
      const piece = this.#next(peer, book)
      if (piece === undefined) return
      book.promised.add(piece)
      this.#promisedTotal++
      this.#firstCopies.set(piece, { peer, given: false, arrived: false, since: now })
      if (peer.masked) book.revealed.add(piece)
      peer.pipe.send({ type: peer.masked ? 'have' : 'suggest', piece })
    }
  }

  /** Whoever is not served, for want of interest or of a slot, is told of one piece after another. */
  #wantsToKnow(peer: PeerState, { revealed }: Book): boolean {
    if (this.#isServed(peer)) return true
    for (const piece of revealed) if (!peer.has(piece)) return false
    return true
  }

  /** Once a second: promises nobody took up go to somebody else. */
  tick(): void {
    const now = this.#parts.world.now()
    for (const [piece, first] of this.#firstCopies) {
      if (first.given || now - first.since < promiseMs) continue
      this.#forget(piece, first)
      this.lost(piece)
      // It does not want what is rare.
      if (!first.peer.peerInterested && this.superSeeding !== true) this.unmask(first.peer)
    }
    // All of it is out: from now on everyone may have everything.
    const isAlone = this.superSeeding !== true && this.#leechers < 2
    const isOver = this.left === 0 || !this.#active || isAlone
    for (const peer of this.#books.keys())
      if (isOver) this.unmask(peer)
      else this.promise(peer)
  }

  /** 1 for a peer that passes on first copies as well as the others do, less for one that keeps them to itself. */
  passesOn(peer: PeerState): number {
    const book = this.#books.get(peer)
    if (book === undefined || !this.#active) return 1
    return Math.min(1, (this.#usualKept + 4) / (book.kept + 4))
  }

  /** Pieces that nobody else is known to have or to be getting. */
  get left(): number {
    return this.#untold.size + this.#promisedTotal
  }

  /** Where there is an initial seed it does this alone: two would only spread the same pieces twice. */
  get #active(): boolean {
    return this.#parts.enabled && (this.#isInitial || this.#parts.availability.seeds === 0)
  }

  get #contested(): boolean {
    let served = 0
    for (const peer of this.#books.keys()) if (this.#isServed(peer) && ++served === 2) return true
    return false
  }

  #isServed(peer: PeerState): boolean {
    return peer.peerInterested && !peer.amChoking && (peer.fast || peer.masked)
  }

  /** First copies that a peer of the better kind has not passed on yet: the lower quartile of all that are served. */
  get #usualKept(): number {
    const now = this.#parts.world.now()
    if (now - this.#keptAt >= 50) {
      this.#keptAt = now
      this.#kept = this.#countUsualKept()
    }
    return this.#kept
  }

  #countUsualKept(): number {
    const sizes: number[] = []
    for (const [peer, book] of this.#books) if (this.#isServed(peer)) sizes.push(book.kept)
    sizes.sort((a, b) => a - b)
    return sizes[sizes.length >> 2] ?? 0
  }

  /** It holds first copies back, or its line is slow: others get the next ones. */
  #isBehind(book: Book): boolean {
    return book.kept > this.#usualKept + 1
  }

  #mayGive(peer: PeerState, book: Book, piece: number): boolean {
    if (!this.#contested) return true
    const first = this.#firstCopies.get(piece)
    if (first?.peer === peer) return true
    if (this.#untold.has(piece)) return !this.#active || !this.#isBehind(book)
    const spreading = this.#active && (this.left > 0 || this.#arriving > 0)
    if (!spreading && !this.#isOnItsWay(peer, piece)) return true
    const refusedAt = book.refused.get(piece) ?? Number.POSITIVE_INFINITY
    if (this.#parts.world.now() - refusedAt < book.patienceMs) return false
    if (spreading) book.patienceMs = Math.min(2 * book.patienceMs, mostPatienceMs)
    return true
  }

  /**
   * Somebody else is just getting it from us, and soon has it to give: meanwhile there are enough others to send. Without
   * this all who look for the rarest piece would fetch the same one at the same time.
   */
  #isOnItsWay(peer: PeerState, piece: number): boolean {
    const missing = this.#parts.have.length - (peer.pieces?.count ?? 0)
    return this.#onTheirWay.has(piece) && missing > 2 * this.#onTheirWay.size
  }

  #grant(peer: PeerState, book: Book, piece: number): void {
    book.granted.add(piece)
    this.#onTheirWay.set(piece, (this.#onTheirWay.get(piece) ?? 0) + 1)
    const first = this.#firstCopies.get(piece)
    if (first?.peer === peer) this.#give(piece, first)
    else if (first !== undefined && !first.given) {
      this.#forget(piece, first)
      this.#give(piece, this.#record(piece, peer))
      // With nobody to pass it on to, whoever gets a first copy needs no watching.
    } else if (this.#untold.delete(piece) && this.#contested) this.#give(piece, this.#record(piece, peer))
  }

  #record(piece: number, peer: PeerState): FirstCopy {
    const first = { peer, given: false, arrived: false, since: this.#parts.world.now() }
    this.#firstCopies.set(piece, first)
    this.#books.get(peer)?.promised.add(piece)
    this.#promisedTotal++
    return first
  }

  #give(piece: number, first: FirstCopy): void {
    if (first.given) return
    first.given = true
    this.#arriving++
    const book = this.#books.get(first.peer)
    if (book?.promised.delete(piece)) this.#promisedTotal--
    book?.sole.add(piece)
  }

  #arrive(first: FirstCopy): void {
    if (first.arrived) return
    first.arrived = true
    this.#arriving--
    const book = this.#books.get(first.peer)
    if (book !== undefined) book.kept++
  }

  #forget(piece: number, first: FirstCopy): void {
    this.#firstCopies.delete(piece)
    const book = this.#books.get(first.peer)
    if (first.arrived && book !== undefined) book.kept--
    else if (first.given && !first.arrived) this.#arriving--
    if (book?.promised.delete(piece)) this.#promisedTotal--
    book?.sole.delete(piece)
  }

  /** A piece nobody has; else one that was promised to whoever is slowest to ask for it. */
  #next(peer: PeerState, book: Book): number | undefined {
    const found: number[] = []
    this.#untold.search(undefined, this.#cursor, 1, found)
    const piece = found[0]
    if (piece !== undefined) {
      this.#untold.delete(piece)
      this.#cursor = piece + 1
      return piece
    }
    return book.promised.size === 0 ? this.#steal(peer) : undefined
  }

  #steal(peer: PeerState): number | undefined {
    let richest: Book | undefined
    for (const [other, book] of this.#books)
      if (other !== peer && book.promised.size > (richest?.promised.size ?? 1)) richest = book
    const piece = richest === undefined ? undefined : [...richest.promised].at(-1)
    if (piece !== undefined) this.#forget(piece, this.#firstCopies.get(piece)!)
    return piece
  }
}
