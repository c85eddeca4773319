import type { VirtualWorld } from '../../base/index.ts'
import type { DatagramProtocol, Datagrams, Endpoint } from '../../network/index.ts'

export interface PathOptions {
  /** Bytes per second in each direction; 0 is unlimited. */
  readonly rate: number
  readonly oneWayMs: number
  /** Room before the bottleneck, in milliseconds of its rate; what does not fit is lost. */
  readonly queueMs?: number
  /** Shares of packets, 0 to 1. */
  readonly loss?: number
  readonly duplicates?: number
  readonly reordered?: number
  /** Longer packets are lost, in bytes. */
  readonly mtu?: number
  /** What the clock of the second host is ahead of that of the first, and how much faster it runs. */
  readonly skewMs?: number
  readonly drift?: number
}

const headers = 28

/** One direction of a bottleneck: whatever goes through it shares its queue. */
export class Pipe {
  readonly #world: VirtualWorld
  readonly #options: PathOptions
  #freeAt = 0
  carried = 0
  dropped = 0
  /** Longest time that a packet waited. */
  mostWaitedMs = 0

  constructor(world: VirtualWorld, options: PathOptions) {
    this.#world = world
    this.#options = options
  }

  send(bytes: number, arrive: () => void): void {
    const {
      rate,
      oneWayMs,
      queueMs = 400,
      loss = 0,
      duplicates = 0,
      reordered = 0,
      mtu = 1_500,
    } = this.#options
    const { random } = this.#world
    const now = this.#world.now()
    const wait = Math.max(0, this.#freeAt - now)
    if (bytes > mtu || (loss > 0 && random.fraction() < loss) || (rate > 0 && wait > queueMs)) {
      this.dropped++
      return
    }
    this.mostWaitedMs = Math.max(this.mostWaitedMs, wait)
    if (rate > 0) this.#freeAt = now + wait + (bytes * 1000) / rate
    this.carried += bytes
    const late = reordered > 0 && random.fraction() < reordered ? random.fraction() * 20 : 0
    const delay = (rate > 0 ? this.#freeAt - now : 0) + oneWayMs + late
    this.#world.after(delay, arrive)
    if (duplicates > 0 && random.fraction() < duplicates) this.#world.after(delay + 1, arrive)
  }
}

/** The UDP socket of a simulated host. */
export class SimulatedSocket implements Datagrams {
  readonly port: number
  readonly families: readonly (4 | 6)[] = [4]
  readonly endpoint: Endpoint
  readonly #pipe: Pipe
  readonly #others: Map<string, SimulatedSocket>
  readonly #protocols: DatagramProtocol[] = []
  /** Sees what is sent, and may change it; undefined drops it. */
  tap: (bytes: Uint8Array, to: Endpoint) => Uint8Array | undefined = bytes => bytes

  constructor(endpoint: Endpoint, pipe: Pipe, others: Map<string, SimulatedSocket>) {
    this.port = endpoint.port
    this.endpoint = endpoint
    this.#pipe = pipe
    this.#others = others
    others.set(`${endpoint.address} ${endpoint.port}`, this)
  }

  send(bytes: Uint8Array, to: Endpoint): void {
    const copy = this.tap(bytes.slice(), to)
    if (copy !== undefined)
      this.#pipe.send(copy.length + headers, () =>
        this.#others.get(`${to.address} ${to.port}`)?.deliver(copy.slice(), this.endpoint),
      )
  }

  claim(protocol: DatagramProtocol): () => void {
    this.#protocols.push(protocol)
    return () => this.#protocols.splice(this.#protocols.indexOf(protocol), 1)
  }

  deliver(bytes: Uint8Array, from: Endpoint): void {
    this.#protocols.find(protocol => protocol.matches(bytes, from))?.receive(bytes, from)
    // They were valid only during the call.
    bytes.fill(0xee)
  }
}
