import type { Timer, World } from '../../base/index.ts'
import type { Network } from '../../network/index.ts'

/** Whom a link names is asked first. */
const headStartMs = 1_500
const firstPauseMs = 3_000
const longestPauseMs = 600_000
/** A search that finds nothing ends by itself, or after this. */
const searchMs = 60_000

export interface SeekerPorts {
  readonly world: World
  readonly network: Pick<Network, 'findTopic' | 'on'>
  /** What holders announce themselves under; undefined: there is no such thing now. */
  topic(): Uint8Array | undefined
  /** Whether something is to be fetched and nobody is there who gives it. */
  wants(): boolean
  /** A search begins. */
  begin(): void
  onFound(peer: string, addresses: readonly string[]): void
}

/** Seeks holders of one content wherever this peer can ask, again and again while nobody is there, and at once when this machine moved. */
export class Seeker {
  readonly #ports: SeekerPorts
  readonly #stopListening: readonly (() => void)[]
  readonly #abort = new AbortController()
  #timer: Timer | undefined
  #isBusy = false
  #pauseMs = firstPauseMs

  constructor(ports: SeekerPorts) {
    this.#ports = ports
    const startOver = (): void => {
      this.#pauseMs = firstPauseMs
      this.#later(headStartMs)
    }
    this.#stopListening = [
      ports.network.on('addresses-changed', startOver),
      ports.network.on('network-changed', startOver),
    ]
  }

  /** `named`: others are asked already, who may be enough. */
  run(named: boolean): void {
    if (this.#timer === undefined && !this.#isBusy) this.#later(named ? headStartMs : 0)
  }

  stop(): void {
    for (const end of this.#stopListening) end()
    this.#timer?.cancel()
    this.#abort.abort(new Error('It is sought no more.'))
  }

  #later(delayMs: number): void {
    this.#timer?.cancel()
    this.#timer = this.#ports.world.after(delayMs, () => {
      this.#timer = undefined
      void this.#seek()
    })
  }

  async #seek(): Promise<void> {
    if (this.#isBusy || this.#abort.signal.aborted || !this.#ports.wants()) return
    this.#ports.begin()
    const topic = this.#ports.topic()
    if (topic === undefined) return
    this.#isBusy = true
    await this.#search(topic)
    this.#isBusy = false
    if (this.#abort.signal.aborted) return
    this.#later(this.#pauseMs)
    this.#pauseMs = Math.min(longestPauseMs, 2 * this.#pauseMs)
  }

  async #search(topic: Uint8Array): Promise<void> {
    const { world, network, onFound, wants } = this.#ports
    const enough = new AbortController()
    const timer = world.after(searchMs, () => enough.abort(new Error('It took too long.')))
    try {
      const signal = AbortSignal.any([this.#abort.signal, enough.signal])
      for await (const { peer, addresses } of network.findTopic(topic, signal)) {
        onFound(peer, addresses)
        if (!wants()) return
      }
    } catch (reason) {
      if (reason !== enough.signal.reason && reason !== this.#abort.signal.reason) throw reason
    } finally {
      timer.cancel()
    }
  }
}
