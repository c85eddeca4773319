import { PeerageError, type Timer, TokenBucket, type World } from '../base/index.ts'
import { Choking } from './choking.ts'
import type { SwarmConfig } from './config.ts'
import type { Reader } from './deadlines.ts'
import type { Offence, SwarmEvent, SwarmListener } from './events.ts'
import { Exchange } from './exchange.ts'
import { ExternalAddress } from './external-address.ts'
import { InOrder } from './in-order.ts'
import { Members } from './members.ts'
import { MetadataExchange } from './metadata-exchange.ts'
import { PeerExchangeSender } from './peer-exchange.ts'
import type { PeerState } from './peer-state.ts'
import type { ContentPort, PeerTraits, Pipe, Priority, SwarmPorts, UploadAllowance } from './ports.ts'
import { PublicExchange } from './public-exchange.ts'
import { PublicExtensions } from './public-extensions.ts'
import type { PublicTerms } from './public-terms.ts'
import { RateMeter } from './rate-meter.ts'
import type { Session, SessionHub } from './session.ts'
import { addMoved, type Moved, type PeerStats, peerStats, type SwarmStats, swarmStats } from './stats.ts'
import { Turns } from './turns.ts'
import { Vigil } from './vigil.ts'
import { Waker } from './waker.ts'

export interface SwarmOptions {
  readonly ports: SwarmPorts
  readonly config: SwarmConfig
  /** Info hash of BEP 52, 32 bytes, or of BEP 3, 20 bytes: the one that metadata from peers must have. */
  readonly infoHash: Uint8Array
  /** Our own name among peers: decides which of two streams to the same peer stays. */
  readonly self?: string
  /** Told to peers. */
  readonly clientVersion?: string
  /** Limits that this swarm shares with others: of the whole machine. */
  readonly sharedLimits?: { readonly upload?: TokenBucket; readonly download?: TokenBucket }
}

const tickMs = 1000
/** A newcomer is told of the others, and they of it, this soon: identify has to tell first where it can be reached. */
const introduceMs = 200
const wishes: Readonly<Record<Priority, number>> = { skip: 0, low: 1, normal: 2, high: 3 }

/**
 * The peers that exchange one content, and the decisions about it. Sans I/O: messages come in through sessions and go out
 * through pipes, bytes go through the content port, time comes from the world.
 */
export class Swarm {
  readonly infoHash: Uint8Array
  readonly #options: SwarmOptions
  readonly world: World
  readonly #config: SwarmConfig
  readonly #members: Members
  readonly #listeners = new Set<SwarmListener>()
  readonly #hub: SessionHub & { exchange: Exchange | undefined }
  readonly #metadata: MetadataExchange
  readonly #choking: Choking
  readonly #peerExchange: PeerExchangeSender
  readonly #publicExchange = new PublicExchange()
  #publicTerms: PublicTerms | undefined
  readonly #publicExtensions: PublicExtensions
  readonly #external = new ExternalAddress()
  /** Whether peers were last told that we ask for nothing (BEP 21). */
  #uploadOnly = false
  readonly #waker: Waker
  readonly #vigil: Vigil
  readonly #uploadBucket: TokenBucket
  readonly #downloadBucket: TokenBucket
  readonly #down: RateMeter
  /** What peers that have left sent and got. */
  #before: Moved = { uploaded: 0, publicUploaded: 0, publicDownloaded: 0 }
  readonly #turns: Turns
  #timer: Timer | undefined
  #introduceSoon: Timer | undefined
  #verifiedBytes = 0
  readonly #inOrder = new InOrder()
  #superSeeding: boolean | undefined
  #closed = false
  #paused = false

  constructor(options: SwarmOptions) {
    const { ports, config } = options
    const now = ports.world.now()
    this.#options = options
    this.world = ports.world
    this.#config = config
    this.infoHash = options.infoHash
    this.#uploadBucket = new TokenBucket(config.uploadBytesPerSecond, now)
    this.#downloadBucket = new TokenBucket(config.downloadBytesPerSecond, now)
    this.#down = new RateMeter(now)
    this.#turns = new Turns(ports.defer, peers => this.#turn(peers))
    this.#waker = new Waker(this.world, peer => this.#turns.wake(peer))
    this.#members = new Members({
      world: this.world,
      config,
      self: options.self,
      upload: [options.sharedLimits?.upload, this.#uploadBucket].filter(bucket => bucket !== undefined),
      download: [options.sharedLimits?.download, this.#downloadBucket].filter(bucket => bucket !== undefined),
      ownEndpoint: family => this.#ownEndpoint(family),
    })
    this.#publicExtensions = new PublicExtensions({
      world: this.world,
      peers: () => this.#members.states,
      terms: () => this.#publicTerms,
      isPrivate: () => this.content?.content.isPrivate,
      ownEndpoint: family => this.#ownEndpoint(family),
      flood: (peer, message) => {
        this.#misbehaved(peer.peer, 'flood', message)
        this.#disconnect(peer, message)
      },
      emit: event => this.#emit(event),
    })
    this.#peerExchange = new PeerExchangeSender(config)
    this.#vigil = new Vigil(config, {
      snub: peer => this.#snub(peer),
      disconnect: (peer, reason) => this.#disconnect(peer, reason),
      completed: () => this.#hub.exchange?.completed ?? false,
    })
    this.#choking = new Choking({
      world: this.world,
      config,
      infoHash: options.infoHash,
      exchange: () => this.#hub.exchange,
      peers: () => this.#members.states,
      uploadLimit: () => this.#uploadLimit(),
    })
    this.#metadata = new MetadataExchange({
      world: this.world,
      config,
      infoHash: options.infoHash,
      hash: (bytes, algorithm) => ports.hash(bytes, algorithm),
      info: () => this.#hub.exchange?.port.content.info,
      peers: () => this.#members.states,
      onInfo: info => this.#emit({ type: 'metadata-received', info }),
      onLie: peer => this.#misbehaved(peer.peer, 'bad-metadata', 'Its info dictionary is false.'),
    })
    this.#hub = this.#makeHub()
  }

  // ---- what the swarm is about

  /** Absent until `attach`. */
  get content(): ContentPort | undefined {
    return this.#hub.exchange?.port
  }

  get completed(): boolean {
    return this.#hub.exchange?.completed ?? false
  }

  /** The content is known and has its place on disk: from now on it is exchanged. Once only. */
  attach(port: ContentPort): void {
    if (this.#hub.exchange !== undefined) throw new TypeError('the swarm has its content already')
    const exchange = new Exchange({
      world: this.world,
      config: this.#config,
      port,
      peers: () => this.#members.states,
      wake: peer => this.#turns.wake(peer),
      wakeAll: () => this.#wakeAll(),
      later: (peer, ms) => this.#waker.later(peer, ms),
      setInterested: (peer, interested) => this.#setInterested(peer, interested),
      exhausted: ({ peer }) => this.#emit({ type: 'allowance-exhausted', peer }),
      misbehaved: (peer, offence, message) => this.#misbehaved(peer, offence, message),
      onVerified: (piece, bytes, files) => this.#verified(piece, bytes, files),
      onCompleted: () => this.#emit({ type: 'completed' }),
      onFailed: error => this.#emit({ type: 'failed', error }),
    })
    this.#verifiedBytes += exchange.layout.payloadOf(port.have)
    this.#hub.exchange = exchange
    exchange.spread.superSeeding = this.#superSeeding
    exchange.requester.paused = this.#paused
    for (const session of [...this.#members.sessions.values()]) this.#introduce(session, exchange)
    this.#wakeAll()
  }

  // ---- peers

  /**
   * A peer came. Throws `peer.protocol` when it is banned, when the swarm is full, or when another stream with the same
   * peer goes before; the caller closes the stream then.
   */
  join(pipe: Pipe, traits: PeerTraits): Session {
    if (this.#closed) throw new PeerageError('peer.protocol', 'This swarm is closed.')
    const session = this.#members.admit(this.#hub, pipe, traits, (state, reason) =>
      this.#disconnect(state, reason),
    )
    if (pipe.rttMs !== undefined) session.state.depth.roundTrip(pipe.rttMs)
    pipe.onDrain(() => this.#hub.exchange?.uploads.drained(session.state))
    session.greet()
    if (this.#hub.exchange !== undefined) this.#introduce(session, this.#hub.exchange)
    this.#timer ??= this.world.every(tickMs, () => this.#tick())
    this.#introduceSoon ??= this.world.after(introduceMs, () => this.#exchangePeers())
    this.#emit({ type: 'peer-joined', peer: traits.peer })
    return session
  }

  /** We take part in a public network on these terms; to be said before public peers join. */
  set publicTerms(terms: PublicTerms) {
    this.#publicTerms = terms
  }

  /** Whether that peer is a member. When it left by one stream, it may still be one by a newer one. */
  has(peer: string): boolean {
    return this.#members.sessions.has(peer)
  }

  /** `name`: a peer, or what public peers are banned by, an IP address. */
  isBanned(name: string): boolean {
    return this.#members.isBanned(name)
  }

  /** Bans a peer, or an IP address with all public peers that have it, until `unban`. */
  ban(name: string): void {
    for (const peer of this.#members.ban(name)) this.#disconnect(peer, 'It was banned.')
  }

  unban(name: string): void {
    this.#members.unban(name)
  }

  /** Ends the sessions of those peers; they may come again. */
  dismiss(whom: (traits: PeerTraits) => boolean, reason: string): void {
    for (const peer of this.#members.states) if (whom(peer.traits)) this.#disconnect(peer, reason)
  }

  /** Who is banned: names of peers and IP addresses, the oldest first. */
  bans(): readonly string[] {
    return this.#members.bans
  }

  /**
   * Asks a member to introduce us to a public peer behind NAT (BEP 55): `via`, which told of it, or those that may know it.
   * `holepunch-connect` or `holepunch-failed` follows. False: there is nobody to ask.
   */
  rendezvous(endpoint: { readonly address: string; readonly port: number }, via?: string): boolean {
    return this.#publicExtensions.rendezvous(endpoint, via)
  }

  /** Under which IP address public peers see us; undefined until enough of them say the same. */
  externalAddress(family: 4 | 6): string | undefined {
    return this.#publicTerms?.externalAddress?.(family) ?? this.#external.get(family)
  }

  get peerCount(): number {
    return this.#members.size
  }

  // ---- what the user wants

  /** Priorities of all files, by index. A v1 piece that several files share has the highest of theirs. */
  setPriorities(priorityOf: (file: number) => Priority): void {
    const { exchange } = this.#hub
    if (exchange === undefined) return
    const wanted = exchange.wishesFor(file => wishes[priorityOf(file)])
    for (let piece = 0; piece < wanted.length; piece++) exchange.setWish(piece, wanted[piece]!)
    exchange.checkCompleted()
    this.#wakeAll()
  }

  /** Priority of a run of pieces. A file's run is `PieceMap.piecesOf`; of v1 content see `setPriorities`. */
  setPriority(firstPiece: number, count: number, priority: Priority): void {
    const { exchange } = this.#hub
    if (exchange === undefined) return
    for (let piece = firstPiece; piece < firstPiece + count; piece++) {
      const covered = priority === 'skip' && exchange.deadlines.covers(piece)
      exchange.setWish(piece, covered ? wishes.low : wishes[priority])
    }
    exchange.checkCompleted()
    this.#wakeAll()
  }

  /** Somebody reads these pieces in order and waits for them. Undefined: too many readers, or the content is unknown. */
  read(firstPiece: number, lastPiece: number): Reader | undefined {
    const { exchange } = this.#hub
    if (exchange === undefined) return undefined
    const ahead = Math.ceil(this.#config.readAheadBytes / exchange.layout.meanSegmentBytes)
    return exchange.deadlines.open(firstPiece, lastPiece, ahead)
  }

  /** Fetches pieces in order, for watching while it comes; otherwise the rarest go first. */
  setSequential(on: boolean): void {
    const { exchange } = this.#hub
    if (exchange === undefined || on === this.#inOrder.on) return
    if (on) this.#inOrder.start(this.read(0, exchange.layout.pieceCount - 1), exchange)
    else this.#inOrder.stop()
  }

  /**
   * Super-seeding (BEP 16): public peers that come from now on are told piece by piece what we have, until all of it is out
   * among them. Undefined: while that helps, that is where we are the only seed of several; with `initialSeeding` only.
   */
  setSuperSeeding(on: boolean | undefined): void {
    this.#superSeeding = on
    const spread = this.#hub.exchange?.spread
    if (spread === undefined) return
    spread.superSeeding = on
    if (on === false) for (const peer of this.#members.states) spread.unmask(peer)
  }

  /** Limits of this share in bytes per second; 0 is none. */
  setLimits(limits: { readonly upload?: number; readonly download?: number }): void {
    const now = this.world.now()
    if (limits.upload !== undefined) this.#uploadBucket.setLimit(limits.upload, now)
    if (limits.download !== undefined) this.#downloadBucket.setLimit(limits.download, now)
    this.#wakeAll()
  }

  /** Limits for one peer in bytes per second; 0 is none. Forgotten when it leaves. */
  setPeerLimits(peer: string, limits: { readonly upload?: number; readonly download?: number }): void {
    const state = this.#members.sessions.get(peer)?.state
    if (state === undefined) return
    const now = this.world.now()
    if (limits.upload !== undefined) state.uploadBucket.setLimit(limits.upload, now)
    if (limits.download !== undefined) state.downloadBucket.setLimit(limits.download, now)
    this.#turns.wake(state)
  }

  /** What a peer may get from now on; undefined is as much as it likes. */
  setAllowance(peer: string, allowance: UploadAllowance | undefined): void {
    const session = this.#members.sessions.get(peer)
    if (session === undefined || (allowance === undefined && session.state.allowance === undefined)) return
    session.state.allow(allowance)
    session.tellTerms()
    this.#turns.wake(session.state)
  }

  /** Asks for nothing and serves nobody; connections stay. */
  pause(): void {
    this.#paused = true
    const { exchange } = this.#hub
    if (exchange !== undefined) exchange.requester.paused = true
    this.#choking.pause()
  }

  /** Goes on, also after the store failed. */
  resume(): void {
    this.#paused = false
    const { exchange } = this.#hub
    if (exchange !== undefined) exchange.requester.paused = false
    this.#choking.resume()
    this.#wakeAll()
  }

  on(listener: SwarmListener): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  stats(): SwarmStats {
    return swarmStats({
      now: this.world.now(),
      peers: this.#members.states,
      exchange: this.#hub.exchange,
      down: this.#down,
      before: this.#before,
      verifiedBytes: this.#verifiedBytes,
    })
  }

  /** How many connected peers have a piece; 0 until the content is known. */
  copies(piece: number): number {
    return this.#hub.exchange?.availability.copies(piece) ?? 0
  }

  peerStats(): PeerStats[] {
    const now = this.world.now()
    return Array.from(this.#members.states, peer => peerStats(peer, now))
  }

  close(): void {
    if (this.#closed) return
    for (const peer of this.#members.states) this.#disconnect(peer, 'The swarm was closed.')
    this.#closed = true
    this.#hub.exchange?.close()
    this.#waker.close()
    this.#introduceSoon?.cancel()
    this.#timer?.cancel()
  }

  // ---- parts put together

  #uploadLimit(): number {
    const limits = [this.#options.sharedLimits?.upload, this.#uploadBucket]
    const set = limits.filter(bucket => bucket?.limited).map(bucket => bucket!.bytesPerSecond)
    return Math.min(Number.POSITIVE_INFINITY, ...set)
  }

  #makeHub(): SessionHub & { exchange: Exchange | undefined } {
    const terms = (): PublicTerms | undefined => this.#publicTerms
    return {
      get publicTerms() {
        return terms()
      },
      publicExtensions: this.#publicExtensions,
      ownAddress: family => this.externalAddress(family),
      addressSeen: ({ peer, traits }, address) => {
        if (traits.endpoint === undefined) return
        this.#external.heard(address, traits.endpoint.address)
        this.#emit({ type: 'address-seen', from: peer, address })
      },
      dhtPort: ({ traits }, port) => {
        if (traits.endpoint === undefined) return
        this.#emit({ type: 'dht-port', endpoint: { address: traits.endpoint.address, port } })
      },
      world: this.world,
      config: this.#config,
      clientVersion: this.#options.clientVersion ?? 'Peerage',
      exchange: undefined,
      metadata: this.#metadata,
      wake: peer => this.#turns.wake(peer),
      later: (peer, ms) => this.#waker.later(peer, ms),
      interestChanged: peer => this.#choking.interestChanged(peer),
      peerCompleted: ({ peer, isPublic }) => {
        if (!isPublic) this.#emit({ type: 'peer-completed', peer })
      },
      downloaded: (peer, bytes) => {
        const now = this.world.now()
        peer.down.add(bytes, now)
        this.#down.add(bytes, now)
      },
      learned: (peer, added, dropped) =>
        this.#emit({ type: 'peers-learned', from: peer.peer, added, dropped }),
      misbehaved: (peer, offence, message) => this.#misbehaved(peer.peer, offence, message),
      disconnect: (peer, reason) => this.#disconnect(peer, reason),
      failed: (peer, cause) => {
        const error = new PeerageError('internal.bug', 'Handling a message failed.', { cause })
        this.#emit({ type: 'failed', error })
        this.#disconnect(peer, error.message)
      },
    }
  }

  // ---- turns and ticks

  #turn(peers: readonly PeerState[]): void {
    const { exchange } = this.#hub
    if (this.#closed || exchange === undefined) return
    exchange.tell()
    for (const peer of peers) if (!peer.closed) exchange.work(peer)
  }

  #exchangePeers(): void {
    this.#introduceSoon?.cancel()
    this.#introduceSoon = undefined
    this.#peerExchange.tick([...this.#members.states], this.world.now())
    if (this.#publicTerms?.pex && this.content?.content.isPrivate === false)
      this.#publicExchange.tick(this.#members.states, this.world.now())
  }

  #wakeAll(): void {
    for (const peer of this.#members.states) this.#turns.wake(peer)
    this.#turns.schedule()
  }

  #tick(): void {
    const now = this.world.now()
    const peers = this.#members.states
    for (const peer of peers) {
      if (peer.pipe.rttMs !== undefined) peer.depth.roundTrip(peer.pipe.rttMs)
      this.#vigil.watch(peer, now)
      this.#hub.exchange?.uploads.adapt(peer, now)
    }
    this.#metadata.tick()
    this.#hub.exchange?.tick()
    this.#tellUploadOnly()
    this.#exchangePeers()
    this.#choking.tick(now)
    this.#wakeAll()
  }

  /** BEP 21: files may be chosen and left out again, so it is looked at once a second. */
  #tellUploadOnly(): void {
    if (this.completed === this.#uploadOnly) return
    this.#uploadOnly = this.completed
    for (const session of this.#members.sessions.values()) session.tellUploadOnly(this.#uploadOnly)
  }

  #ownEndpoint(family: 4 | 6): { address: string; port: number } | undefined {
    const address = this.externalAddress(family)
    const port = this.#publicTerms?.listenPort
    return address === undefined ? undefined : { address, port: port ?? 0 }
  }

  // ---- what happens to peers

  #introduce(session: Session, exchange: Exchange): void {
    try {
      session.contentKnown(exchange)
      this.#choking.interestChanged(session.state)
    } catch (error) {
      session.refuse(error instanceof Error ? error.message : String(error))
    }
  }

  #setInterested(peer: PeerState, interested: boolean): void {
    peer.amInterested = interested
    peer.pipe.send({ type: interested ? 'interested' : 'not-interested' })
  }

  #snub(peer: PeerState): void {
    this.#hub.exchange?.requester.snub(peer)
    this.#wakeAll()
  }

  #disconnect(peer: PeerState, reason: string): void {
    if (peer.closed) return
    peer.closed = true
    this.#before = addMoved(this.#before, peer)
    this.#members.remove(peer)
    this.#peerExchange.leave(peer)
    this.#publicExchange.leave(peer)
    this.#hub.exchange?.leave(peer)
    this.#metadata.leave(peer)
    peer.pipe.close(reason)
    if (this.#members.size === 0) {
      this.#timer?.cancel()
      this.#timer = undefined
    }
    const seed = peer.isSeed || peer.uploadOnly
    this.#emit({ type: 'peer-left', peer: peer.peer, reason, uploaded: peer.up.total, seed })
  }

  #misbehaved(peer: string, offence: Offence, message: string): void {
    const proven = offence === 'bad-block' || offence === 'bad-metadata' || offence === 'bad-hashes'
    const banned = proven && this.#config.banLiars
    const gone = banned ? this.#members.ban(this.#members.banKeyOf(peer)) : []
    this.#emit({ type: 'peer-misbehaved', peer, offence, message, banned })
    for (const state of gone) this.#disconnect(state, message)
  }

  #verified(piece: number | undefined, bytes: number, files: readonly number[]): void {
    this.#verifiedBytes += bytes
    this.#turns.schedule()
    if (piece !== undefined) {
      if (this.#hub.exchange !== undefined) this.#inOrder.advance(this.#hub.exchange)
      this.#emit({ type: 'piece-verified', piece })
    }
    for (const file of files) this.#emit({ type: 'file-completed', file })
  }

  #emit(event: SwarmEvent): void {
    for (const listener of [...this.#listeners]) listener(event)
  }
}
