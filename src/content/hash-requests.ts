import type { HashFields } from '../wire/index.ts'
import type { FileHashes } from './file-hashes.ts'
import { levelOf, treeHeight } from './merkle.ts'
import { proofLayersTo } from './proof.ts'

/** What a peer answers to hash requests. */
export interface PeerHashes {
  /** The most hashes it gives in one answer, proof included: a power of two from 512 up. */
  readonly maxHashes: number
  /** Whether it knows layers other than the leaves and the pieces; BEP 52 does not ask for them. */
  readonly anyLayer: boolean
}

/** BEP 52: "Length SHOULD NOT be greater than 512", and only the leaf and piece layers are sure to be there. */
export const bitTorrentPeerHashes: PeerHashes = { maxHashes: 512, anyLayer: false }

/** Between Peerage peers: a layer of up to 8,192 hashes as a whole. */
export const peeragePeerHashes: PeerHashes = { maxHashes: 8_192, anyLayer: true }

/** What to ask for next to verify the segments of a piece: its own hash, then what is below it. */
export function hashRequestsFor(
  hashes: FileHashes,
  piece: number,
  segmentLength: number,
  peer: PeerHashes,
): HashFields[] {
  if (hashes.pieceHash(piece) === undefined) return [pieceLayerRequest(hashes, piece, peer)]
  const baseLayer = peer.anyLayer ? levelOf(segmentLength) : 0
  const perPiece = 2 ** (hashes.pieceLevel - baseLayer)
  const length = Math.min(perPiece, peer.maxHashes === 512 ? 512 : peer.maxHashes / 2)
  const proofLayers = length === perPiece ? 0 : proofLayersTo(hashes.pieceLevel, baseLayer)
  const out: HashFields[] = []
  for (let i = 0; i < perPiece / length; i++) {
    const index = piece * perPiece + i * length
    if (index < hashes.width(baseLayer))
      out.push({ root: hashes.root, baseLayer, index, length, proofLayers })
  }
  return out
}

/** The part of the piece layer that holds one piece; all of it when the peer gives so many at once. */
function pieceLayerRequest(hashes: FileHashes, piece: number, peer: PeerHashes): HashFields {
  const { root, pieceLevel: baseLayer, pieceCount } = hashes
  const all = 2 ** treeHeight(pieceCount)
  if (all <= peer.maxHashes) return { root, baseLayer, index: 0, length: all, proofLayers: 0 }
  // Uncles count too, so a longer answer would not fit; 512 is what BEP 52 counts without them.
  const most = peer.maxHashes === 512 ? 512 : peer.maxHashes / 2
  const index = Math.floor(piece / most) * most
  // A request for one hash could not be proven: the proof has no place for its sibling.
  const length = Math.min(most, Math.max(2, 2 ** treeHeight(pieceCount - index)))
  return { root, baseLayer, index, length, proofLayers: proofLayersTo(hashes.height, baseLayer) }
}

/** The leaves of one segment whose root is known; undefined when it has only one. */
export function leafRequestFor(
  hashes: FileHashes,
  segment: number,
  segmentLength: number,
): HashFields | undefined {
  const level = levelOf(segmentLength)
  const length = 2 ** Math.min(level, hashes.height)
  if (length < 2) return undefined
  return { root: hashes.root, baseLayer: 0, index: segment * 2 ** level, length, proofLayers: 0 }
}
