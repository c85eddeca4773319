import { lookup } from 'node:dns/promises'
import { isIP } from 'node:net'
import { PeerageError, type World } from '../../base/index.ts'
import { type Datagrams, type Endpoint, isLanIp, isLoopbackIp } from '../../network/index.ts'
import {
  type AnnounceReply,
  type AnnounceRequest,
  decodeUdpTrackerReply,
  encodeUdpAnnounce,
  encodeUdpConnect,
  type UdpTrackerReply,
  udpTrackerTransaction,
} from '../../wire/index.ts'

export interface UdpTrackersParts {
  readonly world: World
  readonly datagrams: Datagrams
  mayReach(ip: string): boolean
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

/** Announces to UDP trackers (BEP 15, BEP 41) over the shared socket. An answer counts only from whom it was asked of. */
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
  async announce(text: string, request: AnnounceRequest, signal: AbortSignal): Promise<AnnounceReply> {
    const url = new URL(text)
    const to = await this.#endpoint(url)
    signal.throwIfAborted()
    const connection = await this.#connect(to, signal)
    const answer = await this.#exchange(
      to,
      transaction => encodeUdpAnnounce(connection, transaction, request, `${url.pathname}${url.search}`),
      signal,
    )
    if (answer.type === 'announced') return answer.reply
    this.#connections.delete(keyOf(to))
    throw new PeerageError(
      'peer.protocol',
      answer.type === 'refused' ? `The tracker refuses: ${answer.message}` : 'The tracker gave no sense.',
    )
  }

  async #connect(to: Endpoint, signal: AbortSignal): Promise<bigint> {
    const { world } = this.#parts
    const known = this.#connections.get(keyOf(to))
    if (known !== undefined && known.until > world.now()) return known.id
    const answer = await this.#exchange(to, encodeUdpConnect, signal)
    if (answer.type !== 'connected') throw new PeerageError('peer.protocol', 'The tracker does not connect.')
    if (this.#connections.size >= maxConnections) this.#connections.clear()
    this.#connections.set(keyOf(to), { id: answer.connection, until: world.now() + connectionMs })
    return answer.connection
  }

  async #exchange(
    to: Endpoint,
    packet: (transaction: number) => Uint8Array,
    signal: AbortSignal,
  ): Promise<UdpTrackerReply> {
    const { world, datagrams } = this.#parts
    const transaction = world.random.below(2 ** 32)
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
    if (waiting === undefined || keyOf(waiting.from) !== keyOf(from)) return
    try {
      waiting.resolve(decodeUdpTrackerReply(Uint8Array.from(bytes), from.address.includes(':') ? 6 : 4))
    } catch (error) {
      waiting.reject(error as Error)
    }
  }

  /** Checked as for HTTP: a name does not lead to a private address, a number may. */
  async #endpoint(url: URL): Promise<Endpoint> {
    const host = url.hostname.replace(/^\[|\]$/g, '')
    const port = Number(url.port) || 80
    const { datagrams, mayReach } = this.#parts
    const isNumber = isIP(host) !== 0 || host === 'localhost'
    const found = await lookup(host, { all: true }).catch(() => [])
    for (const { address, family } of found) {
      if (!isNumber && (isLoopbackIp(address) || isLanIp(address))) continue
      if (datagrams.families.includes(family as 4 | 6) && mayReach(address)) return { address, port }
    }
    throw new PeerageError('network.unreachable', `${url.host} leads to no address that may be talked to.`)
  }
}

function keyOf({ address, port }: Endpoint): string {
  return `${address} ${port}`
}
