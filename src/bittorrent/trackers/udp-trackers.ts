import { isIP } from 'node:net'
import { PeerageError, type World } from '../../base/index.ts'
import {
  type Datagrams,
  type Endpoint,
  isFrom,
  isPrivateIp,
  orAborted,
  type WayOut,
} from '../../network/index.ts'
import {
  type AnnounceReply,
  type AnnounceRequest,
  decodeUdpTrackerReply,
  encodeUdpAnnounce,
  encodeUdpConnect,
  encodeUdpScrape,
  type SwarmCounts,
  type UdpTrackerReply,
  udpTrackerTransaction,
} from '../../wire/index.ts'

export interface UdpTrackersParts {
  readonly world: World
  readonly datagrams: Datagrams
  mayReach(ip: string): boolean
  readonly egress: WayOut
}

interface Waiting {
  readonly from: Endpoint
  readonly resolve: (reply: UdpTrackerReply) => void
  readonly reject: (error: Error) => void
}

/** BEP 15: a connection id is good for a minute. */
const connectionMs = 60_000
/** BEP 15 begins with 15 s; a tracker that is there answers in less, and the caller gives up at its own time. */
const resendMs = 3_000
const maxConnections = 1_000

/** Asks UDP trackers (BEP 15, BEP 41) over the shared socket. An answer counts only from whom it was asked of. */
export class UdpTrackers {
  readonly #parts: UdpTrackersParts
  readonly #waiting = new Map<number, Waiting>()
  readonly #connections = new Map<string, { readonly id: bigint; readonly until: number }>()
  readonly #unclaim: () => void

  constructor(parts: UdpTrackersParts) {
    this.#parts = parts
    this.#unclaim = parts.datagrams.claim({
      name: 'udp trackers',
      matches: bytes => this.#waiting.has(udpTrackerTransaction(bytes) ?? -1),
      receive: (bytes, from) => this.#receive(bytes, from),
    })
  }

  stop(): void {
    this.#unclaim()
    for (const { reject } of this.#waiting.values()) reject(new Error('stopped'))
    this.#waiting.clear()
  }

  /** Rejects with `network.unreachable`, `peer.protocol` or `signal.reason`. */
  async announce(
    text: string,
    family: 4 | 6,
    request: AnnounceRequest,
    signal: AbortSignal,
  ): Promise<{ reply: AnnounceReply; by: string }> {
    const url = new URL(text)
    const to = await this.#endpoint(url, family, signal)
    const path = `${url.pathname}${url.search}`
    const answer = await this.#ask(to, signal, (connection, transaction) =>
      encodeUdpAnnounce(connection, transaction, request, path),
    )
    if (answer.type !== 'announced') throw senseless()
    return { reply: answer.reply, by: to.address }
  }

  /** Numbers of up to 74 swarms, in order. Rejects like `announce`. */
  async scrape(
    text: string,
    family: 4 | 6,
    names: readonly Uint8Array[],
    signal: AbortSignal,
  ): Promise<readonly SwarmCounts[]> {
    const to = await this.#endpoint(new URL(text), family, signal)
    const answer = await this.#ask(to, signal, (connection, transaction) =>
      encodeUdpScrape(connection, transaction, names),
    )
    if (answer.type !== 'scraped') throw senseless()
    return answer.counts.slice(0, names.length)
  }

  /** With a connection id that is known or new. A tracker that was started again does not know the old one. */
  async #ask(
    to: Endpoint,
    signal: AbortSignal,
    packet: (connection: bigint, transaction: number) => Uint8Array,
  ): Promise<UdpTrackerReply> {
    for (let isKnown = this.#known(to) !== undefined; ; isKnown = false) {
      const connection = await this.#connect(to, signal)
      const answer = await this.#exchange(to, transaction => packet(connection, transaction), signal)
      if (answer.type !== 'refused') return answer
      this.#connections.delete(keyOf(to))
      if (!isKnown) throw new PeerageError('peer.protocol', `The tracker refuses: ${answer.message}`)
    }
  }

  #known(to: Endpoint): bigint | undefined {
    const known = this.#connections.get(keyOf(to))
    return known !== undefined && known.until > this.#parts.world.now() ? known.id : undefined
  }

  async #connect(to: Endpoint, signal: AbortSignal): Promise<bigint> {
    const known = this.#known(to)
    if (known !== undefined) return known
    const answer = await this.#exchange(to, encodeUdpConnect, signal)
    if (answer.type === 'refused')
      throw new PeerageError('peer.protocol', `The tracker refuses: ${answer.message}`)
    if (answer.type !== 'connected') throw senseless()
    if (this.#connections.size >= maxConnections) this.#connections.clear()
    const until = this.#parts.world.now() + connectionMs
    this.#connections.set(keyOf(to), { id: answer.connection, until })
    return answer.connection
  }

  async #exchange(
    to: Endpoint,
    packet: (transaction: number) => Uint8Array,
    signal: AbortSignal,
  ): Promise<UdpTrackerReply> {
    const { world, datagrams } = this.#parts
    // Not to be guessed from the last ones: whoever can, answers in the name of any tracker.
    const transaction = new DataView(Uint8Array.from(world.random.bytes(4)).buffer).getUint32(0)
    const bytes = packet(transaction)
    const { promise, resolve, reject } = Promise.withResolvers<UdpTrackerReply>()
    const stop = (): void => reject(signal.reason as Error)
    this.#waiting.set(transaction, { from: to, resolve, reject })
    signal.addEventListener('abort', stop, { once: true })
    datagrams.send(bytes, to)
    const timer = world.every(resendMs, () => datagrams.send(bytes, to))
    try {
      return await promise
    } finally {
      timer.cancel()
      signal.removeEventListener('abort', stop)
      this.#waiting.delete(transaction)
    }
  }

  #receive(bytes: Uint8Array, from: Endpoint): void {
    const waiting = this.#waiting.get(udpTrackerTransaction(bytes) ?? -1)
    if (waiting === undefined || !isFrom(waiting.from, from)) return
    try {
      waiting.resolve(decodeUdpTrackerReply(Uint8Array.from(bytes), from.address.includes(':') ? 6 : 4))
    } catch (error) {
      waiting.reject(error as Error)
    }
  }

  /** Checked as for HTTP: a name does not lead to a private address, a number may. */
  async #endpoint(url: URL, family: 4 | 6, signal: AbortSignal): Promise<Endpoint> {
    const host = url.hostname.replace(/^\[|\]$/g, '')
    const port = Number(url.port) || 80
    const { datagrams, mayReach, egress } = this.#parts
    const isNumber = isIP(host) !== 0 || host === 'localhost'
    const found = await orAborted(egress.resolve(host, family), signal).catch(() => [])
    signal.throwIfAborted()
    for (const { address } of found) {
      if (!isNumber && isPrivateIp(address)) continue
      if (datagrams.families.includes(family) && mayReach(address)) return { address, port }
    }
    throw new PeerageError('network.unreachable', `${url.host} leads to no address that may be talked to.`)
  }
}

function senseless(): PeerageError {
  return new PeerageError('peer.protocol', 'The tracker answers something else than it was asked.')
}

function keyOf({ address, port }: Endpoint): string {
  return `${address} ${port}`
}
