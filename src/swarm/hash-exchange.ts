import { equalBytes, toHex, type World } from '../base/index.ts'
import { bitTorrentPeerHashes, type HashTree, type PeerHashes, peeragePeerHashes } from '../content/index.ts'
import type { HashFields } from '../wire/index.ts'
import type { SwarmConfig } from './config.ts'
import type { ContentHashes } from './content-hashes.ts'
import type { Layout } from './layout.ts'
import type { PeerState } from './peer-state.ts'
import type { ContentPort } from './ports.ts'

export interface HashExchangeParts {
  readonly world: World
  readonly config: SwarmConfig
  readonly port: ContentPort
  readonly layout: Layout
  readonly tree: HashTree
  peers(): Iterable<PeerState>
  /** True hashes arrived: whoever waits for them may go on. */
  onHashes(): void
  /** A peer sent hashes that are false. */
  onLie(peer: PeerState): void
}

interface AskedHashes {
  readonly fields: HashFields
  readonly peer: PeerState
  readonly askedAt: number
}

const askAgainMs = 5000
/** Whoever could not tell, or did not in time, is asked again after so long. */
const refusedMs = 60_000
const lateMs = 10_000
const mostRefusals = 4096

/** Piece layers, segment roots and leaf hashes over the wire (BEP 52): asks for what is missing, answers what is known. */
export class HashExchange implements ContentHashes {
  readonly #parts: HashExchangeParts
  /** Asked and not yet answered, by `keyOf`. */
  readonly #asked = new Map<string, AskedHashes>()
  readonly #askedOf = new Map<PeerState, number>()
  readonly #answering = new Map<PeerState, number>()
  /** Pieces on their way that cannot be verified yet. */
  readonly #pieces = new Set<number>()
  /** Leaf hashes that are wanted to find out who lied. */
  readonly #extra = new Map<string, HashFields>()
  /** Request and peer, with the time until which this peer is not asked for it again. */
  readonly #refused = new Map<string, number>()

  constructor(parts: HashExchangeParts) {
    this.#parts = parts
    for (const file of parts.port.content.files) {
      const known = file.pieceCount > 1 ? parts.port.pieceLayer(file.index) : undefined
      if (known !== undefined) parts.tree.setPieceLayer(file.index, known, true)
    }
  }

  /** Of a hybrid whose hashes nobody here can tell: the SHA-1 of the piece. */
  expected(piece: number, segment: number): Uint8Array | undefined {
    const { tree, layout, port } = this.#parts
    const root = tree.expectedRoot(piece, segment)
    const { v1Pieces } = port.content
    if (root !== undefined || v1Pieces === undefined || layout.segmentsPerPiece > 1) return root
    return this.#mayLearn(piece) ? undefined : v1Pieces.subarray(piece * 20, (piece + 1) * 20)
  }

  /** The hashes of `piece` will be needed; `peer`, which was just asked for it, is asked for them too. */
  prepare(peer: PeerState, piece: number): void {
    if (this.#pieces.has(piece) || this.#parts.tree.knowsPiece(piece)) return
    this.#pieces.add(piece)
    if (knowsHashes(peer)) this.#request(peer, piece)
    else this.#requestOfAnyone(piece)
  }

  /** Leaf hashes are wanted; whoever knows them may tell. */
  want(fields: HashFields): void {
    const key = keyOf(fields)
    if (this.#extra.has(key)) return
    this.#extra.set(key, fields)
    this.#askAnyone(fields)
  }

  /** An answer to what we asked. False when it was not asked for. */
  receive(peer: PeerState, fields: HashFields, hashes: Uint8Array): boolean {
    const key = keyOf(fields)
    const asked = this.#asked.get(key)
    const inTime = asked?.peer === peer && asked.fields.proofLayers === fields.proofLayers
    if (inTime) this.#forget(key, asked)
    // Late is better than never.
    else if (!this.#refused.delete(`${key} ${peer.id}`)) return false
    if (!this.#parts.tree.accept({ ...fields, hashes })) {
      this.#parts.onLie(peer)
      return true
    }
    this.#extra.delete(key)
    this.#keepLayers(fields.root)
    this.#parts.onHashes()
    this.#goOn()
    return true
  }

  rejected(peer: PeerState, fields: HashFields): void {
    const key = keyOf(fields)
    const asked = this.#asked.get(key)
    if (asked?.peer !== peer) return
    this.#forget(key, asked)
    this.#refuse(key, peer, refusedMs)
    this.#askAnyone(fields)
  }

  leave(peer: PeerState): void {
    const lost = [...this.#asked].filter(([, asked]) => asked.peer === peer)
    for (const [key, asked] of lost) this.#forget(key, asked)
    this.#askedOf.delete(peer)
    this.#answering.delete(peer)
    for (const [, asked] of lost) this.#askAnyone(asked.fields)
  }

  tick(): void {
    const late = this.#parts.world.now() - askAgainMs
    for (const [key, asked] of [...this.#asked]) {
      if (asked.askedAt > late) continue
      this.#forget(key, asked)
      this.#refuse(key, asked.peer, lateMs)
    }
    this.#goOn()
    for (const [key, fields] of this.#extra) if (!this.#asked.has(key)) this.#askAnyone(fields)
  }

  /** Verified: hashes below the piece are not needed any more. */
  done(piece: number): void {
    this.#pieces.delete(piece)
    if (this.#parts.layout.segmentsPerPiece > 1) this.#parts.tree.forget(piece)
  }

  /** Answers a request, or rejects it. False when the peer has too many open. */
  answer(peer: PeerState, request: HashFields): boolean {
    const { tree, port, config } = this.#parts
    if (port.content.version === 'hybrid') this.#learn(request.root)
    const range = tree.leavesNeeded(request, piece => port.have.has(piece))
    if (range === undefined) {
      this.#reply(peer, request, tree.answer(request))
      return true
    }
    const open = this.#answering.get(peer) ?? 0
    if (open >= 4 * config.maxHashRequests) return false
    this.#answering.set(peer, open + 1)
    port.leaves(range.piece, range.begin, range.length).then(
      leaves => this.#answered(peer, request, leaves),
      () => this.#answered(peer, request, undefined),
    )
    return true
  }

  #answered(peer: PeerState, request: HashFields, leaves: Uint8Array | undefined): void {
    if (peer.closed) return
    this.#answering.set(peer, (this.#answering.get(peer) ?? 1) - 1)
    this.#reply(peer, request, leaves === undefined ? undefined : this.#parts.tree.answer(request, leaves))
  }

  #reply(peer: PeerState, request: HashFields, hashes: Uint8Array | undefined): void {
    const { root, baseLayer, index, length, proofLayers } = request
    const fields = { root, baseLayer, index, length, proofLayers }
    if (hashes === undefined) peer.pipe.send({ type: 'hash-reject', ...fields })
    else peer.pipe.send({ type: 'hashes', ...fields, hashes })
  }

  #request(peer: PeerState, piece: number): void {
    for (const fields of this.#parts.tree.requestsFor(piece, kindOf(peer))) this.#ask(peer, fields)
  }

  /** Whether a peer that is here may still tell the hashes of a piece. */
  #mayLearn(piece: number): boolean {
    const now = this.#parts.world.now()
    for (const peer of this.#parts.peers()) {
      if (peer.closed || !knowsHashes(peer)) continue
      const requests = this.#parts.tree.requestsFor(piece, kindOf(peer))
      if (requests.every(fields => (this.#refused.get(`${keyOf(fields)} ${peer.id}`) ?? 0) <= now))
        return true
    }
    return false
  }

  /** Files of a hybrid that were verified by SHA-1 have their piece layer computed by the store when they are whole. */
  #learn(root: Uint8Array): void {
    const { tree, port } = this.#parts
    for (const { index, pieceCount } of tree.filesOf(root)) {
      if (pieceCount <= 1 || tree.isComplete(index)) continue
      const layer = port.pieceLayer(index)
      if (layer !== undefined) tree.setPieceLayer(index, layer, true)
    }
  }

  #ask(peer: PeerState, fields: HashFields): boolean {
    const key = keyOf(fields)
    if (this.#asked.has(key)) return true
    const open = this.#askedOf.get(peer) ?? 0
    const now = this.#parts.world.now()
    const waits = (this.#refused.get(`${key} ${peer.id}`) ?? 0) > now
    if (peer.closed || waits || !mayAsk(peer, fields) || open >= this.#parts.config.maxHashRequests)
      return false
    this.#asked.set(key, { fields, peer, askedAt: now })
    this.#askedOf.set(peer, open + 1)
    peer.pipe.send({ type: 'hash-request', ...fields })
    return true
  }

  #askAnyone(fields: HashFields): void {
    for (const peer of this.#wisest()) if (this.#ask(peer, fields)) return
  }

  /** Complete peers know best. */
  #wisest(): PeerState[] {
    const peers = [...this.#parts.peers()].filter(
      peer => !peer.closed && peer.pieces !== undefined && knowsHashes(peer),
    )
    return peers.sort((a, b) => b.pieces!.count - a.pieces!.count || a.id - b.id)
  }

  /** Asks for what is still missing, now that more is known. */
  #goOn(): void {
    for (const piece of this.#pieces) {
      if (this.#parts.tree.knowsPiece(piece)) this.#pieces.delete(piece)
      else this.#requestOfAnyone(piece)
    }
  }

  #requestOfAnyone(piece: number): void {
    const { tree } = this.#parts
    for (const kind of [peeragePeerHashes, bitTorrentPeerHashes]) {
      const requests = tree.requestsFor(piece, kind)
      if (requests.some(fields => this.#asked.has(keyOf(fields)))) return
    }
    for (const peer of this.#wisest()) {
      let asked = true
      for (const fields of tree.requestsFor(piece, kindOf(peer))) asked = this.#ask(peer, fields) && asked
      if (asked) return
    }
  }

  #keepLayers(root: Uint8Array): void {
    const { port, tree } = this.#parts
    for (const piece of this.#pieces) {
      const file = this.#parts.layout.fileOf(piece)
      if (file.piecesRoot === undefined || !equalBytes(file.piecesRoot, root)) continue
      const layer = tree.pieceLayer(file.index)
      if (layer !== undefined && port.pieceLayer(file.index) === undefined)
        port.setPieceLayer(file.index, layer)
    }
  }

  #refuse(key: string, peer: PeerState, ms: number): void {
    if (this.#refused.size >= mostRefusals) this.#refused.clear()
    this.#refused.set(`${key} ${peer.id}`, this.#parts.world.now() + ms)
  }

  #forget(key: string, asked: AskedHashes): void {
    this.#asked.delete(key)
    this.#askedOf.set(asked.peer, Math.max(0, (this.#askedOf.get(asked.peer) ?? 1) - 1))
  }
}

/** Public peers say in their handshake whether they speak BEP 52. */
function knowsHashes({ hashes }: PeerState): boolean {
  return hashes !== undefined
}

function kindOf({ hashes }: PeerState): PeerHashes {
  return hashes ?? bitTorrentPeerHashes
}

function mayAsk({ hashes }: PeerState, { length }: HashFields): boolean {
  return hashes !== undefined && length <= hashes.maxHashes
}

function keyOf({ root, baseLayer, index, length }: HashFields): string {
  return `${toHex(root)} ${baseLayer} ${index} ${length}`
}
