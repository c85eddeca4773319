import { Bitfield, PeerageError, type World } from '../base/index.ts'
import {
  addressText,
  decodeExtensionHandshake,
  decodePeerExchange,
  type ExtensionHandshake,
  extensionHandshakeId,
  extensionNames,
  type Message,
} from '../wire/index.ts'
import { Allowance } from './allowance.ts'
import type { SwarmConfig } from './config.ts'
import { EarlyHaves } from './early-haves.ts'
import type { Offence } from './events.ts'
import type { Exchange } from './exchange.ts'
import { ownIds } from './extension-ids.ts'
import type { MetadataExchange } from './metadata-exchange.ts'
import { ownHandshake } from './own-handshake.ts'
import type { PeerState } from './peer-state.ts'
import type { PublicExtensions } from './public-extensions.ts'
import type { PublicTerms } from './public-terms.ts'
import { leafBytes } from './request-depth.ts'

/** As much of the swarm as one session needs. */
export interface SessionHub {
  readonly world: World
  readonly config: SwarmConfig
  readonly clientVersion: string
  /** Absent until the content is known. */
  readonly exchange: Exchange | undefined
  readonly metadata: MetadataExchange
  /** How we take part in a public network; undefined while we do not. */
  readonly publicTerms: PublicTerms | undefined
  readonly publicExtensions: PublicExtensions
  dhtPort(peer: PeerState, port: number): void
  /** It sees us under this IP address. */
  addressSeen(peer: PeerState, address: string): void
  /** Ours, as far as known. */
  ownAddress(family: 4 | 6): string | undefined
  wake(peer: PeerState): void
  later(peer: PeerState, ms: number): void
  interestChanged(peer: PeerState): void
  /** It needs nothing more; told once. */
  peerCompleted(peer: PeerState): void
  downloaded(peer: PeerState, bytes: number): void
  learned(peer: PeerState, added: readonly string[], dropped: readonly string[]): void
  misbehaved(peer: PeerState, offence: Offence, message: string): void
  disconnect(peer: PeerState, reason: string): void
  /** A mistake of ours: reported, and the peer is disconnected since its state is in doubt. */
  failed(peer: PeerState, error: unknown): void
}

const mostAllowedFast = 64
/** A peer that asks for nothing but what was cancelled, rejected or never asked for is out of order after this much. */
const mostUnasked = 64
/** A peer says once what it has; some say so again when they have learnt what the content is. Growing lists are free. */
const mostPieceLists = 8
/** Requests that must be rejected, in terms of all that may wait: a fast peer has as many on their way when it is choked. */
const mostVainTimes = 4
/** Messages that move no blocks: at once, and a second in the long run. */
const mostSmallTalk = 1000
const smallTalkPerSecond = 100

/** One peer's side of the conversation: turns messages into what they mean. */
export class Session {
  readonly state: PeerState
  readonly #hub: SessionHub
  /** What it said it has before we knew how many pieces there are. */
  #early: Uint8Array | 'all' | 'none' = 'none'
  readonly #earlyHaves = new EarlyHaves()
  #unasked = 0
  #pieceLists = 0
  readonly #smallTalk: Allowance
  /** Our handshake said how long the info dictionary is. */
  #saidMetadataSize = false

  constructor(hub: SessionHub, state: PeerState) {
    this.#hub = hub
    this.state = state
    this.#smallTalk = new Allowance(mostSmallTalk, smallTalkPerSecond, state.joinedAt)
  }

  /** Where the data of a block that just begins goes; undefined: skip it. For `MessageDecoder.place`. */
  place(piece: number, begin: number, length: number): Uint8Array | undefined {
    if (this.state.closed) return undefined
    return this.#hub.exchange?.requester.place(this.state, piece, begin, length)
  }

  /** Takes one message. Never throws: a peer that breaks the protocol is disconnected. */
  receive(message: Message): void {
    if (this.state.closed) return
    this.state.lastReceivedAt = this.#hub.world.now()
    try {
      this.#dispatch(message)
      this.#lookWhetherDone()
      // Answers to what it sends may not pile up here, however little it reads.
      if (message.type !== 'piece' && this.state.pipe.bufferedBytes > this.#hub.config.maxSendBufferBytes)
        this.#hub.disconnect(this.state, 'It does not read what it is sent.')
    } catch (error) {
      if (error instanceof PeerageError) this.refuse(error.message)
      else this.#hub.failed(this.state, error)
    }
  }

  /** It broke the protocol: disconnected. */
  refuse(message: string): void {
    this.#hub.misbehaved(this.state, 'protocol', message)
    this.#hub.disconnect(this.state, message)
  }

  /** What a source of our own making has, as often as that changes: it is no stranger whose messages are counted. */
  offers(pieces: Bitfield): void {
    if (!this.state.closed) this.#hub.exchange?.replacePieces(this.state, pieces)
  }

  /** The stream is gone. */
  closed(reason = 'closed'): void {
    this.#hub.disconnect(this.state, reason)
  }

  /** First messages: who we are and what we have. */
  greet(): void {
    const { pipe, fast } = this.state
    const { exchange } = this.#hub
    const hides = exchange?.spread.mask(this.state) ?? false
    this.#sendHandshake()
    const dhtPort = this.#hub.publicTerms?.dhtPort
    if (this.state.traits.dht && dhtPort !== undefined) pipe.send({ type: 'port', port: dhtPort })
    const have = exchange?.port.have
    if (hides || have === undefined || have.count === 0) {
      if (fast) pipe.send({ type: 'have-none' })
    } else if (have.isFull && fast) pipe.send({ type: 'have-all' })
    else pipe.send({ type: 'bitfield', bytes: have.bytes.slice() })
  }

  /** The content is known now: what the peer said before gets its meaning. */
  contentKnown(exchange: Exchange): void {
    const wasGreetedBefore = !this.#saidMetadataSize
    if (wasGreetedBefore) this.#sendHandshake()
    exchange.join(this.state, this.#allEarlyPieces(exchange.layout.pieceCount))
    // It was told that we have nothing: the store was not yet sure, or the files were there before the metadata.
    if (wasGreetedBefore) exchange.tellAll(this.state)
    this.#lookWhetherDone()
  }

  /** What is wanted is here, or something more is wanted now (BEP 21). */
  tellUploadOnly(uploadOnly: boolean): void {
    const { uploadOnlyId, pipe } = this.state
    if (uploadOnlyId === undefined) return
    pipe.send({ type: 'extended', id: uploadOnlyId, payload: Uint8Array.of(Number(uploadOnly)) })
  }

  /** What it may get changed: also how large a block it may ask for. */
  tellTerms(): void {
    this.#sendHandshake()
  }

  #sendHandshake(): void {
    const { state } = this
    this.#saidMetadataSize = this.#hub.exchange !== undefined
    if (state.traits.extended ?? true)
      state.pipe.send({
        type: 'extended',
        id: extensionHandshakeId,
        payload: ownHandshake(state, this.#hub),
      })
  }

  #allEarlyPieces(count: number): Bitfield {
    const pieces = this.#earlyPieces(count)
    for (const piece of this.#earlyHaves.take()) {
      if (piece >= count) throw new PeerageError('wire.invalid', `There is no piece ${piece}.`)
      pieces.set(piece)
    }
    return pieces
  }

  #earlyPieces(count: number): Bitfield {
    if (this.#early === 'all') return Bitfield.full(count)
    if (this.#early === 'none') return new Bitfield(count)
    return bitfieldOf(count, this.#early)
  }

  #lookWhetherDone(): void {
    const { state } = this
    if (state.isTold || !(state.isSeed || state.uploadOnly)) return
    state.isTold = true
    this.#hub.peerCompleted(state)
  }

  #dispatch(message: Message): void {
    switch (message.type) {
      case 'piece':
        this.#onPiece(message)
        break
      case 'request':
      case 'cancel':
      case 'reject':
        this.#onBlockMessage(message)
        break
      case 'have':
      case 'suggest':
      case 'allowed-fast':
        this.#onPieceNumber(message.type, message.piece)
        break
      case 'extended':
        this.#onExtended(message.id, message.payload)
        break
      case 'bitfield':
        this.#onPieces(message.bytes)
        break
      case 'have-all':
      case 'have-none':
        this.#onPieces(message.type === 'have-all' ? 'all' : 'none')
        break
      case 'hash-request':
      case 'hashes':
      case 'hash-reject':
        this.#onHashes(message)
        break
      default:
        this.#onSmallTalk(message)
    }
  }

  /** Each of these costs us more than it costs to send. */
  #onSmallTalk(message: Message): void {
    if (!this.#smallTalk.take(this.#hub.world.now())) {
      this.#flood('It talks too much.')
      return
    }
    switch (message.type) {
      case 'choke':
      case 'unchoke':
        this.#onChoke(message.type === 'choke')
        break
      case 'interested':
      case 'not-interested':
        this.state.peerInterested = message.type === 'interested'
        this.#hub.interestChanged(this.state)
        break
      case 'port':
        if (this.state.isPublic && message.port > 0) this.#hub.dhtPort(this.state, message.port)
    }
  }

  #onPiece(message: Extract<Message, { type: 'piece' }>): void {
    const { exchange } = this.#hub
    const { piece, begin, length, data } = message
    if (exchange === undefined) return
    // A pipe that does not place data where it belongs hands it over whole.
    if (data !== undefined && !exchange.requester.isArriving(this.state, piece, begin))
      exchange.requester.place(this.state, piece, begin, length)?.set(data)
    this.#hub.downloaded(this.state, length)
    if (exchange.requester.receive(this.state, piece, begin, length)) this.#unasked = 0
    else if (this.state.cancelled > 0) this.state.cancelled--
    else if (++this.#unasked > mostUnasked) this.#flood('It keeps sending blocks that nobody asked for.')
    this.#hub.wake(this.state)
  }

  #onBlockMessage(message: Extract<Message, { type: 'request' | 'cancel' | 'reject' }>): void {
    const { exchange } = this.#hub
    const { type, piece, begin, length } = message
    const { state } = this
    if (exchange === undefined) {
      if (type === 'request' && state.fast) state.pipe.send({ type: 'reject', piece, begin, length })
    } else if (type === 'request') {
      if (!exchange.uploads.request(state, piece, begin, length))
        this.refuse(`It asked for a block that cannot be: piece ${piece}, ${length} bytes from ${begin}.`)
      else if (state.vainRequests > mostVainTimes * this.#hub.config.maxQueuedRequests)
        this.#flood('It keeps asking for what it cannot have.')
    } else if (type === 'cancel') exchange.uploads.cancel(state, piece, begin, length)
    else if (exchange.requester.reject(state, piece, begin, length)) {
      const wait = state.suggestedOnlyUntil - this.#hub.world.now()
      if (wait > 0) this.#hub.later(state, wait)
    } else if (state.cancelled > 0) state.cancelled--
    this.#hub.wake(state)
  }

  #onPieceNumber(type: 'have' | 'suggest' | 'allowed-fast', piece: number): void {
    const { exchange } = this.#hub
    const { state } = this
    if (exchange === undefined) {
      if (type !== 'have') return
      if (!this.#earlyHaves.add(piece)) this.#flood('It announces too many pieces.')
      return
    }
    if (piece >= exchange.layout.pieceCount) this.refuse(`There is no piece ${piece}.`)
    else if (type === 'have') exchange.have(state, piece)
    else if (type === 'allowed-fast') {
      if (state.allowedFastIn.size < mostAllowedFast) state.allowedFastIn.add(piece)
    } else if (exchange.downloads.isWanted(piece)) {
      state.lastSuggestionAt = this.#hub.world.now()
      if (state.suggested.length < this.#hub.config.maxSuggestions) state.suggested.push(piece)
    }
    this.#hub.wake(state)
  }

  #onPieces(pieces: Uint8Array | 'all' | 'none'): void {
    const { exchange } = this.#hub
    this.#early = pieces
    this.#earlyHaves.clear()
    const list = exchange && this.#earlyPieces(exchange.layout.pieceCount)
    // aria2 sends a list wherever that is shorter than the `have` messages that it stands for.
    if (list !== undefined && exchange?.haveAll(this.state, list)) this.#hub.wake(this.state)
    else if (++this.#pieceLists > mostPieceLists) this.#flood('It says too often what it has.')
    else if (list !== undefined) exchange?.replacePieces(this.state, list)
  }

  #onChoke(choked: boolean): void {
    this.state.peerChoking = choked
    // With the fast extension each request gets its own reject; without it a choke drops them all (BEP 6).
    if (choked && !this.state.fast) this.#dropRequests()
    if (!choked) this.#hub.wake(this.state)
  }

  /** What it was asked for does not come, but for what it has sent already. */
  #dropRequests(): void {
    const { state } = this
    state.cancelled += state.requests.size
    this.#hub.exchange?.requester.releaseAll(state)
  }

  #onExtended(id: number, payload: Uint8Array): void {
    const { state } = this
    // Answers to what we asked for, and requests for what the pipe bounds.
    if (id === ownIds.metadata) this.#hub.metadata.receive(state, payload)
    else if (!this.#smallTalk.take(this.#hub.world.now())) this.#flood('It talks too much.')
    else if (id === ownIds.peers) {
      // Addresses of members of a private swarm: nothing that a stranger has to tell.
      if (state.isPublic) return
      const { added, dropped } = decodePeerExchange(payload)
      this.#hub.learned(state, added, dropped)
    } else if (id === ownIds.dontHave) this.#onDontHave(payload)
    else if (id === ownIds.uploadOnly) state.uploadOnly = (payload[0] ?? 0) !== 0
    else if (id === extensionHandshakeId) this.#onHandshake(payload)
    else this.#hub.publicExtensions.receive(state, id, payload)
  }

  /** BEP 54: it has lost a piece. */
  #onDontHave(payload: Uint8Array): void {
    const { exchange } = this.#hub
    const [a = 0, b = 0, c = 0, d = 0] = payload
    const piece = ((a << 24) | (b << 16) | (c << 8) | d) >>> 0
    if (exchange === undefined) return
    if (payload.length !== 4 || piece >= exchange.layout.pieceCount)
      this.refuse('It lost a piece that cannot be.')
    else {
      if (!this.state.fast && this.state.has(piece)) this.#dropRequests()
      exchange.lost(this.state, piece)
    }
  }

  #onHandshake(payload: Uint8Array): void {
    const { state } = this
    const { config } = this.#hub
    const said = decodeExtensionHandshake(payload, { maxMetadataBytes: config.maxMetadataBytes })
    state.metadataSize = said.metadataSize ?? state.metadataSize
    state.clientVersion = said.clientVersion ?? state.clientVersion
    state.uploadOnly = said.uploadOnly ?? state.uploadOnly
    state.prefersEncryption = said.prefersEncryption ?? state.prefersEncryption
    if (said.requestQueue !== undefined)
      state.maxRequests = Math.min(config.maxRequestsPerPeer, said.requestQueue)
    if (said.maxRequestBytes !== undefined) state.isPeerage = true
    state.maxRequestBytes = Math.min(config.maxRequestBytes, said.maxRequestBytes ?? leafBytes)
    this.#readMessages(said.messages)
    if (state.isPublic) this.#readAddresses(said)
    this.#hub.metadata.advance()
    this.#hub.wake(state)
  }

  /** Ids may change in a later handshake; 0 switches an extension off (BEP 10). */
  #readMessages(messages: Readonly<Record<string, number>>): void {
    const { state } = this
    const idOf = (name: keyof typeof extensionNames, before: number | undefined): number | undefined => {
      const id = messages[extensionNames[name]]
      return id === undefined ? before : id || undefined
    }
    state.metadataId = idOf('metadata', state.metadataId)
    state.dontHaveId = idOf('dontHave', state.dontHaveId)
    state.uploadOnlyId = idOf('uploadOnly', state.uploadOnlyId)
    if (state.isPublic) {
      state.pexId = idOf('publicPeers', state.pexId)
      state.holepunchId = idOf('holepunch', state.holepunchId)
    } else state.peersId = idOf('peers', state.peersId)
  }

  #readAddresses({ port, yourIp }: ExtensionHandshake): void {
    const { endpoint } = this.state.traits
    if (endpoint !== undefined && port !== undefined)
      this.state.listensAt ??= { address: endpoint.address, port }
    if (yourIp !== undefined) this.#hub.addressSeen(this.state, addressText(yourIp))
  }

  #onHashes(message: Extract<Message, { type: 'hash-request' | 'hashes' | 'hash-reject' }>): void {
    const { exchange } = this.#hub
    const { state } = this
    if (message.type === 'hash-request') {
      const { root, baseLayer, index, length, proofLayers } = message
      if (exchange === undefined)
        state.pipe.send({ type: 'hash-reject', root, baseLayer, index, length, proofLayers })
      else if (!exchange.hashes.answer(state, message)) this.#flood('It asks for too many hashes at once.')
    } else if (message.type === 'hashes') exchange?.hashes.receive(state, message, message.hashes)
    else exchange?.hashes.rejected(state, message)
  }

  #flood(message: string): void {
    this.#hub.misbehaved(this.state, 'flood', message)
    this.#hub.disconnect(this.state, message)
  }
}

/** Throws `wire.invalid` for a bitfield of the wrong length or with spare bits set (BEP 3). */
function bitfieldOf(count: number, bytes: Uint8Array): Bitfield {
  const spare = count % 8 === 0 ? 0 : 0xff >> (count % 8)
  if (bytes.length !== (count + 7) >> 3 || (bytes[bytes.length - 1]! & spare) !== 0)
    throw new PeerageError(
      'wire.invalid',
      `A bitfield of ${bytes.length} bytes does not fit ${count} pieces.`,
    )
  return new Bitfield(count, bytes.slice())
}
