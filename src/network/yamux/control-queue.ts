import { headerBytes, writeHeader } from './frame.ts'

/** Beyond this the peer evidently makes us answer (pings, streams to refuse) without reading the answers. */
const maxControlBytes = 48 * 1024

/** Frames without payload that go out before any data: window updates, pings, resets. */
export class ControlQueue {
  #buffer: Uint8Array = new Uint8Array(32 * headerBytes)
  #bytes = 0

  get bytes(): number {
    return this.#bytes
  }

  /** False when full. */
  push(type: number, flags: number, streamId: number, length: number): boolean {
    if (this.#bytes + headerBytes > maxControlBytes) return false
    if (this.#bytes + headerBytes > this.#buffer.length) {
      const larger = new Uint8Array(this.#buffer.length * 2)
      larger.set(this.#buffer)
      this.#buffer = larger
    }
    writeHeader(this.#buffer, this.#bytes, type, flags, streamId, length)
    this.#bytes += headerBytes
    return true
  }

  /** Copies everything to the start of `into`, which has room for it; returns how much that was. */
  moveTo(into: Uint8Array): number {
    into.set(this.#buffer.subarray(0, this.#bytes))
    const moved = this.#bytes
    this.#bytes = 0
    return moved
  }
}
