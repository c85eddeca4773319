import { PeerageError } from '../base/index.ts'

/**
 * Reads ONE frame with a big-endian length prefix (16 bits unless said otherwise) from the start of a stream, and leaves
 * everything behind it to others. Memory grows with what arrives.
 */
export class FrameReader {
  readonly #maxBytes: number
  readonly #prefixBytes: number
  #bytes: Uint8Array = new Uint8Array(256)
  #have = 0
  #complete = false

  /** `maxBytes` bounds the frame without its prefix. */
  constructor(maxBytes: number, prefixBytes = 2) {
    this.#maxBytes = maxBytes
    this.#prefixBytes = prefixBytes
  }

  /**
   * Takes from the start of `chunk` what belongs to the frame: `consumed` bytes. `frame`, without its prefix, is there when
   * it is complete and belongs to the caller. Throws `wire.limit` for one that is too long, `wire.invalid` for an empty one.
   */
  push(chunk: Uint8Array): { readonly consumed: number; readonly frame?: Uint8Array } {
    if (this.#complete) throw new TypeError('the frame was read before')
    const head = this.#prefixBytes
    let consumed = this.#take(chunk, 0, head)
    if (this.#have < head) return { consumed }
    let length = 0
    for (let at = 0; at < head; at++) length = length * 256 + this.#bytes[at]!
    if (length === 0) throw new PeerageError('wire.invalid', 'A frame is empty.')
    if (length > this.#maxBytes)
      throw new PeerageError('wire.limit', `A frame has ${length} bytes.`, {
        details: { length, bound: this.#maxBytes },
      })
    consumed += this.#take(chunk, consumed, head + length)
    if (this.#have < head + length) return { consumed }
    this.#complete = true
    return { consumed, frame: this.#bytes.subarray(head, head + length) }
  }

  #take(chunk: Uint8Array, at: number, until: number): number {
    const take = Math.max(0, Math.min(until - this.#have, chunk.length - at))
    const have = this.#have + take
    if (have > this.#bytes.length) {
      const grown = new Uint8Array(Math.min(until, Math.max(have, this.#bytes.length * 2)))
      grown.set(this.#bytes.subarray(0, this.#have))
      this.#bytes = grown
    }
    this.#bytes.set(chunk.subarray(at, at + take), this.#have)
    this.#have = have
    return take
  }
}

/** `payload` behind its length. Throws `TypeError` when it is empty or longer than `maxBytes`. */
export function encodeFrame(payload: Uint8Array, maxBytes: number, prefixBytes = 2): Uint8Array {
  if (payload.length === 0 || payload.length > maxBytes)
    throw new TypeError(`a frame of ${payload.length} bytes, at most ${maxBytes} are allowed`)
  const out = new Uint8Array(prefixBytes + payload.length)
  for (let at = 0; at < prefixBytes; at++) out[at] = payload.length >>> (8 * (prefixBytes - 1 - at))
  out.set(payload, prefixBytes)
  return out
}
