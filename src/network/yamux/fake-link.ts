import { type Logger, type MessageStream, StreamCloseEvent, TypedEventEmitter } from '@libp2p/interface'
import { VirtualWorld } from '../../base/index.ts'
import { MemoryLedger, StreamQuota } from '../limits/index.ts'
import type { Link } from './link.ts'
import { Muxer, type MuxerOptions } from './muxer.ts'
import { WindowBudget } from './window-budget.ts'

const silence = (): Logger =>
  Object.assign(() => {}, { error: () => {}, trace: () => {}, enabled: false, newScope: silence })

/** One end of a connection in memory, for tests of the muxer; `stalled` makes its writes wait. */
export class FakeConnection extends TypedEventEmitter<{ close: StreamCloseEvent }> {
  readonly direction: 'inbound' | 'outbound'
  readonly log: Logger = silence()
  readonly link: Link
  readonly writes: Uint8Array[] = []
  other: FakeConnection | undefined
  stalled = false
  aborted: Error | undefined
  #onBytes: ((chunk: Uint8Array) => void) | undefined
  #early: Uint8Array[] = []
  #waiting: (() => void)[] = []

  constructor(direction: 'inbound' | 'outbound') {
    super()
    this.direction = direction
    this.link = {
      write: (bytes, done) => this.#write(bytes.slice(), done),
      start: onBytes => {
        this.#onBytes = onBytes
        for (const chunk of this.#early) onBytes(chunk)
      },
      abort: reason => this.close(reason),
    }
  }

  #write(bytes: Uint8Array, done: () => void): void {
    this.writes.push(bytes)
    const deliver = (): void => {
      queueMicrotask(() => this.other?.receive(bytes))
      done()
    }
    if (this.stalled) this.#waiting.push(deliver)
    else queueMicrotask(deliver)
  }

  unstall(): void {
    this.stalled = false
    for (const deliver of this.#waiting.splice(0)) deliver()
  }

  receive(chunk: Uint8Array): void {
    if (this.#onBytes === undefined) this.#early.push(chunk)
    else this.#onBytes(chunk)
  }

  close(error?: Error): void {
    if (this.aborted !== undefined) return
    this.aborted = error ?? new Error('closed')
    this.dispatchEvent(new StreamCloseEvent(true, error))
    this.other?.close(error === undefined ? undefined : new Error('the other side closed'))
  }
}

export interface MuxerPair {
  readonly world: VirtualWorld
  readonly client: Muxer
  readonly server: Muxer
  readonly near: FakeConnection
  readonly far: FakeConnection
  readonly budget: WindowBudget
  readonly memory: MemoryLedger
  readonly quota: StreamQuota
}

/** Two muxers connected in memory. */
export function muxerPair(options: Partial<MuxerOptions> = {}): MuxerPair {
  const world = new VirtualWorld(1)
  const budget = new WindowBudget(64 * 1024 * 1024)
  const near = new FakeConnection('outbound')
  const far = new FakeConnection('inbound')
  near.other = far
  far.other = near
  const all: MuxerOptions = {
    maxStreams: 16,
    maxStreamWindow: 16 * 1024 * 1024,
    highWater: 1024 * 1024,
    pingIntervalMs: 10_000,
    pingTimeoutMs: 5_000,
    budget,
    memory: new MemoryLedger(64 * 1024 * 1024),
    quota: new StreamQuota(1024),
    now: () => world.now(),
    after: (delayMs, callback) => {
      const timer = world.after(delayMs, callback)
      return () => timer.cancel()
    },
    ...options,
  }
  const muxer = (connection: FakeConnection): Muxer => new Muxer(connection as unknown as MessageStream, all)
  return {
    world,
    client: muxer(near),
    server: muxer(far),
    near,
    far,
    budget,
    memory: all.memory,
    quota: all.quota,
  }
}
