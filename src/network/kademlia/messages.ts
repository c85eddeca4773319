import { multiaddr } from '@multiformats/multiaddr'
import { canonicalPeerId } from '../../access/index.ts'
import { PeerageError, toBase58 } from '../../base/index.ts'
import {
  decodeKademlia,
  encodeDelimited,
  encodeKademlia,
  type KademliaMessage,
  type KademliaPeer,
} from '../../wire/index.ts'
import { parseAddress } from '../address-book.ts'
import { ipOf, isLoopbackIp, isPrivateIp, type Path } from '../path.ts'
import { type Contact, contactOf, peerBytes } from './contact.ts'
import type { Answer, Question } from './exchange.ts'
import { bucketSize } from './routing-table.ts'

/** Addresses of one peer that are told and believed. */
const maxAddresses = 8
const none = new Uint8Array(0)
const empty: Pick<KademliaMessage, 'closer' | 'providers'> = { closer: [], providers: [] }

/** A question as it goes out to somebody over a path; `self` is our PeerId. */
export function encodeQuestion(question: Question, self: string, path: Path): Uint8Array {
  if (question.type === 'PING') return framed({ type: 'PING', key: none, ...empty })
  const { type, key } = question
  if (type === 'PUT_VALUE')
    return framed({ type, key, record: { key, value: question.value, received: '' }, ...empty })
  if (type === 'ADD_PROVIDER')
    return framed({
      type,
      key,
      ...empty,
      providers: told([{ peer: self, addresses: question.addresses }], path),
    })
  return framed({ type, key, ...empty })
}

/** What somebody at the other end of a path asks. Throws `wire.invalid` or `wire.limit`. */
export function decodeQuestion(bytes: Uint8Array, peer: string, path: Path): Question {
  const { type, key, record, providers } = decodeKademlia(bytes)
  if (type === 'PING') return { type }
  if (type === 'PUT_VALUE') {
    if (record === undefined) throw new PeerageError('wire.invalid', 'The value to keep is missing.')
    return { type, key, value: record.value }
  }
  // Nobody can announce for others (`kad-dht`, "Content routing").
  if (type === 'ADD_PROVIDER')
    return { type, key, addresses: believed(providers, path).find(one => one.peer === peer)?.addresses ?? [] }
  return { type, key }
}

export function encodeAnswer(question: Question, answer: Answer, path: Path): Uint8Array {
  const key = question.type === 'PING' ? none : question.key
  return framed({
    type: question.type,
    key,
    ...(answer.value && { record: { key, value: answer.value, received: '' } }),
    closer: told(answer.closer, path),
    providers: told(answer.providers, path),
  })
}

/** Throws `wire.invalid`, `wire.limit`, and `peer.protocol` for an answer to something else. */
export function decodeAnswer(bytes: Uint8Array, question: Question, path: Path): Answer {
  const { type, record, closer, providers } = decodeKademlia(bytes)
  if (type !== question.type)
    throw new PeerageError('peer.protocol', 'The peer answers something that was not asked.')
  return {
    closer: believed(closer.slice(0, bucketSize), path).map(({ peer, addresses }) =>
      contactOf(peer, addresses),
    ),
    providers: believed(providers, path),
    ...(record && { value: record.value }),
  }
}

function framed(message: KademliaMessage): Uint8Array {
  return encodeDelimited(encodeKademlia(message))
}

type Where = Pick<Contact, 'peer' | 'addresses'>

function told(peers: readonly Where[], path: Path): KademliaPeer[] {
  return peers.map(({ peer, addresses }) => ({
    id: peerBytes(peer),
    addresses: addresses
      .filter(one => concerns(one, path))
      .slice(0, maxAddresses)
      .flatMap(addressBytes),
    connection: 'can-connect',
  }))
}

/** Peers whose name is none are passed over, as are addresses of which we do not know the kind. */
function believed(peers: readonly KademliaPeer[], path: Path): Where[] {
  return peers.flatMap(({ id, addresses }) => {
    const peer = peerOf(id)
    if (peer === undefined) return []
    const texts = addresses.flatMap(addressText).filter(one => concerns(one, path))
    return [{ peer, addresses: [...new Set(texts)].slice(0, maxAddresses) }]
  })
}

function peerOf(id: Uint8Array): string | undefined {
  try {
    return canonicalPeerId(toBase58(id))
  } catch {
    return undefined
  }
}

/**
 * Whether an address means anything to somebody at the other end of a path: those of our own machine and networks are told to nobody
 * outside, and from outside nobody makes us dial in there.
 */
function concerns(address: string, path: Path): boolean {
  if (path === 'memory' || path === 'loopback') return true
  if (address.startsWith('/memory/')) return false
  const ip = ipOf(address)
  if (ip === '') return true
  return path === 'lan' ? !isLoopbackIp(ip) : !isPrivateIp(ip)
}

function addressBytes(address: string): Uint8Array[] {
  try {
    return [multiaddr(address).bytes]
  } catch {
    return []
  }
}

function addressText(bytes: Uint8Array): string[] {
  try {
    const parsed = parseAddress(multiaddr(bytes).toString())
    return parsed === undefined || parsed.address === '' ? [] : [parsed.address]
  } catch {
    return []
  }
}
