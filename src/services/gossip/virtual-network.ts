import { PeerageError, type VirtualWorld } from '../../base/index.ts'
import type { ConnectionInfo, NetworkEvents, PeerStream, StreamHandler } from '../../network/index.ts'
import type { GossipNetwork } from './host.ts'

const latencyMs = 20

/** Peers of a simulation that reach one another in virtual time. For tests. */
export class VirtualInternet {
  readonly world: VirtualWorld
  readonly nodes: Map<string, VirtualNetwork> = new Map()
  /** Bytes that were sent by anybody. */
  bytes = 0
  dials = 0

  constructor(world: VirtualWorld) {
    this.world = world
  }

  node(peerId: string): VirtualNetwork {
    const node = new VirtualNetwork(this, peerId)
    this.nodes.set(peerId, node)
    return node
  }
}

type Listener = (event: never) => void

/** The network of one of them. */
export class VirtualNetwork implements GossipNetwork {
  readonly peerId: string
  isOnline = true
  /** Whose addresses it knows. */
  readonly known: Set<string> = new Set()
  readonly streams: Set<VirtualStream> = new Set()
  readonly #internet: VirtualInternet
  readonly #handlers = new Map<string, StreamHandler>()
  readonly #listeners = new Map<string, Set<Listener>>()

  constructor(internet: VirtualInternet, peerId: string) {
    this.#internet = internet
    this.peerId = peerId
  }

  handle(protocol: string, handler: StreamHandler): void {
    this.#handlers.set(protocol, handler)
  }

  unhandle(protocol: string): void {
    this.#handlers.delete(protocol)
  }

  on<Name extends keyof NetworkEvents>(
    name: Name,
    listener: (event: NetworkEvents[Name]) => void,
  ): () => void {
    const listeners = this.#listeners.get(name) ?? new Set()
    this.#listeners.set(name, listeners.add(listener))
    return () => void listeners.delete(listener)
  }

  emit<Name extends keyof NetworkEvents>(name: Name, event: NetworkEvents[Name]): void {
    for (const listener of this.#listeners.get(name) ?? []) listener(event as never)
  }

  connections(): ConnectionInfo[] {
    const peers = new Set([...this.streams].map(({ peer }) => peer))
    const more = { direction: 'outbound', path: 'memory', openedAt: 0 } as const
    return [...peers].map(peer => ({ peer, address: `/memory/${peer}`, ...more }))
  }

  knownAddresses(peer: string): string[] {
    return this.known.has(peer) || this.#isConnected(peer) ? [`/memory/${peer}/p2p/${peer}`] : []
  }

  mayMeet(): boolean {
    return true
  }

  /** Every target is one peer here. */
  async open(target: string | readonly string[], protocol: string): Promise<PeerStream> {
    const peer = (typeof target === 'string' ? target : (target[0] ?? '')).split('/').at(-1)!
    this.#internet.dials++
    await new Promise<void>(resolve => void this.#internet.world.after(latencyMs, resolve))
    const node = this.#internet.nodes.get(peer)
    const handler = node?.isOnline === true && this.isOnline ? node.#handlers.get(protocol) : undefined
    if (node === undefined || handler === undefined) throw new PeerageError('network.unreachable')
    const [mine, theirs] = VirtualStream.pair(this.#internet, this, node, protocol)
    void handler(theirs)
    return mine
  }

  /** The machine loses its network, or finds it again. */
  setOnline(isOnline: boolean): void {
    this.isOnline = isOnline
    if (!isOnline) for (const stream of [...this.streams]) stream.abort(new Error('offline'))
    else this.emit('addresses-changed', { addresses: [] })
  }

  join(stream: VirtualStream): void {
    const isFirst = !this.#isConnected(stream.peer)
    this.streams.add(stream)
    const { peer } = stream
    if (isFirst) this.emit('peer-connected', { peer, address: `/memory/${peer}`, path: 'memory' })
  }

  #isConnected(peer: string): boolean {
    return [...this.streams].some(stream => stream.peer === peer)
  }
}

/** One end of a stream: bytes arrive after a while, in order. */
export class VirtualStream implements PeerStream {
  readonly peer: string
  readonly protocol: string
  readonly path = 'memory'
  readonly connection = 'memory'
  /** Bytes that the other side has not read yet. */
  bufferedBytes = 0
  readonly #internet: VirtualInternet
  readonly #home: VirtualNetwork
  #other!: VirtualStream
  readonly #arrived: Uint8Array[] = []
  #onData: ((chunk: Uint8Array) => void) | undefined
  readonly #onClose: ((error?: Error) => void)[] = []
  #drained: PromiseWithResolvers<void> | undefined
  #isPaused = false
  #closed: Error | undefined

  private constructor(internet: VirtualInternet, home: VirtualNetwork, peer: string, protocol: string) {
    this.#internet = internet
    this.#home = home
    this.peer = peer
    this.protocol = protocol
  }

  static pair(
    internet: VirtualInternet,
    a: VirtualNetwork,
    b: VirtualNetwork,
    protocol: string,
  ): [VirtualStream, VirtualStream] {
    const mine = new VirtualStream(internet, a, b.peerId, protocol)
    const theirs = new VirtualStream(internet, b, a.peerId, protocol)
    mine.#other = theirs
    theirs.#other = mine
    a.join(mine)
    b.join(theirs)
    return [mine, theirs]
  }

  send(bytes: Uint8Array): boolean {
    if (this.#closed !== undefined) return false
    this.#internet.bytes += bytes.length
    this.bufferedBytes += bytes.length
    this.#internet.world.after(latencyMs, () => {
      this.#other.#arrived.push(bytes)
      this.#other.#deliver()
    })
    return this.bufferedBytes < 2_097_152
  }

  onSent(): void {}

  drained(): Promise<void> {
    if (this.bufferedBytes < 2_097_152) return Promise.resolve()
    this.#drained ??= Promise.withResolvers()
    return this.#drained.promise
  }

  onData(callback: (chunk: Uint8Array) => void): void {
    this.#onData = callback
    this.#deliver()
  }

  onEnd(): void {}

  onClose(callback: (error?: Error) => void): void {
    this.#onClose.push(callback)
    if (this.#closed !== undefined) callback(this.#closed)
  }

  pause(): void {
    this.#isPaused = true
  }

  resume(): void {
    this.#isPaused = false
    this.#deliver()
  }

  async closeWrite(): Promise<void> {}

  async close(): Promise<void> {
    this.abort(new Error('closed'))
  }

  abort(reason: Error): void {
    if (this.#closed !== undefined) return
    this.#close(reason)
    this.#internet.world.after(latencyMs, () => this.#other.#close(new Error('The other side is gone.')))
  }

  #close(reason: Error): void {
    if (this.#closed !== undefined) return
    this.#closed = reason
    this.#home.streams.delete(this)
    for (const callback of this.#onClose) callback(reason)
  }

  #deliver(): void {
    while (!this.#isPaused && this.#closed === undefined && this.#onData !== undefined) {
      const chunk = this.#arrived.shift()
      if (chunk === undefined) return
      this.#other.bufferedBytes -= chunk.length
      this.#onData(chunk)
      this.#other.#drained?.resolve()
      this.#other.#drained = undefined
    }
  }
}
