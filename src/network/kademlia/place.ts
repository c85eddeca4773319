import { sha256 } from '../../base/index.ts'

/** Where a key or a peer is in the key space: the SHA-256 of its name (`kad-dht`, "Distance"), as eight words of 32 bits. */
export type Place = Uint32Array

const words = 8
const bitsPerWord = 32
/** Bits of a place. */
export const placeBits: number = words * bitsPerWord

/** The place of a key; that of a peer is the place of the bytes of its PeerId. */
export function placeOf(name: Uint8Array): Place {
  const hash = sha256(name)
  const view = new DataView(hash.buffer, hash.byteOffset, hash.length)
  return Uint32Array.from({ length: words }, (_, i) => view.getUint32(i * 4))
}

/** Negative when `a` is nearer to the target than `b`, 0 when they are one place. */
export function compareDistance(target: Place, a: Place, b: Place): number {
  for (let i = 0; i < words; i++) {
    const difference = ((a[i]! ^ target[i]!) >>> 0) - ((b[i]! ^ target[i]!) >>> 0)
    if (difference !== 0) return difference
  }
  return 0
}

/** How many bits two places have in common from the front: 256 for one and the same. */
export function commonBits(a: Place, b: Place): number {
  for (let i = 0; i < words; i++) {
    const difference = a[i]! ^ b[i]!
    if (difference !== 0) return i * bitsPerWord + Math.clz32(difference)
  }
  return placeBits
}

/** The distance of two places as a part of the whole key space: 0 up to 1. Exact to 53 bits. */
export function distanceOf(a: Place, b: Place): number {
  const first = (a[0]! ^ b[0]!) >>> 0
  const second = (a[1]! ^ b[1]!) >>> 0
  const third = (a[2]! ^ b[2]!) >>> 0
  return ((third / 2 ** bitsPerWord + second) / 2 ** bitsPerWord + first) / 2 ** bitsPerWord
}
