import { fromUtf8, utf8 } from '../base/index.ts'

/**
 * A decoded bencoding. Integers are `number` while safe and `bigint` beyond. Dictionary keys are "binary" strings, one
 * character (0..255) for each byte, so that any key round-trips and `<` is the byte order that BEP 3 asks for. Byte
 * strings are views of the decoded input, not copies.
 */
export type Bencoded = number | bigint | Uint8Array | Bencoded[] | Dictionary

export type Dictionary = Map<string, Bencoded>

/** What `encode` takes: anything that `decode` gives, and text, which is written as its UTF-8 bytes. */
export type Encodable =
  | number
  | bigint
  | string
  | Uint8Array
  | readonly Encodable[]
  | ReadonlyMap<string, Encodable>

/** The binary string of `bytes`: one character for each byte. */
export function binaryString(bytes: Uint8Array, start = 0, end: number = bytes.length): string {
  let out = ''
  if (end - start <= 256) {
    for (let at = start; at < end; at++) out += String.fromCharCode(bytes[at]!)
    return out
  }
  // A few thousand arguments are the most that every engine takes on its stack.
  for (let at = start; at < end; at += 4096)
    out += String.fromCharCode(...bytes.subarray(at, Math.min(end, at + 4096)))
  return out
}

/** The bytes of a binary string. Throws `TypeError` when a character is no byte. */
export function bytesOfKey(key: string): Uint8Array {
  const out = new Uint8Array(key.length)
  for (let i = 0; i < key.length; i++) {
    const code = key.charCodeAt(i)
    if (code > 255) throw new TypeError('not a dictionary key: use key(text) for text')
    out[i] = code
  }
  return out
}

/** The dictionary key that stands for `text`. */
export function key(text: string): string {
  return binaryString(utf8(text))
}

/** The text of a dictionary key, or undefined when it is not UTF-8. */
export function keyText(key: string): string | undefined {
  return fromUtf8(bytesOfKey(key))
}

/** A dictionary of the given entries, without those that are undefined; names are text. */
export function dictionary(
  entries: Readonly<Record<string, Encodable | undefined>>,
): ReadonlyMap<string, Encodable> {
  const out = new Map<string, Encodable>()
  for (const [name, value] of Object.entries(entries)) if (value !== undefined) out.set(key(name), value)
  return out
}

export function isDictionary(value: Bencoded | undefined): value is Dictionary {
  return value instanceof Map
}

/** The bytes under `name`; undefined when absent or of another type. The same holds for the readers below. */
export function bytesAt(from: Dictionary, name: string): Uint8Array | undefined {
  const value = from.get(name)
  return value instanceof Uint8Array ? value : undefined
}

/** The UTF-8 text under `name`. */
export function textAt(from: Dictionary, name: string): string | undefined {
  const value = from.get(name)
  return value instanceof Uint8Array ? fromUtf8(value) : undefined
}

/** The integer under `name` when it lies between `min` and `max`. */
export function integerAt(
  from: Dictionary,
  name: string,
  min = 0,
  max: number = Number.MAX_SAFE_INTEGER,
): number | undefined {
  const value = from.get(name)
  return typeof value === 'number' && value >= min && value <= max ? value : undefined
}

export function listAt(from: Dictionary, name: string): Bencoded[] | undefined {
  const value = from.get(name)
  return Array.isArray(value) ? value : undefined
}

export function dictionaryAt(from: Dictionary, name: string): Dictionary | undefined {
  const value = from.get(name)
  return value instanceof Map ? value : undefined
}
