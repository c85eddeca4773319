import type { VirtualWorld } from '../../src/base/index.ts'
import type { ByteStream } from '../../src/swarm/index.ts'

/** Both ends of a stream in virtual time. `cut` splits what is sent into chunks of this size. */
export function memoryStreams(
  world: VirtualWorld,
  names: readonly [string, string],
  options: { readonly latencyMs?: number; readonly cut?: number } = {},
): [MemoryStream, MemoryStream] {
  const a = new MemoryStream(world, names[1], options)
  const b = new MemoryStream(world, names[0], options)
  a.other = b
  b.other = a
  return [a, b]
}

/** One end. `peer` is who sits at the other end. */
export class MemoryStream implements ByteStream {
  readonly peer: string
  other: MemoryStream | undefined
  bufferedBytes = 0
  aborted: Error | undefined
  closed = false
  readonly #world: VirtualWorld
  readonly #latencyMs: number
  readonly #cut: number
  readonly #held: Uint8Array[] = []
  #paused = false
  #onData: ((chunk: Uint8Array) => void) | undefined
  #onEnd: () => void = () => undefined
  #onClose: (error?: Error) => void = () => undefined

  constructor(
    world: VirtualWorld,
    peer: string,
    { latencyMs = 1, cut = 65_536 }: { readonly latencyMs?: number; readonly cut?: number },
  ) {
    this.#world = world
    this.peer = peer
    this.#latencyMs = latencyMs
    this.#cut = cut
  }

  send(bytes: Uint8Array, released?: () => void): boolean {
    const copy = bytes.slice()
    released?.()
    if (this.closed) return false
    this.bufferedBytes += copy.length
    this.#world.after(this.#latencyMs, () => {
      this.bufferedBytes -= copy.length
      for (let at = 0; at < copy.length; at += this.#cut) this.other?.deliver(copy.slice(at, at + this.#cut))
    })
    return true
  }

  deliver(chunk: Uint8Array): void {
    if (this.closed) return
    if (this.#paused || this.#onData === undefined) this.#held.push(chunk)
    else {
      this.#onData(chunk)
      // Chunks are valid only during the call.
      chunk.fill(0xee)
    }
  }

  async drained(): Promise<void> {}

  onData(callback: (chunk: Uint8Array) => void): void {
    this.#onData = callback
    this.#flush()
  }

  onEnd(callback: () => void): void {
    this.#onEnd = callback
  }

  onClose(callback: (error?: Error) => void): void {
    this.#onClose = callback
  }

  pause(): void {
    this.#paused = true
  }

  resume(): void {
    this.#paused = false
    this.#flush()
  }

  async close(): Promise<void> {
    if (this.closed) return
    this.closed = true
    this.#world.after(this.#latencyMs, () => this.other?.ended())
  }

  abort(reason: Error): void {
    if (this.closed) return
    this.aborted = reason
    void this.close()
    this.#world.after(0, () => this.#onClose(reason))
  }

  ended(): void {
    if (this.closed) return
    this.#onEnd()
    this.#onClose()
  }

  #flush(): void {
    while (this.#held.length > 0 && !this.#paused && this.#onData !== undefined)
      this.#onData(this.#held.shift()!)
  }
}
