import { PeerageError, type Timer, toHex, type World } from '../../base/index.ts'
import type { Endpoint } from '../../network/index.ts'
import { encodeKrpc, type KrpcMessage, type KrpcQuery, type KrpcResponse } from '../../wire/index.ts'

interface Asked {
  readonly to: Endpoint
  readonly timer: Timer
  readonly resolve: (answer: KrpcResponse) => void
  readonly reject: (error: Error) => void
}

/** Questions that wait for an answer; more are not asked. */
const maxAsked = 512

/** Our questions to DHT nodes. An answer counts only from the address that was asked and with the number that was given. */
export class Queries {
  readonly #world: World
  readonly #timeoutMs: number
  readonly #send: (bytes: Uint8Array, to: Endpoint) => void
  readonly #asked = new Map<string, Asked>()

  constructor(world: World, timeoutMs: number, send: (bytes: Uint8Array, to: Endpoint) => void) {
    this.#world = world
    this.#timeoutMs = timeoutMs
    this.#send = send
  }

  /** Rejects with `network.unreachable` when no answer comes in time, or with `peer.protocol` for an error. */
  ask(to: Endpoint, query: Omit<KrpcQuery, 'type' | 'transaction'>): Promise<KrpcResponse> {
    if (this.#asked.size >= maxAsked)
      return Promise.reject(new PeerageError('network.limit', 'Too many DHT questions are open.'))
    const transaction = this.#world.random.bytes(4)
    const key = toHex(transaction)
    return new Promise((resolve, reject) => {
      const timer = this.#world.after(this.#timeoutMs, () => {
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
    if (asked === undefined || asked.to.address !== from.address || asked.to.port !== from.port) return false
    this.#asked.delete(key)
    asked.timer.cancel()
    if (message.type === 'response') asked.resolve(message)
    else asked.reject(new PeerageError('peer.protocol', `The DHT node answers: ${message.code}.`))
    return true
  }

  stop(): void {
    for (const { timer, reject } of this.#asked.values()) {
      timer.cancel()
      reject(new Error('stopped'))
    }
    this.#asked.clear()
  }
}
