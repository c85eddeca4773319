import { timingSafeEqual } from 'node:crypto'
import { concat, hmacSha256, utf8 } from '../base/index.ts'

const label = utf8('peerage swarm proof 1')

/**
 * That `prover` knows the secret of a content, told to `verifier` alone: HMAC-SHA-256 over the label, the info hash and both
 * PeerIds, each after its length. The stream already tells who is at its ends, so what one peer was told is of no use to it with
 * another, and neither side's proof can be handed back to it as the other's.
 */
export function swarmProof(
  secret: Uint8Array,
  infoHash: Uint8Array,
  prover: string,
  verifier: string,
): Uint8Array {
  const parts: Uint8Array[] = [label, infoHash]
  for (const id of [utf8(prover), utf8(verifier)]) parts.push(Uint8Array.of(id.length), id)
  return hmacSha256(secret, concat(parts))
}

/** Equality in a time that does not tell where the first difference is. */
export function equalSecretly(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && timingSafeEqual(a, b)
}
