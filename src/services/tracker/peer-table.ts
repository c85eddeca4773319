import { binaryString } from '../../wire/index.ts'

/** Who counts as one for bounds: an IPv4 address, or an IPv6 /56, which is what one customer gets (RFC 6177). */
export type Owner = number | string

export function ownerOf(compact: Uint8Array): Owner {
  if (compact.length > 6) return binaryString(compact, 0, 7)
  // A small integer needs no memory of its own.
  return (compact[0]! << 24) | (compact[1]! << 16) | (compact[2]! << 8) | compact[3]!
}

/** 0: only this machine can reach it, 1: only its local network, 2: everybody. */
export function reachOf(bytes: Uint8Array, at: number, isIpv6: boolean): 0 | 1 | 2 {
  const a = bytes[at]!
  const b = bytes[at + 1]!
  if (isIpv6) {
    if ((a & 0xfe) === 0xfc || (a === 0xfe && (b & 0xc0) === 0x80)) return 1
    if (a !== 0) return 2
    for (let i = 1; i < 15; i++) if (bytes[at + i] !== 0) return 2
    return 0
  }
  if (a === 127) return 0
  if (a === 10 || (a === 192 && b === 168) || (a === 169 && b === 254)) return 1
  return (a === 172 && b >= 16 && b < 32) || (a === 100 && b >= 64 && b < 128) ? 1 : 2
}

/**
 * The peers of one content and one address family, packed: compact address, when it was last seen (seconds), and the next row of the same
 * owner. Seeds come first, so that each part can be chosen from. About 60 bytes an IPv4 peer.
 */
export class PeerTable {
  readonly #size: number
  readonly #stride: number
  readonly #first = new Map<Owner, number>()
  #bytes: Uint8Array
  #count = 0
  #seeds = 0

  constructor(family: 4 | 6) {
    this.#size = family === 4 ? 6 : 18
    this.#stride = this.#size + 8
    this.#bytes = new Uint8Array(this.#stride)
  }

  get count(): number {
    return this.#count
  }

  get seeds(): number {
    return this.#seeds
  }

  /** The row of a peer, -1 when it is not there. */
  find(compact: Uint8Array): number {
    let row = this.#first.get(ownerOf(compact)) ?? -1
    while (row >= 0 && !this.#isAt(row, compact)) row = this.#read(row, 4)
    return row
  }

  isSeed(row: number): boolean {
    return row < this.#seeds
  }

  /** False when its owner has `maxPorts` rows already. */
  add(compact: Uint8Array, isSeed: boolean, now: number, maxPorts: number): boolean {
    let same = 0
    for (let row = this.#first.get(ownerOf(compact)) ?? -1; row >= 0; row = this.#read(row, 4)) same++
    if (same >= maxPorts) return false
    const row = this.#count++
    if (this.#bytes.length < this.#count * this.#stride) {
      const grown = new Uint8Array(Math.ceil(this.#count * 1.5) * this.#stride)
      grown.set(this.#bytes)
      this.#bytes = grown
    }
    this.#bytes.set(compact, row * this.#stride)
    this.#write(row, 0, now)
    this.#link(row)
    if (isSeed) this.#swap(row, this.#seeds++)
    return true
  }

  touch(row: number, isSeed: boolean, now: number): void {
    this.#write(row, 0, now)
    if (isSeed && !this.isSeed(row)) this.#swap(row, this.#seeds++)
    else if (!isSeed && this.isSeed(row)) this.#swap(row, --this.#seeds)
  }

  remove(row: number): void {
    let at = row
    if (this.isSeed(at)) {
      this.#swap(at, --this.#seeds)
      at = this.#seeds
    }
    this.#swap(at, this.#count - 1)
    this.#unlink(--this.#count)
  }

  /** Removes whoever was not seen since; tells whose each row was. */
  expire(before: number, onRemoved: (owner: Owner) => void): void {
    for (let row = this.#count - 1; row >= 0; row--) {
      if (this.#read(row, 0) >= before) continue
      onRemoved(ownerOf(this.#compact(row)))
      this.remove(row)
    }
  }

  /**
   * Random peers, compact: up to `most`, but for `self`, of those that somebody with this reach can reach. Without `seedsToo` only
   * peers that still fetch.
   */
  sample(
    most: number,
    options: { self: number; seedsToo: boolean; reach: number; below(bound: number): number },
  ): Uint8Array {
    const { self, seedsToo, reach, below } = options
    const from = seedsToo ? 0 : this.#seeds
    const n = this.#count - from
    const out = new Uint8Array(Math.min(most, n) * this.#size)
    let filled = 0
    let row = below(Math.max(1, n))
    const step = strideThrough(n, below)
    // Who cannot be told is passed over, but not without end.
    for (let looked = 0; looked < n && looked < 4 * most + 16 && filled < out.length; looked++) {
      const at = (from + row) * this.#stride
      if (from + row !== self && reachOf(this.#bytes, at, this.#size > 6) >= reach) {
        out.set(this.#bytes.subarray(at, at + this.#size), filled)
        filled += this.#size
      }
      row = (row + step) % n
    }
    return out.subarray(0, filled)
  }

  #compact(row: number): Uint8Array {
    return this.#bytes.subarray(row * this.#stride, row * this.#stride + this.#size)
  }

  #isAt(row: number, compact: Uint8Array): boolean {
    const at = row * this.#stride
    for (let i = 0; i < this.#size; i++) if (this.#bytes[at + i] !== compact[i]) return false
    return true
  }

  #read(row: number, field: 0 | 4): number {
    const at = row * this.#stride + this.#size + field
    const bytes = this.#bytes
    return (bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!
  }

  #write(row: number, field: 0 | 4, value: number): void {
    const at = row * this.#stride + this.#size + field
    this.#bytes[at] = value >> 24
    this.#bytes[at + 1] = value >> 16
    this.#bytes[at + 2] = value >> 8
    this.#bytes[at + 3] = value
  }

  #swap(a: number, b: number): void {
    if (a === b) return
    this.#unlink(a)
    this.#unlink(b)
    const [at, to] = [a * this.#stride, b * this.#stride]
    const row = this.#bytes.slice(at, at + this.#stride)
    this.#bytes.copyWithin(at, to, to + this.#stride)
    this.#bytes.set(row, to)
    this.#link(a)
    this.#link(b)
  }

  #link(row: number): void {
    const owner = ownerOf(this.#compact(row))
    this.#write(row, 4, this.#first.get(owner) ?? -1)
    this.#first.set(owner, row)
  }

  #unlink(row: number): void {
    const owner = ownerOf(this.#compact(row))
    const next = this.#read(row, 4)
    let before = this.#first.get(owner)!
    if (before !== row) {
      while (this.#read(before, 4) !== row) before = this.#read(before, 4)
      this.#write(before, 4, next)
    } else if (next < 0) this.#first.delete(owner)
    else this.#first.set(owner, next)
  }
}

/** A step that visits every one of `n` once before it comes back. */
function strideThrough(n: number, below: (bound: number) => number): number {
  if (n < 3) return 1
  for (;;) {
    const step = 1 + below(n - 1)
    let [a, b] = [n, step]
    while (b > 0) [a, b] = [b, a % b]
    if (a === 1) return step
  }
}
