import { type Identity, peerIdOf, verify } from '../../access/index.ts'
import { equalBytes, fromBase58, PeerageError } from '../../base/index.ts'
import {
  decodeEnvelope,
  decodeVoucher,
  encodeEnvelope,
  encodeVoucher,
  envelopeSigningInput,
  voucherDomain,
  voucherType,
} from '../../wire/index.ts'

/** A relay's word that it reserved for `peer` until then (seconds since the Unix epoch). */
export function signVoucher(relay: Identity, peer: string, expires: number): Uint8Array {
  const payload = encodeVoucher({ relay: fromBase58(relay.peerId), peer: fromBase58(peer), expires })
  const signature = relay.sign(envelopeSigningInput(voucherDomain, voucherType, payload))
  return encodeEnvelope({ publicKey: relay.publicKey, payloadType: voucherType, payload, signature })
}

export interface Promised {
  readonly relay: string
  readonly peer: string
  readonly expires: number
}

/** Throws `peer.protocol` unless a voucher says what was promised. */
export function checkVoucher(bytes: Uint8Array, promised: Promised): void {
  try {
    const { publicKey, payloadType, payload, signature } = decodeEnvelope(bytes)
    const { relay, peer, expires } = decodeVoucher(payload)
    if (
      peerIdOf(publicKey) === promised.relay &&
      equalBytes(payloadType, voucherType) &&
      equalBytes(relay, fromBase58(promised.relay)) &&
      equalBytes(peer, fromBase58(promised.peer)) &&
      expires === promised.expires &&
      verify(publicKey, envelopeSigningInput(voucherDomain, voucherType, payload), signature)
    )
      return
  } catch (cause) {
    if (!(cause instanceof PeerageError)) throw cause
  }
  throw new PeerageError('peer.protocol', 'The voucher of the relay is not what it promised.')
}
