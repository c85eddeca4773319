import { PeerageError } from '../base/index.ts'

/** Bounds of a block: lists and maps in each other, and links. Beyond is `wire.limit`. */
export interface DagCborLimits {
  readonly nesting: number
  readonly links: number
}

const linkTag = 42
const bytesMajor = 2
const textMajor = 3

/**
 * The CIDs of a block of DAG-CBOR (IPLD, specification `dag-cbor`) in binary form, in the order in which they stand, not looked into here. None of its values
 * is made: those of a block of 4 MiB take seconds and 800 MB. That no key stands twice in a map is not looked at.
 *
 * @throws PeerageError `wire.invalid`, `wire.limit`
 */
export function dagCborLinks(bytes: Uint8Array, limits: DagCborLimits): Uint8Array[] {
  const scanner = new Scanner(bytes, limits)
  do scanner.item()
  while (scanner.isOpen)
  scanner.end()
  return scanner.links
}

class Scanner {
  readonly links: Uint8Array[] = []
  readonly #bytes: Uint8Array
  readonly #limits: DagCborLimits
  #at = 0
  /** Items that are still to come in each list and map that is open, keys among them. */
  readonly #left: number[] = []
  readonly #isMap: boolean[] = []
  #short = 0

  constructor(bytes: Uint8Array, limits: DagCborLimits) {
    this.#bytes = bytes
    this.#limits = limits
  }

  get isOpen(): boolean {
    return this.#left.length > 0
  }

  end(): void {
    if (this.#at !== this.#bytes.length) throw malformed('something follows')
  }

  /** One value, or the beginning of a list or map. */
  item(): void {
    const last = this.#left.length - 1
    const isKey = last >= 0 && this.#isMap[last] === true && this.#left[last]! % 2 === 0
    const major = this.#major()
    if (isKey && major !== textMajor) throw malformed('a key is no text')
    if (major === 7) this.#simple()
    else {
      const value = this.#number()
      const items = major === 4 ? value : major === 5 ? 2 * value : 0
      if (items > 0) {
        this.#begin(items, major === 5)
        return
      }
      if (major === 6) this.#link(value)
      else if (major === bytesMajor || major === textMajor) this.#skip(value)
    }
    this.#ended()
  }

  #begin(items: number, isMap: boolean): void {
    // Each has a byte.
    if (items > this.#bytes.length - this.#at) throw malformed('it is cut off')
    this.#left.push(items)
    this.#isMap.push(isMap)
    if (this.#left.length > this.#limits.nesting)
      throw tooMuch('nesting', 'lists and maps too deep in each other')
  }

  /** With the last of its items, a list or map has ended, too. */
  #ended(): void {
    for (let last = this.#left.length - 1; last >= 0; last--) {
      this.#left[last]!--
      if (this.#left[last]! > 0) return
      this.#left.pop()
      this.#isMap.pop()
    }
  }

  #link(tag: number): void {
    if (tag !== linkTag || this.#major() !== bytesMajor) throw malformed('it has a tag that there is not')
    const length = this.#number()
    const start = this.#at
    this.#skip(length)
    if (length === 0 || this.#bytes[start] !== 0) throw malformed('a CID does not begin with 0')
    if (this.links.length >= this.#limits.links) throw tooMuch('links', 'too many links')
    this.links.push(this.#bytes.subarray(start + 1, this.#at))
  }

  #major(): number {
    const head = this.#bytes[this.#at++]
    if (head === undefined) throw malformed('it is cut off')
    this.#short = head & 31
    return head >> 5
  }

  /** What follows a head, in as few bytes as it takes ("Strictness"). */
  #number(): number {
    const short = this.#short
    if (short < 24) return short
    if (short > 27) throw malformed('a length is not told')
    const count = 1 << (short - 24)
    const start = this.#at
    this.#skip(count)
    let value = 0
    for (let at = start; at < this.#at; at++) value = value * 256 + this.#bytes[at]!
    if (value < (count === 1 ? 24 : 2 ** (count * 4))) throw malformed('a number is longer than it need be')
    return value
  }

  /** `false`, `true`, `null`, `undefined`, which some have for that, and finite numbers. */
  #simple(): void {
    const short = this.#short
    if (short >= 20 && short <= 23) return
    if (short < 25 || short > 27) throw malformed('it has a value that there is not')
    const start = this.#at
    this.#skip(1 << (short - 24))
    const [first = 0, second = 0] = this.#bytes.subarray(start, start + 2)
    const exponent = short === 25 ? 0x7c00 : short === 26 ? 0x7f80 : 0x7ff0
    if ((((first << 8) | second) & exponent) === exponent) throw malformed('a number is none')
  }

  #skip(length: number): void {
    if (length > this.#bytes.length - this.#at) throw malformed('it is cut off')
    this.#at += length
  }
}

function malformed(why: string): PeerageError {
  return new PeerageError('wire.invalid', `A block of DAG-CBOR is malformed: ${why}.`)
}

function tooMuch(limit: keyof DagCborLimits, why: string): PeerageError {
  return new PeerageError('wire.limit', `A block of DAG-CBOR exceeds a bound: ${why}.`, {
    details: { limit },
  })
}
