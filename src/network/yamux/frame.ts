import { PeerageError } from '../../base/index.ts'

/** Frames of yamux (hashicorp/yamux `spec.md`): 12 bytes of header, big-endian, then the payload of data frames. */
export const headerBytes: 12 = 12

/** Every stream starts with this window in both directions (spec, "Flow Control"). */
export const initialWindow: number = 256 * 1024

export const FrameType = { data: 0, windowUpdate: 1, ping: 2, goAway: 3 } as const
export const Flag = { syn: 1, ack: 2, fin: 4, rst: 8 } as const
export const GoAway = { normal: 0, protocolError: 1, internalError: 2 } as const

/** Writes one header at `at`; the caller has checked that there is room. */
export function writeHeader(
  into: Uint8Array,
  at: number,
  type: number,
  flags: number,
  streamId: number,
  length: number,
): void {
  into[at] = 0
  into[at + 1] = type
  into[at + 2] = flags >>> 8
  into[at + 3] = flags
  into[at + 4] = streamId >>> 24
  into[at + 5] = streamId >>> 16
  into[at + 6] = streamId >>> 8
  into[at + 7] = streamId
  into[at + 8] = length >>> 24
  into[at + 9] = length >>> 16
  into[at + 10] = length >>> 8
  into[at + 11] = length
}

export interface FrameSink {
  /** A whole header. For data frames `length` bytes of payload follow, in any number of parts. */
  onFrame(type: number, flags: number, streamId: number, length: number): void
  /** A part of the payload of the latest data frame; a view of the chunk that was pushed. `last`: the frame is complete. */
  onPayload(part: Uint8Array, last: boolean): void
}

const uint32 = (bytes: Uint8Array, at: number): number =>
  ((bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!) >>> 0

/**
 * Push parser. Keeps at most one partial header: payload is passed on as it comes, however long a frame claims to be, so
 * memory is bounded by what the sink keeps. Throws `wire.invalid`; after that it must not be used again.
 */
export class FrameDecoder {
  readonly #sink: FrameSink
  readonly #partial: Uint8Array = new Uint8Array(headerBytes)
  #partialLength = 0
  #payloadLeft = 0

  constructor(sink: FrameSink) {
    this.#sink = sink
  }

  push(chunk: Uint8Array): void {
    let at = 0
    while (at < chunk.length) {
      if (this.#payloadLeft > 0) at = this.#payload(chunk, at)
      else if (this.#partialLength === 0 && chunk.length - at >= headerBytes) {
        this.#header(chunk, at)
        at += headerBytes
      } else at = this.#gather(chunk, at)
    }
  }

  #payload(chunk: Uint8Array, at: number): number {
    const end = Math.min(chunk.length, at + this.#payloadLeft)
    this.#payloadLeft -= end - at
    // Not subarray(): a Buffer's would be a Buffer, whose slice() shares memory where a Uint8Array's copies.
    this.#sink.onPayload(
      new Uint8Array(chunk.buffer, chunk.byteOffset + at, end - at),
      this.#payloadLeft === 0,
    )
    return end
  }

  #gather(chunk: Uint8Array, at: number): number {
    const end = Math.min(chunk.length, at + headerBytes - this.#partialLength)
    this.#partial.set(chunk.subarray(at, end), this.#partialLength)
    this.#partialLength += end - at
    if (this.#partialLength === headerBytes) {
      this.#partialLength = 0
      this.#header(this.#partial, 0)
    }
    return end
  }

  #header(bytes: Uint8Array, at: number): void {
    const type = bytes[at + 1]!
    if (bytes[at] !== 0) throw new PeerageError('wire.invalid', 'Unknown yamux version.')
    if (type > FrameType.goAway) throw new PeerageError('wire.invalid', 'Unknown yamux frame type.')
    const flags = (bytes[at + 2]! << 8) | bytes[at + 3]!
    const length = uint32(bytes, at + 8)
    if (type === FrameType.data) this.#payloadLeft = length
    this.#sink.onFrame(type, flags, uint32(bytes, at + 4), length)
  }
}
