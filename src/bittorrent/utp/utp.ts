import { PeerageError, type World } from '../../base/index.ts'
import { addressGroup, type Datagrams, type Endpoint } from '../../network/index.ts'
import { Allowance, type ByteStream } from '../../swarm/index.ts'
import { decodeUtp, encodeUtp, isUtp, type UtpPacket, type UtpType } from '../../wire/index.ts'
import { Budget } from './budget.ts'
import type { UtpConfig } from './config.ts'
import type { Connection } from './connection.ts'
import { pathLimits } from './packet-size.ts'
import { advance, microseconds } from './sequence.ts'
import { SynCookie } from './syn-cookie.ts'
import { UtpStream } from './utp-stream.ts'

export interface UtpOptions {
  readonly world: World
  readonly datagrams: Datagrams
  readonly config: UtpConfig
  /** Addresses that are filtered or banned get no answer. */
  mayTalk(ip: string): boolean
  /** Somebody connected, and has proven its address. Paused. */
  accept(stream: ByteStream, from: Endpoint): void
  /** Runs `callback` after what came together has been taken: acknowledgements and data go out once for all of it. */
  defer(callback: () => void): void
}

/** Where a connection is found: by the id in packets to us, and by who sends them. */
interface Entry {
  readonly stream: UtpStream
  readonly endpoint: Endpoint
  readonly id: number
  /** Of a connection that came: what its SYN said and was answered. */
  readonly syn: { readonly seq: number; readonly answer: number } | undefined
}

/**
 * All uTP connections of this peer on its UDP socket. What is sent to an address that has proven nothing is at most as long as
 * what came from there, and costs no memory (`SynCookie`).
 */
export class Utp {
  readonly #options: UtpOptions
  readonly #budget: Budget
  readonly #cookie: SynCookie
  readonly #entries = new Map<number, Entry[]>()
  /** Inbound connections by the owner of their address. */
  readonly #groups = new Map<string, number>()
  readonly #syns: Allowance
  readonly #resets: Allowance
  readonly #due = new Set<Connection>()
  readonly #unclaim: () => void
  #size = 0
  #stopped = false

  constructor(options: UtpOptions) {
    this.#options = options
    const { config, world, datagrams } = options
    const now = world.now()
    this.#budget = new Budget(config.maxHeldBytes)
    this.#cookie = new SynCookie(world)
    this.#syns = new Allowance(config.maxSynsPerSecond, config.maxSynsPerSecond, now)
    this.#resets = new Allowance(config.maxResetsPerSecond, config.maxResetsPerSecond, now)
    this.#unclaim = datagrams.claim({
      name: 'utp',
      matches: isUtp,
      receive: (bytes, from) => this.#receive(bytes, from),
    })
  }

  /** Open connections. */
  get size(): number {
    return this.#size
  }

  /** Opens a connection. Rejects with `network.unreachable`, `network.limit` or `signal.reason`. */
  async connect(endpoint: Endpoint, { signal }: { readonly signal: AbortSignal }): Promise<ByteStream> {
    signal.throwIfAborted()
    const { datagrams, config } = this.#options
    if (!datagrams.families.includes(endpoint.address.includes(':') ? 6 : 4))
      throw new PeerageError('network.unreachable', `There is no way to ${endpoint.address} from here.`)
    if (this.#stopped || this.#size >= config.maxConnections)
      throw new PeerageError('network.limit', `${config.maxConnections} uTP connections are open already.`)
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    const stream = this.#dial(endpoint, resolve)
    stream.onClose(error => reject(error ?? new Error('The connection was closed.')))
    const stop = (): void => stream.abort(signal.reason as Error)
    signal.addEventListener('abort', stop, { once: true })
    try {
      await promise
      return stream
    } finally {
      signal.removeEventListener('abort', stop)
    }
  }

  /** Ends all connections. */
  stop(): void {
    this.#stopped = true
    this.#unclaim()
    for (const entries of [...this.#entries.values()])
      for (const { stream } of [...entries]) stream.abort(new Error('This peer stops.'))
  }

  #dial(endpoint: Endpoint, connected: () => void): UtpStream {
    const { random } = this.#options.world
    let id = random.below(0x10000)
    while (this.#find(endpoint, id) !== undefined) id = advance(id, 1)
    const ids = { receiveId: id, sendId: advance(id, 1) }
    return this.#add(endpoint, { ...ids, seq: random.below(0x10000), connected }, undefined)
  }

  #add(
    endpoint: Endpoint,
    ids: { receiveId: number; sendId: number; seq: number; ack?: number; connected?(): void },
    syn: Entry['syn'],
  ): UtpStream {
    const { world, config, datagrams } = this.#options
    const { address, port } = endpoint
    // A connection asks in its constructor: only afterwards can it be found, and only then can an answer come.
    const stream = new UtpStream({
      world,
      config,
      budget: this.#budget,
      limits: pathLimits(address, config.maxPacketBytes),
      peer: address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`,
      ...ids,
      send: packet => datagrams.send(packet, endpoint),
      flushSoon: connection => this.#flushSoon(connection),
      gone: () => this.#remove(entry),
    })
    const entry: Entry = { stream, endpoint, id: ids.receiveId, syn }
    const others = this.#entries.get(entry.id)
    if (others === undefined) this.#entries.set(entry.id, [entry])
    else others.push(entry)
    this.#size++
    if (syn !== undefined) this.#count(address, 1)
    return stream
  }

  #remove(entry: Entry): void {
    const entries = this.#entries.get(entry.id)
    const at = entries?.indexOf(entry) ?? -1
    if (entries === undefined || at < 0) return
    entries.splice(at, 1)
    if (entries.length === 0) this.#entries.delete(entry.id)
    this.#due.delete(entry.stream.connection)
    this.#size--
    if (entry.syn !== undefined) this.#count(entry.endpoint.address, -1)
  }

  #find({ address, port }: Endpoint, id: number): Entry | undefined {
    const entries = this.#entries.get(id)
    if (entries === undefined) return undefined
    for (const entry of entries)
      if (entry.endpoint.port === port && entry.endpoint.address === address) return entry
    return undefined
  }

  #receive(bytes: Uint8Array, from: Endpoint): void {
    const packet = decodeUtp(bytes)
    if (packet === undefined) return
    const { type, connection } = packet
    const entry = this.#find(from, connection)
    if (type === 'syn') this.#onSyn(packet, from)
    else if (entry !== undefined) entry.stream.connection.receive(packet)
    else if (type === 'reset') this.#onStrayReset(packet, from)
    else if (type !== 'data' || !this.#accept(packet, from)) this.#refuse(packet, from)
  }

  #onSyn(packet: UtpPacket, from: Endpoint): void {
    const { connection, seq } = packet
    const { world, mayTalk } = this.#options
    if (!this.#syns.take(world.now()) || !mayTalk(from.address)) return
    const entry = this.#find(from, advance(connection, 1))
    // Our answer may have been lost, and the peer asks again.
    if (entry !== undefined) {
      if (entry.syn?.seq === seq) this.#answer('state', packet, from, entry.syn.answer)
    } else if (this.#isFull(from.address)) this.#refuse(packet, from)
    else this.#answer('state', packet, from, this.#cookie.make(from, connection, seq))
  }

  /** The first data of a connection that came: true when it follows an answer of ours. */
  #accept(packet: UtpPacket, from: Endpoint): boolean {
    const { world, mayTalk, accept } = this.#options
    const id = advance(packet.connection, -1)
    if (this.#isFull(from.address) || !this.#syns.take(world.now()) || !mayTalk(from.address)) return false
    const syn = this.#cookie.synOf(from, id, packet.seq, packet.ack)
    if (syn === undefined) return false
    const answer = advance(packet.ack, 1)
    const ids = { receiveId: packet.connection, sendId: id, seq: answer, ack: syn }
    // `from` may be used for other datagrams later.
    const endpoint: Endpoint = { address: from.address, port: from.port }
    const stream = this.#add(endpoint, ids, { seq: syn, answer })
    accept(stream, endpoint)
    stream.connection.receive(packet)
    return true
  }

  /** libutp names the id of either direction in a reset. */
  #onStrayReset(packet: UtpPacket, from: Endpoint): void {
    for (const by of [1, -1]) {
      const entry = this.#find(from, advance(packet.connection, by))
      if (entry !== undefined) {
        entry.stream.connection.receive(packet)
        return
      }
    }
  }

  /** Whoever still believes in a connection learns that there is none. */
  #refuse(packet: UtpPacket, from: Endpoint): void {
    if (!this.#resets.take(this.#options.world.now()) || !this.#options.mayTalk(from.address)) return
    this.#answer('reset', packet, from, this.#options.world.random.below(0x10000))
  }

  #answer(type: UtpType, to: UtpPacket, from: Endpoint, seq: number): void {
    const { world, datagrams, config } = this.#options
    const timestamp = microseconds(world.now())
    const delay = to.timestamp === 0 ? 0 : (timestamp - to.timestamp) >>> 0
    const { connection, seq: ack } = to
    const window = config.maxWindowBytes
    datagrams.send(encodeUtp({ type, connection, timestamp, delay, window, seq, ack }), from)
  }

  #isFull(address: string): boolean {
    const { maxConnections, maxConnectionsPerAddress } = this.#options.config
    if (this.#stopped || this.#size >= maxConnections) return true
    const group = addressGroup(address)
    return group !== 'loopback' && (this.#groups.get(group) ?? 0) >= maxConnectionsPerAddress
  }

  #count(address: string, change: 1 | -1): void {
    const group = addressGroup(address)
    const count = (this.#groups.get(group) ?? 0) + change
    if (count > 0) this.#groups.set(group, count)
    else this.#groups.delete(group)
  }

  #flushSoon(connection: Connection): void {
    if (this.#due.size === 0) this.#options.defer(() => this.#flush())
    this.#due.add(connection)
  }

  #flush(): void {
    const due = [...this.#due]
    this.#due.clear()
    for (const connection of due) connection.flush()
  }
}
