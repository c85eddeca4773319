import { concat, PeerageError } from '../base/index.ts'
import { bytesField, protobufFields, varintField } from './protobuf.ts'

/** Where a peer says that it is (libp2p RFC 0003, "Address Record Format"): payload of a signed envelope. */
export interface PeerRecordPayload {
  /** The multihash that the PeerId is. */
  readonly peer: Uint8Array
  /** Rises with each record of the peer. What is above 2^53-1 counts as that. */
  readonly seq: number
  /** Multiaddrs in binary form, not looked into. */
  readonly addresses: readonly Uint8Array[]
}

export const peerRecordDomain = 'libp2p-peer-record'
/** The multicodec 0x0301 as all implementations write it. */
export const peerRecordType: Uint8Array = Uint8Array.of(0x03, 0x01)

/** Bounds of a record that comes from the network, in bytes and pieces. More addresses are passed over, and longer ones. */
export const peerRecordLimits: Readonly<
  Record<'envelope' | 'peer' | 'address' | 'addresses' | 'fields', number>
> = { envelope: 4_096, peer: 64, address: 256, addresses: 16, fields: 64 }

export function encodePeerRecord({ peer, seq, addresses }: PeerRecordPayload): Uint8Array {
  return concat([
    ...bytesField(1, peer),
    ...varintField(2, seq),
    ...addresses.flatMap(address => bytesField(3, concat(bytesField(1, address)))),
  ])
}

/** The addresses are views. Throws `wire.invalid`, `wire.limit`. */
export function decodePeerRecord(bytes: Uint8Array): PeerRecordPayload {
  let peer: Uint8Array | undefined
  let seq = 0
  const addresses: Uint8Array[] = []
  for (const { field, value } of protobufFields(bytes, peerRecordLimits.fields)) {
    if (field === 1 && typeof value !== 'number') peer = value
    else if (field === 2 && typeof value === 'number') seq = value
    else if (field === 3 && typeof value !== 'number') addresses.push(...addressIn(value))
    else if (field <= 3) throw new PeerageError('wire.invalid', 'A field of a peer record has another type.')
  }
  if (peer === undefined || peer.length === 0 || peer.length > peerRecordLimits.peer)
    throw new PeerageError('wire.invalid', 'A peer record does not say of whom it is.')
  return { peer, seq, addresses: addresses.slice(0, peerRecordLimits.addresses) }
}

function addressIn(bytes: Uint8Array): Uint8Array[] {
  for (const { field, value } of protobufFields(bytes, peerRecordLimits.fields))
    if (field === 1 && typeof value !== 'number')
      return value.length > 0 && value.length <= peerRecordLimits.address ? [value] : []
  return []
}
