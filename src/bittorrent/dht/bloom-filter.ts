import { sha1 } from '../../base/index.ts'
import { addressBytes } from '../../wire/index.ts'

/** BEP 33, "bloom filters": 256 bytes, two bits an address. */
const filterBytes = 256
const filterBits = filterBytes * 8
const hashes = 2

/** A set of IP addresses that can be counted, roughly, also together with others (BEP 33). Good for up to 6,000 of them. */
export class BloomFilter {
  readonly bytes: Uint8Array

  /** `bytes` are 256 and become the filter's own. */
  constructor(bytes: Uint8Array = new Uint8Array(filterBytes)) {
    this.bytes = bytes
  }

  add(address: string): void {
    const hash = sha1(addressBytes(address))
    for (let i = 0; i < hashes; i++) {
      const index = (hash[2 * i]! | (hash[2 * i + 1]! << 8)) % filterBits
      this.bytes[index >> 3]! |= 1 << (index & 7)
    }
  }

  /** Adds all that is in another. */
  unite(other: Uint8Array): void {
    for (let i = 0; i < filterBytes; i++) this.bytes[i]! |= other[i]!
  }

  /** BEP 33, "calculating the estimate". */
  get estimate(): number {
    let zeros = 0
    for (const byte of this.bytes) for (let bit = 0; bit < 8; bit++) if ((byte & (1 << bit)) === 0) zeros++
    const c = Math.max(1, Math.min(filterBits - 1, zeros))
    if (zeros === filterBits) return 0
    return Math.log(c / filterBits) / (hashes * Math.log(1 - 1 / filterBits))
  }
}
