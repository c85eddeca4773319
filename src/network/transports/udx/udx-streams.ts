import { PeerageError, type World } from '../../../base/index.ts'
import type { Datagrams, Endpoint } from '../../datagrams.ts'
import type { UdpSocket } from '../../udp-socket.ts'
import type { Admission } from '../admission.ts'
import { type Agreed, Greeter, type Meeting } from './greeter.ts'
import { UdxCarrier } from './udx-carrier.ts'

export interface UdxStreamsOptions {
  readonly world: World
  readonly socket: UdpSocket
  /** What carries the datagrams by which streams are agreed on. */
  readonly greetings: Pick<Datagrams, 'send' | 'claim'>
  readonly admission: Admission
  /** Time to prove who one is, from the first packet of the stream. */
  readonly upgradeTimeoutMs: number
}

/** A stream to a peer, and where it is. */
export interface Met {
  readonly carrier: UdxCarrier
  readonly endpoint: Endpoint
}

type Receive = (carrier: UdxCarrier, from: Endpoint) => Promise<void>

/** The UDX streams of this peer: those that it asks for, those that others ask for, and those of peers that meet half way. */
export class UdxStreams {
  readonly #options: UdxStreamsOptions
  readonly #greeter: Greeter
  readonly #open: Set<UdxCarrier> = new Set()
  readonly #listeners: Map<4 | 6, Receive> = new Map()
  /** Accepted for somebody who waits for them. */
  readonly #met: Map<number, { readonly carrier: UdxCarrier; readonly known: () => void }> = new Map()

  constructor(options: UdxStreamsOptions) {
    this.#options = options
    this.#greeter = new Greeter({
      world: options.world,
      datagrams: options.greetings,
      accept: (agreed, expected) => this.#accept(agreed, expected),
    })
  }

  /** Takes who comes over IPv4 or IPv6; `receive` is done when it is known who it is. Returns what ends it. */
  listen(family: 4 | 6, receive: Receive): () => void {
    this.#listeners.set(family, receive)
    return () => {
      if (this.#listeners.get(family) === receive) this.#listeners.delete(family)
    }
  }

  /** Rejects with `network.unreachable` or `signal.reason`. */
  async ask(meeting: Meeting): Promise<Met> {
    const agreed = await this.#greeter.ask(meeting)
    const { closed } = this.#options.admission.dialled()
    return { carrier: this.#connect(agreed, closed), endpoint: agreed.endpoint }
  }

  /** Waits for a peer that asks with this token. Rejects like `ask`. Call `known` when it is known who it is. */
  async expect(
    meeting: Meeting & { readonly token: Uint8Array },
  ): Promise<Met & { readonly known: () => void }> {
    const { localId, endpoint } = await this.#greeter.expect(meeting)
    const { carrier, known } = this.#met.get(localId)!
    this.#met.delete(localId)
    return { carrier, endpoint, known }
  }

  /** Resets what is open; what has been ended may still arrive. */
  stop(): void {
    this.#greeter.stop()
    for (const carrier of this.#open) if (!carrier.writableEnded) carrier.resetAndDestroy()
  }

  #accept(agreed: Agreed, expected: boolean): boolean {
    const { admission, world, upgradeTimeoutMs } = this.#options
    const { address } = agreed.endpoint
    const receive = this.#listeners.get(address.includes(':') ? 6 : 4)
    if (receive === undefined && !expected) return false
    let carrier: UdxCarrier | undefined
    const cut = (): void => void carrier?.resetAndDestroy()
    const admitted = admission.admit(address, cut)
    if (typeof admitted === 'string') return false
    if (!admitted.is('libp2p')) {
      admitted.closed()
      return false
    }
    const tooLate = world.after(upgradeTimeoutMs, cut)
    const known = (): void => {
      tooLate.cancel()
      admitted.upgraded()
    }
    carrier = this.#connect(agreed, () => {
      known()
      admitted.closed()
    })
    if (expected) this.#met.set(agreed.localId, { carrier, known })
    else receive!(carrier, agreed.endpoint).finally(known)
    return true
  }

  #connect({ endpoint, localId, remoteId }: Agreed, closed: () => void): UdxCarrier {
    const { socket, world } = this.#options
    const { address, port } = endpoint
    const via = socket.socketFor(endpoint)
    if (via === undefined) {
      this.#greeter.release(localId)
      closed()
      throw new PeerageError('network.unreachable', `There is no way to ${address} from here.`)
    }
    const stream = socket.udx.createStream(localId)
    const carrier = new UdxCarrier(stream, world)
    this.#open.add(carrier)
    stream.on('close', () => {
      this.#open.delete(carrier)
      this.#greeter.release(localId)
      closed()
    })
    stream.connect(via, remoteId, port, address)
    return carrier
  }
}
