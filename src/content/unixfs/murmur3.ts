const [firstHigh, firstLow] = [0x87c37b91, 0x114253d5] as const
const [secondHigh, secondLow] = [0x4cf5ad43, 0x2745937f] as const

/**
 * The first half of MurmurHash3 x64 128 with seed 0, 8 bytes, the highest first: what the HAMTs of UnixFS call murmur3-x64-64. No
 * cryptographic hash: anybody finds names with equal hashes.
 */
export function murmur3(bytes: Uint8Array): Uint8Array {
  const [h1, h2, k] = [new Word(), new Word(), new Word()]
  let at = 0
  for (; at + 16 <= bytes.length; at += 16) {
    h1.xor(mixFirst(k.read(bytes, at)))
    h1.rotate(27).add(h2).timesFivePlus(0x52dce729)
    h2.xor(mixSecond(k.read(bytes, at + 8)))
    h2.rotate(31).add(h1).timesFivePlus(0x38495ab5)
  }
  h1.xor(mixFirst(k.read(bytes, at)))
  h2.xor(mixSecond(k.read(bytes, at + 8)))
  h1.low ^= bytes.length
  h2.low ^= bytes.length
  h1.add(h2)
  h2.add(h1)
  return finish(h1).add(finish(h2)).bytes()
}

function mixFirst(k: Word): Word {
  return k.multiply(firstHigh, firstLow).rotate(31).multiply(secondHigh, secondLow)
}

function mixSecond(k: Word): Word {
  return k.multiply(secondHigh, secondLow).rotate(33).multiply(firstHigh, firstLow)
}

function finish(k: Word): Word {
  return k.fold().multiply(0xff51afd7, 0xed558ccd).fold().multiply(0xc4ceb9fe, 0x1a85ec53).fold()
}

/** A number of 64 bits that is changed in place: a folder may have a hundred thousand names, and a bigint costs ten times as much. */
class Word {
  high = 0
  low = 0

  /** Up to eight bytes from there, the lowest first, fewer at the end. */
  read(bytes: Uint8Array, at: number): this {
    this.low = fourAt(bytes, at)
    this.high = fourAt(bytes, at + 4)
    return this
  }

  xor({ high, low }: Word): this {
    this.high ^= high
    this.low ^= low
    return this
  }

  add({ high, low }: Word): this {
    const sum = (this.low >>> 0) + (low >>> 0)
    this.low = sum | 0
    this.high = (this.high + high + (sum > 0xffffffff ? 1 : 0)) | 0
    return this
  }

  multiply(high: number, low: number): this {
    const [a0, a1] = [this.low & 0xffff, this.low >>> 16]
    const [b0, b1] = [low & 0xffff, low >>> 16]
    const least = a0 * b0
    const middle = a0 * b1 + a1 * b0 + (least >>> 16)
    const carried = a1 * b1 + Math.floor(middle / 65_536)
    this.high = (carried + Math.imul(this.high, low) + Math.imul(this.low, high)) | 0
    this.low = (middle << 16) | (least & 0xffff)
    return this
  }

  timesFivePlus(value: number): this {
    const low = (this.low >>> 0) * 5 + value
    this.high = (Math.imul(this.high, 5) + Math.floor(low / 2 ** 32)) | 0
    this.low = low | 0
    return this
  }

  /** By less than 64 bits, and not by 32. */
  rotate(by: number): this {
    const { high, low } = by < 32 ? this : { high: this.low, low: this.high }
    const [left, right] = [by & 31, 32 - (by & 31)]
    this.high = (high << left) | (low >>> right)
    this.low = (low << left) | (high >>> right)
    return this
  }

  /** With its upper 31 bits. */
  fold(): this {
    this.low ^= this.high >>> 1
    return this
  }

  bytes(): Uint8Array {
    const { high, low } = this
    return Uint8Array.of(high >>> 24, high >>> 16, high >>> 8, high, low >>> 24, low >>> 16, low >>> 8, low)
  }
}

/** Beyond the end there are zeros. */
function fourAt(bytes: Uint8Array, at: number): number {
  return bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)
}
