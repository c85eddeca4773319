import type { VirtualWorld } from '../../src/base/index.ts'
import type { Message } from '../../src/wire/index.ts'

/** Bytes that one flow may send before the next flow of the same host has its turn. */
const quantum = 8192
/** What the operating system buffers for a connection, invisible to the sender. */
const kernelBuffer = 131_072

export interface LinkOptions {
  /** Bytes per second; 0 is unlimited. */
  readonly up: number
  readonly down: number
}

interface Queued {
  readonly message: Message
  readonly bytes: number
  left: number
}

/** What arrives in one go: whole messages, and perhaps the start of one. */
export interface Arrival {
  readonly started: readonly Message[]
  readonly finished: readonly Message[]
}

/** One direction of a connection. */
export class Flow {
  readonly latencyMs: number
  readonly #from: Host
  readonly #to: Host
  readonly #queue: Queued[] = []
  #queued = 0
  open = true
  onArrival: (arrival: Arrival) => void = () => undefined
  onDrain: () => void = () => undefined
  onClose: () => void = () => undefined

  constructor(from: Host, to: Host, latencyMs: number) {
    this.#from = from
    this.#to = to
    this.latencyMs = latencyMs
  }

  get queuedBytes(): number {
    return this.#queued
  }

  get bufferedBytes(): number {
    return Math.max(0, this.#queued - kernelBuffer)
  }

  send(message: Message): void {
    if (!this.open) return
    const bytes = wireBytes(message)
    this.#queue.push({ message, bytes, left: bytes })
    this.#queued += bytes
    this.#from.ready(this)
  }

  close(): void {
    if (!this.open) return
    this.open = false
    this.#queue.length = 0
    this.#queued = 0
    this.#from.world.after(this.latencyMs, () => this.onClose())
  }

  /** Takes the next bytes off the queue; 0 when it is empty. */
  take(): { bytes: number; arrival: Arrival } {
    let bytes = 0
    const started: Message[] = []
    const finished: Message[] = []
    while (bytes < quantum) {
      const head = this.#queue[0]
      if (head === undefined) break
      if (head.left === head.bytes) started.push(head.message)
      const part = Math.min(head.left, quantum - bytes)
      head.left -= part
      bytes += part
      if (head.left > 0) break
      finished.push(head.message)
      this.#queue.shift()
    }
    return { bytes, arrival: { started, finished } }
  }

  /** The bytes have left the host. */
  sent(bytes: number, arrival: Arrival): void {
    if (!this.open) return
    const before = this.bufferedBytes
    this.#queued -= bytes
    if (before > 0) this.onDrain()
    this.#to.receive(bytes, this.latencyMs, () => {
      if (this.open) this.onArrival(arrival)
    })
  }
}

/** A machine with one line to the network: its flows share the uplink fairly, in small turns, as TCP connections do. */
export class Host {
  readonly world: VirtualWorld
  readonly name: string
  readonly #options: LinkOptions
  readonly #ready: Flow[] = []
  #sending = false
  #downFreeAt = 0
  sentBytes = 0

  constructor(world: VirtualWorld, name: string, options: LinkOptions) {
    this.world = world
    this.name = name
    this.#options = options
  }

  ready(flow: Flow): void {
    if (!this.#ready.includes(flow)) this.#ready.push(flow)
    if (!this.#sending) this.#next()
  }

  receive(bytes: number, latencyMs: number, arrive: () => void): void {
    const { down } = this.#options
    if (down === 0) {
      this.world.after(latencyMs, arrive)
      return
    }
    const now = this.world.now()
    this.#downFreeAt = Math.max(this.#downFreeAt, now + latencyMs) + (bytes * 1000) / down
    this.world.after(this.#downFreeAt - now, arrive)
  }

  #next(): void {
    const flow = this.#ready.shift()
    this.#sending = flow !== undefined
    if (flow === undefined) return
    const { bytes, arrival } = flow.take()
    const { up } = this.#options
    this.sentBytes += bytes
    this.world.after(up === 0 ? 0 : (bytes * 1000) / up, () => {
      if (flow.open && flow.queuedBytes > bytes) this.#ready.push(flow)
      flow.sent(bytes, arrival)
      this.#next()
    })
  }
}

function wireBytes(message: Message): number {
  switch (message.type) {
    case 'keepalive':
      return 4
    case 'piece':
      return 13 + message.length
    case 'bitfield':
      return 5 + message.bytes.length
    case 'extended':
      return 6 + message.payload.length
    case 'request':
    case 'cancel':
    case 'reject':
      return 17
    case 'have':
    case 'suggest':
    case 'allowed-fast':
      return 9
    case 'hashes':
      return 53 + message.hashes.length
    case 'hash-request':
    case 'hash-reject':
      return 53
    default:
      return 5
  }
}
