import { type ByteStream, giveBackRoom, roomBytes, takeRoom } from '../../swarm/index.ts'
import type { Rc4 } from '../../wire/index.ts'

/** Below this a room would be wasted, in bytes. */
const leastWorthIt = 8192
/** Words of source and target begin alike: see `Rc4.apply`. */
const mostShift = 3

/** Both directions of a connection. */
export interface Ciphers {
  readonly encrypt: Rc4
  readonly decrypt: Rc4
}

/**
 * A stream over a stream, enciphered. What is sent is copied while it is enciphered, for blocks in shared memory may be on
 * their way to others; what comes is deciphered where it lies. Everything else is as the stream below has it.
 */
export function encryptedStream(below: ByteStream, ciphers: Ciphers): ByteStream {
  return new EncryptedStream(below, ciphers)
}

class EncryptedStream implements ByteStream {
  readonly #below: ByteStream
  readonly #ciphers: Ciphers
  /** Without it below, there is none here: the pump asks. */
  readonly onSent?: (callback: () => void) => void

  constructor(below: ByteStream, ciphers: Ciphers) {
    this.#below = below
    this.#ciphers = ciphers
    if (below.onSent !== undefined) this.onSent = callback => below.onSent?.(callback)
  }

  get peer(): string {
    return this.#below.peer
  }

  get rttMs(): number | undefined {
    return this.#below.rttMs
  }

  get bufferedBytes(): number {
    return this.#below.bufferedBytes
  }

  send(bytes: Uint8Array, released?: () => void): boolean {
    let room = true
    const most = roomBytes - mostShift
    for (let at = 0; at < bytes.length; at += most) room = this.#send(bytes.subarray(at, at + most))
    released?.()
    return room
  }

  #send(bytes: Uint8Array): boolean {
    const { length } = bytes
    const room = length < leastWorthIt ? undefined : takeRoom()
    const shift = room === undefined ? 0 : bytes.byteOffset & mostShift
    const out = room?.subarray(shift, shift + length) ?? new Uint8Array(length)
    this.#ciphers.encrypt.apply(bytes, out)
    return this.#below.send(out, room && (() => giveBackRoom(room)))
  }

  drained(): Promise<void> {
    return this.#below.drained()
  }

  onData(callback: (chunk: Uint8Array) => void): void {
    this.#below.onData(chunk => callback(this.#ciphers.decrypt.apply(chunk)))
  }

  onEnd(callback: () => void): void {
    this.#below.onEnd(callback)
  }

  onClose(callback: (error?: Error) => void): void {
    this.#below.onClose(callback)
  }

  pause(): void {
    this.#below.pause()
  }

  resume(): void {
    this.#below.resume()
  }

  close(): Promise<void> {
    return this.#below.close()
  }

  abort(reason: Error): void {
    this.#below.abort(reason)
  }
}
