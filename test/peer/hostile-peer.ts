import { swarmProof } from '../../src/access/index.ts'
import { concat, systemWorld } from '../../src/base/index.ts'
import { type Content, formatLink, HashTree, type Link, parseLink } from '../../src/content/index.ts'
import { createNetwork, type Network, type PeerStream } from '../../src/network/index.ts'
import type { StoredContent } from '../../src/store/index.ts'
import { readFirstFrame } from '../../src/swarm/index.ts'
import {
  decodeMetadataMessage,
  encodeExtensionHandshake,
  encodeMessage,
  encodeMetadataMessage,
  encodeSwarmAnswer,
  extensionHandshakeId,
  extensionNames,
  type HashFields,
  type Message,
  MessageDecoder,
  metadataBlockBytes,
} from '../../src/wire/index.ts'

/** What a member has: content of the store, or made up. */
export type Truth = Pick<StoredContent, 'content' | 'read' | 'leaves' | 'pieceLayer'>

type Request = Extract<Message, { type: 'request' | 'cancel' | 'reject' }>

const floodBytes = 32_768

/** What a member does in place of what it should; all that is not named it does right. */
export interface Manners {
  /** Instead of everything else, once it was accepted. */
  instead?(wire: HostileWire): void
  /** In addition, once it was accepted. */
  first?(wire: HostileWire): void
  /** Never answers the hello. */
  silentAtDoor?: boolean
  metadataSize?: number
  metadata?(block: Uint8Array): Uint8Array
  block?(bytes: Uint8Array, request: Request): Uint8Array
  /** Instead of an answer to a request. */
  request?(wire: HostileWire, request: Request): void
  hashes?(hashes: Uint8Array): Uint8Array
}

/** One stream to a victim, over which anything may be said. */
export class HostileWire {
  readonly stream: PeerStream
  readonly content: Content
  victimIds: { metadata: number; peers: number } = { metadata: 1, peers: 2 }

  constructor(stream: PeerStream, content: Content) {
    this.stream = stream
    this.content = content
  }

  send(message: Message): void {
    this.stream.send(encodeMessage(message))
  }

  raw(bytes: Uint8Array): void {
    this.stream.send(bytes.slice())
  }

  /** Sends `count` messages as fast as the victim takes them, many at a time. Ends early when it hangs up. */
  async flood(count: number, make: (i: number) => Uint8Array): Promise<void> {
    let batch: Uint8Array[] = []
    let bytes = 0
    for (let i = 0; i < count; i++) {
      const message = make(i)
      batch.push(message)
      bytes += message.length
      if (bytes < floodBytes && i < count - 1) continue
      const room = this.stream.send(concat(batch))
      batch = []
      bytes = 0
      if (!room && !(await this.#drained())) return
    }
  }

  #drained(): Promise<boolean> {
    return this.stream.drained().then(
      () => true,
      () => false,
    )
  }
}

/**
 * A member of a private swarm (it knows the secret) that speaks the real protocol over the real network layer, and has what
 * it offers; except for its manners.
 */
export class HostilePeer {
  readonly network: Network
  readonly #link: Link
  readonly #truth: Truth
  readonly #tree: HashTree
  readonly #manners: Manners
  /** Requests it was sent. */
  requests = 0
  /** Streams that the victim ended, or that ended otherwise. */
  ended = 0

  private constructor(network: Network, link: string, truth: Truth, manners: Manners) {
    this.network = network
    this.#link = parseLink(link)
    this.#truth = truth
    this.#manners = manners
    this.#tree = new HashTree(truth.content)
    for (const { index, pieceCount } of truth.content.files)
      if (pieceCount > 1) this.#tree.setPieceLayer(index, truth.pieceLayer(index)!)
    network.handle('/peerage/swarm/1', stream => this.#receive(stream))
  }

  static async start(link: string, truth: Truth, manners: Manners): Promise<HostilePeer> {
    const network = await createNetwork({
      identity: { seed: crypto.getRandomValues(new Uint8Array(32)) },
      world: systemWorld,
      transports: 'memory',
    })
    return new HostilePeer(network, link, truth, manners)
  }

  get peerId(): string {
    return this.network.peerId
  }

  /** The link with this peer among those to ask, before all others. */
  addTo(link: string): string {
    const parsed = parseLink(link)
    return formatLink({ ...parsed, peers: [...this.network.addresses(), ...parsed.peers] })
  }

  async #receive(stream: PeerStream): Promise<void> {
    stream.onClose(() => void this.ended++)
    const { rest } = await readFirstFrame(stream)
    if (this.#manners.silentAtDoor) return
    const { secret, infoHash } = this.#link
    const proof = swarmProof(secret!, infoHash!, this.network.peerId, stream.peer)
    stream.send(encodeSwarmAnswer({ ok: true, proof }))
    const wire = new HostileWire(stream, this.#truth.content)
    const decoder = new MessageDecoder({
      place: () => undefined,
      onMessage: message => void this.#onMessage(wire, message).catch(() => undefined),
    })
    if (this.#manners.instead !== undefined) {
      stream.onData(() => undefined)
      stream.resume()
      this.#manners.instead(wire)
      return
    }
    this.#greet(wire)
    decoder.push(rest)
    stream.onData(chunk => decoder.push(chunk))
    stream.resume()
    this.#manners.first?.(wire)
  }

  #greet(wire: HostileWire): void {
    const payload = encodeExtensionHandshake({
      messages: { [extensionNames.metadata]: 1, [extensionNames.peers]: 2 },
      metadataSize: this.#manners.metadataSize ?? this.#truth.content.info.length,
      maxRequestBytes: 1_048_576,
    })
    wire.send({ type: 'extended', id: extensionHandshakeId, payload })
    wire.send({ type: 'have-all' })
    wire.send({ type: 'unchoke' })
  }

  async #onMessage(wire: HostileWire, message: Message): Promise<void> {
    if (message.type === 'request') await this.#onRequest(wire, message)
    else if (message.type === 'hash-request') await this.#onHashRequest(wire, message)
    else if (message.type === 'extended' && message.id === 1) this.#onMetadata(wire, message.payload)
  }

  async #onRequest(wire: HostileWire, request: Request): Promise<void> {
    this.requests++
    if (this.#manners.request !== undefined) {
      this.#manners.request(wire, request)
      return
    }
    const { piece, begin, length } = request
    const bytes = await this.#truth.read(piece, begin, length)
    const data = this.#manners.block?.(bytes.slice(), request) ?? bytes.slice()
    wire.send({ type: 'piece', piece, begin, length, data })
  }

  async #onHashRequest(wire: HostileWire, message: HashFields): Promise<void> {
    const { root, baseLayer, index, length, proofLayers } = message
    const fields = { root, baseLayer, index, length, proofLayers }
    const range = this.#tree.leavesNeeded(fields, () => true)
    const leaves = range && (await this.#truth.leaves(range.piece, range.begin, range.length))
    const hashes = this.#tree.answer(fields, leaves)
    if (hashes === undefined) wire.send({ type: 'hash-reject', ...fields })
    else wire.send({ type: 'hashes', ...fields, hashes: this.#manners.hashes?.(hashes.slice()) ?? hashes })
  }

  #onMetadata(wire: HostileWire, bytes: Uint8Array): void {
    const message = decodeMetadataMessage(bytes)
    if (message?.type !== 'request') return
    const { info } = this.#truth.content
    const block = info.slice(message.piece * metadataBlockBytes, (message.piece + 1) * metadataBlockBytes)
    const data = this.#manners.metadata?.(block) ?? block
    const totalSize = this.#manners.metadataSize ?? info.length
    const payload = encodeMetadataMessage({ type: 'data', piece: message.piece, totalSize, data })
    wire.send({ type: 'extended', id: wire.victimIds.metadata, payload })
  }
}
