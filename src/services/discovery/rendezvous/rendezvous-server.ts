import { AttemptLimit } from '../../../access/index.ts'
import { equalBytes, fromUtf8, utf8, type World } from '../../../base/index.ts'
import {
  decodeRendezvous,
  encodeRendezvous,
  type RendezvousMessage,
  rendezvousStatus,
} from '../../../wire/index.ts'
import type { ReadRecord } from '../opened-record.ts'
import { type Entry, type RegistrationLimits, Registrations } from '../registrations.ts'

/** libp2p specs `rendezvous`: what holds when nothing is said, and the longest that may be asked for. */
const defaultTtlS = 7_200
const maxTtlS = 259_200
const watchedPeers = 4_096
const answered = 64

export interface RendezvousServerPorts {
  readonly world: World
  readonly limits: Omit<RegistrationLimits, 'maxTtlMs'>
  readonly questionsPerMinute: number
  readonly read: ReadRecord
}

/** The table of one rendezvous and what it answers (libp2p specs `rendezvous`). What is asked costs no more than a look-up and one signature. */
export class RendezvousServer {
  readonly #world: World
  readonly #read: ReadRecord
  readonly #table: Registrations
  readonly #questions: AttemptLimit
  /** In cookies: what was counted in an earlier run means nothing. */
  readonly #run: Uint8Array

  constructor({ world, limits, questionsPerMinute, read }: RendezvousServerPorts) {
    this.#world = world
    this.#read = read
    this.#table = new Registrations(world, { ...limits, maxTtlMs: maxTtlS * 1_000 })
    this.#questions = new AttemptLimit(world, questionsPerMinute, watchedPeers)
    this.#run = world.random.bytes(8)
  }

  get registrations(): number {
    return this.#table.size
  }

  get topics(): number {
    return this.#table.topics
  }

  /** What is answered to `peer`, which comes from that address group; undefined when there is no answer. Throws `wire.*`. */
  answer(frame: Uint8Array, peer: string, group: string): Uint8Array | undefined {
    const message = decodeRendezvous(frame)
    const isTooMuch = !this.#questions.allows(peer)
    this.#questions.failed(peer)
    const reply = this.#reply(message, peer, group, isTooMuch)
    return reply && encodeRendezvous(reply)
  }

  #reply(
    message: RendezvousMessage,
    peer: string,
    group: string,
    isTooMuch: boolean,
  ): RendezvousMessage | undefined {
    switch (message.type) {
      case 'register': {
        if (isTooMuch) return { type: 'registered', status: rendezvousStatus.unavailable }
        return { type: 'registered', ...this.#register(message, peer, group) }
      }
      case 'unregister':
        this.#table.remove(message.namespace, peer)
        return undefined
      case 'discover': {
        if (isTooMuch) return refused(rendezvousStatus.unavailable)
        return this.#discover(message)
      }
      default:
        return undefined
    }
  }

  #register(
    { namespace, record, ttl = defaultTtlS }: Extract<RendezvousMessage, { type: 'register' }>,
    peer: string,
    group: string,
  ): { status: number; ttl?: number } {
    if (namespace === '') return { status: rendezvousStatus.invalidNamespace }
    if (ttl > maxTtlS) return { status: rendezvousStatus.invalidTtl }
    const of = this.#read(record)?.peer
    if (of === undefined) return { status: rendezvousStatus.invalidRecord }
    // Nobody registers somebody else.
    if (of !== peer) return { status: rendezvousStatus.notAuthorized }
    const isKept = this.#table.add(namespace, { peer, group, record }, ttl * 1_000)
    return isKept ? { status: rendezvousStatus.ok, ttl } : { status: rendezvousStatus.unavailable }
  }

  /** Whoever cannot name what it seeks is told nothing: that would name all that others seek. */
  #discover({
    namespace = '',
    limit = answered,
    cookie,
  }: Extract<RendezvousMessage, { type: 'discover' }>): RendezvousMessage {
    if (namespace === '') return refused(rendezvousStatus.invalidNamespace)
    const since = cookie === undefined ? 0 : this.#since(cookie, namespace)
    if (since === undefined) return refused(rendezvousStatus.invalidCookie)
    const entries = this.#table.find(namespace, Math.min(Math.max(limit, 1), answered), since)
    return {
      type: 'discovered',
      status: rendezvousStatus.ok,
      registrations: entries.map(entry => this.#shown(entry)),
      cookie: this.#cookie(entries.at(-1)?.order ?? since, namespace),
    }
  }

  #shown({ topic, record, expiresAt }: Entry): { namespace: string; record: Uint8Array; ttl: number } {
    return { namespace: topic, record, ttl: Math.ceil((expiresAt - this.#world.now()) / 1_000) }
  }

  #cookie(order: number, namespace: string): Uint8Array {
    return new Uint8Array([...this.#run, ...utf8(`${order} ${namespace}`)])
  }

  /** Undefined: it is of another question. One of an earlier run asks for everything. */
  #since(cookie: Uint8Array, namespace: string): number | undefined {
    const [, order, of] = /^(\d{1,15}) (.*)$/s.exec(fromUtf8(cookie.subarray(8)) ?? '') ?? []
    if (of !== namespace) return undefined
    return equalBytes(cookie.subarray(0, 8), this.#run) ? Number(order) : 0
  }
}

function refused(status: number): RendezvousMessage {
  return { type: 'discovered', status, registrations: [] }
}
