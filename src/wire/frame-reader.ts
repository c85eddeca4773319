import { PeerageError } from '../base/index.ts'

/**
 * Reads ONE frame with a big-endian 16 bit length prefix from the start of a stream, and leaves everything behind it to
 * others. Memory grows with what arrives.
 */
export class FrameReader {
  readonly #maxBytes: number
  #bytes: Uint8Array = new Uint8Array(256)
  #have = 0
  #complete = false

  /** `maxBytes` bounds the frame without its prefix. */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  /**
   * Takes from the start of `chunk` what belongs to the frame: `consumed` bytes. `frame`, without its prefix, is there when
   * it is complete and belongs to the caller. Throws `wire.limit` for one that is too long, `wire.invalid` for an empty one.
   */
  push(chunk: Uint8Array): { readonly consumed: number; readonly frame?: Uint8Array } {
    if (this.#complete) throw new TypeError('the frame was read before')
    let consumed = this.#take(chunk, 0, 2)
    if (this.#have < 2) return { consumed }
    const length = (this.#bytes[0]! << 8) | this.#bytes[1]!
    if (length === 0) throw new PeerageError('wire.invalid', 'The first frame of a stream is empty.')
    if (length > this.#maxBytes)
      throw new PeerageError('wire.limit', `The first frame of a stream has ${length} bytes.`, {
        details: { length, bound: this.#maxBytes },
      })
    consumed += this.#take(chunk, consumed, 2 + length)
    if (this.#have < 2 + length) return { consumed }
    this.#complete = true
    return { consumed, frame: this.#bytes.subarray(2, 2 + length) }
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

/** `payload` behind its 16 bit length. Throws `TypeError` when it is empty or longer than `maxBytes`. */
export function encodeFrame(payload: Uint8Array, maxBytes: number): Uint8Array {
  if (payload.length === 0 || payload.length > maxBytes)
    throw new TypeError(`a frame of ${payload.length} bytes, at most ${maxBytes} are allowed`)
  const out = new Uint8Array(2 + payload.length)
  out[0] = payload.length >> 8
  out[1] = payload.length
  out.set(payload, 2)
  return out
}
