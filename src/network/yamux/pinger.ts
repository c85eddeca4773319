export interface PingerPorts {
  readonly intervalMs: number
  readonly timeoutMs: number
  now(): number
  after(delayMs: number, callback: () => void): () => void
  send(id: number): void
  /** No answer within `timeoutMs`. */
  onSilence(): void
}

const secondPingMs = 2_000

/** Measures the round trip of a connection with yamux pings, at once and then seldom, and notices when it is dead. */
export class Pinger {
  readonly #ports: PingerPorts
  #id = 0
  #sentAt: number | undefined
  #cancel: () => void = () => {}
  #heard = false
  rttMs: number | undefined

  constructor(ports: PingerPorts) {
    this.#ports = ports
  }

  start(): void {
    this.#ask(this.#ports.timeoutMs)
  }

  /** Asks now, because there is reason to think that nobody is there any more. */
  probe(timeoutMs: number): void {
    this.#cancel()
    this.#ask(timeoutMs)
  }

  /** Something came: the other side is there, whatever it does about pings. */
  heard(): void {
    this.#heard = true
  }

  #ask(timeoutMs: number): void {
    this.#sentAt = this.#ports.now()
    this.#await(timeoutMs)
    this.#ports.send(++this.#id)
  }

  /** The answer may stand behind much that waits to be sent; who sends something meanwhile is not dead. */
  #await(timeoutMs: number): void {
    this.#heard = false
    this.#cancel = this.#ports.after(timeoutMs, () => {
      if (this.#heard) this.#await(timeoutMs)
      else this.#ports.onSilence()
    })
  }

  /** An answer that nobody asked for changes nothing. */
  answered(id: number): void {
    if (this.#sentAt === undefined || id !== this.#id) return
    this.rttMs = this.#ports.now() - this.#sentAt
    this.#sentAt = undefined
    this.#cancel()
    // The first answer shared the line with the handshake; soon after, another tells more.
    const delay = id === 1 ? Math.min(secondPingMs, this.#ports.intervalMs) : this.#ports.intervalMs
    this.#cancel = this.#ports.after(delay, () => this.start())
  }

  stop(): void {
    this.#sentAt = undefined
    this.#cancel()
  }
}
