import { createHash } from 'node:crypto'

const label = 'peerage peer topic 1\0'

/**
 * Under which a peer can be sought that does not want those who pass the question on to read whom it is about: whoever knows the PeerId can make
 * it, nobody else. 32 bytes.
 */
export function peerTopic(peer: string): Uint8Array {
  return new Uint8Array(createHash('sha256').update(label).update(peer).digest())
}
