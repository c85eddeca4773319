import type { Identity } from '../../access/index.ts'
import { concat } from '../../base/index.ts'
import {
  encodeEnvelope,
  encodePeerRecord,
  envelopeSigningInput,
  peerRecordDomain,
  peerRecordType,
} from '../../wire/index.ts'

/** A record as the network signs it, at 203.0.113.N unless another address is given in binary form. For tests. */
export function signedRecord(
  { publicKey, sign }: Identity,
  seq = 1,
  address: Uint8Array = Uint8Array.of(4, 203, 0, 113, 7, 6, 15, 161),
): Uint8Array {
  const peer = concat([Uint8Array.of(0x00, 0x24, 0x08, 0x01, 0x12, 0x20), publicKey])
  const payload = encodePeerRecord({ peer, seq, addresses: [address] })
  const signature = sign(envelopeSigningInput(peerRecordDomain, peerRecordType, payload))
  return encodeEnvelope({ publicKey, payloadType: peerRecordType, payload, signature })
}
