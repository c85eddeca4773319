import { PeerageError } from '../base/index.ts'
import { defaultWireConfig, type WireConfig } from './config.ts'
import { decodeFrame, minimumFrameBytes } from './message-frame.ts'
import { hashFieldsBytes, type Message, messageIds, pieceHeaderBytes, readUint32 } from './peer-wire.ts'

/** Copies `from[start, end)` to `to` at `toStart`. */
export type CopyBytes = (
  from: Uint8Array,
  start: number,
  end: number,
  to: Uint8Array,
  toStart: number,
) => void

export interface MessageDecoderOptions {
  /** Bounds that differ from `defaultWireConfig`. */
  readonly limits?: Partial<WireConfig>
  /**
   * Where the data of a block goes: exactly `length` bytes, filled before the message is given out; undefined skips them.
   * The peer chose the numbers: look up whether this was asked for before any memory is spent on it.
   */
  place(piece: number, begin: number, length: number): Uint8Array | undefined
  /** One call a message, in order. The message and all bytes in it belong to the callee. */
  onMessage(message: Message): void
  /**
   * Replaces `TypedArray.set`, which copies into shared memory at 1 to 3 GB/s (V8 goes byte by byte there unless source and
   * target are aligned alike, and they never are behind a 13 byte header). On Node.js this moves over 10 GB/s, because
   * `copy` of a part, unlike that of a whole Buffer, is a native memmove:
   * `Buffer.from(from.buffer).copy(to, toStart, from.byteOffset + start, from.byteOffset + end)`
   */
  readonly copy?: CopyBytes
}

export const copyWithSet: CopyBytes = (from, start, end, to, toStart) => {
  to.set(start === 0 && end === from.length ? from : from.subarray(start, end), toStart)
}

/** A frame buffer that grew larger than this is let go once its frame is complete. */
const keptPartialBytes = 1024

const keepalive: Message = Object.freeze({ type: 'keepalive' })

/**
 * Push parser of the peer wire protocol, behind the handshake. Chunks may end anywhere. The data of blocks is copied once,
 * from the chunk to its place; no chunk is kept after `push` returns. Memory: at most the longest frame that is no block,
 * and only as it really arrives.
 */
export class MessageDecoder {
  readonly #limits: WireConfig
  readonly #options: MessageDecoderOptions
  readonly #copy: CopyBytes
  /** The start of a frame that the last chunk did not hold in full. */
  #partial: Uint8Array = new Uint8Array(64)
  #partialLength = 0
  /** How long `#partial` must become before it is looked at again. */
  #needed = 4
  /** Bytes of a block or of an unknown message that are yet to come. */
  #left = 0
  #inBlock = false
  #piece = 0
  #begin = 0
  #length = 0
  #target: Uint8Array | undefined
  #state: 'ready' | 'pushing' | 'stopped' | 'failed' = 'ready'

  constructor(options: MessageDecoderOptions) {
    this.#options = options
    this.#limits = { ...defaultWireConfig, ...options.limits }
    this.#copy = options.copy ?? copyWithSet
  }

  /** True between two frames: only there may a stream end. */
  get idle(): boolean {
    return this.#left === 0 && this.#partialLength === 0
  }

  /** Decodes what is complete. Throws `wire.invalid` or `wire.limit`, and from then on at every call. */
  push(chunk: Uint8Array): void {
    if (this.#state === 'stopped') return
    if (this.#state === 'failed') throw new PeerageError('wire.invalid', 'This stream was refused before.')
    if (this.#state === 'pushing') throw new TypeError('push() was called from inside onMessage() or place()')
    this.#state = 'pushing'
    try {
      this.#consume(chunk)
      if (this.#state === 'pushing') this.#state = 'ready'
    } catch (error) {
      this.#state = 'failed'
      this.#release()
      throw error
    }
  }

  /** Ignores all further input, the rest of the chunk in hand included. May be called from inside `onMessage`. */
  stop(): void {
    if (this.#state !== 'failed') this.#state = 'stopped'
    this.#release()
  }

  #release(): void {
    this.#target = undefined
    this.#partial = new Uint8Array(0)
  }

  #consume(chunk: Uint8Array): void {
    const end = chunk.length
    let at = 0
    while (at < end && this.#state === 'pushing') {
      if (this.#left > 0) at = this.#payload(chunk, at)
      else if (this.#partialLength > 0) at = this.#resume(chunk, at)
      else {
        const next = this.#frame(chunk, at, end)
        at = next === at ? this.#keep(chunk, at) : next
      }
    }
  }

  /** Takes the next bytes of a block or of an unknown message. */
  #payload(chunk: Uint8Array, at: number): number {
    const take = Math.min(this.#left, chunk.length - at)
    if (this.#target !== undefined) this.#copy(chunk, at, at + take, this.#target, this.#length - this.#left)
    this.#left -= take
    if (this.#left === 0 && this.#inBlock) this.#finishBlock()
    return at + take
  }

  #finishBlock(): void {
    const data = this.#target
    const fields = { piece: this.#piece, begin: this.#begin, length: this.#length }
    this.#inBlock = false
    this.#target = undefined
    this.#options.onMessage(
      data === undefined ? { type: 'piece', ...fields } : { type: 'piece', ...fields, data },
    )
  }

  /** Completes the frame in `#partial`, as far as the chunk goes. */
  #resume(chunk: Uint8Array, at: number): number {
    const next = this.#keep(chunk, at)
    if (this.#partialLength < this.#needed) return next
    const length = this.#partialLength
    // Cleared first, so that a throwing or stopping callee finds no frame half taken.
    this.#partialLength = 0
    if (this.#frame(this.#partial, 0, length) === 0) this.#partialLength = length
    else if (this.#partial.length > keptPartialBytes) this.#partial = new Uint8Array(64)
    return next
  }

  /** Adds to `#partial` until it holds `#needed` bytes. Its capacity grows with what arrives, not with what is announced. */
  #keep(chunk: Uint8Array, at: number): number {
    const take = Math.min(this.#needed - this.#partialLength, chunk.length - at)
    const length = this.#partialLength + take
    if (length > this.#partial.length) {
      const grown = new Uint8Array(Math.min(this.#needed, Math.max(length, this.#partial.length * 2)))
      grown.set(this.#partial.subarray(0, this.#partialLength))
      this.#partial = grown
    }
    this.#partial.set(chunk.subarray(at, at + take), this.#partialLength)
    this.#partialLength = length
    return at + take
  }

  /**
   * Takes one frame (of a block: its header) from `bytes[at, end)` and gives the offset behind it; or `at` when it is not
   * there in full, with `#needed` set to what it takes to get further.
   */
  #frame(bytes: Uint8Array, at: number, end: number): number {
    const available = end - at
    if (available < 4) return this.#wait(4, at)
    const length = readUint32(bytes, at)
    if (length === 0) {
      this.#options.onMessage(keepalive)
      return at + 4
    }
    if (available < 5) return this.#wait(5, at)
    const id = bytes[at + 4]!
    if (id === messageIds.piece) return this.#block(bytes, at, available, length)
    if (minimumFrameBytes[id] === undefined) return this.#skip(id, length, at + 5)
    this.#checkLength(id, length)
    if (available < 4 + length) return this.#wait(4 + length, at)
    this.#options.onMessage(decodeFrame(id, bytes, at + 5, length - 1, this.#limits))
    return at + 4 + length
  }

  #wait(needed: number, at: number): number {
    this.#needed = needed
    return at
  }

  /** BEP 10 and BEP 6 add messages without asking: what is not known is ignored, within a bound. */
  #skip(id: number, length: number, next: number): number {
    if (length > this.#limits.maxUnknownBytes + 1) throw tooLong(id, length)
    this.#left = length - 1
    return next
  }

  #block(bytes: Uint8Array, at: number, available: number, length: number): number {
    if (length < 10) throw new PeerageError('wire.invalid', 'A block is empty or its header is incomplete.')
    if (length - 9 > this.#limits.maxRequestBytes) throw tooLong(messageIds.piece, length)
    if (available < pieceHeaderBytes) return this.#wait(pieceHeaderBytes, at)
    this.#piece = readUint32(bytes, at + 5)
    this.#begin = readUint32(bytes, at + 9)
    this.#length = length - 9
    const target = this.#options.place(this.#piece, this.#begin, this.#length)
    if (target !== undefined && target.length !== this.#length)
      throw new TypeError(`place() gave ${target.length} bytes for a block of ${this.#length}`)
    this.#left = this.#length
    this.#inBlock = true
    this.#target = target
    return at + pieceHeaderBytes
  }

  #checkLength(id: number, length: number): void {
    const minimum = minimumFrameBytes[id]!
    const longest = this.#longest(id)
    if (length < minimum || (longest === undefined && length > minimum))
      throw new PeerageError('wire.invalid', `Message ${id} has a wrong length.`, { details: { id, length } })
    if (longest !== undefined && length > longest) throw tooLong(id, length)
  }

  /** The bound for messages that have no fixed length. */
  #longest(id: number): number | undefined {
    if (id === messageIds.bitfield) return 1 + this.#limits.maxBitfieldBytes
    if (id === messageIds.extended) return 2 + this.#limits.maxExtendedBytes
    if (id === messageIds.hashes) return 1 + hashFieldsBytes + 32 * this.#limits.maxHashes
    return undefined
  }
}

function tooLong(id: number, length: number): PeerageError {
  return new PeerageError('wire.limit', `Message ${id} of ${length} bytes is longer than allowed.`, {
    details: { id, length },
  })
}
