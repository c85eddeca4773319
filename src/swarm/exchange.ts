import type { Bitfield, PeerageError, World } from '../base/index.ts'
import { HashTree } from '../content/index.ts'
import { Availability } from './availability.ts'
import { Blame } from './blame.ts'
import type { SwarmConfig } from './config.ts'
import { type ContentHashes, V1Hashes } from './content-hashes.ts'
import { Deadlines } from './deadlines.ts'
import { Downloads } from './downloads.ts'
import type { Offence } from './events.ts'
import { HashExchange } from './hash-exchange.ts'
import { Layout } from './layout.ts'
import { PeerState } from './peer-state.ts'
import { Picker } from './picker.ts'
import type { ContentPort, Verdict } from './ports.ts'
import { Requester } from './requester.ts'
import type { SegmentDownload } from './segment-download.ts'
import { Spread } from './spread.ts'
import { Uploads } from './uploads.ts'

export interface ExchangeParts {
  readonly world: World
  readonly config: SwarmConfig
  readonly port: ContentPort
  peers(): Iterable<PeerState>
  /** Runs `Exchange.work` for this peer soon. */
  wake(peer: PeerState): void
  wakeAll(): void
  later(peer: PeerState, ms: number): void
  setInterested(peer: PeerState, interested: boolean): void
  /** It got all that it may. */
  exhausted(peer: PeerState): void
  misbehaved(peer: string, offence: Offence, message: string): void
  /** `bytes` of files, padding not counted; `filesDone` are those that are whole now. */
  onVerified(piece: number | undefined, bytes: number, filesDone: readonly number[]): void
  onCompleted(): void
  onFailed(error: PeerageError): void
}

const haveBytes = 9

/** What begins once the content is known: who has what, what to fetch from whom, what to give to whom. */
export class Exchange {
  readonly layout: Layout
  readonly port: ContentPort
  readonly availability: Availability
  readonly downloads: Downloads
  readonly deadlines: Deadlines
  readonly requester: Requester
  readonly uploads: Uploads
  readonly spread: Spread
  readonly hashes: ContentHashes
  /** Verified since the last turn: told to all peers in one go. */
  readonly #news: { readonly type: 'have'; readonly piece: number }[] = []
  readonly #blame: Blame
  readonly #parts: ExchangeParts
  /** Pieces that the store could not read: not offered any more. */
  readonly #unreadable = new Set<number>()
  #completed: boolean
  #copies = 0
  #copiesAt = Number.NEGATIVE_INFINITY

  constructor(parts: ExchangeParts) {
    const { world, config, port } = parts
    this.#parts = parts
    this.port = port
    this.layout = new Layout(port.content)
    this.availability = new Availability(this.layout.pieceCount)
    const { layout, availability } = this
    const tree =
      port.content.version === 'v1' ? undefined : new HashTree(port.content, { map: this.layout.map })
    this.hashes = tree === undefined ? new V1Hashes(port.content) : this.#makeHashes(tree)
    this.#blame = new Blame({
      tree,
      want: fields => this.hashes.want(fields),
      onLiar: (peer, piece) => parts.misbehaved(peer, 'bad-block', `It sent false bytes of piece ${piece}.`),
    })
    this.downloads = new Downloads({
      world,
      port,
      layout,
      availability,
      expected: (piece, index) => this.hashes.expected(piece, index),
      isSuspect: piece => this.#blame.isSuspect(piece),
      onVerified: (segment, verdict) => this.#verified(segment, verdict),
      onRefused: (segment, verdict) => this.#blame.refused(segment, verdict.leaves),
      onFailed: error => this.#failed(error),
      onRoom: () => parts.wakeAll(),
    })
    this.deadlines = new Deadlines(config.maxReaders, (from, to) => this.#wanted(from, to))
    const picker = new Picker({ layout, availability, downloads: this.downloads, deadlines: this.deadlines })
    this.requester = new Requester({
      world,
      config,
      layout,
      downloads: this.downloads,
      picker,
      deadlines: this.deadlines,
      prepare: (peer, piece) => this.hashes.prepare(peer, piece),
      later: parts.later,
      wake: parts.wake,
    })
    this.spread = new Spread({
      world,
      availability,
      have: port.have,
      pieceLength: layout.pieceLength,
      enabled: config.initialSeeding,
      peers: parts.peers,
    })
    this.uploads = new Uploads({
      world,
      config,
      port,
      layout,
      admit: (peer, piece) => !this.#unreadable.has(piece) && this.spread.admit(peer, piece),
      later: parts.later,
      onExhausted: parts.exhausted,
      onFailed: (piece, error) => {
        this.#unreadable.add(piece)
        this.#tellLost(piece)
        parts.onFailed(error)
      },
    })
    this.#completed = this.downloads.remaining === 0
  }

  get completed(): boolean {
    return this.downloads.remaining === 0
  }

  /** A new peer, or one that was here before the content was known. `pieces`: what it has. */
  join(peer: PeerState, pieces: Bitfield): void {
    peer.pieces = pieces
    peer.cursor = this.#parts.world.random.below(this.layout.pieceCount)
    this.spread.join(peer)
    this.availability.peers++
    if (pieces.isFull) {
      peer.countedAsSeed = true
      this.availability.seeds++
    } else if (pieces.count > 0) {
      this.availability.changeAll(pieces, 1)
      forEachSet(pieces, piece => this.spread.seen(peer, piece))
    }
    peer.wanted = this.#countWanted(pieces)
    this.updateInterest(peer)
  }

  /** It has all of a sudden another set of pieces: a late bitfield. */
  replacePieces(peer: PeerState, pieces: Bitfield): void {
    if (peer.pieces?.count === 0 && pieces.count === 0) return
    this.#forgetPieces(peer)
    this.join(peer, pieces)
  }

  have(peer: PeerState, piece: number): void {
    if (peer.pieces === undefined || !peer.pieces.set(piece)) return
    this.availability.change(piece, 1)
    this.spread.seen(peer, piece)
    if (!this.downloads.isWanted(piece)) return
    this.#partWays(piece)
    this.requester.askAgain(piece)
    peer.wanted++
    this.updateInterest(peer)
  }

  /**
   * Takes a list of what it has for the `have` messages that it stands for. False, and nothing is done, when it is longer
   * than these would be (so that it costs no more than they do), or lacks what the peer had.
   */
  haveAll(peer: PeerState, pieces: Bitfield): boolean {
    const known = peer.pieces
    if (known === undefined || known.count === 0) return false
    if ((pieces.count - known.count) * haveBytes < pieces.bytes.length) return false
    if (known.bytes.some((byte, at) => (byte & ~pieces.bytes[at]!) !== 0)) return false
    const news = pieces.bytes.map((byte, at) => byte & ~known.bytes[at]!)
    forEachSet({ bytes: news }, piece => this.have(peer, piece))
    return true
  }

  /** It has a piece no more (BEP 54). */
  lost(peer: PeerState, piece: number): void {
    const { pieces } = peer
    if (pieces === undefined || !pieces.has(piece)) return
    if (peer.countedAsSeed) {
      const left = pieces.copy()
      left.set(piece, false)
      this.replacePieces(peer, left)
      return
    }
    pieces.set(piece, false)
    this.availability.change(piece, -1)
    this.spread.lost(piece)
    if (!this.downloads.isWanted(piece)) return
    peer.wanted--
    this.updateInterest(peer)
  }

  leave(peer: PeerState): void {
    this.requester.releaseAll(peer)
    this.hashes.leave(peer)
    this.#forgetPieces(peer)
    this.#parts.wakeAll()
  }

  /** One turn of work for a peer: ask and answer as much as fits. */
  work(peer: PeerState): void {
    this.requester.fill(peer)
    if (peer.uploads.length > 0) this.uploads.feed(peer)
  }

  /**
   * Somebody had the same idea where to begin, and was faster. Both would go on side by side, piece after piece, and have
   * a seed send everything twice: so the next choice begins elsewhere.
   */
  #partWays(piece: number): void {
    const { layout, downloads } = this
    for (let index = 0; index < layout.segmentCount(piece); index++) {
      const owner = downloads.active.get(layout.segmentKey(piece, index))?.owner
      if (owner instanceof PeerState) owner.cursor = this.#parts.world.random.below(layout.pieceCount)
    }
  }

  /** Tells what was verified since the last turn. */
  tell(): void {
    if (this.#news.length === 0) return
    const news = this.#news.splice(0)
    for (const peer of this.#parts.peers()) {
      if (peer.closed || peer.pieces === undefined) continue
      for (const message of news) if (this.#isNews(peer, message.piece)) peer.pipe.send(message)
    }
  }

  /** Tells a peer, to whom we said that we have nothing, of each piece that we have. */
  tellAll(peer: PeerState): void {
    forEachSet(this.port.have, piece => peer.pipe.send({ type: 'have', piece }))
  }

  /** The wish for each piece: the highest of its files. What is nothing but padding costs nothing and goes along. */
  wishesFor(wishOf: (file: number) => number): Uint8Array {
    const { layout, port } = this
    const isV1 = port.content.version === 'v1'
    const out = new Uint8Array(layout.pieceCount)
    const known = new Uint8Array(isV1 ? layout.pieceCount : 0)
    for (const { index, firstPiece, pieceCount } of port.content.files) {
      const wish = wishOf(index)
      for (let piece = firstPiece; piece < firstPiece + pieceCount; piece++) {
        if (wish > out[piece]!) out[piece] = wish
        if (isV1) known[piece] = 1
      }
    }
    for (let piece = 0; piece < known.length; piece++) if (known[piece] === 0) out[piece] = 1
    for (let piece = 0; this.deadlines.active && piece < out.length; piece++)
      if (out[piece] === 0 && this.deadlines.covers(piece)) out[piece] = 1
    return out
  }

  setWish(piece: number, wish: number): void {
    if (!this.downloads.setWish(piece, wish)) return
    this.#completed = this.#completed && this.completed
    const change = wish === 0 ? -1 : 1
    for (const peer of this.#parts.peers()) {
      if (!peer.has(piece)) continue
      peer.wanted += change
      this.updateInterest(peer)
    }
  }

  /** After wishes changed: perhaps nothing more is wanted. */
  checkCompleted(): void {
    if (this.#completed || !this.completed) return
    this.#completed = true
    // Nothing that is under way would bring a turn; those who gave the rest wait to hear of it, and this peer may leave now.
    this.tell()
    this.#parts.onCompleted()
  }

  updateInterest(peer: PeerState): void {
    const interested = peer.wanted > 0
    if (interested !== peer.amInterested) this.#parts.setInterested(peer, interested)
    if (interested) this.#parts.wake(peer)
  }

  /** See `SwarmStats.distributedCopies`; counted anew after two seconds at the earliest, for it looks at all pieces. */
  distributedCopies(): number {
    const now = this.#parts.world.now()
    if (now - this.#copiesAt > 2000) {
      this.#copies = this.availability.distributedCopies(this.port.have)
      this.#copiesAt = now
    }
    return this.#copies
  }

  tick(): void {
    this.spread.tick()
    this.hashes.tick()
    // Of a hybrid nobody may know the hashes of version 2: then the SHA-1 of the piece counts.
    if (this.downloads.waiting.size > 0) this.downloads.hashesArrived()
  }

  close(): void {
    this.downloads.close()
    this.uploads.close()
  }

  #makeHashes(tree: HashTree): HashExchange {
    const { world, config, port, peers, misbehaved } = this.#parts
    return new HashExchange({
      world,
      config,
      port,
      layout: this.layout,
      tree,
      peers,
      onHashes: () => {
        this.downloads.hashesArrived()
        this.#blame.hashesArrived()
      },
      onLie: peer => misbehaved(peer.peer, 'bad-hashes', 'It sent hashes that do not lead to the root.'),
    })
  }

  #verified(segment: SegmentDownload, verdict: Verdict & { ok: true }): void {
    const { piece } = segment
    if (verdict.leaves !== undefined) this.#blame.verified(segment, verdict.leaves)
    if (verdict.pieceDone) {
      this.hashes.done(piece)
      this.requester.askAgain(piece)
      this.spread.gained(piece)
      this.#news.push({ type: 'have', piece })
      for (const peer of this.#parts.peers()) {
        if (!peer.has(piece) || this.downloads.wish(piece) === 0) continue
        peer.wanted--
        this.updateInterest(peer)
      }
    }
    const bytes =
      verdict.pieceDone && segment.length === this.layout.pieceSize(piece)
        ? this.layout.payload(piece)
        : segment.length
    this.#parts.onVerified(verdict.pieceDone ? piece : undefined, bytes, verdict.filesDone)
    this.checkCompleted()
  }

  /**
   * A peer that has the piece has no use for the news, except to know how rare it is: that matters to seeds, and when the
   * last seed is gone to all (see `Spread`). So everyone hears it, unless that would cost more than a fiftieth of the line.
   */
  #isNews(peer: PeerState, piece: number): boolean {
    return !peer.has(piece) || peer.isSeed || this.#newsIsCheap
  }

  get #newsIsCheap(): boolean {
    const { availability, layout } = this
    return availability.peers * haveBytes * 50 < layout.meanSegmentBytes * layout.segmentsPerPiece
  }

  /** BEP 54: whoever understands it need not ask in vain. */
  #tellLost(piece: number): void {
    const payload = Uint8Array.of(piece >>> 24, piece >>> 16, piece >>> 8, piece)
    for (const { dontHaveId, pipe, closed } of this.#parts.peers())
      if (dontHaveId !== undefined && !closed) pipe.send({ type: 'extended', id: dontHaveId, payload })
  }

  #failed(error: PeerageError): void {
    this.requester.paused = true
    this.#parts.onFailed(error)
  }

  /** A reader waits for these: they are wanted even if they were to be skipped. */
  #wanted(from: number, to: number): void {
    for (let piece = from; piece <= to; piece++) if (this.downloads.wish(piece) === 0) this.setWish(piece, 1)
    this.#parts.wakeAll()
  }

  #forgetPieces(peer: PeerState): void {
    const { pieces } = peer
    if (pieces === undefined) return
    peer.pieces = undefined
    this.availability.peers--
    if (peer.countedAsSeed) this.availability.seeds--
    else {
      this.availability.changeAll(pieces, -1)
      forEachSet(pieces, piece => this.spread.lost(piece))
    }
    peer.countedAsSeed = false
    this.spread.leave(peer)
  }

  #countWanted(pieces: Bitfield): number {
    if (this.downloads.remaining === 0) return 0
    if (pieces.isFull) return this.downloads.remaining
    let wanted = 0
    forEachSet(pieces, piece => {
      if (this.downloads.isWanted(piece)) wanted++
    })
    return wanted
  }
}

function forEachSet(pieces: Pick<Bitfield, 'bytes'>, visit: (piece: number) => void): void {
  for (let at = 0; at < pieces.bytes.length; at++)
    for (let byte = pieces.bytes[at]!; byte !== 0; ) {
      const bit = Math.clz32(byte) - 24
      visit(at * 8 + bit)
      byte &= 127 >> bit
    }
}
