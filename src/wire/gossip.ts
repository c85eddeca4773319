import { concat, fromHex, fromUtf8, PeerageError, toHex } from '../base/index.ts'
import { decodeDictionary } from './bencode-decode.ts'
import { encode } from './bencode-encode.ts'
import { type Bencoded, bytesAt, type Dictionary, dictionary, integerAt, key, keyText } from './bencoded.ts'
import { encodeFrame, FrameReader } from './frame-reader.ts'

/**
 * A frame of `/peerage/gossip/1` (docs/decisions/011-access.md): three bytes of length, then a bencoded dictionary. A topic is what
 * statements are about: `circle:HEX`, `person:PEERID` or `revoked:PEERID`.
 */
export type GossipMessage =
  /** What the sender has: for each topic the digest of the ids of its statements (32 bytes). */
  | { readonly type: 'have'; readonly topics: ReadonlyMap<string, Uint8Array> }
  /** The sender holds these statements of a topic (ids in hex) and asks for the others. */
  | { readonly type: 'want'; readonly topic: string; readonly ids: readonly string[] }
  /** Statements of one topic: signed envelopes, which nobody has looked into yet. `more` of them follow at once. */
  | {
      readonly type: 'tell'
      readonly topic: string
      readonly statements: readonly Uint8Array[]
      readonly more?: boolean
    }
  /** Where peers were last reached: multiaddrs by PeerId. Hearsay. */
  | { readonly type: 'where'; readonly peers: ReadonlyMap<string, readonly string[]> }

/** Bounds of one frame. More is said in more frames. */
export const gossipLimits: Readonly<
  Record<
    | 'frameBytes'
    | 'topics'
    | 'topicBytes'
    | 'ids'
    | 'statements'
    | 'statementBytes'
    | 'peers'
    | 'addresses'
    | 'addressBytes',
    number
  >
> = {
  frameBytes: 262_144,
  topics: 1_024,
  topicBytes: 128,
  ids: 4_096,
  statements: 64,
  statementBytes: 196_608,
  peers: 64,
  addresses: 8,
  addressBytes: 256,
}

const prefixBytes = 3
const idBytes = 32
const topicForm = /^[a-z]{1,16}:[0-9A-Za-z]+$/
const peerForm = /^[1-9A-HJ-NP-Za-km-z]{1,128}$/
const addressForm = /^\/[\x21-\x7e]+$/

/** Reads the next frame of a stream. */
export function gossipFrameReader(): FrameReader {
  return new FrameReader(gossipLimits.frameBytes, prefixBytes)
}

/** The whole frame, prefix included. Throws `TypeError` when a part is beyond its bound. */
export function encodeGossip(message: GossipMessage): Uint8Array {
  const payload = encode(payloadOf(message))
  try {
    decodeGossip(payload)
  } catch (cause) {
    throw new TypeError('no message of gossip', { cause })
  }
  return encodeFrame(payload, gossipLimits.frameBytes, prefixBytes)
}

/** `frame` comes without its prefix. Bytes are views of it. Throws `bencode.*`, `wire.invalid` or `wire.limit`. */
export function decodeGossip(frame: Uint8Array): GossipMessage {
  const { frameBytes, topics, peers, addresses } = gossipLimits
  const maxItems = 8 + Math.max(2 * topics, peers * (addresses + 2))
  const from = decodeDictionary(frame, { maxBytes: frameBytes, maxDepth: 4, maxItems })
  const fields = [...from.keys()].join()
  if (fields === 'have') return { type: 'have', topics: readHave(from.get('have')) }
  if (fields === 'ids,want') return { type: 'want', topic: readTopic(from, 'want'), ids: readIds(from) }
  if (fields === 'statements,tell' || fields === 'more,statements,tell') return readTell(from)
  if (fields === 'where') return { type: 'where', peers: readWhere(from.get('where')) }
  throw malformed('it is of no known kind')
}

function payloadOf(message: GossipMessage): ReturnType<typeof dictionary> {
  switch (message.type) {
    case 'have':
      return dictionary({ have: byKey(message.topics) })
    case 'want':
      return dictionary({ want: message.topic, ids: concat(message.ids.map(fromHex)) })
    case 'tell':
      return dictionary({
        tell: message.topic,
        statements: message.statements,
        more: message.more === true ? 1 : undefined,
      })
    case 'where':
      return dictionary({ where: byKey(message.peers) })
  }
}

function byKey<Value>(entries: ReadonlyMap<string, Value>): ReadonlyMap<string, Value> {
  return new Map([...entries].map(([name, value]) => [key(name), value]))
}

function readHave(value: Bencoded | undefined): Map<string, Uint8Array> {
  const topics = new Map<string, Uint8Array>()
  for (const [name, digest] of entriesOf(value, gossipLimits.topics)) {
    if (!(digest instanceof Uint8Array) || digest.length !== idBytes)
      throw malformed('a digest has not 32 bytes')
    topics.set(checkTopic(keyText(name)), digest)
  }
  return topics
}

function readTopic(from: Dictionary, name: string): string {
  const value = bytesAt(from, name)
  return checkTopic(value && fromUtf8(value))
}

function checkTopic(topic: string | undefined): string {
  if (topic === undefined || topic.length > gossipLimits.topicBytes || !topicForm.test(topic))
    throw malformed('a topic is not understood')
  return topic
}

function readIds(from: Dictionary): string[] {
  const value = bytesAt(from, 'ids')
  if (value === undefined || value.length % idBytes !== 0) throw malformed('an id has not 32 bytes')
  atMost(value.length / idBytes, gossipLimits.ids)
  return Array.from({ length: value.length / idBytes }, (_, at) =>
    toHex(value.subarray(at * idBytes, (at + 1) * idBytes)),
  )
}

function readTell(from: Dictionary): GossipMessage {
  if (from.has('more') && integerAt(from, 'more', 1, 1) === undefined) throw malformed('`more` is not 1')
  return {
    type: 'tell',
    topic: readTopic(from, 'tell'),
    statements: readStatements(from.get('statements')),
    ...(from.has('more') && { more: true }),
  }
}

function readStatements(value: Bencoded | undefined): Uint8Array[] {
  if (!Array.isArray(value) || value.length === 0) throw malformed('it tells nothing')
  atMost(value.length, gossipLimits.statements)
  return value.map(statement => {
    if (!(statement instanceof Uint8Array) || statement.length === 0)
      throw malformed('a statement is no byte string')
    atMost(statement.length, gossipLimits.statementBytes)
    return statement
  })
}

function readWhere(value: Bencoded | undefined): Map<string, string[]> {
  const peers = new Map<string, string[]>()
  for (const [name, list] of entriesOf(value, gossipLimits.peers)) {
    if (!peerForm.test(name)) throw malformed('a peer id is not understood')
    if (!Array.isArray(list)) throw malformed('addresses are no list')
    atMost(list.length, gossipLimits.addresses)
    peers.set(name, list.map(readAddress))
  }
  return peers
}

/** Whether it is a multiaddr is for the network to say. */
function readAddress(value: Bencoded): string {
  const text = value instanceof Uint8Array ? fromUtf8(value) : undefined
  if (text === undefined || text.length > gossipLimits.addressBytes || !addressForm.test(text))
    throw malformed('an address is not understood')
  return text
}

function entriesOf(value: Bencoded | undefined, most: number): Dictionary {
  if (!(value instanceof Map)) throw malformed('a dictionary is missing')
  atMost(value.size, most)
  return value
}

function atMost(count: number, most: number): void {
  if (count > most)
    throw new PeerageError(
      'wire.limit',
      `A message of gossip names ${count} things, at most ${most} are allowed.`,
    )
}

function malformed(reason: string): PeerageError {
  return new PeerageError('wire.invalid', `A message of gossip is malformed: ${reason}.`)
}
