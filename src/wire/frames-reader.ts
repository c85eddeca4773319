import { FrameReader } from './frame-reader.ts'

/** Reads frame after frame, each with a big-endian 16 bit length prefix, from the chunks of one stream. */
export class FramesReader {
  readonly #maxBytes: number
  #current: FrameReader

  /** `maxBytes` bounds each frame without its prefix. */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
    this.#current = new FrameReader(maxBytes)
  }

  /** The frames that `chunk` completes, without their prefixes; they belong to the caller. Throws as `FrameReader.push`. */
  *push(chunk: Uint8Array): Generator<Uint8Array> {
    for (let at = 0; at < chunk.length; ) {
      const { consumed, frame } = this.#current.push(chunk.subarray(at))
      at += consumed
      if (frame === undefined) continue
      this.#current = new FrameReader(this.#maxBytes)
      yield frame
    }
  }
}
