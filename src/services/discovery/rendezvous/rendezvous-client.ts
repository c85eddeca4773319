import { PeerageError, type Timer, toHex, type World } from '../../../base/index.ts'
import type { Found, PeerStream } from '../../../network/index.ts'
import {
  decodeRendezvous,
  encodeDelimited,
  encodeRendezvous,
  type RendezvousMessage,
  rendezvousLimits,
  rendezvousStatus,
} from '../../../wire/index.ts'
import { ask } from '../exchange.ts'
import { type Asked, gather } from '../gather.ts'
import type { DiscoveryNetwork } from '../host.ts'
import type { ReadRecord } from '../opened-record.ts'
import { peerTopic } from '../topic.ts'

/** libp2p specs `rendezvous`. */
export const rendezvousProtocol = '/rendezvous/1.0.0'

/** The shortest that other implementations take. */
const ttlS = 7_200
const renewMs = (ttlS * 1_000) / 2
const retryMs = 60_000
const answerMs = 10_000
const pageSize = 64
const maxPages = 4
/** A contact that offers no rendezvous is not asked again for so long. */
const notThereMs = 600_000

export interface RendezvousClientPorts {
  readonly world: World
  readonly network: DiscoveryNetwork
  readonly read: ReadRecord
  /** Multiaddrs of points that the user named. */
  points(): readonly string[]
  /** Peers that are connected and may be a rendezvous of ours. */
  acquaintances(): Iterable<string>
}

/** A place to ask: a peer that is connected, or the addresses of one. */
interface Point {
  readonly key: string
  readonly target: string | readonly string[]
}

/** Registers this peer and what it announces at every rendezvous that it may use, and asks them. */
export class RendezvousClient {
  readonly #ports: RendezvousClientPorts
  readonly #topics = new Map<string, Uint8Array>()
  /** When each topic is to be registered (again) at each point: by point, then by topic. */
  readonly #due = new Map<string, Map<string, number>>()
  /** Peers that offer no rendezvous, and until when that is believed. */
  readonly #absent = new Map<string, number>()
  readonly #abort = new AbortController()
  #timer: Timer | undefined
  #isBusy = false
  #isDueAgain = false

  constructor(ports: RendezvousClientPorts) {
    this.#ports = ports
    const own = peerTopic(ports.network.peerId)
    this.#topics.set(toHex(own), own)
  }

  stop(): void {
    this.#abort.abort(new Error('This peer stops.'))
    this.#timer?.cancel()
  }

  /** Points that took what was registered last. */
  get used(): string[] {
    return [...this.#due].filter(([, topics]) => topics.size > 0).map(([key]) => key)
  }

  announce(topic: Uint8Array, signal: AbortSignal): void {
    const key = toHex(topic)
    this.#topics.set(key, topic)
    this.look()
    signal.addEventListener('abort', () => this.#withdraw(key), { once: true })
  }

  /** This machine has other addresses now: all is registered anew. */
  moved(): void {
    this.#due.clear()
    this.look()
  }

  /** Somebody came who may be a rendezvous, or there is more to register. */
  look(): void {
    if (this.#isBusy) this.#isDueAgain = true
    else this.#later(0)
  }

  find(topic: Uint8Array, signal: AbortSignal): AsyncIterable<Found> {
    return gather(
      this.#points().map(
        (point): Asked<Found> =>
          (tell, own) =>
            this.#discover(point, topic, tell, own),
      ),
      signal,
    )
  }

  #points(): Point[] {
    const { world, network, points, acquaintances } = this.#ports
    const named = points().map(address => ({ key: address, target: [address] }))
    const met = [...acquaintances()].filter(
      peer => peer !== network.peerId && (this.#absent.get(peer) ?? 0) <= world.now(),
    )
    return [...named, ...met.map(peer => ({ key: peer, target: peer }))]
  }

  #later(delayMs: number): void {
    this.#timer?.cancel()
    if (this.#abort.signal.aborted) return
    this.#timer = this.#ports.world.after(delayMs, () => void this.#round())
  }

  async #round(): Promise<void> {
    this.#isBusy = true
    this.#isDueAgain = false
    const points = this.#points()
    for (const key of [...this.#due.keys()])
      if (!points.some(point => point.key === key)) this.#due.delete(key)
    await Promise.all(points.map(point => this.#register(point)))
    this.#isBusy = false
    this.#later(this.#isDueAgain ? 0 : retryMs)
  }

  /** Registers what is due at one point, over one connection. */
  async #register(point: Point): Promise<void> {
    const { world } = this.#ports
    const due = this.#due.get(point.key) ?? new Map<string, number>()
    for (const topic of [...this.#topics.keys()]) {
      if ((due.get(topic) ?? 0) > world.now()) continue
      try {
        await this.#registerOne(point, topic)
      } catch {
        // Why does not matter: it is tried again.
        return
      }
      due.set(topic, world.now() + renewMs)
      this.#due.set(point.key, due)
    }
  }

  async #registerOne(point: Point, namespace: string): Promise<void> {
    const answer = await this.#ask(
      point,
      stream => ({
        type: 'register',
        namespace,
        record: this.#ports.network.peerRecord(stream.path),
        ttl: ttlS,
      }),
      this.#abort.signal,
    )
    if (answer.message.type !== 'registered' || answer.message.status !== rendezvousStatus.ok)
      throw new PeerageError('peer.protocol', 'The rendezvous did not take it.')
  }

  async #discover(
    point: Point,
    topic: Uint8Array,
    tell: (found: Found) => void,
    signal: AbortSignal,
  ): Promise<void> {
    const namespace = toHex(topic)
    let cookie: Uint8Array | undefined
    for (let page = 0; page < maxPages; page++) {
      const asked: RendezvousMessage = { type: 'discover', namespace, limit: pageSize, cookie }
      const { message, teller } = await this.#ask(point, () => asked, signal)
      if (message.type !== 'discovered' || message.status !== rendezvousStatus.ok) return
      for (const { record } of message.registrations) {
        const opened = this.#ports.read(record)
        if (opened === undefined || opened.peer === this.#ports.network.peerId) continue
        tell({ peer: opened.peer, addresses: opened.addresses, teller })
      }
      if (message.registrations.length < pageSize) return
      cookie = message.cookie?.slice()
    }
  }

  async #ask(
    { key, target }: Point,
    question: (stream: PeerStream) => RendezvousMessage,
    signal: AbortSignal,
  ): Promise<{ message: RendezvousMessage; teller: PeerStream['path'] }> {
    const { world, network } = this.#ports
    try {
      const stream = await network.open(target, rendezvousProtocol, { signal })
      const frame = encodeRendezvous(question(stream))
      const answer = await ask({
        world,
        stream,
        frame,
        maxAnswerBytes: rendezvousLimits.answer,
        timeoutMs: answerMs,
        signal,
      })
      return { message: decodeRendezvous(answer), teller: stream.path }
    } catch (error) {
      if (error instanceof PeerageError && error.code === 'peer.protocol') {
        this.#absent.delete(key)
        this.#absent.set(key, world.now() + notThereMs)
        if (this.#absent.size > 1_024) this.#absent.delete(this.#absent.keys().next().value!)
      }
      throw error
    }
  }

  /** It is announced no more: those who keep it are told, and if they are not there it ends by itself. */
  #withdraw(namespace: string): void {
    this.#topics.delete(namespace)
    for (const point of this.#points()) {
      if (this.#due.get(point.key)?.delete(namespace) !== true) continue
      const message = encodeRendezvous({ type: 'unregister', namespace })
      void this.#tell(point, message).catch(() => undefined)
    }
  }

  async #tell({ target }: Point, frame: Uint8Array): Promise<void> {
    const stream = await this.#ports.network.open(target, rendezvousProtocol, { signal: this.#abort.signal })
    stream.onData(() => undefined)
    stream.send(encodeDelimited(frame))
    await stream.close()
  }
}
