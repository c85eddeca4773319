const mask = (1n << 64n) - 1n
const c1 = 0x87c37b91114253d5n
const c2 = 0x4cf5ad432745937fn

/**
 * The first half of MurmurHash3 x64 128 with seed 0, 8 bytes, the highest first: what the HAMTs of UnixFS call murmur3-x64-64. No
 * cryptographic hash: anybody finds names with equal hashes.
 */
export function murmur3(bytes: Uint8Array): Uint8Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  let h1 = 0n
  let h2 = 0n
  let at = 0
  for (; at + 16 <= bytes.length; at += 16) {
    h1 ^= mixFirst(view.getBigUint64(at, true))
    h1 = (rotate(h1, 27n) + h2) & mask
    h1 = (h1 * 5n + 0x52dce729n) & mask
    h2 ^= mixSecond(view.getBigUint64(at + 8, true))
    h2 = (rotate(h2, 31n) + h1) & mask
    h2 = (h2 * 5n + 0x38495ab5n) & mask
  }
  h1 ^= mixFirst(littleEndian(bytes, at))
  h2 ^= mixSecond(littleEndian(bytes, at + 8))
  const length = BigInt(bytes.length)
  h1 ^= length
  h2 ^= length
  h1 = (h1 + h2) & mask
  h2 = (h2 + h1) & mask
  const out = new Uint8Array(8)
  new DataView(out.buffer).setBigUint64(0, (finish(h1) + finish(h2)) & mask)
  return out
}

/** Up to eight bytes from there, fewer at the end. */
function littleEndian(bytes: Uint8Array, start: number): bigint {
  let value = 0n
  for (let i = Math.min(bytes.length, start + 8) - 1; i >= start; i--)
    value = (value << 8n) | BigInt(bytes[i]!)
  return value
}

function mixFirst(k: bigint): bigint {
  return (rotate((k * c1) & mask, 31n) * c2) & mask
}

function mixSecond(k: bigint): bigint {
  return (rotate((k * c2) & mask, 33n) * c1) & mask
}

function rotate(value: bigint, by: bigint): bigint {
  return ((value << by) | (value >> (64n - by))) & mask
}

function finish(value: bigint): bigint {
  let k = value ^ (value >> 33n)
  k = (k * 0xff51afd7ed558ccdn) & mask
  k ^= k >> 33n
  k = (k * 0xc4ceb9fe1a85ec53n) & mask
  return k ^ (k >> 33n)
}
