import type { Timer, World } from '../../base/index.ts'
import type { Datagrams, Endpoint } from '../datagrams.ts'
import type { UdpSocket } from '../udp-socket.ts'
import type { NatObservations } from './nat-observations.ts'
import { NatProbes } from './nat-probes.ts'

/** Connected peers that are asked. */
export const maxAsked = 16
/** What was said is asked again after this, before routers and we forget. */
const askAgainMs = 4 * 60_000
/** Before a punch nobody is asked who was asked this recently. */
const freshMs = 5_000

export interface NatWatchPorts {
  readonly world: World
  readonly datagrams: Pick<Datagrams, 'send' | 'claim'> & Partial<Pick<UdpSocket, 'aside'>>
  readonly observations: NatObservations
  readonly keepAliveMs: number
  /** Whether others rely on it that our router keeps our port. */
  isReliedOn(): boolean
  /** Something may be known that was not. */
  onAnswer(): void
}

/** Asks peers that are connected anyway where they see us, again from time to time. */
export class NatWatch {
  readonly #ports: NatWatchPorts
  readonly #probes: NatProbes
  readonly #unclaim: () => void
  /** By PeerId, whom to ask and when that was done last. */
  readonly #peers = new Map<string, { readonly endpoint: Endpoint; askedAt: number }>()
  readonly #timers: readonly Timer[]

  constructor(ports: NatWatchPorts) {
    this.#ports = ports
    const { world, datagrams, keepAliveMs } = ports
    this.#probes = new NatProbes(world, datagrams)
    this.#unclaim = datagrams.claim(this.#probes)
    this.#timers = [
      world.every(askAgainMs, () => this.#askAll(0)),
      world.every(keepAliveMs, () => {
        if (ports.isReliedOn()) this.#keepAlive()
      }),
    ]
  }

  /** A peer that answers such questions at `endpoint` connected. */
  met(peer: string, endpoint: Endpoint): void {
    if (this.#peers.has(peer) || this.#peers.size >= maxAsked) return
    this.#peers.set(peer, { endpoint, askedAt: Number.NEGATIVE_INFINITY })
    void this.#ask(peer)
  }

  left(peer: string): void {
    this.#peers.delete(peer)
  }

  /** What was heard on another network says nothing. */
  startOver(): void {
    this.#ports.observations.forget()
    this.#ports.onAnswer()
    void this.#askAll(0)
  }

  /** Asks those who were not asked just now. Done when they have answered, or will not. */
  async refresh(): Promise<void> {
    await Promise.all([this.#askAll(freshMs), this.#sample()])
  }

  /** Asks a peer there; a packet goes and one comes, which keeps the ports of all routers on the way. */
  async askAt(endpoint: Endpoint): Promise<void> {
    const { observations, onAnswer } = this.#ports
    const seen = await this.#probes.ask(endpoint)
    if (seen === undefined) observations.silence(endpoint)
    else observations.observe(endpoint, seen)
    onAnswer()
  }

  stop(): void {
    this.#unclaim()
    this.#probes.stop()
    for (const timer of this.#timers) timer.cancel()
  }

  async #askAll(olderThanMs: number): Promise<void> {
    const before = this.#ports.world.now() - olderThanMs
    const due = [...this.#peers].filter(([, { askedAt }]) => askedAt <= before)
    await Promise.all(due.map(([peer]) => this.#ask(peer)))
  }

  async #ask(peer: string): Promise<void> {
    const entry = this.#peers.get(peer)
    if (entry === undefined) return
    entry.askedAt = this.#ports.world.now()
    await this.askAt(entry.endpoint)
  }

  /** How a hard router takes ports now: what it took for the one socket, for one destination after the other, is of different times. */
  async #sample(): Promise<void> {
    const { datagrams, observations } = this.#ports
    const to = [...this.#peers.values()].find(({ endpoint }) => !endpoint.address.includes(':'))?.endpoint
    if (to === undefined || observations.report(4).kind !== 'hard') return
    const ends: (() => void)[] = []
    const send = (bytes: Uint8Array, to: Endpoint): void => {
      ends.push(datagrams.aside?.(bytes, to) ?? (() => undefined))
    }
    const first = await this.#probes.ask(to, send)
    const second = first && (await this.#probes.ask(to, send))
    for (const end of ends) end()
    if (second !== undefined) observations.taken(first!, second)
  }

  /** One packet to anybody keeps a port of a router that uses it for all. */
  #keepAlive(): void {
    const [peer] = this.#peers.keys()
    if (peer !== undefined) void this.#ask(peer)
  }
}
