import { PeerageError, type Timer, type World } from '../../../base/index.ts'
import { encodeUdxGreeting, type UdxGreeting } from '../../../wire/index.ts'
import type { Endpoint } from '../../datagrams.ts'

/** Endpoints that one attempt asks, those that it hears of on the way included. */
export const maxEndpointsAsked = 128
/** How often `join` is sent to one endpoint before another that answered is tried. */
const joinTries = 6

export interface AttemptOptions {
  readonly world: World
  readonly token: Uint8Array
  /** Our stream. */
  readonly stream: number
  readonly endpoints: readonly Endpoint[]
  /** What passes before everybody is asked again; after the last one the attempt fails. */
  readonly paceMs: readonly number[]
  send(bytes: Uint8Array, to: Endpoint): void
  /** Endpoint `from` joins its stream `remote` to ours. */
  agreed(from: Endpoint, remote: number): void
  failed(error: PeerageError): void
}

interface Joining {
  readonly endpoint: Endpoint
  readonly cookie: Uint8Array
  tries: number
}

const same = (a: Endpoint, b: Endpoint): boolean => a.address === b.address && a.port === b.port

/** The side that asks: says hello at several endpoints of one peer and joins with the first that answers. */
export class Attempt {
  readonly #options: AttemptOptions
  readonly #endpoints: Endpoint[]
  readonly #left: Endpoint[] = []
  #joining: Joining | undefined
  #timer: Timer | undefined
  #round = 0
  #done = false

  constructor(options: AttemptOptions) {
    this.#options = options
    this.#endpoints = options.endpoints.slice(0, maxEndpointsAsked)
    this.#ask()
  }

  receive(greeting: UdxGreeting, from: Endpoint): void {
    if (this.#done) return
    if (greeting.type === 'open') this.#heardFrom(from)
    else if (!this.#endpoints.some(endpoint => same(endpoint, from))) return
    else if (greeting.type === 'cookie') this.#proven(from, greeting.cookie)
    else if (greeting.type === 'accept') this.#accepted(from, greeting.stream, greeting.to)
    else if (greeting.type === 'refuse' && this.#joins(from)) this.#refusedBy(from)
  }

  stop(): void {
    this.#done = true
    this.#timer?.cancel()
  }

  #ask(): void {
    const { world, paceMs } = this.#options
    const wait = paceMs[this.#round++]
    if (wait === undefined) {
      this.#fail('Nobody answered.')
      return
    }
    this.#timer = world.after(wait, () => this.#ask())
    const joining = this.#joining
    if (joining !== undefined && joining.tries >= joinTries) this.#giveUp(joining.endpoint)
    if (this.#joining !== undefined) this.#join(this.#joining)
    else for (const endpoint of this.#endpoints) this.#hello(endpoint)
  }

  #hello(to: Endpoint): void {
    this.#options.send(encodeUdxGreeting({ type: 'hello', token: this.#options.token }), to)
  }

  #join(joining: Joining): void {
    const { token, stream, send } = this.#options
    joining.tries++
    send(encodeUdxGreeting({ type: 'join', token, cookie: joining.cookie, stream }), joining.endpoint)
  }

  /** The other side is reached from an endpoint that nobody knew: its router chose a new port. */
  #heardFrom(from: Endpoint): void {
    if (this.#joining !== undefined || this.#left.some(endpoint => same(endpoint, from))) return
    if (!this.#endpoints.some(endpoint => same(endpoint, from))) {
      if (this.#endpoints.length >= maxEndpointsAsked) return
      this.#endpoints.push(from)
    }
    this.#hello(from)
  }

  #proven(endpoint: Endpoint, cookie: Uint8Array): void {
    if (this.#joining !== undefined) return
    this.#joining = { endpoint, cookie: cookie.slice(), tries: 0 }
    this.#join(this.#joining)
  }

  #accepted(from: Endpoint, stream: number, to: number): void {
    if (!this.#joins(from) || to !== this.#options.stream) return
    this.stop()
    this.#options.agreed(from, stream)
  }

  #joins(from: Endpoint): boolean {
    return this.#joining !== undefined && same(this.#joining.endpoint, from)
  }

  /** It answered a hello and then no more: another endpoint, if there is one, may be reached on a better way. */
  #giveUp(endpoint: Endpoint): void {
    this.#joining = undefined
    if (this.#endpoints.length > 1) this.#leave(endpoint)
  }

  #refusedBy(from: Endpoint): void {
    this.#joining = undefined
    this.#leave(from)
    if (this.#endpoints.length === 0) this.#fail('The peer takes no connection now.')
  }

  #leave(endpoint: Endpoint): void {
    this.#left.push(endpoint)
    this.#endpoints.splice(
      this.#endpoints.findIndex(one => same(one, endpoint)),
      1,
    )
  }

  #fail(message: string): void {
    this.stop()
    this.#options.failed(new PeerageError('network.unreachable', message))
  }
}
