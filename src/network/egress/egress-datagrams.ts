import type { Timer, World } from '../../base/index.ts'
import type { DatagramProtocol, Datagrams, Endpoint } from '../datagrams.ts'

/** What carries datagrams as long as it lasts. */
export interface DatagramCarrier {
  readonly families: readonly (4 | 6)[]
  send(bytes: Uint8Array, to: Endpoint): void
  close(): void
}

export interface EgressDatagramsParts {
  readonly world: World
  readonly port: number
  mayReach(ip: string): boolean
  /** Rejects while there is no way. `onEnd` is called when the carrier cannot go on. */
  open(onDatagram: (bytes: Uint8Array, from: Endpoint) => void, onEnd: () => void): Promise<DatagramCarrier>
}

const firstRetryMs = 1_000
const lastRetryMs = 30_000

/** Datagrams over whatever way out there is now; while there is none they are lost. */
export class EgressDatagrams implements Datagrams {
  readonly port: number
  readonly #parts: EgressDatagramsParts
  readonly #protocols: DatagramProtocol[] = []
  #carrier: DatagramCarrier | undefined
  #retry: Timer | undefined
  #retryMs = firstRetryMs
  /** Counts openings: what an earlier one brings is not wanted any more. */
  #turn = 0
  #closed = false

  constructor(parts: EgressDatagramsParts) {
    this.#parts = parts
    this.port = parts.port
  }

  get families(): readonly (4 | 6)[] {
    return this.#carrier?.families ?? []
  }

  /** Opens it anew, as the way out may have moved; when that fails, again after a while. Never rejects. */
  async reopen(): Promise<void> {
    const turn = ++this.#turn
    this.#retry?.cancel()
    this.#carrier?.close()
    this.#carrier = undefined
    if (this.#closed) return
    const isNow = (): boolean => turn === this.#turn
    try {
      const carrier = await this.#parts.open(
        (bytes, from) => isNow() && this.#receive(bytes, from),
        () => isNow() && this.#later(),
      )
      if (!isNow()) return carrier.close()
      this.#carrier = carrier
      this.#retryMs = firstRetryMs
    } catch {
      if (isNow()) this.#later()
    }
  }

  send(bytes: Uint8Array, to: Endpoint): void {
    if (to.port !== 0 && this.#parts.mayReach(to.address)) this.#carrier?.send(bytes, to)
  }

  claim(protocol: DatagramProtocol): () => void {
    this.#protocols.push(protocol)
    return () => {
      const at = this.#protocols.indexOf(protocol)
      if (at >= 0) this.#protocols.splice(at, 1)
    }
  }

  async close(): Promise<void> {
    this.#closed = true
    await this.reopen()
  }

  #later(): void {
    this.#carrier?.close()
    this.#carrier = undefined
    this.#retry?.cancel()
    this.#retry = this.#parts.world.after(this.#retryMs, () => void this.reopen())
    this.#retryMs = Math.min(2 * this.#retryMs, lastRetryMs)
  }

  #receive(bytes: Uint8Array, from: Endpoint): void {
    if (!this.#parts.mayReach(from.address)) return
    try {
      this.#protocols.find(protocol => protocol.matches(bytes, from))?.receive(bytes, from)
    } catch {
      // Whatever anybody sends must not end the process.
    }
  }
}
