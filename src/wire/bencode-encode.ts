import { concat, utf8 } from '../base/index.ts'
import type { Encodable } from './bencoded.ts'

const blockBytes = 524_288

/**
 * The canonical bencoding (BEP 3) of a value, so that equal values give equal bytes. Throws `TypeError` for a number that
 * is no safe integer (use `bigint`) and for dictionary keys that are not binary strings (use `key(text)`).
 */
export function encode(value: Encodable): Uint8Array {
  const writer = new BencodeWriter()
  writer.value(value)
  return writer.finish()
}

/** Writes a value in parts, for those of many that need not exist side by side. Who opens a dictionary gives its keys in order. */
export class BencodeWriter {
  /** Blocks that are full: what is long is not copied again and again as it grows. */
  readonly #full: Uint8Array[] = []
  #bytes = new Uint8Array(256)
  #at = 0

  finish(): Uint8Array {
    return concat([...this.#full, this.#bytes.subarray(0, this.#at)])
  }

  /** Begins a dictionary or list, which `close` ends. */
  open(kind: 'dictionary' | 'list'): void {
    this.#binary(kind === 'dictionary' ? 'd' : 'l')
  }

  close(): void {
    this.#binary('e')
  }

  /** A binary string, see `key`; what comes next is its value. */
  key(key: string): void {
    this.#binary(`${key.length}:`)
    this.#binary(key)
  }

  value(value: Encodable): void {
    if (typeof value === 'string') this.#string(utf8(value))
    else if (typeof value === 'number') this.#number(value)
    else if (typeof value === 'bigint') this.#binary(`i${value}e`)
    else if (value instanceof Uint8Array) this.#string(value)
    else if (isMap(value)) this.#dictionary(value)
    else this.#list(value)
  }

  #number(value: number): void {
    if (!Number.isSafeInteger(value)) throw new TypeError(`cannot bencode the number ${value}`)
    this.#binary(`i${value}e`)
  }

  #string(bytes: Uint8Array): void {
    this.#binary(`${bytes.length}:`)
    this.#reserve(bytes.length)
    this.#bytes.set(bytes, this.#at)
    this.#at += bytes.length
  }

  #list(list: readonly Encodable[]): void {
    this.open('list')
    for (const value of list) this.value(value)
    this.close()
  }

  #dictionary(map: ReadonlyMap<string, Encodable>): void {
    this.open('dictionary')
    for (const [key, value] of inOrder(map)) {
      this.key(key)
      this.value(value)
    }
    this.close()
  }

  #binary(text: string): void {
    this.#reserve(text.length)
    const bytes = this.#bytes
    let at = this.#at
    for (let i = 0; i < text.length; i++) {
      const code = text.charCodeAt(i)
      if (code > 255) throw new TypeError('not a dictionary key: use key(text) for text')
      bytes[at++] = code
    }
    this.#at = at
  }

  #reserve(length: number): void {
    const needed = this.#at + length
    if (needed <= this.#bytes.length) return
    if (this.#at >= blockBytes) {
      this.#full.push(this.#bytes.subarray(0, this.#at))
      this.#bytes = new Uint8Array(Math.max(length, blockBytes * 2))
      this.#at = 0
      return
    }
    const grown = new Uint8Array(Math.max(needed, this.#bytes.length * 2))
    grown.set(this.#bytes.subarray(0, this.#at))
    this.#bytes = grown
  }
}

function isMap(
  value: readonly Encodable[] | ReadonlyMap<string, Encodable>,
): value is ReadonlyMap<string, Encodable> {
  return value instanceof Map
}

/** The entries sorted by key; those of decoded dictionaries already are. */
function inOrder(map: ReadonlyMap<string, Encodable>): Iterable<readonly [string, Encodable]> {
  let previous: string | undefined
  for (const key of map.keys()) {
    if (previous !== undefined && key < previous) return [...map].sort((a, b) => (a[0] < b[0] ? -1 : 1))
    previous = key
  }
  return map
}
