import { utf8 } from '../base/index.ts'
import type { Encodable } from './bencoded.ts'

/**
 * The canonical bencoding (BEP 3) of a value, so that equal values give equal bytes. Throws `TypeError` for a number that
 * is no safe integer (use `bigint`) and for dictionary keys that are not binary strings (use `key(text)`).
 */
export function encode(value: Encodable): Uint8Array {
  const writer = new Writer()
  writer.value(value)
  return writer.finish()
}

class Writer {
  #bytes = new Uint8Array(256)
  #at = 0

  finish(): Uint8Array {
    return this.#bytes.slice(0, this.#at)
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
    this.#binary('l')
    for (const value of list) this.value(value)
    this.#binary('e')
  }

  #dictionary(map: ReadonlyMap<string, Encodable>): void {
    this.#binary('d')
    for (const [key, value] of inOrder(map)) {
      this.#binary(`${key.length}:`)
      this.#binary(key)
      this.value(value)
    }
    this.#binary('e')
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
