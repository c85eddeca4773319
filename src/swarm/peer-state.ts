import { Bitfield, TokenBucket } from '../base/index.ts'
import { bitTorrentPeerHashes, type PeerHashes, peeragePeerHashes } from '../content/index.ts'
import type { SwarmConfig } from './config.ts'
import type { PeerTraits, Pipe, UploadAllowance } from './ports.ts'
import { RateLimit } from './rate-limit.ts'
import { RateMeter } from './rate-meter.ts'
import { leafBytes, RequestDepth } from './request-depth.ts'
import type { BlockRequest, Fetcher, SegmentDownload } from './segment-download.ts'

/** As many requests every client of the public network bears that does not say how many (`reqq`). */
const usualRequestQueue = 250

/** A block that a peer asked for and that waits for its turn. */
export interface UploadRequest {
  readonly piece: number
  readonly begin: number
  readonly length: number
}

/** All that is known and open between us and one peer. Decides nothing by itself. */
export class PeerState implements Fetcher {
  readonly id: number
  readonly peer: string
  readonly pipe: Pipe
  readonly traits: PeerTraits
  readonly fast: boolean
  /** Of the public BitTorrent network, not over an authenticated stream. */
  readonly isPublic: boolean
  readonly joinedAt: number
  closed = false

  /** Choke and interest, both ways (BEP 3). */
  amChoking = true
  amInterested = false
  peerChoking = true
  peerInterested = false

  /** What it has; undefined until it said so or we know how many pieces there are. */
  pieces: Bitfield | undefined
  /** It was complete when it joined: counted once instead of in every piece. */
  countedAsSeed = false
  /** It said that it asks for nothing (BEP 21). */
  uploadOnly = false
  /** That it needs nothing more was told. */
  isTold = false
  /** How many of its pieces we want. */
  wanted = 0

  readonly depth: RequestDepth
  /** In flight to it, by `requestKey`. */
  readonly requests: Map<number, BlockRequest> = new Map()
  /** Cancelled requests whose answer may still come. */
  cancelled = 0
  /** Segments it fetches as a whole and that still have leaves to ask for. */
  readonly segments: SegmentDownload[] = []
  readonly suggested: number[] = []
  /** Until when only suggested pieces are asked for: it rejected others to spread rare ones first. */
  suggestedOnlyUntil = 0
  lastSuggestionAt: number = Number.NEGATIVE_INFINITY
  /** Pieces it rejected: until when, and for how long, they are asked of others only. */
  readonly avoided: Map<number, { readonly until: number; readonly ms: number }> = new Map()
  /** Pieces it lets us ask for while it chokes us (BEP 6), and those we let it. */
  readonly allowedFastIn: Set<number> = new Set()
  readonly allowedFastOut: Set<number> = new Set()
  /** Where the search among equally rare pieces starts. */
  cursor = 0
  maxRequestBytes: number
  /** How many unanswered requests it bears (`reqq`, BEP 10). */
  maxRequests: number
  snubbed = false
  endgameAt = 0

  readonly uploads: UploadRequest[] = []
  /** What it may get; undefined is as much as it likes. */
  allowance: UploadAllowance | undefined
  /** It got all of that. */
  isExhausted = false
  /** Bytes being read from disk for it. */
  reading = 0
  uploadBudget: number
  lastUploadAt: number = Number.NEGATIVE_INFINITY

  /** Ids of its extensions; undefined: it does not speak them. */
  metadataId: number | undefined
  peersId: number | undefined
  /** `ut_pex` (BEP 11), `lt_donthave` (BEP 54), `ut_holepunch` (BEP 55) and `upload_only` (BEP 21). */
  pexId: number | undefined
  dontHaveId: number | undefined
  holepunchId: number | undefined
  uploadOnlyId: number | undefined
  /** Of a public peer: where it can be dialled, if that is known. */
  listensAt: { readonly address: string; readonly port: number } | undefined
  /** When it last told of others, and how often it did so too early. */
  pexAt: number = Number.NEGATIVE_INFINITY
  pexTooSoon = 0
  /** Until when its requests to meet others are used up. */
  meetingsDueAt: number = Number.NEGATIVE_INFINITY
  prefersEncryption = false
  /** It understands what only Peerage peers say. */
  isPeerage: boolean
  /** It does not know what we have, but for what `Spread` tells it piece by piece (BEP 16). */
  masked = false
  /** Requests in a row that could not be answered: while choked, too many, or for pieces that we have not. */
  vainRequests = 0
  metadataSize: number | undefined
  clientVersion: string | undefined

  readonly down: RateMeter
  readonly up: RateMeter
  readonly uploadBucket: TokenBucket
  readonly downloadBucket: TokenBucket
  readonly uploadLimit: RateLimit
  readonly downloadLimit: RateLimit
  lastReceivedAt: number
  lastSentAt: number
  /** When it last finished a block we asked for, or when we began to wait for one. */
  lastBlockAt: number
  /** When it last sent any byte of a block, or when we began to wait. */
  lastByteAt: number
  unchokedAt = 0
  uploadedSinceUnchoke = 0
  lastOptimisticAt: number = Number.NEGATIVE_INFINITY

  constructor(
    id: number,
    pipe: Pipe,
    traits: PeerTraits,
    config: SwarmConfig,
    now: number,
    limits: { upload: readonly TokenBucket[]; download: readonly TokenBucket[] },
  ) {
    this.id = id
    this.peer = traits.peer
    this.pipe = pipe
    this.traits = traits
    this.fast = traits.fast ?? true
    this.isPublic = traits.endpoint !== undefined
    this.isPeerage = !this.isPublic && traits.web !== true
    if (traits.initiator === true) this.listensAt = traits.endpoint
    this.maxRequestBytes = Math.min(traits.maxRequestBytes ?? leafBytes, config.maxRequestBytes)
    this.maxRequests = this.isPublic
      ? Math.min(usualRequestQueue, config.maxRequestsPerPeer)
      : config.maxRequestsPerPeer
    this.uploadBudget = Math.min(1_048_576, config.uploadBufferBytes)
    this.depth = new RequestDepth(config, now)
    this.down = new RateMeter(now)
    this.up = new RateMeter(now)
    this.uploadBucket = new TokenBucket(config.peerUploadBytesPerSecond, now)
    this.downloadBucket = new TokenBucket(config.peerDownloadBytesPerSecond, now)
    this.uploadLimit = new RateLimit(...limits.upload, this.uploadBucket)
    this.downloadLimit = new RateLimit(...limits.download, this.downloadBucket)
    this.allow(traits.allowance)
    this.joinedAt = now
    this.lastReceivedAt = now
    this.lastSentAt = now
    this.lastBlockAt = now
    this.lastByteAt = now
  }

  allow(allowance: UploadAllowance | undefined): void {
    this.allowance = allowance
    this.isExhausted = false
    this.uploadLimit.also = allowance?.rate
  }

  /** What it answers to hash requests; undefined: it does not know of them. */
  get hashes(): PeerHashes | undefined {
    if (this.isPeerage) return peeragePeerHashes
    return this.traits.v2 === true ? bitTorrentPeerHashes : undefined
  }

  get isSeed(): boolean {
    return this.pieces?.isFull ?? false
  }

  has(piece: number): boolean {
    return this.pieces?.has(piece) ?? false
  }

  /** What is searched for pieces to ask for: undefined means all. */
  get searchable(): Bitfield | undefined {
    return this.isSeed ? undefined : (this.pieces ?? noPieces)
  }

  drainMs(now: number): number {
    if (this.snubbed) return Number.POSITIVE_INFINITY
    // Past speed says little about one that has stalled: what is late will take at least as long again.
    const silentMs = this.requests.size > 0 ? now - this.lastBlockAt : 0
    return Math.max(this.depth.etaMs(0), 2 * silentMs - this.depth.rttMs)
  }

  /** Takes a request off the books; the caller tells the segment. */
  removeRequest(request: BlockRequest): boolean {
    if (this.requests.get(request.key) !== request) return false
    this.requests.delete(request.key)
    this.depth.dropped(request.length)
    this.downloadLimit.refund(request.length)
    return true
  }

  cancel(request: BlockRequest): void {
    if (!this.removeRequest(request)) return
    this.cancelled++
    const { segment, begin, length } = request
    this.pipe.send({ type: 'cancel', piece: segment.piece, begin, length })
  }

  holds(segment: SegmentDownload): boolean {
    return this.segments.includes(segment)
  }

  /** Removes `segment` from those it fetches; when it has no more leaves to ask for, or goes to somebody else. */
  forgetSegment(segment: SegmentDownload): void {
    const at = this.segments.indexOf(segment)
    if (at >= 0) this.segments.splice(at, 1)
  }

  /** Whether `piece` may be asked of it now, as far as chokes and rejects go. */
  mayAsk(piece: number, now: number): boolean {
    if (!this.has(piece)) return false
    if (this.peerChoking && !this.allowedFastIn.has(piece)) return false
    return this.avoided.size === 0 || (this.avoided.get(piece)?.until ?? 0) <= now
  }
}

const noPieces = new Bitfield(0)
