import { PeerageError, type Timer, TokenBucket, type World } from '../../../base/index.ts'
import {
  decodeUdxGreeting,
  encodeUdxGreeting,
  isUdxGreeting,
  type UdxGreeting,
  udxTokenBytes,
} from '../../../wire/index.ts'
import type { Datagrams, Endpoint } from '../../datagrams.ts'
import { AddressCookie } from './address-cookie.ts'
import { Attempt, maxEndpointsAsked } from './attempt.ts'
import { StreamIds } from './stream-ids.ts'

/** Cookies that are given out in a second; more hellos get no answer. */
export const maxCookiesPerSecond = 1_000
/** Attempts that may be accepted while their cookies are good; so a cookie is of use once. */
export const maxAcceptedPerEpoch = 4_096

/** Two streams that belong together. */
export interface Agreed {
  readonly endpoint: Endpoint
  readonly localId: number
  readonly remoteId: number
}

/** Where to meet one peer. */
export interface Meeting {
  /** Endpoints of the peer, of which any will do. */
  readonly endpoints: readonly Endpoint[]
  /** Known to both, eight bytes; chosen when left out. */
  readonly token?: Uint8Array
  /** What passes before all of them are tried again, in ms. */
  readonly paceMs: readonly number[]
  readonly signal: AbortSignal
}

export interface GreeterOptions {
  readonly world: World
  readonly datagrams: Pick<Datagrams, 'send' | 'claim'>
  /**
   * Somebody at a proven address asks for a stream; `expected`: it is one that we want to meet. False when it may not have one; else
   * the stream stands when this returns, and `release` is called when it is gone.
   */
  accept(agreed: Agreed, expected: boolean): boolean
}

const hex = (token: Uint8Array): string => Buffer.from(token).toString('hex')

/** Agrees with others on UDX streams, by datagrams beside those of UDX itself (docs/decisions/015-udx.md). */
export class Greeter {
  readonly #options: GreeterOptions
  readonly #cookie: AddressCookie
  readonly #cookies: TokenBucket
  readonly #ids: StreamIds
  /** Ours, by token. */
  readonly #attempts: Map<string, Attempt> = new Map()
  readonly #expected: Map<string, (agreed: Agreed) => void> = new Map()
  /** Accepted streams by who asked and token: a `join` that comes again gets the same answer. */
  readonly #accepted: Map<string, Agreed> = new Map()
  /** Tokens that were accepted in this and in the last epoch. */
  #spent: [Set<string>, Set<string>] = [new Set(), new Set()]
  #spentEpoch = 0
  readonly #unclaim: () => void

  constructor(options: GreeterOptions) {
    this.#options = options
    const { world, datagrams } = options
    this.#cookie = new AddressCookie(world)
    this.#cookies = new TokenBucket(maxCookiesPerSecond, world.now(), maxCookiesPerSecond)
    this.#ids = new StreamIds(world.random)
    this.#unclaim = datagrams.claim({
      name: 'udx',
      matches: isUdxGreeting,
      receive: (bytes, from) => this.#receive(bytes, from),
    })
  }

  /** Streams in use, and those asked for. */
  get streams(): number {
    return this.#ids.size
  }

  /**
   * Asks the peer at any of these endpoints for a stream. Rejects with `network.unreachable` or `signal.reason`. The stream's id is in use until
   * `release`.
   */
  async ask({ endpoints, token, paceMs, signal }: Meeting): Promise<Agreed> {
    signal.throwIfAborted()
    const { world, datagrams } = this.#options
    const { promise, resolve, reject } = Promise.withResolvers<Agreed>()
    const own = token ?? world.random.bytes(udxTokenBytes)
    const localId = this.#ids.take()
    const attempt = new Attempt({
      world,
      token: own,
      stream: localId,
      endpoints,
      paceMs,
      send: (bytes, to) => datagrams.send(bytes, to),
      agreed: (endpoint, remoteId) => resolve({ endpoint, localId, remoteId }),
      failed: reject,
    })
    this.#attempts.set(hex(own), attempt)
    const stop = (): void => reject(signal.reason)
    signal.addEventListener('abort', stop, { once: true })
    try {
      return await promise
    } catch (error) {
      this.#ids.free(localId)
      throw error
    } finally {
      attempt.stop()
      this.#attempts.delete(hex(own))
      signal.removeEventListener('abort', stop)
    }
  }

  /**
   * Waits for a peer that asks with this token, and opens our router for it. Rejects like `ask`. The stream is given to `accept`.
   */
  async expect({
    endpoints,
    token,
    paceMs,
    signal,
  }: Meeting & { readonly token: Uint8Array }): Promise<Agreed> {
    signal.throwIfAborted()
    const { world, datagrams } = this.#options
    const { promise, resolve, reject } = Promise.withResolvers<Agreed>()
    const open = encodeUdxGreeting({ type: 'open', token })
    let timer: Timer | undefined
    const send = (round: number): void => {
      const wait = paceMs[round]
      if (wait === undefined) {
        reject(new PeerageError('network.unreachable', 'Nobody came.'))
        return
      }
      for (const endpoint of endpoints.slice(0, maxEndpointsAsked)) datagrams.send(open, endpoint)
      timer = world.after(wait, () => send(round + 1))
    }
    const stop = (): void => reject(signal.reason)
    signal.addEventListener('abort', stop, { once: true })
    this.#expected.set(hex(token), resolve)
    send(0)
    try {
      return await promise
    } finally {
      timer?.cancel()
      this.#expected.delete(hex(token))
      signal.removeEventListener('abort', stop)
    }
  }

  /** The stream is closed: its number may be used again. */
  release(localId: number): void {
    this.#ids.free(localId)
    for (const [key, agreed] of this.#accepted) if (agreed.localId === localId) this.#accepted.delete(key)
  }

  stop(): void {
    this.#unclaim()
  }

  #receive(bytes: Uint8Array, from: Endpoint): void {
    const greeting = decodeUdxGreeting(bytes)
    if (greeting === undefined) return
    if (greeting.type === 'hello') this.#hello(greeting.token, from)
    else if (greeting.type === 'join') this.#join(greeting, from)
    else this.#attempts.get(hex(greeting.token))?.receive(greeting, from)
  }

  #send(greeting: UdxGreeting, to: Endpoint): void {
    this.#options.datagrams.send(encodeUdxGreeting(greeting), to)
  }

  #hello(token: Uint8Array, from: Endpoint): void {
    if (this.#cookies.waitMs(this.#options.world.now()) > 0) return
    this.#cookies.spend(1)
    this.#send({ type: 'cookie', token, cookie: this.#cookie.make(from, hex(token)) }, from)
  }

  #join({ token, cookie, stream }: UdxGreeting & { readonly type: 'join' }, from: Endpoint): void {
    const name = hex(token)
    if (!this.#cookie.isOurs(from, name, cookie)) return
    const key = `${from.address} ${from.port} ${name}`
    const before = this.#accepted.get(key)
    if (before !== undefined) {
      if (before.remoteId === stream) this.#answer(token, before)
      return
    }
    if (this.#isSpent(name)) return
    const localId = this.#ids.take()
    const agreed: Agreed = { endpoint: { address: from.address, port: from.port }, localId, remoteId: stream }
    const expected = this.#expected.get(name)
    if (!this.#options.accept(agreed, expected !== undefined)) {
      this.#ids.free(localId)
      this.#send({ type: 'refuse', token }, from)
      return
    }
    this.#spent[0].add(name)
    this.#accepted.set(key, agreed)
    this.#answer(token, agreed)
    expected?.(agreed)
  }

  #answer(token: Uint8Array, { endpoint, localId, remoteId }: Agreed): void {
    this.#send({ type: 'accept', token, stream: localId, to: remoteId }, endpoint)
  }

  /** A cookie that is shown again after its stream is gone, or from elsewhere, opens none. */
  #isSpent(name: string): boolean {
    const { epoch } = this.#cookie
    if (epoch !== this.#spentEpoch) {
      const last = epoch === this.#spentEpoch + 1 ? this.#spent[0] : new Set<string>()
      this.#spent = [new Set(), last]
      this.#spentEpoch = epoch
    }
    return this.#spent[0].size >= maxAcceptedPerEpoch || this.#spent.some(tokens => tokens.has(name))
  }
}
