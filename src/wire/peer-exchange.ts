import { fromUtf8, PeerageError } from '../base/index.ts'
import { decodeDictionary } from './bencode-decode.ts'
import { encode } from './bencode-encode.ts'
import { type Dictionary, dictionary, listAt } from './bencoded.ts'

/** A message of the extension `pg_peers`: who else is in this swarm, as multiaddrs that end in `/p2p/PEERID`. */
export interface PeerExchange {
  readonly added: readonly string[]
  readonly dropped: readonly string[]
}

/** The most peers that one message names in each list, and the longest multiaddr in bytes. */
export const peerExchangeLimits: Readonly<Record<'peers' | 'addressBytes', number>> = {
  peers: 50,
  addressBytes: 256,
}

/** The payload of an `extended` message. Throws `TypeError` when a list or an address is too long. */
export function encodePeerExchange(message: PeerExchange): Uint8Array {
  for (const list of [message.added, message.dropped]) {
    if (list.length > peerExchangeLimits.peers) throw new TypeError('too many peers for one message')
    if (!list.every(isAddress)) throw new TypeError('not a multiaddr of at most 256 bytes')
  }
  return encode(dictionary({ added: message.added, dropped: message.dropped }))
}

/** Unverified hearsay. Throws `bencode.invalid`, `bencode.limit`, `wire.invalid` or `wire.limit`. */
export function decodePeerExchange(payload: Uint8Array): PeerExchange {
  const from = decodeDictionary(payload, { maxBytes: 32_768, maxDepth: 4, maxItems: 256 })
  return { added: readAddresses(from, 'added'), dropped: readAddresses(from, 'dropped') }
}

function readAddresses(from: Dictionary, name: string): string[] {
  const list = listAt(from, name)
  if (list === undefined) {
    if (from.has(name)) throw malformed()
    return []
  }
  if (list.length > peerExchangeLimits.peers)
    throw new PeerageError('wire.limit', `A peer exchange names ${list.length} peers at once.`)
  return list.map(value => {
    const text = value instanceof Uint8Array ? fromUtf8(value) : undefined
    if (text === undefined || !isAddress(text)) throw malformed()
    return text
  })
}

/** Printable ASCII that starts with a slash; whether it is a multiaddr is for the network to say. */
function isAddress(text: string): boolean {
  return text.length <= peerExchangeLimits.addressBytes && /^\/[\x21-\x7e]+$/.test(text)
}

function malformed(): PeerageError {
  return new PeerageError('wire.invalid', 'A peer exchange message is malformed.')
}
