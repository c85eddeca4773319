import { PeerageError, type Timer, toHex, type World } from '../../base/index.ts'
import { type Endpoint, isFrom } from '../../network/index.ts'
import { encodeKrpc, type KrpcMessage, type KrpcQuery, type KrpcResponse } from '../../wire/index.ts'
import type { DhtConfig } from './config.ts'

interface Asked {
  readonly to: Endpoint
  readonly timer: Timer
  readonly resolve: (answer: KrpcResponse) => void
  readonly reject: (error: Error) => void
}

/** Our questions to DHT nodes. An answer counts only from the address that was asked and with the number that was given. */
export class Queries {
  readonly #world: World
  readonly #config: DhtConfig
  readonly #send: (bytes: Uint8Array, to: Endpoint) => void
  readonly #asked = new Map<string, Asked>()
  #stopped = false

  constructor(world: World, config: DhtConfig, send: (bytes: Uint8Array, to: Endpoint) => void) {
    this.#world = world
    this.#config = config
    this.#send = send
  }

  /** Questions without an answer so far. */
  get size(): number {
    return this.#asked.size
  }

  /**
   * Rejects with `network.unreachable` when no answer comes in time, `peer.protocol` (`details.code`) for an error, or
   * `network.limit`.
   */
  ask(to: Endpoint, query: Omit<KrpcQuery, 'type' | 'transaction'>): Promise<KrpcResponse> {
    if (this.#stopped || this.#asked.size >= this.#config.maxQueries)
      return Promise.reject(new PeerageError('network.limit', 'No more DHT questions can be asked.'))
    // Four random bytes and the port: whoever cannot read our packets will not guess them in time.
    const transaction = this.#world.random.bytes(4)
    const key = toHex(transaction)
    if (this.#asked.has(key)) return this.ask(to, query)
    return new Promise((resolve, reject) => {
      const timer = this.#world.after(this.#config.queryTimeoutMs, () => {
        this.#asked.delete(key)
        reject(new PeerageError('network.unreachable', 'The DHT node did not answer.'))
      })
      this.#asked.set(key, { to, timer, resolve, reject })
      this.#send(encodeKrpc({ ...query, type: 'query', transaction }), to)
    })
  }

  /** An answer or an error came. False when nobody asked for it. */
  receive(message: Exclude<KrpcMessage, KrpcQuery>, from: Endpoint): boolean {
    const key = toHex(message.transaction)
    const asked = this.#asked.get(key)
    if (asked === undefined || !isFrom(asked.to, from)) return false
    this.#asked.delete(key)
    asked.timer.cancel()
    const { type } = message
    if (type === 'response') asked.resolve(message)
    else {
      const { code, message: text } = message
      const reason = `The DHT node answers: ${code} ${text}`
      asked.reject(new PeerageError('peer.protocol', reason, { details: { code } }))
    }
    return true
  }

  stop(): void {
    this.#stopped = true
    for (const { timer, reject } of this.#asked.values()) {
      timer.cancel()
      reject(new PeerageError('network.limit', 'The DHT node was stopped.'))
    }
    this.#asked.clear()
  }
}
