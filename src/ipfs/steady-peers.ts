import type { Timer, World } from '../base/index.ts'
import type { Network } from '../network/index.ts'

export interface SteadyPeersParts {
  readonly world: World
  readonly network: Pick<Network, 'open' | 'connections' | 'protect' | 'on'>
  /** Multiaddrs with /p2p/; several of one peer are tried one after the other. */
  addresses(): readonly string[]
}

/** libp2p's own, which every peer speaks. */
const pingProtocol = '/ipfs/ping/1.0.0'
const firstPauseMs = 5_000
const longestPauseMs = 300_000

/**
 * Peers that the user wants to be connected with whatever happens (Kubo: peering): whoever of them is not is dialled, again and again, ever more
 * seldom, and keeps its connection when others have to go. What they have is found without asking anybody else.
 */
export class SteadyPeers {
  readonly #parts: SteadyPeersParts
  readonly #stop = new AbortController()
  /** By peer: what ends its protection. */
  readonly #kept = new Map<string, () => void>()
  readonly #failures = new Map<string, number>()
  readonly #waiting = new Map<string, Timer>()
  #ends: (() => void)[] = []

  constructor(parts: SteadyPeersParts) {
    this.#parts = parts
  }

  /** Begins; again when the addresses are others now. */
  follow(): void {
    if (this.#stop.signal.aborted) return
    const { network } = this.#parts
    if (this.#ends.length === 0)
      this.#ends = [
        network.on('peer-disconnected', ({ peer }) => this.#lost(peer)),
        network.on('network-changed', () => this.#again()),
      ]
    const wanted = this.#wanted()
    for (const [peer, end] of this.#kept) {
      if (wanted.has(peer)) continue
      end()
      this.#kept.delete(peer)
    }
    for (const peer of wanted.keys()) if (!this.#kept.has(peer)) this.#kept.set(peer, network.protect(peer))
    this.#again()
  }

  stop(): void {
    this.#stop.abort(new Error('The network stops.'))
    for (const end of [...this.#ends, ...this.#kept.values()]) end()
    for (const timer of this.#waiting.values()) timer.cancel()
  }

  #wanted(): Map<string, string[]> {
    const wanted = new Map<string, string[]>()
    for (const address of this.#parts.addresses()) {
      const peer = /\/p2p\/([^/]+)$/.exec(address)?.[1]
      if (peer !== undefined) wanted.set(peer, [...(wanted.get(peer) ?? []), address])
    }
    return wanted
  }

  /** All that are not connected, at once: this machine is somewhere else, or the list is another one. */
  #again(): void {
    for (const timer of this.#waiting.values()) timer.cancel()
    this.#waiting.clear()
    this.#failures.clear()
    for (const peer of this.#kept.keys()) void this.#connect(peer)
  }

  #lost(peer: string): void {
    if (this.#kept.has(peer)) this.#later(peer)
  }

  #later(peer: string): void {
    if (this.#stop.signal.aborted || this.#waiting.has(peer)) return
    const failures = this.#failures.get(peer) ?? 0
    this.#failures.set(peer, failures + 1)
    const pauseMs = Math.min(longestPauseMs, firstPauseMs * 2 ** failures)
    const timer = this.#parts.world.after(pauseMs, () => {
      this.#waiting.delete(peer)
      void this.#connect(peer)
    })
    this.#waiting.set(peer, timer)
  }

  async #connect(peer: string): Promise<void> {
    const { network } = this.#parts
    const addresses = this.#wanted().get(peer)
    if (addresses === undefined || this.#stop.signal.aborted) return
    if (network.connections().some(one => one.peer === peer)) return
    try {
      const { signal } = this.#stop
      const stream = await network.open(addresses, pingProtocol, { signal, seek: true })
      this.#failures.delete(peer)
      await stream.close()
    } catch {
      // It is tried again; whoever asks for `peerage connections` sees who is there.
      this.#later(peer)
    }
  }
}
