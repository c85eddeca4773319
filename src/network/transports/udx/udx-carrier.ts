import { Duplex } from 'node:stream'
import type { UdxStream } from 'udx-native'
import { PeerageError, type World } from '../../../base/index.ts'

/** Bytes that wait here to be read; honest peers are told to stop long before, by the windows of the muxer. */
export const maxUnreadBytes: number = 8 * 1024 * 1024
/** `udx-native` reads packets into buffers of this size, one after the other, and wants room for one more packet. */
const bufferBytes = 66 * 1024
/** What is in one buffer is passed on when the first packet comes into the next. */
const buffersInTurn = 4
/** Time for what was written to arrive after the end, in ms. */
const lingerMs = 3_000

/** A UDX stream as what a TCP socket is to the rest of the network: Node's TLS runs on it. */
export class UdxCarrier extends Duplex {
  readonly #stream: UdxStream
  readonly #world: World
  /** Packets that came in this turn, next to one another in the memory of `udx-native`. */
  #packets: Buffer | undefined
  #length = 0
  #drained: (() => void) | undefined
  #lends = false
  #isLingering = false

  constructor(stream: UdxStream, world: World) {
    super({ allowHalfOpen: false, highWaterMark: 256 * 1024 })
    this.#stream = stream
    this.#world = world
    stream.on('data', packet => this.#receive(packet))
    stream.on('end', () => {
      this.#flush()
      this.push(null)
    })
    stream.on('drain', () => this.#continue())
    stream.on('error', error => this.destroy(error))
    // Always ends in 'close', which is heard; without a listener it would end the process.
    this.on('error', () => {})
    stream.on('close', () => this.destroy())
  }

  /** Allocating all that is received costs more than decrypting it: garbage beside a heap of tens of megabytes. */
  lendChunks(): void {
    this.#lends ||= readInto(this.#stream)
  }

  /** What was written and not yet received goes nowhere; the other side is told. */
  resetAndDestroy(): this {
    this.#stream.destroy()
    return this.destroy()
  }

  /** Ends, once what was written is on its way. */
  destroySoon(): void {
    if (this.writable) this.end()
    this.#linger()
    if (this.writableFinished) this.destroy()
    else this.once('finish', () => this.destroy())
  }

  /** TLS takes a whole turn's packets at once: one by one they cost it twice as much. */
  #receive(packet: Buffer): void {
    const held = this.#packets
    if (
      held !== undefined &&
      held.buffer === packet.buffer &&
      held.byteOffset + this.#length === packet.byteOffset
    ) {
      this.#length += packet.length
      return
    }
    if (held === undefined) setImmediate(() => this.#flush())
    else this.#flush()
    this.#packets = packet
    this.#length = packet.length
  }

  #flush(): void {
    const held = this.#packets
    if (held === undefined) return
    this.#packets = undefined
    if (this.destroyed) return
    const bytes = Buffer.from(held.buffer, held.byteOffset, this.#length)
    // What waits here is kept; what is taken during the call need not be.
    const waits = this.readableFlowing !== true || this.readableLength > 0
    this.push(this.#lends && waits ? Buffer.from(bytes) : bytes)
    if (this.readableLength > maxUnreadBytes)
      this.destroy(new PeerageError('peer.protocol', 'The peer sends more than it may.'))
  }

  #continue(): void {
    const drained = this.#drained
    this.#drained = undefined
    drained?.()
  }

  override _read(): void {}

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.#sent(this.#stream.write(chunk), done)
  }

  override _writev(
    chunks: readonly { readonly chunk: Buffer }[],
    done: (error?: Error | null) => void,
  ): void {
    let more = true
    for (const { chunk } of chunks) more = this.#stream.write(chunk)
    this.#sent(more, done)
  }

  #sent(more: boolean, done: () => void): void {
    if (more) done()
    else this.#drained = done
  }

  override _final(done: (error?: Error | null) => void): void {
    this.#stream.end()
    done()
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    if (error === null && this.writableFinished) this.#linger()
    else this.#stream.destroy()
    done(error)
  }

  #linger(): void {
    const stream = this.#stream
    if (this.#isLingering || stream.destroyed) return
    this.#isLingering = true
    const timer = this.#world.after(lingerMs, () => stream.destroy())
    stream.on('close', () => timer.cancel())
  }
}

/**
 * Makes a stream read into a few buffers, again and again, instead of into new ones. False, and nothing changed, where `udx-native` does not keep
 * them as it does in 1.21.
 */
function readInto(stream: UdxStream): boolean {
  if (!('_reallocData' in stream) || !('_buffer' in stream)) return false
  const buffers: Buffer[] = []
  let turn = 0
  Reflect.set(stream, '_reallocData', () => {
    if (buffers.length < buffersInTurn) buffers.push(Buffer.allocUnsafeSlow(bufferBytes))
    const buffer = buffers[turn]
    turn = (turn + 1) % buffersInTurn
    Reflect.set(stream, '_buffer', buffer)
    return buffer
  })
  return true
}
