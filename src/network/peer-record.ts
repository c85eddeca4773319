import { multiaddr } from '@multiformats/multiaddr'
import { type Identity, peerIdOf, verify } from '../access/index.ts'
import { concat, equalBytes, PeerageError } from '../base/index.ts'
import {
  decodeEnvelope,
  decodePeerRecord,
  encodeEnvelope,
  encodePeerRecord,
  envelopeSigningInput,
  peerRecordDomain,
  peerRecordLimits,
  peerRecordType,
} from '../wire/index.ts'
import { parseAddress } from './address-book.ts'

/** Where a peer says that it is, in its own hand: what may be passed on of a third (libp2p RFC 0002 and 0003). */
export interface PeerRecord {
  readonly peer: string
  /** Rises with each record of the peer. */
  readonly seq: number
  /** Without /p2p/; malformed ones are left out. */
  readonly addresses: readonly string[]
  /** As it was signed. */
  readonly envelope: Uint8Array
}

/** Made by the peer itself: the envelope. `addresses` are multiaddrs with or without /p2p/. */
export function signPeerRecord(
  identity: Identity,
  { seq, addresses }: { readonly seq: number; readonly addresses: readonly string[] },
): Uint8Array {
  const plain = addresses.map(parseAddress).filter(parsed => parsed !== undefined)
  const payload = encodePeerRecord({
    peer: multihashOf(identity.publicKey),
    seq,
    addresses: plain.slice(0, peerRecordLimits.addresses).map(({ address }) => multiaddr(address).bytes),
  })
  const signature = identity.sign(envelopeSigningInput(peerRecordDomain, peerRecordType, payload))
  return encodeEnvelope({ publicKey: identity.publicKey, payloadType: peerRecordType, payload, signature })
}

/**
 * What a record from the network says; it is proven that the peer itself said so, at some time. Throws `statement.invalid` whatever is wrong
 * with it, also when it is not the record of the key that signed it (RUSTSEC-2022-0009).
 */
export function openPeerRecord(bytes: Uint8Array): PeerRecord {
  const { publicKey, payloadType, payload, signature } = attempt(() =>
    decodeEnvelope(bytes, peerRecordLimits.envelope),
  )
  if (!equalBytes(payloadType, peerRecordType)) throw refused('it is another kind of envelope')
  const { peer, seq, addresses } = attempt(() => decodePeerRecord(payload))
  if (!equalBytes(peer, multihashOf(publicKey))) throw refused('it was signed by another peer')
  if (!verify(publicKey, envelopeSigningInput(peerRecordDomain, payloadType, payload), signature))
    throw refused('its signature is wrong')
  return {
    peer: peerIdOf(publicKey),
    seq,
    addresses: addresses.map(textOf).filter(address => address !== undefined),
    envelope: bytes.slice(),
  }
}

/** The multihash of an Ed25519 key (libp2p specification `peer-ids`): the "identity" of its protobuf. */
function multihashOf(publicKey: Uint8Array): Uint8Array {
  return concat([Uint8Array.of(0x00, 0x24, 0x08, 0x01, 0x12, 0x20), publicKey])
}

function textOf(bytes: Uint8Array): string | undefined {
  try {
    return parseAddress(multiaddr(bytes).toString())?.address
  } catch {
    return undefined
  }
}

function attempt<T>(decode: () => T): T {
  try {
    return decode()
  } catch (cause) {
    throw refused('it is malformed', cause)
  }
}

function refused(why: string, cause?: unknown): PeerageError {
  return new PeerageError('statement.invalid', `The address record of a peer was refused: ${why}.`, { cause })
}
