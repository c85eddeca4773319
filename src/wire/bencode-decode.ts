import { PeerageError } from '../base/index.ts'
import { type Bencoded, binaryString, type Dictionary, isDictionary } from './bencoded.ts'

export interface BencodeLimits {
  /** The longest input, in bytes. */
  readonly maxBytes?: number
  /** How deep lists and dictionaries may nest. At most 512, which every engine's stack bears. */
  readonly maxDepth?: number
  /** How many values there may be in all. The default decodes in under 50 ms whatever they are. */
  readonly maxItems?: number
  /** Accept dictionaries whose keys are not in order, as some v1 torrents in the wild have them. */
  readonly lenient?: boolean
}

/** Defaults of `BencodeLimits`. */
export const defaultBencodeLimits: Required<BencodeLimits> = {
  maxBytes: 16 * 1024 * 1024,
  maxDepth: 64,
  maxItems: 65_536,
  lenient: false,
}

// BEP 3 sets no limit; parsing longer ones costs time that grows with the square of the digits.
const maxDigits = 256

/**
 * The value that `bytes` encode, canonically (BEP 3): no leading zeros, no -0, keys unique and in order, nothing after.
 * Byte strings are views of `bytes`. Throws `bencode.invalid` or `bencode.limit`.
 */
export function decode(bytes: Uint8Array, limits: BencodeLimits = {}): Bencoded {
  const { value, end } = decodeFirst(bytes, limits)
  if (end !== bytes.length) throw invalid(end, 'something follows the value')
  return value
}

/** Like `decode`, but other data may follow (BEP 9, "data"): `end` is the offset behind the value. */
export function decodeFirst(
  bytes: Uint8Array,
  limits: BencodeLimits = {},
): { readonly value: Bencoded; readonly end: number } {
  const decoder = new Decoder(bytes, limits)
  const value = decoder.value(0)
  return { value, end: decoder.at }
}

/** Like `decode`; throws `bencode.invalid` unless the value is a dictionary. */
export function decodeDictionary(bytes: Uint8Array, limits: BencodeLimits = {}): Dictionary {
  const value = decode(bytes, limits)
  if (!isDictionary(value)) throw invalid(0, 'a dictionary should stand here')
  return value
}

/**
 * Like `decodeDictionary`, but what stands under one key of the outermost dictionary is its exact bytes (a view): what an info
 * hash is taken of (BEP 52, "infohash"). It is looked through for its end and its limits, and left to be decoded by itself.
 */
export function decodeAround(bytes: Uint8Array, key: string, limits: BencodeLimits = {}): Dictionary {
  const decoder = new Decoder(bytes, limits)
  decoder.raw = key
  const value = decoder.value(0)
  if (decoder.at !== bytes.length) throw invalid(decoder.at, 'something follows the value')
  if (!isDictionary(value)) throw invalid(0, 'a dictionary should stand here')
  return value
}

function invalid(offset: number, reason: string): PeerageError {
  return new PeerageError('bencode.invalid', `Not valid bencoding at byte ${offset}: ${reason}.`, {
    details: { offset },
  })
}

function limit(what: string, bound: number): PeerageError {
  return new PeerageError('bencode.limit', `Bencoded data has ${what}; at most ${bound} are allowed.`, {
    details: { bound },
  })
}

/**
 * File trees repeat a few keys ("", "length", "pieces root", "path") many thousand times: remembering the last key of
 * each shape spares making them anew. Shared by all decoders; holds short keys only.
 */
const recentKeys: string[] = new Array<string>(64).fill('')
const longestRecentKey = 32

/** One run over one input: recursive descent, no backtracking, every length checked against the bytes that are left. */
class Decoder {
  at = 0
  /** The key of the outermost dictionary whose value is not decoded. */
  raw: string | undefined
  readonly #bytes: Uint8Array
  readonly #end: number
  readonly #maxDepth: number
  readonly #maxItems: number
  readonly #lenient: boolean
  #items = 0

  constructor(bytes: Uint8Array, limits: BencodeLimits) {
    const maxBytes = limits.maxBytes ?? defaultBencodeLimits.maxBytes
    if (bytes.length > maxBytes) throw limit(`${bytes.length} bytes`, maxBytes)
    this.#bytes = bytes
    this.#end = bytes.length
    this.#maxDepth = Math.min(512, limits.maxDepth ?? defaultBencodeLimits.maxDepth)
    this.#maxItems = limits.maxItems ?? defaultBencodeLimits.maxItems
    this.#lenient = limits.lenient ?? defaultBencodeLimits.lenient
  }

  value(depth: number): Bencoded {
    if (++this.#items > this.#maxItems) throw limit('too many values', this.#maxItems)
    const byte = this.#peek()
    if (byte >= 0x30 && byte <= 0x39) return this.#string()
    if (byte === 0x69) return this.#integer()
    if (byte !== 0x6c && byte !== 0x64) throw invalid(this.at, 'no value starts like this')
    if (depth >= this.#maxDepth) throw limit('too many levels', this.#maxDepth)
    this.at++
    return byte === 0x6c ? this.#list(depth + 1) : this.#dictionary(depth + 1)
  }

  #peek(): number {
    if (this.at >= this.#end) throw invalid(this.at, 'it ends too early')
    return this.#bytes[this.at]!
  }

  /** Reads `LENGTH:` and leaves `at` on the first byte of the string, which is known to be there in full. */
  #length(): number {
    const start = this.at
    let length = 0
    let byte = this.#peek()
    while (byte >= 0x30 && byte <= 0x39) {
      length = length * 10 + byte - 0x30
      this.at++
      if (length > this.#end - this.at) throw invalid(start, 'a string is longer than what is left')
      byte = this.#peek()
    }
    const digits = this.at - start
    if (byte !== 0x3a || digits === 0) throw invalid(this.at, 'a string length should stand here')
    if (digits > 1 && this.#bytes[start] === 0x30) throw invalid(start, 'a length has a leading zero')
    this.at++
    if (length > this.#end - this.at) throw invalid(start, 'a string is longer than what is left')
    return length
  }

  #string(): Uint8Array {
    const length = this.#length()
    const start = this.at
    this.at += length
    // Not subarray(): it would look up the species, and give a Buffer for a Buffer.
    return new Uint8Array(this.#bytes.buffer, this.#bytes.byteOffset + start, length)
  }

  #integer(): number | bigint {
    const start = ++this.at
    const negative = this.#peek() === 0x2d
    if (negative) this.at++
    const first = this.at
    let value = 0
    let byte = this.#peek()
    while (byte >= 0x30 && byte <= 0x39) {
      value = value * 10 + byte - 0x30
      this.at++
      byte = this.#peek()
    }
    const digits = this.at - first
    if (byte !== 0x65 || digits === 0) throw invalid(start, 'an integer should stand here')
    if (this.#bytes[first] === 0x30 && (digits > 1 || negative))
      throw invalid(start, 'an integer has a leading zero')
    this.at++
    if (digits <= 15) return negative ? -value : value
    if (digits > maxDigits) throw limit(`an integer of ${digits} digits`, maxDigits)
    const big = BigInt(binaryString(this.#bytes, start, this.at - 1))
    return big >= Number.MIN_SAFE_INTEGER && big <= Number.MAX_SAFE_INTEGER ? Number(big) : big
  }

  #list(depth: number): Bencoded[] {
    const out: Bencoded[] = []
    while (this.#peek() !== 0x65) out.push(this.value(depth))
    this.at++
    return out
  }

  #dictionary(depth: number): Dictionary {
    const out: Dictionary = new Map()
    let previous: string | undefined
    while (this.#peek() !== 0x65) {
      const keyStart = this.at
      const key = this.#key()
      const misplaced = this.#lenient ? out.has(key) : previous !== undefined && key <= previous
      if (misplaced) throw invalid(keyStart, 'a key is repeated or not in order')
      previous = key
      out.set(key, depth === 1 && key === this.raw ? this.#rawValue(depth) : this.value(depth))
    }
    this.at++
    return out
  }

  #rawValue(depth: number): Uint8Array {
    const start = this.at
    this.#skip(depth)
    return new Uint8Array(this.#bytes.buffer, this.#bytes.byteOffset + start, this.at - start)
  }

  /** Moves behind a value. */
  #skip(depth: number): void {
    if (++this.#items > this.#maxItems) throw limit('too many values', this.#maxItems)
    const byte = this.#peek()
    if (byte >= 0x30 && byte <= 0x39) this.#string()
    else if (byte === 0x69) this.#integer()
    else if (byte !== 0x6c && byte !== 0x64) throw invalid(this.at, 'no value starts like this')
    else {
      if (depth >= this.#maxDepth) throw limit('too many levels', this.#maxDepth)
      this.at++
      while (this.#peek() !== 0x65) {
        if (byte === 0x64) this.#string()
        this.#skip(depth + 1)
      }
      this.at++
    }
  }

  #key(): string {
    const length = this.#length()
    const start = this.at
    const end = start + length
    this.at = end
    if (length === 0) return ''
    const bytes = this.#bytes
    if (length > longestRecentKey) return binaryString(bytes, start, end)
    const slot = (length * 7 + bytes[start]! + bytes[end - 1]! * 3) & 63
    const recent = recentKeys[slot]!
    if (recent.length === length) {
      let same = 0
      while (same < length && recent.charCodeAt(same) === bytes[start + same]) same++
      if (same === length) return recent
    }
    const key = binaryString(bytes, start, end)
    recentKeys[slot] = key
    return key
  }
}
