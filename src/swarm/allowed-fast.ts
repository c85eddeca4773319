import { concat, sha1, utf8 } from '../base/index.ts'

/**
 * Pieces that a peer may ask for while it is choked: the same ones however often it comes back (BEP 6, "allowed fast set
 * generation"). Private streams have no IP address, so the proven name of the peer takes its place.
 */
export function allowedFastSet(
  peer: string,
  infoHash: Uint8Array,
  pieceCount: number,
  count: number,
): number[] {
  const out = new Set<number>()
  let x = concat([utf8(peer), infoHash])
  while (out.size < Math.min(count, pieceCount)) {
    x = sha1(x)
    for (let i = 0; i < 5 && out.size < count; i++) {
      const at = i * 4
      const index = ((x[at]! << 24) | (x[at + 1]! << 16) | (x[at + 2]! << 8) | x[at + 3]!) >>> 0
      out.add(index % pieceCount)
    }
  }
  return [...out]
}
