import type { Content } from '../content/index.ts'
import type { HashFields } from '../wire/index.ts'
import type { PeerState } from './peer-state.ts'

/** Where the hashes come from that pieces are verified by. */
export interface ContentHashes {
  /** Merkle root (32 bytes) or SHA-1 (20 bytes) of a segment; undefined until it is known. */
  expected(piece: number, segment: number): Uint8Array | undefined
  /** The hashes of `piece` will be needed; `peer`, which was just asked for it, is asked for them too. */
  prepare(peer: PeerState, piece: number): void
  /** Leaf hashes are wanted to find out who lied. */
  want(fields: HashFields): void
  /** An answer to what we asked. False when it was not asked for. */
  receive(peer: PeerState, fields: HashFields, hashes: Uint8Array): boolean
  rejected(peer: PeerState, fields: HashFields): void
  leave(peer: PeerState): void
  tick(): void
  /** Verified: what was kept for a piece is not needed any more. */
  done(piece: number): void
  /** Answers a request, or rejects it. False when the peer has too many open. */
  answer(peer: PeerState, request: HashFields): boolean
}

/** v1 content: all hashes are in the info dictionary (BEP 3), and there is nothing to exchange. */
export class V1Hashes implements ContentHashes {
  readonly #pieces: Uint8Array

  constructor(content: Content) {
    if (content.v1Pieces === undefined) throw new TypeError('only v1 content has hashes of its pieces')
    this.#pieces = content.v1Pieces
  }

  expected(piece: number): Uint8Array {
    return this.#pieces.subarray(piece * 20, (piece + 1) * 20)
  }

  prepare(): void {}

  want(): void {}

  receive(): boolean {
    return false
  }

  rejected(): void {}

  leave(): void {}

  tick(): void {}

  done(): void {}

  answer(peer: PeerState, { root, baseLayer, index, length, proofLayers }: HashFields): boolean {
    peer.pipe.send({ type: 'hash-reject', root, baseLayer, index, length, proofLayers })
    return true
  }
}
