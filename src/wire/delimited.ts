import { concat, PeerageError } from '../base/index.ts'
import { encodeVarint } from './protobuf.ts'

/** A length prefix of libp2p has at most so many bytes here: frames stay below 2^28. */
const maxPrefixBytes = 4

/**
 * Reads frame after frame, each behind its length as an unsigned varint (libp2p's usual framing of protobuf messages), from the
 * chunks of one stream. Memory grows with what arrives.
 */
export class DelimitedReader {
  readonly #maxBytes: number
  #prefix = 0
  #prefixBytes = 0
  /** What has come of the frame; undefined while its length is read. */
  #frame: Uint8Array | undefined
  #length = 0
  #have = 0

  /** `maxBytes` bounds each frame without its prefix. */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  /**
   * The frames that `chunk` completes, without their prefixes; they belong to the caller. Throws `wire.limit` for one that is too
   * long, `wire.invalid` for a length that is written in more bytes than it needs.
   */
  *push(chunk: Uint8Array): Generator<Uint8Array> {
    for (let at = 0; at < chunk.length; ) {
      if (this.#frame === undefined) {
        this.#readPrefix(chunk[at++]!)
      } else {
        const take = Math.min(this.#length - this.#have, chunk.length - at)
        this.#append(chunk.subarray(at, at + take))
        at += take
      }
      if (this.#frame === undefined || this.#have < this.#length) continue
      const frame = this.#frame.subarray(0, this.#length)
      this.#frame = undefined
      yield frame
    }
  }

  #readPrefix(byte: number): void {
    this.#prefix += (byte & 127) * 128 ** this.#prefixBytes
    this.#prefixBytes++
    if (byte >= 128) {
      if (this.#prefixBytes < maxPrefixBytes) return
      throw new PeerageError('wire.limit', 'A frame is announced that is too long.')
    }
    if (byte === 0 && this.#prefixBytes > 1)
      throw new PeerageError('wire.invalid', 'The length of a frame is longer than need be.')
    if (this.#prefix > this.#maxBytes)
      throw new PeerageError('wire.limit', `A frame has ${this.#prefix} bytes.`, {
        details: { length: this.#prefix, bound: this.#maxBytes },
      })
    this.#length = this.#prefix
    this.#frame = new Uint8Array(Math.min(this.#length, 256))
    this.#have = 0
    this.#prefix = 0
    this.#prefixBytes = 0
  }

  #append(bytes: Uint8Array): void {
    const have = this.#have + bytes.length
    if (have > this.#frame!.length) {
      const grown = new Uint8Array(Math.min(this.#length, Math.max(have, this.#frame!.length * 2)))
      grown.set(this.#frame!.subarray(0, this.#have))
      this.#frame = grown
    }
    this.#frame!.set(bytes, this.#have)
    this.#have = have
  }
}

/** `payload` behind its length as an unsigned varint. */
export function encodeDelimited(payload: Uint8Array): Uint8Array {
  return concat([encodeVarint(payload.length), payload])
}

/**
 * The frame that `bytes` begin with and what follows it; undefined while it is not all there. For protocols that go on with something else
 * behind it. Throws as `DelimitedReader.push`.
 */
export function takeDelimited(
  bytes: Uint8Array,
  maxBytes: number,
): { readonly frame: Uint8Array; readonly rest: Uint8Array } | undefined {
  const frame = new DelimitedReader(maxBytes).push(bytes).next().value
  if (!(frame instanceof Uint8Array)) return undefined
  return { frame, rest: bytes.subarray(encodeVarint(frame.length).length + frame.length) }
}
