import { equalBytes, PeerageError, type Timer, TokenBucket, type World } from '../../base/index.ts'
import { decodeNatProbe, encodeNatProbe, isNatProbe, type NatProbe, natTokenBytes } from '../../wire/index.ts'
import type { DatagramProtocol, Datagrams, Endpoint } from '../datagrams.ts'

/** Questions that are answered in a second, after a burst of twice that. */
export const maxAnswersPerSecond = 100
/** Questions of ours that wait for an answer. */
export const maxQuestions = 64
/** When a question is asked again, and when it is given up, in ms. */
const triesAt: readonly number[] = [0, 300, 900]
const patienceMs = 2_000

interface Question {
  readonly token: Uint8Array
  answered(seen: Endpoint | undefined): void
}

/** Asks peers under which UDP endpoint they see us, and tells those who ask. */
export class NatProbes implements DatagramProtocol {
  readonly name = 'nat-probe'
  readonly #world: World
  readonly #datagrams: Pick<Datagrams, 'send'>
  readonly #answers: TokenBucket
  readonly #questions = new Set<Question>()

  constructor(world: World, datagrams: Pick<Datagrams, 'send'>) {
    this.#world = world
    this.#datagrams = datagrams
    this.#answers = new TokenBucket(maxAnswersPerSecond, world.now(), 2 * maxAnswersPerSecond)
  }

  matches(bytes: Uint8Array): boolean {
    return isNatProbe(bytes)
  }

  receive(bytes: Uint8Array, from: Endpoint): void {
    let probe: NatProbe
    try {
      probe = decodeNatProbe(bytes)
    } catch (error) {
      if (error instanceof PeerageError) return
      throw error
    }
    if (probe.type === 'question') this.#answer(probe.token, from)
    else {
      const { token, seen } = probe
      // Only who was asked knows the token.
      for (const question of this.#questions) if (equalBytes(question.token, token)) question.answered(seen)
    }
  }

  /** Where that peer sees us; undefined when it does not say. `send` where not from the one socket. */
  ask(
    to: Endpoint,
    send: (bytes: Uint8Array, to: Endpoint) => void = (bytes, to) => this.#datagrams.send(bytes, to),
  ): Promise<Endpoint | undefined> {
    const { promise, resolve } = Promise.withResolvers<Endpoint | undefined>()
    if (this.#questions.size >= maxQuestions) return Promise.resolve(undefined)
    const token = this.#world.random.bytes(natTokenBytes)
    const timers: Timer[] = []
    const question: Question = {
      token,
      answered: seen => {
        this.#questions.delete(question)
        for (const timer of timers) timer.cancel()
        resolve(seen)
      },
    }
    this.#questions.add(question)
    const bytes = encodeNatProbe({ type: 'question', token })
    for (const at of triesAt) timers.push(this.#world.after(at, () => send(bytes, to)))
    timers.push(this.#world.after(patienceMs, () => question.answered(undefined)))
    return promise
  }

  stop(): void {
    for (const question of this.#questions) question.answered(undefined)
  }

  #answer(token: Uint8Array, from: Endpoint): void {
    if (this.#answers.waitMs(this.#world.now()) > 0) return
    this.#answers.spend(1)
    this.#datagrams.send(encodeNatProbe({ type: 'answer', token, seen: from }), from)
  }
}
