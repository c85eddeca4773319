import { toBase58, VirtualWorld } from '../../base/index.ts'
import { type KademliaConfig, kademliaConfig } from './config.ts'
import { type Contact, contactOf } from './contact.ts'
import type { Answer, Ask, Asker, Question } from './exchange.ts'
import { Kademlia, type KademliaParts } from './kademlia.ts'
import { networkGroupOf } from './network-group.ts'

/** What answers for a peer: a node, or whoever lies. Undefined: nothing comes back. */
export type Responder = (question: Question, asker: Asker) => Answer | undefined | 'silence'

interface Host {
  readonly respond: Responder
  readonly contact: Contact
  /** Hears that a peer that answers questions is connected. */
  readonly meet: (peer: string, addresses: readonly string[]) => void
  /** Peers of different sides do not hear one another. */
  side: number
}

export interface SimulatedPeer {
  readonly node: Kademlia
  readonly contact: Contact
}

const ed25519Head = Uint8Array.of(0, 36, 8, 1, 18, 32)

/** A Kademlia network in virtual time: a question and its answer take 20 to 120 ms each, and some are lost. */
export class SimulatedKademlia {
  readonly world: VirtualWorld
  readonly #hosts = new Map<string, Host>()
  readonly #loss: number
  /** Questions that were sent. */
  messages = 0

  constructor(seed: number, loss = 0) {
    this.world = new VirtualWorld(seed)
    this.#loss = loss
  }

  /** A PeerId that nobody else has. */
  peerId(): string {
    return toBase58(Uint8Array.of(...ed25519Head, ...this.world.random.bytes(32)))
  }

  /** A public address in a /24 of its own; `i` below 200,000. */
  address(i: number): string {
    return `/ip4/${20 + (i % 80)}.${(i * 7) % 256}.${(i >> 8) % 256}.${1 + ((i * 13) % 250)}/tcp/4001`
  }

  /** A node that answers others and knows those that are given. */
  join(
    address: string,
    start: readonly Contact[],
    config: Partial<KademliaConfig> = {},
    more: Partial<KademliaParts> = {},
  ): SimulatedPeer {
    const contact = contactOf(this.peerId(), [address])
    const node = new Kademlia({
      world: this.world,
      config: { ...(kademliaConfig.parse({}) as KademliaConfig), ...config },
      self: contact.peer,
      ask: this.asks(contact),
      addresses: () => [address],
      start,
      ...more,
    })
    node.serves = true
    this.attach(
      contact,
      (question, asker) => node.answer(question, asker),
      (peer, addresses) => node.meet(peer, addresses),
    )
    node.start()
    return { node, contact }
  }

  /** A raw host, for hostile ones. */
  attach(contact: Contact, respond: Responder, meet: Host['meet'] = () => {}): void {
    this.#hosts.set(keyOf(contact), { respond, contact, meet, side: 0 })
  }

  /** Takes a peer off the network without a word. */
  leave(contact: Contact): void {
    this.#hosts.delete(keyOf(contact))
  }

  /** Puts a peer on one side of a cut. */
  cut(contact: Contact, side: number): void {
    this.#hosts.get(keyOf(contact))!.side = side
  }

  /** How a peer asks others. Whoever is asked sees where it comes from. */
  asks(from: Contact): Ask {
    const group = networkGroupOf(from.addresses[0]!)
    return (to, question, signal) => {
      this.messages++
      const { promise, resolve, reject } = Promise.withResolvers<Awaited<ReturnType<Ask>>>()
      signal.addEventListener('abort', () => reject(signal.reason))
      this.#after(() => {
        const asking = this.#hosts.get(keyOf(from))
        const asked = to.addresses
          .map(one => this.#hosts.get(`${to.peer} ${one}`))
          .find(one => one !== undefined)
        if (asked === undefined || asking?.side !== asked.side) return
        asked.meet(from.peer, from.addresses)
        const answer = answerOf(asked, question, { peer: from.peer, group })
        if (answer === 'silence') return
        this.#after(() => {
          if (answer instanceof Error) reject(answer)
          else resolve({ answer, group: networkGroupOf(asked.contact.addresses[0]!) })
        })
      })
      return promise
    }
  }

  /** Runs virtual time until a promise settles; promises need real turns of the event loop in between. */
  async run<T>(work: Promise<T>, mostMs = 600_000, stepMs = 25): Promise<T> {
    let settled = false
    const done = work.finally(() => {
      settled = true
    })
    // It may fail while time still has to pass; whoever waits hears of it.
    done.catch(() => undefined)
    const until = this.world.now() + mostMs
    for (;;) {
      await new Promise(resolve => setImmediate(resolve))
      if (settled) return await done
      if (this.world.now() >= until) throw new Error(`not done after ${mostMs} ms; seed ${this.world.seed}`)
      this.world.advance(stepMs)
    }
  }

  /** Lets that much virtual time pass. */
  async pass(ms: number, stepMs = 100): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    this.world.after(ms, resolve)
    await this.run(promise, ms + stepMs, stepMs)
  }

  #after(action: () => void): void {
    const { random } = this.world
    if (random.fraction() >= this.#loss) this.world.after(20 + random.below(100), action)
  }
}

function keyOf({ peer, addresses }: Contact): string {
  return `${peer} ${addresses[0]}`
}

function answerOf({ respond }: Host, question: Question, asker: Asker): ReturnType<Responder> | Error {
  try {
    return respond(question, asker)
  } catch (error) {
    return error as Error
  }
}
