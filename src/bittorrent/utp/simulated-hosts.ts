import { VirtualWorld, type World } from '../../base/index.ts'
import type { ByteStream } from '../../swarm/index.ts'
import { type UtpConfig, utpConfig } from './config.ts'
import { type PathOptions, Pipe, SimulatedSocket } from './simulated-path.ts'
import { Utp } from './utp.ts'

export interface SimulatedHost {
  readonly socket: SimulatedSocket
  readonly utp: Utp
  readonly accepted: ByteStream[]
}

/** Hosts on both ends of one bottleneck: `left` and `right` may each be several. */
export class SimulatedHosts {
  readonly world: VirtualWorld
  readonly forward: Pipe
  readonly back: Pipe
  readonly #options: PathOptions
  readonly #sockets = new Map<string, SimulatedSocket>()
  #hosts = 0

  constructor(seed: number, options: PathOptions) {
    this.world = new VirtualWorld(seed)
    this.#options = options
    this.forward = new Pipe(this.world, options)
    this.back = new Pipe(this.world, options)
  }

  /** `own`: what is different in the world of this host. */
  add(side: 'left' | 'right', config: Partial<UtpConfig> = {}, own: Partial<World> = {}): SimulatedHost {
    const endpoint = { address: `192.0.2.${++this.#hosts}`, port: 6881 }
    const pipe = side === 'left' ? this.forward : this.back
    const socket = new SimulatedSocket(endpoint, pipe, this.#sockets)
    const accepted: ByteStream[] = []
    const world = { ...(side === 'left' ? this.#skewed(0, 0) : this.#skewed()), ...own }
    const utp = new Utp({
      world,
      datagrams: socket,
      config: utpConfig.parse(config),
      mayTalk: () => true,
      accept: stream => accepted.push(stream),
      defer: callback => world.after(0, callback),
    })
    return { socket, utp, accepted }
  }

  /** Connects two hosts; both streams, the one that asked first. */
  async connect(from: SimulatedHost, to: SimulatedHost): Promise<ByteStream> {
    const stream = from.utp.connect(to.socket.endpoint, { signal: new AbortController().signal })
    let settled = false
    stream.then(
      () => (settled = true),
      () => (settled = true),
    )
    while (!settled) {
      this.world.advance(10)
      await Promise.resolve()
      await Promise.resolve()
      await Promise.resolve()
    }
    return await stream
  }

  /** The clock of another machine. */
  #skewed(skewMs = this.#options.skewMs ?? 0, drift = this.#options.drift ?? 0): World {
    const { world } = this
    return {
      now: () => world.now() * (1 + drift) + skewMs,
      wallTime: () => world.wallTime(),
      localOffset: at => world.localOffset(at),
      random: world.random,
      after: (delayMs, callback) => world.after(delayMs, callback),
      every: (intervalMs, callback) => world.every(intervalMs, callback),
    }
  }
}

/** Sends without end, whenever fewer than `ahead` bytes wait; the bytes count up modulo 251. */
export function pour(stream: ByteStream, total: number, ahead = 262_144): void {
  let sent = 0
  const more = (): void => {
    while (sent < total && stream.bufferedBytes < ahead) {
      const length = Math.min(16_384, total - sent)
      stream.send(pattern(sent, length))
      sent += length
    }
  }
  stream.onSent?.(more)
  more()
}

const period = 251
const longest = 262_144
const patterns: Buffer = Buffer.alloc(
  longest + period,
  Uint8Array.from({ length: period }, (_, i) => i),
)

/** At most 262,144 bytes of it. */
export function pattern(at: number, length: number): Uint8Array {
  return patterns.subarray(at % period, (at % period) + length)
}

/** Counts what arrives and whether it is what `pour` sends. */
export class Drain {
  bytes = 0
  isRight = true
  error: Error | undefined
  closed = false
  ended = false

  constructor(stream: ByteStream) {
    stream.onData(chunk => {
      this.isRight &&= Buffer.compare(chunk, pattern(this.bytes, chunk.length)) === 0
      this.bytes += chunk.length
    })
    stream.onEnd(() => (this.ended = true))
    stream.onClose(error => {
      this.closed = true
      this.error = error
    })
    stream.resume()
  }
}
